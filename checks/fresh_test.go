package checks

import (
	"context"
	"testing"

	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
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

func (e *containerdStore) ImageList(ctx context.Context, opts image.ListOptions) ([]image.Summary, error) {
	list, err := e.fakeEngine.ImageList(ctx, opts)
	for i := range list {
		if opts.Manifests {
			list[i].Manifests = e.manifests(list[i].ID)
		}
	}
	return list, err
}

func (e *containerdStore) ImageInspect(ctx context.Context, ref string, opts ...client.ImageInspectOption) (image.InspectResponse, error) {
	img, err := e.fakeEngine.ImageInspect(ctx, ref, opts...)
	if len(opts) > 0 {
		img.Manifests = e.manifests(img.ID)
	}
	return img, err
}

func TestABuildFromTheCacheIsNotFresh(t *testing.T) {
	before := &containerdStore{&fakeEngine{images: []fakeImage{bareImage("a", "pan:1")}}, map[string]string{id("a"): "masa"}}
	b, err := TakeBaseline(t.Context(), before)
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
