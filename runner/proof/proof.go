// Package proof shows that the exercises of a course ask for what they say: each fails untouched, passes after its solution
// and every other right way, and fails after each mistake with the words that were promised.
//
// It does not know what the checks are: it sees what a learner would see, for every case goes through a runner.Tutor of its
// own, from a bare scene, and what is typed goes through a real shell on a real terminal.
//
// One thing it does not show: that a script asks the engine for what the check «asked» wants. Nobody sees that yet, here no more than
// where a learner works; a solution counts by the right answer to the question that stands for it.
//
// What a case made on the engine is gone after it, and nothing else is. What a scene pulled stays: it is there to be used
// again. Volumes and networks that a script makes stay too, for nothing tells whose they are. Logins and what is pushed to the
// registry of this machine are in folders of the case.
package proof

import (
	"context"
	"errors"
	"time"

	"capas/lessons"
	"capas/runner"
	"capas/runner/registry"
)

// Proof is what is proved, and where.
type Proof struct {
	Course   *lessons.Course
	Lang     string
	Set      lessons.Values // values given to variables
	Engine   *runner.Link
	Env      []string      // of the shells, "name=value"; that of Engine's options has to be the same
	Patience time.Duration // how long one typed line may take; two minutes where it is zero
	Each     func(Case)    // is told every case as it is decided; may be nil

	account registry.Account // in the registry that each case has of its own
}

// ErrNothing is the error of a proof that found nothing to prove.
var ErrNothing = errors.New("no exercise to prove")

// Run proves the exercises that only names, "LESSON" or "LESSON/ITEM", and all of the course where it names none. It answers
// the cases in their order, up to where an error stopped it: an engine that cannot be asked, a lesson that cannot be read, a
// name that is taken. A case that does not hold is no error.
func (p *Proof) Run(ctx context.Context, only ...string) ([]Case, error) {
	if err := p.prepareRegistry(); err != nil {
		return nil, err
	}
	exercises, err := p.exercises(ctx, only)
	if err != nil {
		return nil, err
	}
	if len(exercises) == 0 {
		return nil, ErrNothing
	}
	if err := p.refuseTaken(ctx, exercises); err != nil {
		return nil, err
	}
	var cases []Case
	for _, e := range exercises {
		for _, r := range e.runs {
			c, err := p.prove(ctx, e, r)
			if err != nil {
				return cases, err
			}
			if p.Each != nil {
				p.Each(c)
			}
			cases = append(cases, c)
		}
	}
	return cases, nil
}

// refuseTaken is the error for a name that an exercise needs and that stands for something already: it could not be told
// from what the exercise makes.
func (p *Proof) refuseTaken(ctx context.Context, exercises []exercise) error {
	cli, err := p.Engine.Client(ctx)
	if err != nil {
		return err
	}
	there, err := look(ctx, cli)
	if err != nil {
		return err
	}
	for _, e := range exercises {
		for _, r := range e.runs {
			if err := e.taken(there, r.values); err != nil {
				return err
			}
		}
	}
	return nil
}
