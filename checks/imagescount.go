package checks

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
)

// ImagesCount is how many images there are that fit. One with several names is one image.
type ImagesCount struct {
	whichImages
	count quantity
}

// Eval counts them in the list of images that all checks share.
func (c ImagesCount) Eval(ctx context.Context, f *Facts) (Result, error) {
	want := c.want()
	fit, foreign, err := f.imagesOf(ctx, c.whichImages)
	if err != nil {
		return unlisted(want, err)
	}
	n := int64(len(fit))
	r := answer(c.count.holds(n), c.got(fit), c.next(n, fit))
	r.Want = want
	if r.Verdict == Pass {
		return r, nil
	}
	found, err := c.clue(ctx, f, fit, foreign)
	r.Near = found.near
	if !found.next.IsZero() {
		r.Next = found.next
	}
	return r, err
}

// unlisted is the result where the images could not be listed, or not told from those of before.
func unlisted(want message.Text, err error) (Result, error) {
	if errors.Is(err, errNoBaseline) {
		return withoutBaseline(Result{Want: want})
	}
	return Result{Want: want}, err
}

func (c ImagesCount) want() message.Text {
	data := message.Data{"Which": c.text(), "Images": c.count.text(imagesText(c.count.n))}
	if c.count == (quantity{"=", 0}) {
		return message.New("checks.images.none-want", data)
	}
	return message.New("checks.images.count-want", data)
}

func (c ImagesCount) got(fit []image.Summary) message.Text {
	if len(fit) == 0 {
		return message.New("checks.images.none")
	}
	return message.New("checks.images.there", c.listed(fit))
}

// listed are the images in numbers and by name, a few of them.
func (w whichImages) listed(fit []image.Summary) message.Data {
	called := slices.Sorted(slices.Values(w.called(fit)))
	return message.Data{"Count": len(fit), "Images": imagesText(int64(len(fit))), "Names": firstNames(quoted(called)), "Name": called[0]}
}

// next is what to do about too few or too many.
func (c ImagesCount) next(n int64, fit []image.Summary) message.Text {
	data := message.Data{"Reference": c.Reference}
	switch {
	case !c.count.tooFew(n) && !c.count.holds(1) && len(fit) > 0:
		return message.New("checks.images.gone-next", c.listed(fit))
	case !c.count.tooFew(n):
		return message.New("checks.images.many-next")
	case c.Dangling:
		return message.New("checks.images.dangling-next", data)
	case c.Reference == "":
		return c.labelNext()
	}
	return message.New("checks.images.few-next", data)
}

// labelNext is how an image gets the label.
func (w whichImages) labelNext() message.Text {
	name, value, exact := strings.Cut(w.Label, "=")
	if !exact {
		value = "…"
	}
	return message.New("checks.config.label-next", message.Data{"Name": name, "Value": value})
}

// ImagesGone is that images that fit were there in this attempt, and are no more.
type ImagesGone struct{ whichImages }

// Eval lists the images, and asks the baseline whether there ever were such.
func (c ImagesGone) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := message.Data{"Which": c.text()}
	want := message.New("checks.images.gone-want", data)
	if f.scope.Baseline == nil {
		return withoutBaseline(Result{Want: want})
	}
	fit, foreign, err := f.imagesOf(ctx, c.whichImages)
	switch {
	case err != nil:
		return Result{Want: want}, err
	case len(fit) > 0:
		return c.stillThere(ctx, f, want, fit)
	case c.saw(f.scope.Baseline):
		return Result{Verdict: Pass, Want: want, Got: message.New("checks.images.gone", data)}, nil
	}
	r := answer(false, message.New("checks.images.never-there", data), message.New("checks.image.never-there-next"))
	r.Want, r.Near = want, foreignText(foreign)
	return r, nil
}

func (c ImagesGone) stillThere(ctx context.Context, f *Facts, want message.Text, fit []image.Summary) (Result, error) {
	r := answer(false, message.New("checks.images.still-there", c.listed(fit)), message.New("checks.images.gone-next", c.listed(fit)))
	r.Want = want
	used, err := f.usedClue(ctx, c.whichImages, fit)
	if !used.near.IsZero() {
		r.Near, r.Next = used.near, used.next
	}
	return r, err
}
