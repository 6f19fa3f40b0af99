//go:build linux

package daemon

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/containerd/containerd/v2/core/metadata"
	"github.com/containerd/containerd/v2/plugins/content/local"
	_ "github.com/docker/docker/daemon/graphdriver/overlay2" // registers itself
	_ "github.com/docker/docker/daemon/graphdriver/vfs"      // registers itself
	"github.com/docker/docker/daemon/images"
	distribution "github.com/docker/docker/distribution/metadata"
	"github.com/docker/docker/image"
	"github.com/docker/docker/layer"
	"github.com/docker/docker/pkg/idtools"
	"github.com/docker/docker/reference"
	"github.com/moby/sys/user"
	"go.etcd.io/bbolt"
)

// namespace is the one in which Docker keeps its content.
const namespace = "moby"

// lockWait is how long a store that another process has open is waited for.
const lockWait = time.Second

// owner owns what the engine makes: its own user, 0 in a user namespace too.
var owner = idtools.Identity{}

// drivers are the storage drivers, best first. vfs copies whole trees, and works everywhere.
var drivers = []string{"overlay2", "vfs"}

// stores keep images, their layers and their names.
type stores struct {
	layers  layer.Store
	images  *images.ImageService
	content *bbolt.DB
}

func openStores(folder string, d *daemon) (*stores, error) {
	layers, err := openLayers(folder)
	if err != nil {
		return nil, err
	}
	s := &stores{layers: layers}
	if err := s.openImages(folder, d); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// openLayers takes the storage driver that the folder was begun with, or the first that works.
func openLayers(folder string) (layer.Store, error) {
	var errs []error
	for _, name := range begunWith(folder) {
		store, err := layer.NewStoreFromOptions(layer.StoreOptions{Root: folder, GraphDriver: name, IDMapping: user.IdentityMapping{}})
		if err == nil {
			return store, nil
		}
		errs = append(errs, fmt.Errorf("storage driver %s: %w", name, err))
	}
	return nil, errors.Join(errs...)
}

func begunWith(folder string) []string {
	for _, name := range drivers {
		if _, err := os.Stat(filepath.Join(folder, "image", name, "imagedb")); err == nil {
			return []string{name}
		}
	}
	return drivers
}

func (s *stores) openImages(folder string, d *daemon) error {
	root := filepath.Join(folder, "image", s.layers.DriverName())
	files, err := image.NewFSStoreBackend(filepath.Join(root, "imagedb"))
	if err != nil {
		return fmt.Errorf("opening the images: %w", err)
	}
	names, err := reference.NewReferenceStore(filepath.Join(root, "repositories.json"))
	if err != nil {
		return fmt.Errorf("opening the images' names: %w", err)
	}
	store, err := image.NewImageStore(files, s.layers)
	if err != nil {
		return fmt.Errorf("opening the images: %w", err)
	}
	digests, err := distribution.NewFSMetadataStore(filepath.Join(root, "distribution"))
	if err != nil {
		return fmt.Errorf("opening the registries' digests: %w", err)
	}
	content, err := s.openContent(filepath.Join(folder, "content"))
	if err != nil {
		return err
	}
	s.images = images.NewImageService(images.ImageServiceConfig{
		ContainerStore:            d.containers,
		DistributionMetadataStore: digests,
		EventsService:             d.events,
		ImageStore:                store,
		LayerStore:                s.layers,
		MaxConcurrentDownloads:    3,
		MaxConcurrentUploads:      5,
		MaxDownloadAttempts:       5,
		ReferenceStore:            names,
		RegistryService:           d.registries,
		ContentStore:              content.ContentStore(),
		Leases:                    metadata.NewLeaseManager(content),
		ContentNamespace:          namespace,
	})
	return nil
}

// openContent opens what a pull keeps while it runs. Its file is locked: two engines in one folder end here.
func (s *stores) openContent(folder string) (*metadata.DB, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("making the content store: %w", err)
	}
	db, err := bbolt.Open(filepath.Join(folder, "metadata.db"), 0o600, &bbolt.Options{Timeout: lockWait})
	if err != nil {
		return nil, fmt.Errorf("opening the content store: %w", err)
	}
	s.content = db
	blobs, err := local.NewStore(filepath.Join(folder, "data"))
	if err != nil {
		return nil, fmt.Errorf("opening the content store: %w", err)
	}
	return metadata.NewDB(db, blobs, nil), nil
}

func (s *stores) Close() error {
	errs := []error{s.layers.Cleanup()}
	if s.content != nil {
		errs = append(errs, s.content.Close())
	}
	return errors.Join(errs...)
}
