package failedbuild

import (
	"context"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/image"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"capas/checks"
	"capas/internal/message"
	"capas/internal/nearest"
)

// image is the one that a step begins from where that is known, else the one that its stage begins from; false where there is
// none to look into.
func (x *inquiry) image(ctx context.Context, s *step) (img image.InspectResponse, base string, ok bool) {
	if x.facts == nil || s.stage == nil {
		return img, "", false
	}
	base = s.stage.root()
	if x.exact() {
		if img, err := x.facts.ImageByID(ctx, x.Image); err == nil {
			return img, base, true
		}
	}
	if base == "" || base == "scratch" {
		return img, "", false
	}
	img, err := x.facts.Image(ctx, base)
	return img, base, err == nil
}

// exact reports whether the image that the step under way began from is known.
func (x *inquiry) exact() bool { return x.Image != "" }

// root is the image that the first of the stages begins from; "" where it is not known.
func (st *stage) root() string {
	for st.after != nil {
		st = st.after
	}
	if st.unset != "" || !known(st.base) {
		return ""
	}
	return st.base
}

// baseUnset knows a FROM whose argument has no value.
func (x *inquiry) baseUnset(r *recipe, s *step) Explanation {
	st := s.stage
	if st.unset == "" || isName(st.base) { // a default in its place
		return none
	}
	data := r.data(s)
	data["Name"] = st.unset
	e := Explanation{What: message.New("build.base-unset", data), Next: message.New("build.base-unset-next", data)}
	for _, other := range r.steps {
		arg, ok := other.command.(*instructions.ArgCommand)
		if !ok || !slices.ContainsFunc(arg.Args, func(kv instructions.KeyValuePairOptional) bool { return kv.Key == st.unset }) {
			continue
		}
		data["At"], data["AtLine"] = other.source(), other.line
		if other.stage == nil {
			e.Found, e.Next = message.New("build.base-unset-empty", data), message.New("build.base-unset-empty-next", data)
		} else {
			e.Found, e.Next = message.New("build.base-unset-late", data), message.New("build.base-unset-late-next", data)
		}
		return e
	}
	return e
}

// baseInvalid knows a FROM that can be no name of an image.
func (x *inquiry) baseInvalid(ctx context.Context, r *recipe, s *step) Explanation {
	base := s.stage.base
	if s.stage.unset != "" || !known(base) || isName(base) || s.stage.after != nil {
		return none
	}
	data := r.data(s)
	data["Base"] = base
	e := Explanation{What: message.New("build.base-invalid", data), Next: message.New("build.base-invalid-next", data)}
	meant := ""
	switch lower := strings.ToLower(base); {
	case lower != base && isName(lower):
		e.Found, meant = message.New("build.name-capitals"), lower
	case strings.HasSuffix(base, ":"):
		e.Found, meant = message.New("build.name-no-tag"), strings.TrimSuffix(base, ":")
	case strings.Count(base, ":") > 1:
		e.Found = message.New("build.name-colons")
	}
	if !isName(meant) {
		return e
	}
	if near, _ := x.nearImage(ctx, meant); near != "" && !x.hasImage(ctx, meant) {
		meant = near
	}
	data["Meant"] = rebased(s, meant)
	e.Next = message.New("build.write", data)
	return e
}

func (x *inquiry) nearImage(ctx context.Context, want string) (string, message.Text) {
	if x.facts == nil {
		return "", message.Text{}
	}
	names, err := x.facts.ImageNames(ctx)
	if err != nil {
		return "", message.Text{}
	}
	return checks.NearImage(want, names)
}

func (x *inquiry) hasImage(ctx context.Context, ref string) bool {
	if x.facts == nil {
		return false
	}
	_, err := x.facts.Image(ctx, ref)
	return err == nil
}

// lacksImage reports whether the engine said that it has no such image.
func (x *inquiry) lacksImage(ctx context.Context, ref string) bool {
	if x.facts == nil {
		return false
	}
	_, err := x.facts.Image(ctx, ref)
	return errdefs.IsNotFound(err)
}

// baseMissing speaks of a base that the engine has not. It may have been in a registry: only what docker said of that is known.
func (x *inquiry) baseMissing(ctx context.Context, r *recipe, s *step) Explanation {
	st := s.stage
	if st.after != nil || st.root() == "" || st.base == "scratch" || !x.lacksImage(ctx, st.base) {
		return none
	}
	data := r.data(s)
	data["Base"] = st.base
	reason := x.registryReason()
	e := Explanation{What: message.New("build.base-missing", data), Found: reason, Next: message.New("build.base-missing-next", data)}
	if reason.ID == "build.registry-unreachable" {
		e.Next = message.New("build.base-unreachable-next", data)
	}
	if near := nearest.Word(st.base, r.stageNames(st)); near != "" {
		data["Near"], data["Meant"] = near, rebased(s, near)
		e.Found, e.Near, e.Next = message.Text{}, message.New("build.base-near-stage", data), message.New("build.write", data)
		return e
	}
	near, _ := x.nearImage(ctx, st.base)
	if near == "" {
		return e
	}
	data["Near"], data["Meant"] = near, rebased(s, near)
	e.Found, e.Near, e.Next = message.Text{}, message.New("build.base-near", data), message.New("build.write", data)
	if isUntagged(st.base) && repository(near) == repository(st.base) {
		e.Near = message.New("build.base-near-latest", data)
	}
	return e
}

// rebased is a FROM with another base.
func rebased(s *step, base string) string {
	if st, ok := s.command.(*instructions.Stage); ok && !strings.Contains(st.BaseName, "$") {
		return short(strings.Replace(s.source(), st.BaseName, base, 1))
	}
	return "FROM " + base
}

// noBase knows which base BuildKit looked for in vain: it looks for all of them before anything else.
func (x *inquiry) noBase(ctx context.Context, r *recipe) Explanation {
	if !x.buildKit() || x.registryReason().IsZero() {
		return none
	}
	for _, s := range r.needed() {
		if name := s.stage.root(); s.word == "FROM" && name != "" && strings.Contains(x.Step+" "+x.Error, repository(name)) {
			return x.baseMissing(ctx, r, s)
		}
		c := r.copying(s)
		if c != nil && c.from() != "" && strings.Contains(x.Step+" "+x.Error, repository(c.from())) {
			return x.otherStage(ctx, c)
		}
	}
	return none
}

// stageNames are the names of the stages before another one.
func (r *recipe) stageNames(before *stage) []string {
	var names []string
	for _, st := range r.stages {
		if st == before {
			break
		}
		if st.name != "" {
			names = append(names, st.name)
		}
	}
	return names
}

func isUntagged(ref string) bool {
	named, err := reference.ParseNormalizedNamed(ref)
	return err == nil && reference.IsNameOnly(named)
}

func repository(ref string) string {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return ""
	}
	return named.Name()
}

// registryReason is why the registry did not give an image, in so far as docker said it.
func (x *inquiry) registryReason() message.Text {
	switch {
	case x.saidAny("manifest unknown", "manifest for "):
		return message.New("build.registry-no-tag")
	case x.saidAny("pull access denied", "repository does not exist", "unauthorized", "insufficient_scope"):
		return message.New("build.registry-denied")
	case x.saidAny("toomanyrequests", "rate limit"):
		return message.New("build.registry-limit")
	case x.saidAny("dial tcp", "no such host", "i/o timeout", "connection refused", "request canceled", "network is unreachable", "Client.Timeout", "server misbehaving", "failed to do request"):
		return message.New("build.registry-unreachable")
	}
	return message.Text{}
}
