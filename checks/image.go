package checks

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

// imageParts are what can be asked of an image that is there, the most basic first.
var imageParts = []struct {
	key   string
	parse func(ref string, n *strictyaml.Node) ([]Check, error)
}{
	{"fresh", parseFresh},
	{"platform", parsePlatform},
	{"from", parseFrom},
	{"layers", parseLayers},
	{"size", parseImageSize},
	{"history", parseHistory},
	{"config", parseConfig},
	{"files", parseImageFiles},
	{"run", parseRun},
}

func parseImage(n *strictyaml.Node) ([]Check, error) {
	known := []string{"image", "exists", "gone"}
	for _, part := range imageParts {
		known = append(known, part.key)
	}
	if _, err := n.Known("image check", known...); err != nil {
		return nil, err
	}
	ref, err := parseReference(n.Get("image"))
	if err != nil {
		return nil, err
	}
	if absent, err := parseAbsence(ref, n); absent != nil || err != nil {
		return absent, err
	}
	list := []Check{ImageExists{ref}}
	for _, part := range imageParts {
		v := n.Get(part.key)
		if v == nil {
			continue
		}
		more, err := part.parse(ref, v)
		if err != nil {
			return nil, err
		}
		if part.key != "fresh" && n.Get("fresh") != nil {
			more = afterFresh(ref, more)
		}
		list = append(list, more...)
	}
	return list, nil
}

// parseAbsence reads «exists: false» and «gone: true», which stand alone: of what is not there nothing else can be asked.
func parseAbsence(ref string, n *strictyaml.Node) ([]Check, error) {
	var absent []Check
	var said *strictyaml.Node
	if v := n.Get("gone"); v != nil {
		if err := onlyTrue("gone", v); err != nil {
			return nil, err
		}
		absent, said = []Check{ImageGone{ref}}, v
	}
	if v := n.Get("exists"); v != nil && absent == nil {
		exists, err := v.Bool()
		if err != nil {
			return nil, err
		}
		if !exists {
			absent, said = []Check{ImageAbsent{ref}}, v
		}
	}
	if absent != nil && len(n.Fields) > 2 {
		return nil, said.Errorf("an image that must not be there (exists: false, gone: true) beside another condition on it: write them as two exercises or take one away")
	}
	return absent, nil
}

// ImageExists is an image with that name on the engine.
type ImageExists struct{ Ref string }

// Eval asks for the image; where it is missing it names the one that was probably meant.
func (c ImageExists) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := message.Data{"Image": c.Ref}
	r := Result{Want: message.New("checks.image.exists-want", data)}
	switch _, err := f.image(ctx, c.Ref); {
	case err == nil:
		r.Verdict, r.Got = Pass, message.New("checks.image.there", data)
		return r, nil
	case !errdefs.IsNotFound(err):
		return r, err
	}
	missing, err := f.missingImage(ctx, c.Ref)
	missing.Want = r.Want
	return missing, err
}

// ImageAbsent is that no image on the engine has that name.
type ImageAbsent struct{ Ref string }

// Eval asks for the image.
func (c ImageAbsent) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := message.Data{"Image": c.Ref}
	r := Result{Want: message.New("checks.image.absent-want", data)}
	there, err := f.imageIsThere(ctx, c.Ref)
	switch {
	case err != nil:
		return r, err
	case there:
		r.Verdict, r.Got, r.Next = Fail, message.New("checks.image.still-there", data), message.New("checks.image.there-next", data)
	default:
		r.Verdict, r.Got = Pass, message.New("checks.image.missing", data)
	}
	return r, nil
}

func (f *Facts) imageIsThere(ctx context.Context, ref string) (bool, error) {
	_, err := f.image(ctx, ref)
	if errdefs.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// ImageGone is that the name was there in this attempt and is there no more.
type ImageGone struct{ Ref string }

// Eval asks for the image, and the baseline whether there ever was one.
func (c ImageGone) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := message.Data{"Image": c.Ref}
	r := Result{Want: message.New("checks.image.gone-want", data)}
	there, err := f.imageIsThere(ctx, c.Ref)
	switch {
	case err != nil:
		return r, err
	case there:
		r.Verdict, r.Got, r.Next = Fail, message.New("checks.image.still-there", data), message.New("checks.image.there-next", data)
	case f.scope.Baseline == nil:
		return withoutBaseline(r)
	case f.scope.Baseline.saw(c.Ref):
		r.Verdict, r.Got = Pass, message.New("checks.image.gone", data)
	default:
		r.Verdict, r.Got, r.Next = Fail, message.New("checks.image.never-there", data), message.New("checks.image.never-there-next", data)
	}
	return r, nil
}

var errNoBaseline = errors.New("not known what the engine held when the attempt began")

func withoutBaseline(r Result) (Result, error) {
	r.Got, r.Next = message.New("checks.unknown.no-baseline"), message.New("checks.unknown.no-baseline-next")
	return r, errNoBaseline
}

// onImage asks something of an image that is there. Where it does not hold it says whether the image is older than its recipe.
func (f *Facts) onImage(ctx context.Context, ref string, want message.Text, ask func(image.InspectResponse) (Result, error)) (Result, error) {
	r, err := f.onAnyImage(ctx, ref, want, func(img image.InspectResponse) (Result, error) {
		r, err := ask(img)
		if err != nil || r.Verdict != Fail || r.Blocked {
			return r, err
		}
		found, err := f.unbuiltClue(ctx, ref, img, "")
		r.tell(found)
		return r, err
	})
	r.condition = &imageCondition{ref: ref, ask: ask}
	return r, err
}

// onAnyImage asks something of an image, however old. Where there is none the condition waits for ImageExists, which says so.
func (f *Facts) onAnyImage(ctx context.Context, ref string, want message.Text, ask func(image.InspectResponse) (Result, error)) (Result, error) {
	data := message.Data{"Image": ref}
	img, err := f.image(ctx, ref)
	switch {
	case errdefs.IsNotFound(err):
		return Result{Verdict: Fail, Blocked: true, Want: want, Got: message.New("checks.image.blocked", data)}, nil
	case err != nil:
		return Result{Want: want}, err
	case isForeign(img):
		return Result{Want: want, Got: message.New("checks.unknown.foreign", data), Next: message.New("checks.unknown.foreign-next", data)}, errForeign
	}
	r, err := ask(img)
	r.Want = want
	return r, err
}

var errForeign = errors.New("the engine holds the image only for another platform than its own")

// isForeign reports whether the engine knows the image but nothing of what is in it, since it is there for another
// platform only. An image without any layer (FROM scratch and nothing else) has an architecture all the same.
func isForeign(img image.InspectResponse) bool {
	return len(img.RootFS.Layers) == 0 && img.Architecture == ""
}

func parseFresh(ref string, n *strictyaml.Node) ([]Check, error) {
	return []Check{ImageFresh{ref}}, onlyTrue("fresh", n)
}

// ImageFresh is that the image was made or fetched in this attempt: the baseline knows neither its id nor what is in it.
type ImageFresh struct{ Ref string }

// Eval looks for the image in the baseline.
func (c ImageFresh) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := message.Data{"Image": c.Ref}
	return f.onAnyImage(ctx, c.Ref, message.New("checks.image.fresh-want", data), func(img image.InspectResponse) (Result, error) {
		if f.scope.Baseline == nil {
			return withoutBaseline(Result{})
		}
		old, err := f.isOldContent(ctx, img)
		if old {
			return c.old(ctx, f, img)
		}
		return answer(true, message.New("checks.image.fresh", data), message.Text{}), err
	})
}

// old says what was done in place of making the image anew: it was made under another name, or its recipe was changed and not
// built, or not even changed.
func (c ImageFresh) old(ctx context.Context, f *Facts, img image.InspectResponse) (Result, error) {
	data := message.Data{"Image": c.Ref}
	r := answer(false, message.New("checks.image.old", data), message.New("checks.image.old-next", data))
	found, err := f.newClue(ctx, c.Ref)
	if err == nil && found.near.IsZero() {
		found, err = f.unbuiltClue(ctx, c.Ref, img, "")
	}
	if !found.near.IsZero() {
		r.Near, r.Next = found.near, found.next
		return r, err
	}
	if err == nil {
		r.Near, err = f.unsavedClue(ctx)
	}
	return r, err
}

func parsePlatform(ref string, n *strictyaml.Node) ([]Check, error) {
	text, err := n.Text()
	if err != nil {
		return nil, err
	}
	parts := strings.Split(text, "/")
	if len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "") || strings.ToLower(text) != text {
		return nil, n.Errorf("%q is no platform: write it like linux/amd64 or linux/arm/v7", text)
	}
	return []Check{ImagePlatform{ref, text}}, nil
}

// ImagePlatform is that the image is made for a platform, as in linux/amd64. A variant counts where one is asked for.
type ImagePlatform struct{ Ref, Platform string }

// Eval compares what the image says of itself.
func (c ImagePlatform) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := message.Data{"Image": c.Ref, "Platform": c.Platform}
	return weak(f.onImage(ctx, c.Ref, message.New("checks.image.platform-want", data), func(img image.InspectResponse) (Result, error) {
		got := img.Os + "/" + img.Architecture
		if strings.Count(c.Platform, "/") == 2 {
			got += "/" + img.Variant
		}
		found := message.New("checks.image.platform", message.Data{"Image": c.Ref, "Platform": got})
		return answer(got == c.Platform, found, message.New("checks.image.platform-next", data)), nil
	}))
}
