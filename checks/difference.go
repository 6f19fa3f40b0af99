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
	images, err := f.allImages(ctx)
	if err != nil {
		return message.Text{}, err
	}
	containers, err := f.allContainers(ctx)
	if err != nil {
		return message.Text{}, err
	}
	d := difference{gone: len(b.Images), containersGone: len(b.Containers)}
	for _, img := range images {
		names := img.RepoTags
		d.image(b, img, names)
		b.note(img)
	}
	for _, c := range containers {
		d.container(b, c)
	}
	return d.text(), nil
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

func (d *difference) image(b *Baseline, img image.Summary, now []string) {
	old, known := b.Images[img.ID]
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

func (d *difference) container(b *Baseline, c container.Summary) {
	if _, old := b.Containers[c.ID]; old {
		d.containersGone--
	} else {
		d.containersMade++
	}
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
	if all.IsZero() {
		return all
	}
	return message.New("checks.difference.since", message.Data{"What": all})
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
