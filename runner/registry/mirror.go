package registry

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/distribution/distribution/v3"
	"github.com/distribution/distribution/v3/manifest/ocischema"
	"github.com/distribution/distribution/v3/registry/api/errcode"
	"github.com/distribution/distribution/v3/registry/storage"
	"github.com/distribution/distribution/v3/registry/storage/driver"
	"github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	"github.com/distribution/reference"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"capas/runner/box"
)

// repository is that of the practice bases: "localhost:5017/base:1".
const repository = "base"

// maxThreads is how many calls to the disk a store makes at a time: the library's own default.
const maxThreads = 100

// fill writes the practice bases into the mirror's folder, unless these are there already. A folder that was half filled
// is filled again.
func fill(dir string) error {
	done := filepath.Join(dir, "version")
	version := box.Version()
	if there, err := os.ReadFile(done); err == nil && string(there) == version {
		return nil
	}
	releases, err := box.Releases()
	if err != nil {
		return err
	}
	ctx := context.Background()
	registry, err := storage.NewRegistry(ctx, filesystem.New(filesystem.DriverParameters{RootDirectory: dir, MaxThreads: maxThreads}))
	if err != nil {
		return err
	}
	name, err := reference.WithName(repository)
	if err != nil {
		return err
	}
	repo, err := registry.Repository(ctx, name)
	if err != nil {
		return err
	}
	for _, r := range releases {
		if err := put(ctx, repo, r); err != nil {
			return fmt.Errorf("putting %s:%s into the mirror: %w", repository, r.Tags[0], cause(err))
		}
	}
	return replace(done, []byte(version))
}

// cause is what went wrong on a disk: the library's error hides it from errors.Is.
func cause(err error) error {
	if disk := (driver.Error{}); errors.As(err, &disk) {
		return disk.Detail
	}
	return err
}

func put(ctx context.Context, repo distribution.Repository, r box.Release) error {
	var platforms []ocispec.Descriptor
	for _, p := range r.Platforms {
		m, err := build(ctx, repo.Blobs(ctx), p)
		if err != nil {
			return err
		}
		d, err := putManifest(ctx, repo, m)
		if err != nil {
			return err
		}
		d.Platform = &ocispec.Platform{OS: "linux", Architecture: p.Arch}
		platforms = append(platforms, d)
	}
	index, err := ocischema.FromDescriptors(platforms, nil)
	if err != nil {
		return err
	}
	d, err := putManifest(ctx, repo, index)
	if err != nil {
		return err
	}
	for _, tag := range r.Tags {
		if err := repo.Tags(ctx).Tag(ctx, tag, d); err != nil {
			return err
		}
	}
	return nil
}

func build(ctx context.Context, blobs distribution.BlobStore, p box.Platform) (distribution.Manifest, error) {
	b := ocischema.NewManifestBuilder(blobs, p.Config, nil)
	for _, layer := range p.Layers {
		packed, err := pack(layer)
		if err != nil {
			return nil, err
		}
		d, err := blobs.Put(ctx, ocispec.MediaTypeImageLayerGzip, packed)
		if err != nil {
			return nil, err
		}
		d.MediaType = ocispec.MediaTypeImageLayerGzip // the store answers with its own
		if err := b.AppendReference(d); err != nil {
			return nil, err
		}
	}
	return b.Build(ctx)
}

func putManifest(ctx context.Context, repo distribution.Repository, m distribution.Manifest) (ocispec.Descriptor, error) {
	mediaType, payload, err := m.Payload()
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	manifests, err := repo.Manifests(ctx)
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	digest, err := manifests.Put(ctx, m)
	return ocispec.Descriptor{MediaType: mediaType, Digest: digest, Size: int64(len(payload))}, err
}

// pack makes the same bytes of the same layer on every machine, and so the same digest.
func pack(layer []byte) ([]byte, error) {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write(layer); err != nil {
		return nil, err
	}
	err := w.Close()
	return buf.Bytes(), err
}

// readOnly refuses whatever would write, and says where to push instead.
func readOnly(h http.Handler, registry string) http.Handler {
	refusal := errcode.ErrorCodeDenied.WithMessage("this mirror is only for pulling")
	if registry != "" {
		refusal = errcode.ErrorCodeDenied.WithMessage("this mirror is only for pulling; push to " + registry)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			h.ServeHTTP(w, r)
			return
		}
		errcode.ServeJSON(w, refusal)
	})
}
