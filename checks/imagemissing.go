package checks

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
)

// clue is what probably happened instead of what was wanted, and what to do about it. The zero clue says nothing.
type clue struct {
	near, next message.Text
	sure       bool // no guess
}

// tell puts a clue into a result, in place of what is told otherwise.
func (r *Result) tell(found clue) {
	if !found.near.IsZero() {
		r.Near = found.near
	}
	if !found.next.IsZero() {
		r.Next = found.next
	}
}

// missingImage is the result of a condition on an image that is not there. The Want is the condition's own.
func (f *Facts) missingImage(ctx context.Context, ref string) (Result, error) {
	data := message.Data{"Image": ref}
	r := Result{Verdict: Fail, missing: familiar(ref), Got: message.New("checks.image.missing", data)}
	found, err := f.missingClue(ctx, ref)
	if err != nil {
		return r, err
	}
	r.Near, r.Next, r.guessed = found.near, found.next, !found.sure
	if r.Next.IsZero() {
		r.Next = message.New("checks.image.missing-next", data)
	}
	return r, nil
}

// missingClue looks first for a slip in the name, then whether the name was taken away, then for an image that was made without a
// name or under quite another one. Failing all that it names whatever is nearest.
func (f *Facts) missingClue(ctx context.Context, ref string) (clue, error) {
	miss, err := f.nearImage(ctx, ref)
	if err != nil || miss.isSlip() {
		return f.slipClue(ref, miss), err
	}
	if b := f.scope.Baseline; b != nil && b.saw(ref) {
		return clue{near: message.New("checks.image.lost"), next: message.New("checks.image.lost-next", message.Data{"Image": ref}), sure: true}, nil
	}
	found, err := f.unnamedClue(ctx, ref)
	if err == nil && found.near.IsZero() {
		found, err = f.renamedClue(ctx, ref, miss)
	}
	if err == nil && found.near.IsZero() {
		found.near = miss.text()
	}
	return found, err
}

func (f *Facts) slipClue(ref string, miss imageMiss) clue {
	return clue{near: miss.text(), next: message.New("checks.image.near-next", message.Data{"Image": ref}), sure: true}
}

// renamedClue speaks of the image that was given a name in this attempt, one that is nearer to nothing than to the name wanted.
func (f *Facts) renamedClue(ctx context.Context, ref string, miss imageMiss) (clue, error) {
	if f.scope.Baseline == nil {
		return clue{}, nil
	}
	if miss.kind != missNone && !miss.old {
		return f.slipClue(ref, miss), nil
	}
	names, err := f.candidates(ctx, ref)
	if err != nil || len(names) == 0 {
		return clue{}, err
	}
	data := message.Data{"Image": ref, "Have": names[0].name}
	return clue{near: message.New("near.renamed", data), next: message.New("near.renamed-next", data)}, nil
}

// newClue names the image that was made in this attempt in place of a new one with the name ref.
func (f *Facts) newClue(ctx context.Context, ref string) (clue, error) {
	miss, err := f.nearImage(ctx, ref)
	if err != nil || miss.isSlip() {
		return f.slipClue(ref, miss), err
	}
	return f.unnamedClue(ctx, ref)
}

// nearImage says which image of those on the engine was probably meant.
func (f *Facts) nearImage(ctx context.Context, ref string) (imageMiss, error) {
	list, err := f.allImages(ctx)
	var have []named
	for _, img := range list {
		have = append(have, f.named(img.ID, img.RepoTags)...)
	}
	return nearImage(ref, have), err
}

// named are the names of an image, each with whether it had it already when the attempt began.
func (f *Facts) named(imageID string, names []string) []named {
	var list []named
	for _, name := range names {
		list = append(list, named{name, f.wasNamed(imageID, name)})
	}
	return list
}

// unnamedClue speaks of the newest image that came without a name: built without -t, or what is left of a build that stopped.
func (f *Facts) unnamedClue(ctx context.Context, ref string) (clue, error) {
	list, err := f.allImages(ctx)
	if err != nil || f.scope.Baseline == nil {
		return clue{}, err
	}
	var newest image.Summary
	for _, img := range list {
		if !f.isOld(img.ID) && len(img.RepoTags) == 0 && img.Created >= newest.Created {
			newest = img
		}
	}
	if newest.ID == "" {
		return clue{}, nil
	}
	data := message.Data{"Image": ref, "ID": shortID(newest.ID)}
	step, failed, err := f.buildStep(ctx, func(c container.Summary) bool { return c.ImageID == newest.ID })
	if err == nil && step == "" {
		step, err = f.unreachedStep(ctx, newest)
		failed = step != ""
	}
	data["Step"] = step
	switch {
	case step == "":
		return clue{near: message.New("checks.image.unnamed", data), next: message.New("checks.image.unnamed-next", data)}, err
	case !failed:
		return clue{near: message.New("checks.image.building", data), next: message.New("checks.image.building-next", data)}, err
	}
	return clue{near: message.New("checks.image.stopped", data), next: message.New("checks.image.stopped-next", data)}, err
}

// buildStep is the instruction at which a build is or stopped, of those whose containers are asked for; "" where none is known. The
// classic builder runs it in a container, which stays when the instruction fails; BuildKit leaves nothing.
func (f *Facts) buildStep(ctx context.Context, of func(container.Summary) bool) (step string, failed bool, err error) {
	all, err := f.allContainers(ctx)
	all = slices.SortedStableFunc(slices.Values(all), newestFirst) // a copy: others read the list too
	for _, c := range all {
		command, inShell := strings.CutPrefix(c.Command, inShellForm)
		byBuilder := inShell && c.Image == c.ImageID // a person names an image in a shorter way
		if !byBuilder || f.isOldContainer(c.ID) || !of(c) {
			continue
		}
		failed, err := f.failed(ctx, c)
		return stepText(strings.Trim(command, "'")), failed, err
	}
	return "", false, err
}

const inShellForm = "/bin/sh -c "

// stepText is what the classic builder runs for an instruction as a Dockerfile says it, without the hashes that stand for what is copied.
func stepText(command string) string {
	return copiedHash.ReplaceAllString(instruction(inShellForm+command), "…")
}

var copiedHash = regexp.MustCompile(`(file|dir|multi):[0-9a-f]+`)

// failed reports whether a container has ended, and not well.
func (f *Facts) failed(ctx context.Context, c container.Summary) (bool, error) {
	if c.State != "exited" {
		return false, nil
	}
	full, err := f.container(ctx, c.ID)
	if errdefs.IsNotFound(err) { // the builder removed it: the instruction went well
		return false, nil
	}
	return err == nil && full.State.ExitCode != 0, err
}

func newestFirst(a, b container.Summary) int { return cmp.Compare(b.Created, a.Created) }

// isOld reports whether an image was there when the attempt began; of no attempt nothing is old.
func (f *Facts) isOld(imageID string) bool {
	if f.scope.Baseline == nil {
		return false
	}
	_, old := f.scope.Baseline.Images[imageID]
	return old
}

// isOldContent is isOld of an image that may have a new id and all the same be what was there.
func (f *Facts) isOldContent(ctx context.Context, img image.InspectResponse) (bool, error) {
	if f.isOld(img.ID) || f.scope.Baseline == nil || len(f.scope.Baseline.Contents) == 0 {
		return f.isOld(img.ID), nil
	}
	digests, err := f.contents.get(ctx, img.ID, func(ctx context.Context) ([]string, error) { return contents(ctx, f.engine, img) })
	return slices.ContainsFunc(digests, func(digest string) bool { return f.scope.Baseline.Contents[digest] }), err
}

// wasNamed reports whether the image had that name already when the attempt began.
func (f *Facts) wasNamed(imageID, name string) bool {
	return f.scope.Baseline != nil && slices.Contains(f.scope.Baseline.Images[imageID], name)
}

// isOldContainer is isOld of a container.
func (f *Facts) isOldContainer(id string) bool {
	if f.scope.Baseline == nil {
		return false
	}
	_, old := f.scope.Baseline.Containers[id]
	return old
}

// onFresh is a condition on an image that has to be new: while it is the old one, what it lacks is no news.
type onFresh struct {
	Check
	ref string
}

func afterFresh(ref string, list []Check) []Check {
	var after []Check
	for _, c := range list {
		after = append(after, onFresh{c, ref})
	}
	return after
}

// Eval waits for ImageFresh where the condition does not hold of an old image.
func (c onFresh) Eval(ctx context.Context, f *Facts) (Result, error) {
	r, err := c.Check.Eval(ctx, f)
	if err != nil || r.Verdict != Fail || r.Blocked {
		return r, err
	}
	img, err := f.image(ctx, c.ref)
	if err != nil {
		return r, err
	}
	old, err := f.isOldContent(ctx, img)
	if old {
		r = Result{Verdict: Fail, Blocked: true, Want: r.Want, condition: r.condition, Got: message.New("checks.image.blocked-fresh", message.Data{"Image": c.ref})}
	}
	return r, err
}
