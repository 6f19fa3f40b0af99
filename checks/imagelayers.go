package checks

import (
	"context"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

func parseFrom(ref string, n *strictyaml.Node) ([]Check, error) {
	base, err := parseReference(n)
	switch {
	case err != nil:
		return nil, err
	case base == "scratch":
		return nil, n.Errorf("scratch is no image and has no layers: ask for the number of layers instead")
	case familiar(base) == familiar(ref):
		return nil, n.Errorf("an image is always made from itself: it checks nothing")
	}
	return []Check{ImageFrom{ref, base}}, nil
}

// ImageFrom is that the image begins with all layers of another, as after FROM.
type ImageFrom struct{ Ref, Base string }

// Eval compares the layers of both. Where the engine has not got the other (a build with BuildKit does not keep its base as an
// image) it cannot tell.
func (c ImageFrom) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := message.Data{"Image": c.Ref, "Base": c.Base}
	return f.onImage(ctx, c.Ref, message.New("checks.image.from-want", data), func(img image.InspectResponse) (Result, error) {
		base, r, err := f.base(ctx, c.Base)
		if err != nil {
			return r, err
		}
		common := commonLayers(img.RootFS.Layers, base.RootFS.Layers)
		if common == len(base.RootFS.Layers) {
			return answer(true, message.New("checks.image.from", data), message.Text{}), nil
		}
		r = Result{Verdict: Fail, Got: notFrom(c, common), Next: message.New("checks.image.from-next", data)}
		found, err := f.unbuiltClue(ctx, c.Ref, img, c.Base)
		r.tell(found)
		return r, err
	})
}

// base is the image that another is compared with; what is said of it where it cannot be is never «not yet».
func (f *Facts) base(ctx context.Context, ref string) (image.InspectResponse, Result, error) {
	data := message.Data{"Image": ref, "Base": ref}
	base, err := f.image(ctx, ref)
	var r Result
	switch {
	case errdefs.IsNotFound(err):
		r.Got, r.Next = message.New("checks.unknown.no-base", data), message.New("checks.unknown.no-base-next", data)
		err = fmt.Errorf("the layers of the base are not known: %w", err)
	case err != nil:
	case isForeign(base):
		r.Got, r.Next = message.New("checks.unknown.foreign", data), message.New("checks.unknown.foreign-next", data)
		err = errForeign
	case len(base.RootFS.Layers) == 0:
		r.Got, r.Next = message.New("checks.unknown.bare-base", data), message.New("checks.unknown.lesson-next")
		err = fmt.Errorf("the base %q has no layers that could be compared", ref)
	}
	return base, r, err
}

func notFrom(c ImageFrom, common int) message.Text {
	data := message.Data{"Image": c.Ref, "Base": c.Base}
	if common == 0 {
		return message.New("checks.image.from-other", data)
	}
	data["Common"] = layersText(int64(common))
	return message.New("checks.image.from-part", data)
}

func commonLayers(a, b []string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func parseLayers(ref string, n *strictyaml.Node) ([]Check, error) {
	q, err := parseCount(n)
	return []Check{ImageLayers{ref, q}}, err
}

// ImageLayers is how many layers the image has, those of its base among them.
type ImageLayers struct {
	Ref    string
	layers quantity
}

// Eval counts the layers of the image's file system, not the rows of its history.
func (c ImageLayers) Eval(ctx context.Context, f *Facts) (Result, error) {
	want := message.New("checks.image.layers-want", message.Data{"Image": c.Ref, "Layers": c.layers.text(layersText(c.layers.n))})
	return weak(f.onImage(ctx, c.Ref, want, func(img image.InspectResponse) (Result, error) {
		n := int64(len(img.RootFS.Layers))
		next := message.New("checks.image.layers-many-next", message.Data{"Image": c.Ref})
		if c.layers.tooFew(n) {
			next = message.New("checks.image.layers-few-next", message.Data{"Image": c.Ref})
		}
		return answer(c.layers.holds(n), message.New("checks.image.layers", message.Data{"Image": c.Ref, "Layers": layersText(n)}), next), nil
	}))
}

func parseImageSize(ref string, n *strictyaml.Node) ([]Check, error) {
	q, err := parseSize(n)
	switch {
	case err != nil:
		return nil, err
	case q.op == "=":
		return nil, n.Errorf("%q: the size of an image differs from one engine to another: ask for less or more than a size", n.Value)
	}
	return []Check{ImageSize{ref, q}}, nil
}

// ImageSize is how large the image is, the sum of its layers.
type ImageSize struct {
	Ref  string
	size quantity
}

// Eval adds up the sizes in the image's history.
func (c ImageSize) Eval(ctx context.Context, f *Facts) (Result, error) {
	want := message.New("checks.image.size-want", message.Data{"Image": c.Ref, "Size": c.size.text(sizeText(c.size.n))})
	return weak(f.onImage(ctx, c.Ref, want, func(img image.InspectResponse) (Result, error) {
		n, err := f.size(ctx, img)
		if err != nil {
			return Result{}, err
		}
		got := message.New("checks.image.size", message.Data{"Image": c.Ref, "Size": sizeText(n)})
		return answer(c.size.holds(n), got, message.New("checks.image.size-next", message.Data{"Image": c.Ref})), nil
	}))
}
