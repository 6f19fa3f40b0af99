package checks

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
)

// Baseline is what an engine held when an attempt began, and what was seen on it since. It is kept as JSON.
type Baseline struct {
	Time       time.Time           `json:"time"`
	Images     map[string][]string `json:"images"`     // id to its names
	Containers map[string]string   `json:"containers"` // id to name

	// Contents are the digests of what was in the images that have to be made anew, where they are kept in a containerd store: there
	// what is built entirely from the cache has a new id, and an old content. Engines say them from API 1.48 on.
	Contents map[string]bool `json:"contents,omitempty"`

	// For «gone»: the names that an image was seen with since, by id, "" among them where it had none; not those that Images says.
	Since  map[string][]string          `json:"since,omitempty"`
	Labels map[string]map[string]string `json:"labels,omitempty"` // of all these images that have some, by id
}

// TakeBaseline asks the engine what it holds: two requests, and two more for each image that has to be fresh in the checks that the
// attempt is about.
func TakeBaseline(ctx context.Context, e Engine, about ...Check) (*Baseline, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	b := &Baseline{Time: time.Now().UTC().Truncate(time.Second), Images: map[string][]string{}, Containers: map[string]string{}}
	images, err := listImages(ctx, careful{e})
	if err != nil {
		return nil, err
	}
	for _, img := range images {
		b.Images[img.ID] = img.RepoTags
		b.noteLabels(img)
	}
	containers, err := listContainers(ctx, careful{e}, filters.Args{})
	if err != nil {
		return nil, err
	}
	for _, c := range containers {
		b.Containers[c.ID] = containerName(c)
	}
	for _, c := range about {
		if fresh, ok := c.(ImageFresh); ok {
			if err := b.noteContents(ctx, careful{e}, fresh.Ref); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

// saw reports whether an image had that name when the attempt began, or since.
func (b *Baseline) saw(ref string) bool {
	is := func(name string) bool { return name != "" && familiar(name) == familiar(ref) }
	for _, all := range []map[string][]string{b.Images, b.Since} {
		for _, names := range all {
			if slices.ContainsFunc(names, is) {
				return true
			}
		}
	}
	return false
}

// wasUnnamed reports whether an image was there without a name when the attempt began.
func (b *Baseline) wasUnnamed(imageID string) bool {
	names, old := b.Images[imageID]
	return old && len(names) == 0
}

// note adds what an image is to what was seen.
func (b *Baseline) note(img image.Summary) {
	names := img.RepoTags
	if len(names) == 0 && !b.wasUnnamed(img.ID) {
		names = []string{""}
	}
	for _, name := range names {
		if slices.Contains(b.Images[img.ID], name) || slices.Contains(b.Since[img.ID], name) {
			continue
		}
		if b.Since == nil {
			b.Since = map[string][]string{}
		}
		b.Since[img.ID] = append(b.Since[img.ID], name)
		b.noteLabels(img)
	}
}

func (b *Baseline) noteContents(ctx context.Context, e Engine, ref string) error {
	img, err := e.ImageInspect(ctx, ref)
	if errdefs.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("inspecting image %q: %w", ref, err)
	}
	digests, err := contents(ctx, e, img)
	for _, digest := range digests {
		if b.Contents == nil {
			b.Contents = map[string]bool{}
		}
		b.Contents[digest] = true
	}
	return err
}

// contents are the digests of what is in an image of a containerd store for the platforms that are there. What tells how it was built
// is none.
func contents(ctx context.Context, e Engine, img image.InspectResponse) ([]string, error) {
	if img.Descriptor == nil {
		return nil, nil
	}
	whole, err := e.ImageInspect(ctx, img.ID, client.ImageInspectWithManifests(true))
	if err != nil {
		return nil, fmt.Errorf("inspecting what is in image %s: %w", img.ID, err)
	}
	var digests []string
	for _, m := range whole.Manifests {
		if m.Kind == image.ManifestKindImage && m.Available {
			digests = append(digests, m.ID)
		}
	}
	return digests, nil
}

func (b *Baseline) noteLabels(img image.Summary) {
	if len(img.Labels) == 0 {
		return
	}
	if b.Labels == nil {
		b.Labels = map[string]map[string]string{}
	}
	b.Labels[img.ID] = img.Labels
}
