package checks

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

// which says which containers a check is about: those of an image, with a name, with a label; all that is given must fit.
type which struct {
	Image, Name, Label string
}

// text is which containers, in words: "container of `hola:1`".
func (w which) text() message.Text {
	text := w.named()
	if w.Label != "" && w.Name+w.Image != "" {
		label := message.New("checks.container.label-text", message.Data{"Label": w.Label})
		return message.New("checks.container.with", message.Data{"Which": text, "Condition": label})
	}
	return text
}

func (w which) named() message.Text {
	data := message.Data{"Image": w.Image, "Name": w.Name, "Label": w.Label}
	switch {
	case w.Name != "" && w.Image != "":
		return message.New("checks.container.named-of", data)
	case w.Name != "":
		return message.New("checks.container.named", data)
	case w.Image != "":
		return message.New("checks.container.of", data)
	}
	return message.New("checks.container.labelled", data)
}

// with adds what must be true of it.
func (w which) with(conditions ...containerCondition) message.Text {
	text := w.text()
	for _, c := range conditions {
		text = message.New("checks.container.with", message.Data{"Which": text, "Condition": c.text()})
	}
	return text
}

func parseContainer(n *strictyaml.Node) ([]Check, error) {
	if _, err := n.Known("container check", "container", "count", "state", "exit", "logs", "changed"); err != nil {
		return nil, err
	}
	w, err := parseWhich(n.Get("container"))
	if err != nil {
		return nil, err
	}
	conditions, err := parseConditions(n)
	if err != nil {
		return nil, err
	}
	count := n.Get("count")
	if count == nil {
		return ordered(w, conditions), nil
	}
	q, err := parseCount(count)
	if err != nil {
		return nil, err
	}
	c := ContainerCount{w, conditions, q}
	if q.holds(0) { // none at all may be right, so nothing else can be asked of one
		return []Check{c}, nil
	}
	return append(ordered(w, conditions), c), nil
}

func parseWhich(n *strictyaml.Node) (w which, err error) {
	fields, err := n.Known("container", "image", "name", "label")
	for _, f := range fields {
		switch f.Key.Value {
		case "image":
			w.Image, err = parseReference(f.Value)
		case "name":
			w.Name, err = f.Value.Text()
			w.Name = strings.TrimPrefix(w.Name, "/")
		case "label":
			w.Label, err = f.Value.Text()
		}
		if err != nil {
			return w, err
		}
		if f.Value.Value == "" {
			return w, f.Value.Errorf("an empty %s fits any container", f.Key.Value)
		}
	}
	return w, err
}

// parseConditions reads what must be true of a container, in the order in which they are asked.
func parseConditions(n *strictyaml.Node) ([]containerCondition, error) {
	var list []containerCondition
	for _, part := range containerParts {
		v := n.Get(part.key)
		if v == nil {
			continue
		}
		more, err := part.parse(v)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

// ordered asks for a container, and then of it one condition after the other: each of the containers that fit those before, so
// that it is one container that fits all.
func ordered(w which, conditions []containerCondition) []Check {
	list := []Check{ContainerExists{w}}
	for i, c := range conditions {
		list = append(list, ContainerFits{w, conditions[:i], c})
	}
	return list
}

// containersOf are the containers that fit.
func (f *Facts) containersOf(ctx context.Context, w which) (fit []container.Summary, err error) {
	ofImage, err := f.isOf(ctx, w.Image)
	if err != nil {
		return nil, err
	}
	found, err := f.mayFit(ctx, w)
	if err != nil {
		return nil, err
	}
	for _, c := range found {
		if w.Name != "" && !slices.Contains(c.Names, "/"+w.Name) || w.Label != "" && !hasLabel(c.Labels, w.Label) {
			continue
		}
		of, err := ofImage(c)
		if err != nil {
			return nil, err
		}
		if of {
			fit = append(fit, c)
		}
	}
	return fit, nil
}

// mayFit are containers among which all are that fit, and others. The engine is not asked for all that it has: one that bears a
// name is asked for itself, for to search by a name an engine goes through all that it has.
func (f *Facts) mayFit(ctx context.Context, w which) ([]container.Summary, error) {
	if w.Name != "" && !beginsID(w.Name) {
		return f.namedContainer(ctx, w.Name)
	}
	search, err := f.search(ctx, w)
	if err != nil {
		return nil, err
	}
	return f.foundContainers(ctx, search)
}

// beginsID reports whether an engine may take a name for the beginning of an id, as "db" or "cafe" may be. Where several ids begin so
// it has an error in place of an answer.
func beginsID(name string) bool { return strings.Trim(strings.ToLower(name), "0123456789abcdef") == "" }

// namedContainer is the container of that name, as a list tells of it, in a list of its own; an empty list where there is none.
func (f *Facts) namedContainer(ctx context.Context, name string) ([]container.Summary, error) {
	full, err := f.container(ctx, name)
	switch {
	case errdefs.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, err
	case isProbe(full.Config.Labels):
		return nil, nil
	}
	return []container.Summary{{
		ID: full.ID, Names: []string{"/" + strings.TrimPrefix(full.Name, "/")}, Image: full.Config.Image, ImageID: full.Image,
		Labels: full.Config.Labels, State: full.State.Status,
	}}, nil
}

// search is what the engine is asked for, so that it does not tell of all the containers that it has. Among what it finds are all
// that fit, and others: it knows parts of a name, and calls what was built from an image a child of it. Nothing can be searched
// for where only the image counts and no image has that name any more.
func (f *Facts) search(ctx context.Context, w which) (filters.Args, error) {
	switch {
	case w.Name != "":
		return filters.NewArgs(filters.Arg("name", regexp.QuoteMeta(w.Name))), nil
	case w.Label != "":
		return filters.NewArgs(filters.Arg("label", w.Label)), nil
	}
	img, err := f.image(ctx, w.Image)
	if errdefs.IsNotFound(err) {
		return filters.Args{}, nil
	}
	return filters.NewArgs(filters.Arg("ancestor", strings.TrimPrefix(img.ID, "sha256:"))), err
}

// hasLabel reports whether a label is there: "key", or "key=value".
func hasLabel(labels map[string]string, want string) bool {
	key, value, exact := strings.Cut(want, "=")
	got, there := labels[key]
	return there && (!exact || got == value)
}

// isOf returns whether a container was made from an image. Its id tells: some engines go on saying the name that it was made from when
// that has become another image's. Where no image has the name any more, the name tells.
func (f *Facts) isOf(ctx context.Context, ref string) (func(container.Summary) (bool, error), error) {
	if ref == "" {
		return func(container.Summary) (bool, error) { return true, nil }, nil
	}
	img, err := f.image(ctx, ref)
	switch {
	case errdefs.IsNotFound(err):
		return func(c container.Summary) (bool, error) { return f.wasOf(ctx, c, ref) }, nil
	case err != nil:
		return nil, err
	}
	return func(c container.Summary) (bool, error) { return c.ImageID == img.ID, nil }, nil
}

// wasOf asks a container itself only where the list does not say the name that it was made from any more.
func (f *Facts) wasOf(ctx context.Context, c container.Summary, ref string) (bool, error) {
	if saysName(c) {
		return familiar(c.Image) == familiar(ref), nil
	}
	full, err := f.container(ctx, c.ID)
	if errdefs.IsNotFound(err) { // removed since the list was made
		return false, nil
	}
	return err == nil && familiar(full.Config.Image) == familiar(ref), err
}

// ContainerExists is that there is such a container, running or not.
type ContainerExists struct{ which }

// Eval searches for one; only where there is none all containers are listed, for the one that was probably meant.
func (c ContainerExists) Eval(ctx context.Context, f *Facts) (Result, error) {
	which := message.Data{"Which": c.text()}
	r := Result{Want: message.New("checks.container.exists-want", which)}
	fit, err := f.containersOf(ctx, c.which)
	if err != nil {
		return r, err
	}
	if len(fit) > 0 {
		r.Verdict, r.Got = Pass, message.New("checks.container.there", message.Data{"Which": c.text(), "Name": containerName(fit[0])})
		return r, nil
	}
	if c.Image != "" {
		if there, err := f.imageIsThere(ctx, c.Image); err != nil || !there {
			return c.withoutImage(ctx, f, r.Want, err)
		}
	}
	all, err := f.allContainers(ctx)
	if err != nil {
		return r, err
	}
	missing, err := c.missing(ctx, f, all)
	missing.Want = r.Want
	return missing, err
}

// withoutImage tells of the image that is missing, where asking for it had no error.
func (c ContainerExists) withoutImage(ctx context.Context, f *Facts, want message.Text, err error) (Result, error) {
	if err != nil {
		return Result{Want: want}, err
	}
	r, err := f.missingImage(ctx, c.Image)
	r.Want = want
	return r, err
}

// saysName reports whether the list of containers says what this one was made from by name. It says an id where the container was
// made by id, or where the name is of another image by now, or of none.
func saysName(c container.Summary) bool {
	return familiar(c.Image) != familiar(c.ImageID) && !strings.HasPrefix(strings.TrimPrefix(c.ImageID, "sha256:"), c.Image)
}

// madeFrom is the name of the image that a container was made from.
func (f *Facts) madeFrom(ctx context.Context, c container.Summary) (string, error) {
	if saysName(c) {
		return c.Image, nil
	}
	list, err := f.allImages(ctx)
	for _, img := range list {
		if img.ID == c.ImageID && len(img.RepoTags) > 0 {
			return img.RepoTags[0], err
		}
	}
	return shortID(c.ImageID), err
}

func containerName(c container.Summary) string {
	if len(c.Names) == 0 {
		return shortID(c.ID)
	}
	return strings.TrimPrefix(c.Names[0], "/")
}

// ContainerFits is that one of the containers fits a condition, among those that fit the ones before.
type ContainerFits struct {
	which
	before    []containerCondition
	condition containerCondition
}

// Eval asks the condition of each container. Where none fits it speaks of the newest, the one that was just tried.
func (c ContainerFits) Eval(ctx context.Context, f *Facts) (Result, error) {
	want := message.New("checks.container.fits-want", message.Data{"Which": c.with(c.condition)})
	candidates, err := f.fitting(ctx, c.which, c.before)
	switch {
	case err != nil:
		return Result{Want: want}, err
	case len(candidates) == 0:
		return Result{Verdict: Fail, Blocked: true, Want: want, Got: message.New("checks.container.blocked")}, nil
	}
	slices.SortStableFunc(candidates, newestFirst)
	r, err := c.best(ctx, f, candidates)
	r.Want = want
	return r, err
}

// best is the result of the first container that fits, or of the first that is still there.
func (c ContainerFits) best(ctx context.Context, f *Facts, candidates []container.Summary) (Result, error) {
	missing := message.New("checks.container.missing")
	best := Result{Verdict: Fail, Got: missing, Next: message.New("checks.container.state-next")}
	told := false
	for _, candidate := range candidates {
		r, err := c.condition.ask(ctx, f, candidate)
		switch {
		case errdefs.IsNotFound(err): // removed since the list was made
		case err != nil || r.Verdict == Pass:
			return r, err
		case !told:
			best, told = r, true
		}
	}
	return best, nil
}

// fitting are the containers that fit all conditions.
func (f *Facts) fitting(ctx context.Context, w which, conditions []containerCondition) ([]container.Summary, error) {
	fit, err := f.containersOf(ctx, w)
	if err != nil {
		return nil, err
	}
	var list []container.Summary
	for _, c := range fit {
		ok, err := f.fitsAll(ctx, c, conditions)
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, c)
		}
	}
	return list, nil
}

func (f *Facts) fitsAll(ctx context.Context, c container.Summary, conditions []containerCondition) (bool, error) {
	for _, condition := range conditions {
		r, err := condition.ask(ctx, f, c)
		if errdefs.IsNotFound(err) {
			return false, nil
		}
		if err != nil || r.Verdict != Pass {
			return false, err
		}
	}
	return true, nil
}

// ContainerCount is how many containers there are that fit every condition.
type ContainerCount struct {
	which
	conditions []containerCondition
	count      quantity
}

// Eval counts them.
func (c ContainerCount) Eval(ctx context.Context, f *Facts) (Result, error) {
	r := Result{Want: message.New("checks.container.count-want", message.Data{"Which": c.with(c.conditions...), "Containers": c.count.text(containersText(c.count.n))})}
	fit, err := f.fitting(ctx, c.which, c.conditions)
	if err != nil {
		return r, err
	}
	n := int64(len(fit))
	next := message.New("checks.container.many-next")
	if c.count.tooFew(n) {
		next = message.New("checks.container.few-next", message.Data{"Image": c.Image})
	}
	found := answer(c.count.holds(n), countText(c, fit), next)
	found.Want = r.Want
	return found, nil
}

func countText(c ContainerCount, fit []container.Summary) message.Text {
	if len(fit) == 0 {
		return message.New("checks.container.count-none")
	}
	var names []string
	for _, one := range fit {
		names = append(names, containerName(one))
	}
	return message.New("checks.container.count", message.Data{"Containers": containersText(int64(len(fit))), "Names": firstNames(quoted(names))})
}
