package checks

import (
	"context"
	"slices"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
)

// Difference says in one sentence what changed since the baseline ("since you began: +1 image, 1 now without a name");
// the zero Text when nothing did. It also notes in the baseline
// what is there now, so it is not for concurrent use.
func (f *Facts) Difference(ctx context.Context) (message.Text, error) {
	b := f.scope.Baseline
	if b == nil {
		return message.Text{}, nil
	}
	now, err := f.Inventory(ctx)
	if err != nil {
		return message.Text{}, err
	}
	for _, img := range now.images {
		b.note(img)
	}
	what := now.since(b.Images, b.Containers)
	if what.IsZero() {
		return what, nil
	}
	return message.New("checks.difference.since", message.Data{"What": what}), nil
}

// Inventory is what an engine held at one moment.
type Inventory struct {
	images     []image.Summary
	containers []container.Summary
}

// Inventory is what the engine holds.
func (f *Facts) Inventory(ctx context.Context) (*Inventory, error) {
	images, err := f.allImages(ctx)
	if err != nil {
		return nil, err
	}
	containers, err := f.allContainers(ctx)
	if err != nil {
		return nil, err
	}
	return &Inventory{images, containers}, nil
}

// Since says what is other than in an earlier one ("New: 1 image (hola:1)"); the zero Text where nothing is.
func (i *Inventory) Since(before *Inventory) message.Text {
	images, containers := map[string][]string{}, map[string]string{}
	for _, img := range before.images {
		images[img.ID] = img.RepoTags
	}
	for _, c := range before.containers {
		containers[c.ID] = containerName(c)
	}
	what := i.since(images, containers)
	if what.IsZero() {
		return what
	}
	return message.New("checks.difference.now", message.Data{"What": what})
}

// since compares with images, ids to names, and containers that were there before.
func (i *Inventory) since(images map[string][]string, containers map[string]string) message.Text {
	d := difference{gone: len(images), containersGone: len(containers)}
	for _, img := range i.images {
		d.image(images, img)
	}
	for _, c := range i.containers {
		if _, old := containers[c.ID]; old {
			d.containersGone--
		} else {
			d.containersMade++
		}
	}
	return d.text()
}

// difference counts what changed on an engine.
type difference struct {
	made      int
	madeNames []string // of the images that were made
	given     []string // names that images of the baseline got
	lost      []string // names that they lost, keeping others
	unnamed   int      // images that lost all their names
	gone      int

	containersMade, containersGone int
}

func (d *difference) image(before map[string][]string, img image.Summary) {
	now := img.RepoTags
	old, known := before[img.ID]
	if !known {
		d.made++
		d.madeNames = append(d.madeNames, now...)
		return
	}
	d.gone--
	d.given = append(d.given, without(now, old)...)
	if len(old) > 0 && len(now) == 0 {
		d.unnamed++
		return
	}
	d.lost = append(d.lost, without(old, now)...)
}

func without(names, others []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(others, n) })
}

// text says what changed, one part after the other; the zero Text when nothing did.
func (d *difference) text() message.Text {
	var all message.Text
	for _, part := range []struct {
		count int
		text  message.Text
	}{
		{d.made, d.madeText()},
		{len(d.given), message.New("checks.difference.given", message.Data{"Count": len(d.given), "Names": firstNames(d.given)})},
		{len(d.lost), message.New("checks.difference.lost", message.Data{"Count": len(d.lost), "Names": firstNames(d.lost)})},
		{d.unnamed, message.New("checks.difference.unnamed", message.Data{"Count": d.unnamed})},
		{d.gone, message.New("checks.difference.gone", message.Data{"Count": d.gone})},
		{d.containersMade, message.New("checks.difference.containers-made", message.Data{"Count": d.containersMade})},
		{d.containersGone, message.New("checks.difference.containers-gone", message.Data{"Count": d.containersGone})},
	} {
		switch {
		case part.count == 0:
		case all.IsZero():
			all = part.text
		default:
			all = message.New("checks.difference.and", message.Data{"First": all, "Then": part.text})
		}
	}
	return all
}

func (d *difference) madeText() message.Text {
	if len(d.madeNames) == 0 {
		return message.New("checks.difference.made", message.Data{"Count": d.made})
	}
	return message.New("checks.difference.made-named", message.Data{"Count": d.made, "Names": firstNames(d.madeNames)})
}

// firstNames are the first three, and a sign that there are more.
func firstNames(names []string) []string {
	const most = 3
	names = slices.Sorted(slices.Values(names))
	if len(names) <= most {
		return names
	}
	return append(names[:most:most], "…")
}
