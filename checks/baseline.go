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

	// For «gone»: the names that an image was seen with since, by id, "" among them where it had none; not those that Images says.
	Since  map[string][]string          `json:"since,omitempty"`
	Labels map[string]map[string]string `json:"labels,omitempty"` // of all these images that have some, by id
}

// TakeBaseline asks the engine what it holds: two requests.
func TakeBaseline(ctx context.Context, e Engine) (*Baseline, error) {
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

func (b *Baseline) noteLabels(img image.Summary) {
	if len(img.Labels) == 0 {
		return
	}
	if b.Labels == nil {
		b.Labels = map[string]map[string]string{}
	}
	b.Labels[img.ID] = img.Labels
}
