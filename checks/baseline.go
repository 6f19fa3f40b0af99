package checks

import (
	"context"
	"slices"
	"time"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
)

// Baseline is what an engine held when an attempt began, and what was seen on it since. It is kept as JSON.
type Baseline struct {
	Time       time.Time           `json:"time"`
	Images     map[string][]string `json:"images"`     // id to its names
	Containers map[string]string   `json:"containers"` // id to name

	// Contents are the digests of what is in the images, where they are kept in a containerd store: there what is built entirely
	// from the cache has a new id, and an old content. Engines say them from API 1.47 on.
	Contents map[string]bool `json:"contents,omitempty"`

	// For «gone»: the names that an image was seen with since, by id, "" among them where it had none; not those that Images says.
	Since  map[string][]string          `json:"since,omitempty"`
	Labels map[string]map[string]string `json:"labels,omitempty"` // of all these images that have some, by id
}

// TakeBaseline asks the engine what it holds: two requests.
func TakeBaseline(ctx context.Context, e Engine) (*Baseline, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	b := &Baseline{Time: time.Now().UTC().Truncate(time.Second), Images: map[string][]string{}, Containers: map[string]string{}}
	images, err := listImages(ctx, careful{e}, image.ListOptions{Manifests: true})
	if err != nil {
		return nil, err
	}
	for _, img := range images {
		b.Images[img.ID] = img.RepoTags
		b.noteContents(img)
		b.noteLabels(img)
	}
	containers, err := listContainers(ctx, careful{e}, filters.Args{})
	if err != nil {
		return nil, err
	}
	for _, c := range containers {
		b.Containers[c.ID] = containerName(c)
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

func (b *Baseline) noteContents(img image.Summary) {
	for _, digest := range contents(img.Manifests) {
		if b.Contents == nil {
			b.Contents = map[string]bool{}
		}
		b.Contents[digest] = true
	}
}

// contents are the digests of what is in an image for the platforms that are there. What tells how it was built is none.
func contents(manifests []image.ManifestSummary) []string {
	var digests []string
	for _, m := range manifests {
		if m.Kind == image.ManifestKindImage && m.Available {
			digests = append(digests, m.ID)
		}
	}
	return digests
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
