package checks

import (
	"context"
	"slices"
	"time"
)

// Baseline is what an engine held when an attempt began. It is kept as JSON.
type Baseline struct {
	Time       time.Time           `json:"time"`
	Images     map[string][]string `json:"images"`         // id to its names
	Containers map[string]string   `json:"containers"`     // id to name
	Seen       []string            `json:"seen,omitempty"` // names of images seen since, for «gone»
}

// TakeBaseline asks the engine what it holds: two requests.
func TakeBaseline(ctx context.Context, e Engine) (*Baseline, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	b := &Baseline{Time: time.Now().UTC().Truncate(time.Second), Images: map[string][]string{}, Containers: map[string]string{}}
	images, err := listImages(ctx, e)
	if err != nil {
		return nil, err
	}
	for _, img := range images {
		b.Images[img.ID] = realNames(img.RepoTags)
	}
	containers, err := listContainers(ctx, e)
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
	is := func(name string) bool { return familiar(name) == familiar(ref) }
	for _, names := range b.Images {
		if slices.ContainsFunc(names, is) {
			return true
		}
	}
	return slices.ContainsFunc(b.Seen, is)
}

// note adds names to those seen.
func (b *Baseline) note(names []string) {
	b.Seen = append(b.Seen, names...)
	slices.Sort(b.Seen)
	b.Seen = slices.Compact(b.Seen)
}
