package checks

import (
	"context"
	"testing"

	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// containerdStore is a fake engine that keeps its images in a containerd store: the id of each is that of a list, in which is also how
// it was built.
type containerdStore struct {
	*fakeEngine
	content map[string]string // of an image, by its id
}

func (e *containerdStore) manifests(id string) []image.ManifestSummary {
	return []image.ManifestSummary{
		{ID: e.content[id], Kind: image.ManifestKindImage, Available: true},
		{ID: "otra plataforma", Kind: image.ManifestKindImage},
		{ID: "cómo se hizo " + id, Kind: image.ManifestKindAttestation, Available: true},
	}
}

func (e *containerdStore) ImageInspect(ctx context.Context, ref string, opts ...client.ImageInspectOption) (image.InspectResponse, error) {
	img, err := e.fakeEngine.ImageInspect(ctx, ref, opts...)
	img.Descriptor = &ocispec.Descriptor{}
	if len(opts) > 0 {
		img.Manifests = e.manifests(img.ID)
	}
	return img, err
}

func TestABuildFromTheCacheIsNotFresh(t *testing.T) {
	before := &containerdStore{&fakeEngine{images: []fakeImage{bareImage("a", "pan:1")}}, map[string]string{id("a"): "masa"}}
	b, err := TakeBaseline(t.Context(), before, ImageFresh{"pan:1"}, ImageFresh{"nadie:1"})
	if err != nil {
		t.Fatal(err)
	}
	for content, want := range map[string]Verdict{"masa": Fail, "otra masa": Pass} {
		e := &containerdStore{&fakeEngine{images: []fakeImage{bareImage("b", "pan:1")}}, map[string]string{id("b"): content}}
		if results := ask(t, e, b, "- {image: pan:1, fresh: true}"); Overall(results) != want {
			t.Errorf("%s: want %v\n%s", content, want, feedback(t, results))
		}
	}
}
