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
	"github.com/opencontainers/go-digest"
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
	f := filling{repo, map[digest.Digest]ocispec.Descriptor{}}
	for _, r := range releases {
		if err := f.put(ctx, r); err != nil {
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

// filling is a repository that releases are put into, one on top of the other.
type filling struct {
	repo   distribution.Repository
	layers map[digest.Digest]ocispec.Descriptor // those that are packed already, by what is in them
}

func (f filling) put(ctx context.Context, r box.Release) error {
	var platforms []ocispec.Descriptor
	for _, p := range r.Platforms {
		m, err := f.build(ctx, p)
		if err != nil {
			return err
		}
		d, err := f.putManifest(ctx, m)
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
	d, err := f.putManifest(ctx, index)
	if err != nil {
		return err
	}
	for _, tag := range r.Tags {
		if err := f.repo.Tags(ctx).Tag(ctx, tag, d); err != nil {
			return err
		}
	}
	return nil
}

func (f filling) build(ctx context.Context, p box.Platform) (distribution.Manifest, error) {
	b := ocischema.NewManifestBuilder(f.repo.Blobs(ctx), p.Config, nil)
	for _, layer := range p.Layers {
		d, err := f.layer(ctx, layer)
		if err != nil {
			return nil, err
		}
		if err := b.AppendReference(d); err != nil {
			return nil, err
		}
	}
	return b.Build(ctx)
}

func (f filling) layer(ctx context.Context, content []byte) (ocispec.Descriptor, error) {
	id := digest.FromBytes(content)
	if d, done := f.layers[id]; done {
		return d, nil
	}
	packed, err := pack(content)
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	d, err := f.repo.Blobs(ctx).Put(ctx, ocispec.MediaTypeImageLayerGzip, packed)
	d.MediaType = ocispec.MediaTypeImageLayerGzip // the store answers with its own
	f.layers[id] = d
	return d, err
}

func (f filling) putManifest(ctx context.Context, m distribution.Manifest) (ocispec.Descriptor, error) {
	mediaType, payload, err := m.Payload()
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	manifests, err := f.repo.Manifests(ctx)
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	d, err := manifests.Put(ctx, m)
	return ocispec.Descriptor{MediaType: mediaType, Digest: d, Size: int64(len(payload))}, err
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
