package checks

import (
	"context"
	"slices"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
)

// imageCondition is a condition on an image, to be asked of another one too.
type imageCondition struct {
	ref  string
	ask  func(image.InspectResponse) (Result, error)
	slow bool // not to be asked for a clue only
}

// weak is the result of a condition that many images fit: one that fits it may be anything.
func weak(r Result, err error) (Result, error) {
	r.condition = nil
	return r, err
}

// judgement is all that was asked of one image, by the places of its results.
type judgement struct {
	ref        string
	conditions []*imageCondition
	failed     []int
}

// isWrong reports whether something failed, and could be asked of other images.
func (j judgement) isWrong() bool {
	isSlow := func(c *imageCondition) bool { return c.slow }
	return len(j.failed) > 0 && len(j.conditions) > 0 && !slices.ContainsFunc(j.conditions, isSlow)
}

func judgements(results []Result) []judgement {
	var list []judgement
	of := func(ref string) *judgement {
		for i := range list {
			if list[i].ref == ref {
				return &list[i]
			}
		}
		list = append(list, judgement{ref: ref})
		return &list[len(list)-1]
	}
	for i, r := range results {
		switch {
		case r.condition != nil:
			j := of(familiar(r.condition.ref))
			j.conditions = append(j.conditions, r.condition)
			if r.Verdict == Fail && !r.Blocked {
				j.failed = append(j.failed, i)
			}
		case r.missing != "" && r.guessed && !r.Blocked:
			j := of(r.missing)
			j.failed = append(j.failed, i)
		}
	}
	return list
}

// mostCandidates is how many images are looked at to find one that was meant.
const mostCandidates = 3

// misplaced says of an image that lacks something where another one of this attempt has all that is asked of it: it has got the
// wrong name, or two have each other's. With an error a result is unknown.
func (f *Facts) misplaced(ctx context.Context, results []Result) {
	if f.scope.Baseline == nil {
		return
	}
	list := judgements(results)
	for _, j := range list {
		if !j.isWrong() {
			continue
		}
		found, err := f.meantFor(ctx, j, list)
		switch {
		case err != nil:
			results[j.failed[0]] = unknown(results[j.failed[0]], err)
		case !found.near.IsZero():
			tell(results, j.failed[0], found)
			block(results, j.failed[1:], j.ref)
			if found.other != nil {
				block(results, found.other.failed, found.other.ref)
				return
			}
		}
	}
}

func tell(results []Result, i int, found misplacedClue) {
	results[i].Near, results[i].Next = found.near, found.next
}

// block lets results wait for the one that told of the image's name.
func block(results []Result, which []int, ref string) {
	for _, i := range which {
		got := message.New("near.blocked-misplaced", message.Data{"Image": ref})
		results[i] = Result{Verdict: Fail, Blocked: true, Want: results[i].Want, Got: got}
	}
}

// misplacedClue is a clue, and what was asked of the other one where two images have each other's names.
type misplacedClue struct {
	clue
	other *judgement
}

func (f *Facts) meantFor(ctx context.Context, j judgement, all []judgement) (misplacedClue, error) {
	candidates, err := f.candidates(ctx, j.ref)
	if err != nil {
		return misplacedClue{}, err
	}
	for _, c := range candidates {
		holds, err := f.holdsFor(ctx, j, c.name)
		if err != nil {
			return misplacedClue{}, err
		}
		if !holds {
			continue
		}
		data := message.Data{"Image": j.ref, "Have": c.name}
		i := slices.IndexFunc(all, func(o judgement) bool { return o.ref == familiar(c.name) })
		if i < 0 {
			return misplacedClue{clue: clue{near: message.New("near.misplaced", data), next: message.New("near.misplaced-next", data)}}, nil
		}
		crossed, err := f.holdsFor(ctx, all[i], j.ref)
		if err != nil {
			return misplacedClue{}, err
		}
		if crossed && all[i].isWrong() {
			return misplacedClue{clue{near: message.New("near.crossed", data), next: message.New("near.crossed-next")}, &all[i]}, nil
		}
	}
	return misplacedClue{}, nil
}

// candidates are names that were given in this attempt to other images, those of the newest images first.
func (f *Facts) candidates(ctx context.Context, ref string) ([]named, error) {
	list, err := f.allImages(ctx)
	list = slices.Clone(list) // others read the list too
	slices.SortStableFunc(list, func(a, b image.Summary) int { return int(b.Created - a.Created) })
	var names []named
	for _, img := range list {
		for _, n := range f.named(img.ID, img.RepoTags) {
			if !n.old && !isOneOf(ref, img.RepoTags) {
				names = append(names, n)
				break
			}
		}
	}
	return names[:min(len(names), mostCandidates)], err
}

// holdsFor reports whether all that was asked of one image is true of another.
func (f *Facts) holdsFor(ctx context.Context, j judgement, name string) (bool, error) {
	img, err := f.image(ctx, name)
	if errdefs.IsNotFound(err) {
		return false, nil
	}
	if err != nil || isForeign(img) {
		return false, err
	}
	for _, c := range j.conditions {
		r, err := c.ask(img)
		if err != nil || r.Verdict != Pass {
			return false, err
		}
	}
	return len(j.conditions) > 0, nil
}
