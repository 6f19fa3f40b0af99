package checks

import (
	"context"
	"reflect"
	"slices"

	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

func parseSame(n *strictyaml.Node) ([]Check, error) {
	refs, list, err := parsePair(n, "same")
	return append(list, ImagesSame{refs}), err
}

func parseDifferent(n *strictyaml.Node) ([]Check, error) {
	refs, list, err := parsePair(n, "different")
	return append(list, ImagesDifferent{refs}), err
}

// parsePair reads the names, at least two, and asks of each that it exists.
func parsePair(n *strictyaml.Node, subject string) (refs []string, exist []Check, err error) {
	if _, err := n.Known(subject+" check", subject); err != nil {
		return nil, nil, err
	}
	items, err := n.Get(subject).List()
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for _, item := range items {
		ref, err := parseReference(item)
		if err != nil {
			return nil, nil, err
		}
		if slices.Contains(names, familiar(ref)) {
			return nil, nil, item.Errorf("%q is there twice: two names are compared", ref)
		}
		refs, names, exist = append(refs, ref), append(names, familiar(ref)), append(exist, ImageExists{ref})
	}
	if len(refs) < 2 {
		return nil, nil, n.Get(subject).Errorf("%s: want two names of images, found one", subject)
	}
	return refs, exist, nil
}

// ImagesSame is that all these names are of one image.
type ImagesSame struct{ Refs []string }

// Eval compares what the names stand for.
func (c ImagesSame) Eval(ctx context.Context, f *Facts) (Result, error) {
	want := message.New("checks.same.want", message.Data{"Images": quoted(c.Refs)})
	return f.onImages(ctx, c.Refs, want, func(images []image.InspectResponse) (Result, error) {
		for i, img := range images[1:] {
			if !sameImage(images[0], img) {
				return c.two(f, images[0], img, c.Refs[0], c.Refs[i+1]), nil
			}
		}
		return answer(true, message.New("checks.same.got", message.Data{"Images": quoted(c.Refs), "ID": shortID(images[0].ID)}), message.Text{}), nil
	})
}

// two is the result where a name is of another image than the first one. The name to move is the one that was given in this
// attempt; where that is neither of them, or both, it is the second.
func (c ImagesSame) two(f *Facts, first, img image.InspectResponse, ref, other string) Result {
	if f.isGiven(ref, first) && !f.isGiven(other, img) {
		first, img, ref, other = img, first, other, ref
	}
	data := message.Data{"Stays": ref, "Moves": other}
	r := answer(false, twoText(ref, first, other, img), message.New("checks.same.next", data))
	if miss := c.misspelled(f, other, first); miss.isSlip() {
		r.Near, r.Next = miss.text(), message.New("checks.image.near-next", message.Data{"Image": other})
		return r
	}
	names := slices.DeleteFunc(img.RepoTags, func(name string) bool { return isOneOf(name, c.Refs) })
	if len(names) > 0 {
		slices.Sort(names)
		i := max(0, slices.IndexFunc(names, func(n string) bool { return splitReference(n).repository() == splitReference(other).repository() }))
		r.Near = message.New("near.same-as", message.Data{"Name": other, "Other": names[i]})
	}
	return r
}

// isGiven reports whether the image got the name in this attempt.
func (f *Facts) isGiven(ref string, img image.InspectResponse) bool {
	return f.scope.Baseline != nil && !slices.ContainsFunc(f.scope.Baseline.Images[img.ID], func(name string) bool { return isOneOf(name, []string{ref}) })
}

// misspelled is the name that the image was given in this attempt in place of another one.
func (c ImagesSame) misspelled(f *Facts, ref string, img image.InspectResponse) imageMiss {
	if f.scope.Baseline == nil {
		return imageMiss{}
	}
	names := slices.DeleteFunc(slices.Clone(img.RepoTags), func(name string) bool { return isOneOf(name, c.Refs) })
	return nearImage(ref, f.named(img.ID, names))
}

// ImagesDifferent is that each of these names is of another image.
type ImagesDifferent struct{ Refs []string }

// Eval compares what the names stand for.
func (c ImagesDifferent) Eval(ctx context.Context, f *Facts) (Result, error) {
	want := message.New("checks.different.want", message.Data{"Images": quoted(c.Refs)})
	return f.onImages(ctx, c.Refs, want, func(images []image.InspectResponse) (Result, error) {
		for i, a := range images {
			for j := i + 1; j < len(images); j++ {
				if sameImage(a, images[j]) {
					return f.oneImage(ctx, []string{c.Refs[i], c.Refs[j]}, a)
				}
			}
		}
		return answer(true, message.New("checks.different.got", message.Data{"Images": quoted(c.Refs)}), message.Text{}), nil
	})
}

// oneImage is the result where two names that should be of two images are of one. What made them so is to be undone.
func (f *Facts) oneImage(ctx context.Context, refs []string, img image.InspectResponse) (Result, error) {
	data := message.Data{"Images": quoted(refs), "ID": shortID(img.ID)}
	r := answer(false, message.New("checks.same.got", data), message.New("checks.different.next"))
	list, err := f.allImages(ctx)
	if err != nil {
		return r, err
	}
	if name, from := f.movedName(refs, img, list); name != "" {
		moved := message.Data{"Name": name, "ID": shortID(from)}
		r.Near, r.Next = message.New("checks.different.moved", moved), message.New("checks.different.moved-next", moved)
	} else if name := f.addedName(refs, img); name != "" {
		added := message.Data{"Name": name}
		r.Near, r.Next = message.New("checks.different.added", added), message.New("checks.different.added-next", added)
	}
	return r, nil
}

// movedName is a name that the image took in this attempt from another one that is still there, and that one's id: one of refs
// or, where none of them moved, any.
func (f *Facts) movedName(refs []string, img image.InspectResponse, list []image.Summary) (name, from string) {
	if f.scope.Baseline == nil {
		return "", ""
	}
	for _, other := range list {
		for _, n := range f.scope.Baseline.Images[other.ID] {
			if other.ID == img.ID || !slices.Contains(img.RepoTags, n) {
				continue
			}
			if name == "" || isOneOf(n, refs) {
				name, from = n, other.ID
			}
		}
	}
	return name, from
}

// addedName is the one of refs that is a new name for an image that was there before.
func (f *Facts) addedName(refs []string, img image.InspectResponse) string {
	for _, n := range img.RepoTags {
		if f.isOld(img.ID) && !f.wasNamed(img.ID, n) && isOneOf(n, refs) {
			return n
		}
	}
	return ""
}

func isOneOf(name string, refs []string) bool {
	return slices.ContainsFunc(refs, func(ref string) bool { return familiar(ref) == familiar(name) })
}

func twoText(a string, ia image.InspectResponse, b string, ib image.InspectResponse) message.Text {
	return message.New("checks.same.two", message.Data{"One": a, "OneID": shortID(ia.ID), "Other": b, "OtherID": shortID(ib.ID)})
}

// onImages is onAnyImage of several images.
func (f *Facts) onImages(ctx context.Context, refs []string, want message.Text, ask func([]image.InspectResponse) (Result, error)) (Result, error) {
	var images []image.InspectResponse
	for _, ref := range refs {
		r, err := f.onAnyImage(ctx, ref, want, func(img image.InspectResponse) (Result, error) {
			images = append(images, img)
			return Result{Verdict: Pass}, nil
		})
		if err != nil || r.Verdict != Pass {
			return r, err
		}
	}
	r, err := ask(images)
	r.Want = want
	return r, err
}

// sameImage reports whether two images are one. Their ids say so, but in a containerd store: there the id is that of a list that
// also holds how and when the image was built, so a build entirely from the cache has a new one; what is in the image tells.
func sameImage(a, b image.InspectResponse) bool {
	if a.ID == b.ID {
		return true
	}
	return a.Descriptor != nil && b.Descriptor != nil &&
		a.Created == b.Created && slices.Equal(a.RootFS.Layers, b.RootFS.Layers) && reflect.DeepEqual(a.Config, b.Config)
}
