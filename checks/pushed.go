package checks

import (
	"context"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

func parsePushed(n *strictyaml.Node) ([]Check, error) {
	if _, err := n.Known("pushed check", "pushed", "same_as"); err != nil {
		return nil, err
	}
	ref, err := parsePushedName(n.Get("pushed"))
	if err != nil {
		return nil, err
	}
	list := []Check{ImagePushed{ref}}
	if same := n.Get("same_as"); same != nil {
		other, err := parseReference(same)
		if err != nil {
			return nil, err
		}
		list = append(list, ImageExists{other}, PushedSame{ref, other})
	}
	return list, nil
}

// parsePushedName reads a name that a registry can be asked for: an id is none.
func parsePushedName(n *strictyaml.Node) (string, error) {
	ref, err := parseReference(n)
	if err != nil {
		return "", err
	}
	if _, err := name.ParseReference(ref); err != nil {
		return "", n.Errorf("%q is no name in a registry: %v", ref, err)
	}
	return ref, nil
}

// ImagePushed is that a registry holds an image under this name.
type ImagePushed struct{ Ref string }

// Eval asks the registry itself.
func (c ImagePushed) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := message.Data{"Image": c.Ref, "Host": hostOf(c.Ref)}
	want := message.New("checks.pushed.want", data)
	_, err := f.pushed(ctx, c.Ref, nil)
	switch {
	case err == nil:
		return Result{Verdict: Pass, Want: want, Got: message.New("checks.pushed.there", data)}, nil
	case !errdefs.IsNotFound(err):
		return Result{Want: want}, err
	}
	r := answer(false, message.New("checks.pushed.missing", data), message.New("checks.pushed.missing-next", data))
	r.Want = want
	found, err := f.pushedClue(ctx, c.Ref)
	r.tell(found)
	return r, err
}

// pushedClue looks first at what the registry holds under a name that is nearly the one wanted, then for the image that was to be
// pushed: it may lack its name.
func (f *Facts) pushedClue(ctx context.Context, ref string) (clue, error) {
	have, err := f.nearPushed(ctx, ref)
	if err != nil {
		return clue{}, err
	}
	if miss := nearImage(ref, have); miss.kind != missNone && miss.kind != missSeveral {
		data := message.Data{"Image": ref, "Have": miss.have.written, "Host": hostOf(ref)}
		return clue{near: message.New("checks.pushed.near", data), next: message.New("checks.pushed.near-next", data)}, nil
	}
	_, err = f.image(ctx, ref)
	if err == nil || !errdefs.IsNotFound(err) {
		return clue{}, err
	}
	miss, err := f.nearImage(ctx, ref)
	data := message.Data{"Image": ref, "Have": miss.have.written}
	if err != nil || miss.kind == missNone {
		return clue{near: message.New("checks.pushed.unnamed", data), next: message.New("checks.pushed.unnamed-next", data)}, err
	}
	return clue{near: message.New("checks.pushed.other-name", data), next: message.New("checks.pushed.other-name-next", data)}, nil
}

// mostRepositories is how many repositories of a registry are looked into for a name that is nearly the one wanted.
const mostRepositories = 20

// nearPushed are the names in the registry, those of the repository wanted first; where that has none, those of the others as far as
// the registry tells.
func (f *Facts) nearPushed(ctx context.Context, ref string) ([]named, error) {
	want, host := splitReference(ref), hostOf(ref)
	tags, err := f.tags(ctx, want.prefix()+want.base, host)
	if err != nil || len(tags) > 0 {
		return inRepository(want.prefix()+want.base, tags), err
	}
	return f.pushedElsewhere(ctx, host), nil
}

// pushedElsewhere is what is in any repository, as far as the registry tells: it would only be nicer to know.
func (f *Facts) pushedElsewhere(ctx context.Context, host string) []named {
	repos, err := f.repositories(ctx, host, mostRepositories)
	if err != nil {
		return nil
	}
	v, err := f.read(ctx, host, repos...)
	if err != nil {
		return nil
	}
	var all []named
	for _, repo := range repos {
		if tags, err := v.tags(repo); err == nil {
			all = append(all, inRepository(host+"/"+repo.RepositoryStr(), tags)...)
		}
	}
	return all
}

func inRepository(repository string, tags []string) []named {
	var list []named
	for _, tag := range tags {
		list = append(list, named{name: repository + ":" + tag})
	}
	return list
}

// PushedSame is that what a registry holds under a name is an image that is on the engine.
type PushedSame struct{ Ref, Other string }

// Eval compares what both image stores agree on.
func (c PushedSame) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := message.Data{"Image": c.Ref, "Other": c.Other, "Host": hostOf(c.Ref)}
	want := message.New("checks.pushed.same-want", data)
	return f.onAnyImage(ctx, c.Other, want, func(img image.InspectResponse) (Result, error) {
		p, err := f.pushed(ctx, c.Ref, &v1.Platform{OS: img.Os, Architecture: img.Architecture, Variant: img.Variant})
		switch {
		case errdefs.IsNotFound(err):
			return Result{Verdict: Fail, Blocked: true, Got: message.New("checks.pushed.missing", data)}, nil
		case err != nil:
			return Result{}, err
		}
		r := answer(p.is(img), message.New("checks.pushed.same", data), message.Text{})
		if r.Verdict == Fail {
			r.Got, r.Next = message.New("checks.pushed.another", data), message.New("checks.pushed.another-next", data)
			r.tell(c.unmoved(ctx, f, img))
		}
		return r, nil
	})
}

// unmoved speaks of the name that was pushed while it was still another image's.
func (c PushedSame) unmoved(ctx context.Context, f *Facts, img image.InspectResponse) clue {
	named, err := f.image(ctx, c.Ref)
	if err != nil || sameImage(named, img) {
		return clue{}
	}
	data := message.Data{"Image": c.Ref, "Other": c.Other}
	return clue{near: message.New("checks.pushed.unmoved", data), next: message.New("checks.pushed.unmoved-next", data)}
}
