package checks

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
	"capas/internal/nearest"
)

// clue is what probably happened where the number of images is not the one wanted.
func (c ImagesCount) clue(ctx context.Context, f *Facts, fit, foreign []image.Summary) (clue, error) {
	if !c.count.tooFew(int64(len(fit))) {
		used, err := f.usedClue(ctx, c.whichImages, fit)
		if used.near.IsZero() {
			used.near = foreignText(foreign)
		}
		return used, err
	}
	list, err := f.allImages(ctx)
	if err != nil {
		return clue{}, err
	}
	for _, look := range []func(*Facts, []image.Summary) clue{c.oneForTwo, c.mistyped, c.mislabelled, c.nameless} {
		if found := look(f, list); !found.near.IsZero() {
			return found, nil
		}
	}
	return clue{near: foreignText(foreign)}, nil
}

// foreignText says that there are images without a name that are the learner's own.
func foreignText(foreign []image.Summary) message.Text {
	if len(foreign) == 0 {
		return message.Text{}
	}
	return message.New("checks.images.foreign", message.Data{"Count": len(foreign), "Names": firstNames(quoted(whichImages{}.called(foreign)))})
}

// usedClue names the container of this attempt for which docker refuses to remove one of the images.
func (f *Facts) usedClue(ctx context.Context, w whichImages, fit []image.Summary) (clue, error) {
	containers, err := f.allContainers(ctx)
	for _, img := range fit {
		for _, c := range containers {
			if c.ImageID == img.ID && !f.isOldContainer(c.ID) {
				data := message.Data{"Image": w.called([]image.Summary{img})[0], "Name": containerName(c)}
				return clue{near: message.New("checks.images.used", data), next: message.New("checks.images.used-next", data)}, err
			}
		}
	}
	return clue{}, err
}

// oneForTwo speaks of an image that got a second name of those wanted in this attempt: it counts once.
func (c ImagesCount) oneForTwo(f *Facts, list []image.Summary) clue {
	for _, img := range list {
		names := c.fitting(img.RepoTags)
		added := slices.ContainsFunc(names, func(name string) bool { return !f.wasNamed(img.ID, name) })
		if c.Reference != "" && len(names) > 1 && added && c.fits(names, img.Labels) {
			data := message.Data{"Names": firstNames(quoted(names)), "ID": shortID(img.ID)}
			return clue{near: message.New("checks.images.one", data), next: message.New("checks.images.one-next", data)}
		}
	}
	return clue{}
}

// mistyped speaks of a name of this attempt that only just does not fit the pattern.
func (c ImagesCount) mistyped(f *Facts, list []image.Summary) clue {
	repository, tag := splitPattern(c.Reference)
	if c.Reference == "" || strings.ContainsAny(repository, `*?[\`) {
		return clue{}
	}
	for _, img := range list {
		if c.Label != "" && !hasLabel(img.Labels, c.Label) {
			continue
		}
		for _, have := range f.named(img.ID, img.RepoTags) {
			if found := mistypedName(repository, tag, have); !found.near.IsZero() {
				return found
			}
		}
	}
	return clue{}
}

// mistypedName compares a name with the one it would have with the repository of the pattern.
func mistypedName(repository, tag string, have named) clue {
	is := splitReference(have.name)
	data := message.Data{"Have": have.name, "HaveTag": is.tag, "Tag": tag}
	fits := tag == "" || matches(tag, is.tag)
	switch {
	case have.old || is.digest != "":
		return clue{}
	case !fits && is.repository() == repository:
		return clue{near: message.New("checks.images.other-tag", data), next: message.New("checks.images.other-tag-next", data)}
	case !fits && strings.ContainsAny(tag, `*?[\`):
		return clue{}
	case fits:
		tag = is.tag
	}
	want := repository + ":" + tag
	if miss := nearImage(want, []named{have}); miss.isSlip() {
		return clue{near: miss.text(), next: message.New("checks.image.near-next", message.Data{"Image": want})}
	}
	return clue{}
}

func matches(pattern, text string) bool {
	fits, err := path.Match(pattern, text)
	return err == nil && fits
}

// mislabelled speaks of an image that fits but for its label. One that says no name of the exercise must be of this attempt.
func (c ImagesCount) mislabelled(f *Facts, list []image.Summary) clue {
	if c.Label == "" {
		return clue{}
	}
	rest := c.whichImages
	rest.Label = ""
	var meant *image.Summary
	near := ""
	for _, img := range list {
		if c.Reference == "" && f.isOld(img.ID) || !rest.fits(img.RepoTags, img.Labels) || hasLabel(img.Labels, c.Label) {
			continue
		}
		if label := nearLabel(c.Label, img.Labels); meant == nil || near == "" && label != "" {
			meant, near = &img, label
		}
	}
	if meant == nil {
		return clue{}
	}
	data := message.Data{"Image": rest.called([]image.Summary{*meant})[0], "Have": near, "Label": c.Label}
	if near == "" {
		return clue{near: message.New("checks.images.unlabelled", data), next: c.labelNext()}
	}
	return clue{near: message.New("checks.images.other-label", data), next: c.labelNext()}
}

// nearLabel is the label that was probably meant, "key=value" or, where only a key is wanted, "key"; "" where none is near.
func nearLabel(want string, labels map[string]string) string {
	key, _, exact := strings.Cut(want, "=")
	near := key
	if _, there := labels[key]; !there {
		var keys []string
		for k := range labels {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		near = nearest.Word(key, keys)
	}
	if near == "" || !exact {
		return near
	}
	return near + "=" + labels[near]
}

// nameless speaks of an image of this attempt that has no name where one is wanted.
func (c ImagesCount) nameless(f *Facts, list []image.Summary) clue {
	if c.Reference == "" || f.scope.Baseline == nil {
		return clue{}
	}
	for _, img := range list {
		if !f.isOld(img.ID) && len(img.RepoTags) == 0 {
			data := message.Data{"ID": shortID(img.ID), "Reference": c.Reference}
			return clue{near: message.New("checks.images.nameless", data), next: message.New("checks.images.nameless-next", data)}
		}
	}
	return clue{}
}
