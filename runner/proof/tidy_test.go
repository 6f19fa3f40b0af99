package proof

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

	"capas/checks"
	"capas/runner/scene"
)

// fake is an engine that keeps images and containers, and does no more than tidying up needs.
type fake struct {
	images     map[string]image.Summary
	containers map[string]container.Summary
}

func (f *fake) ImageList(context.Context, image.ListOptions) ([]image.Summary, error) {
	return slices.Collect(maps.Values(f.images)), nil
}

func (f *fake) ContainerList(context.Context, container.ListOptions) ([]container.Summary, error) {
	return slices.Collect(maps.Values(f.containers)), nil
}

func (f *fake) ContainerRemove(_ context.Context, id string, _ container.RemoveOptions) error {
	delete(f.containers, id)
	return nil
}

func (f *fake) ImageTag(_ context.Context, id, name string) error {
	f.untag(name)
	img := f.images[id]
	img.RepoTags = append(img.RepoTags, name)
	f.images[id] = img
	return nil
}

func (f *fake) untag(name string) (id string) {
	for key, img := range f.images {
		if i := slices.Index(img.RepoTags, name); i >= 0 {
			img.RepoTags = slices.Delete(slices.Clone(img.RepoTags), i, i+1)
			f.images[key], id = img, key
		}
	}
	return id
}

// ImageRemove refuses, as docker does, to remove what something was made from or runs; a name goes without its image then.
func (f *fake) ImageRemove(_ context.Context, ref string, o image.RemoveOptions) ([]image.DeleteResponse, error) {
	id, named := ref, false
	if _, ok := f.images[ref]; !ok {
		id, named = f.untag(ref), true
	}
	if _, ok := f.images[id]; !ok {
		return nil, errdefs.ErrNotFound
	}
	if o.Force || o.PruneChildren {
		panic("more than what is named may go")
	}
	if f.used(id) && named {
		return nil, nil
	}
	if f.used(id) {
		return nil, errdefs.ErrConflict
	}
	delete(f.images, id)
	return nil, nil
}

func (f *fake) used(id string) bool {
	for _, img := range f.images {
		if img.ParentID == id {
			return true
		}
	}
	for _, c := range f.containers {
		if c.ImageID == id {
			return true
		}
	}
	return len(f.images[id].RepoTags) > 0
}

func (f *fake) image(id, parent string, names ...string) {
	f.images[id] = image.Summary{ID: id, ParentID: parent, RepoTags: names}
}

func (f *fake) container(id, name, image string, labels map[string]string) {
	f.containers[id] = container.Summary{ID: id, Names: []string{"/" + name}, ImageID: image, Labels: labels}
}

// id is one as long as those of docker, told by its first letters.
func id(hex string) string { return "sha256:" + hex + strings.Repeat("0", 64-len(hex)) }

func TestTidyTellsWhatIsTheCases(t *testing.T) {
	f := &fake{images: map[string]image.Summary{}, containers: map[string]container.Summary{}}
	f.image(id("ba5e"), "", "base:1", "ubuntu:24.04")
	f.image(id("01d"), "", "mine:1")
	f.image(id("0ff"), "") // somebody's, without a name
	f.container("kept", "happy_turing", id("ba5e"), nil)
	m := &mess{
		engine: f,
		words:  map[string]bool{"base:1": true, "web:1": true, "web": true, "mine:1": true, "caja": true},
		pulled: map[string]bool{"base:1": true, "busybox:latest": true},
		transcript: strings.Join([]string{
			" ---> Using cache", " ---> 0ca0000000000", // somebody built it meanwhile
			"Step 2/3 : RUN touch /a", " ---> Running in c0ffee000000", "Removing intermediate container c0ffee000000",
			" ---> a10000000000", "Successfully built a10000000000",
			"#7 writing image sha256:b1" + strings.Repeat("0", 62) + " done",
			"sha256:c1" + strings.Repeat("0", 62),
			"<none>  <none>  d10000000000  2 minutes ago", // a list of what there is tells nothing
		}, "\n"),
	}
	var err error
	if m.before, err = look(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	before := maps.Clone(f.images)

	others := []string{id("0ca"), id("d1"), id("e1"), id("e2"), id("e3"), id("b0b")}
	f.image(id("0ca"), id("ba5e"))
	f.image(id("d1"), id("ba5e"))
	f.image(id("e1"), id("ba5e"), "somebody:1")
	f.image(id("e2"), id("e1"))
	f.images[id("e3")] = image.Summary{ID: id("e3"), Labels: map[string]string{scene.Label: "somebody:2"}}
	f.image(id("b0b"), "", "busybox:latest") // a scene pulled it
	f.container("o1", "somebodys", id("ba5e"), nil)
	f.container("o2", "capas-probe-x", id("ba5e"), map[string]string{checks.ProbeLabel: "1/1"})
	f.container("o3", "brave_bell", id("e1"), nil)

	f.image(id("a0"), id("ba5e")) // on the way to the next
	f.image(id("a1"), id("a0"), "web:1", "web:latest")
	f.image(id("b1"), "")
	f.image(id("c1"), "", "mine:1") // took the name
	f.untag("mine:1")
	f.image(id("c1"), "", "mine:1")
	f.images[id("f1")] = image.Summary{ID: id("f1"), Labels: map[string]string{scene.Label: "web:1"}}
	_ = f.ImageTag(t.Context(), id("0ff"), "web:2")
	m.words["web:2"] = true
	f.container("c1", "caja", id("ba5e"), nil)
	f.container("c2", "cool_euler2", id("ba5e"), nil)
	f.container("c3", "nice_curie", id("a1"), nil)
	f.container("c0ffee0000001111", "named-oddly", id("ba5e"), nil)

	if err := m.clear(t.Context()); err != nil {
		t.Error(err)
	}
	for key, img := range before {
		if !slices.Equal(f.images[key].RepoTags, img.RepoTags) {
			t.Errorf("image %s had the names %q, has %q", key, img.RepoTags, f.images[key].RepoTags)
		}
	}
	want := append(slices.Collect(maps.Keys(before)), others...)
	sameSet(t, "images", slices.Collect(maps.Keys(f.images)), want)
	sameSet(t, "containers", slices.Collect(maps.Keys(f.containers)), []string{"kept", "o1", "o2", "o3"})
}

func sameSet(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestTidySaysWhatAScriptRemoved(t *testing.T) {
	f := &fake{images: map[string]image.Summary{}, containers: map[string]container.Summary{}}
	f.image(id("01d"), "", "mine:1")
	m := &mess{engine: f, words: map[string]bool{"mine:1": true}}
	m.before, _ = look(t.Context(), f)
	delete(f.images, id("01d"))
	if err := m.clear(t.Context()); err == nil || !strings.Contains(err.Error(), `"mine:1"`) {
		t.Errorf("%v, want the image named", err)
	}
}
