package checks

import (
	"context"
	"slices"

	"capas/internal/message"
	"capas/internal/nearest"
	"capas/internal/strictyaml"
)

// verbs are what a learner can ask an engine for, as the subject «asked» writes it.
var verbs = []string{"history", "images", "inspect", "pull", "build", "tag", "push", "run", "rm", "prune", "login"}

func parseAsked(n *strictyaml.Node) ([]Check, error) {
	if _, err := n.Known("asked check", "asked", "of", "unseen"); err != nil {
		return nil, err
	}
	verb, err := n.Get("asked").Text()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(verbs, verb) {
		hint := ""
		if near := nearest.Word(verb, verbs); near != "" {
			hint = " (did you mean \"" + near + "\"?)"
		}
		return nil, n.Get("asked").Errorf("asked: %q is none of %v%s", verb, verbs, hint)
	}
	c := EngineAsked{Verb: verb}
	if of := n.Get("of"); of != nil {
		if c.Of, err = parseReference(of); err != nil {
			return nil, err
		}
	}
	unseen := n.Get("unseen")
	if unseen == nil {
		return nil, n.Get("asked").Errorf("asked: needs «unseen:», the id of the quiz that counts where nobody can see what was asked")
	}
	c.Unseen, err = unseen.Text()
	return []Check{c}, err
}

// EngineAsked is that the learner asked the engine for something. Where nobody can see that, the quiz named Unseen counts, whose
// answer is known to who has asked.
type EngineAsked struct{ Verb, Of, Unseen string }

// Eval goes through what was seen, and looks at the quiz where nobody could see.
func (c EngineAsked) Eval(ctx context.Context, f *Facts) (Result, error) {
	if f.scope.Asked == nil {
		return c.byQuiz(f), nil
	}
	r := Result{Verdict: Fail, Want: c.want()}
	for _, a := range f.scope.Asked {
		met, err := c.metBy(ctx, f, a)
		if err != nil {
			return r, err
		}
		if met {
			r.Verdict, r.Got = Pass, message.New("checks.asked.seen", message.Data{"Command": a.command()})
			return r, nil
		}
	}
	r.Got = c.instead(f.scope.Asked)
	r.Next = message.New("checks.asked.next", message.Data{"Command": c.command()})
	return r, nil
}

func (c EngineAsked) want() message.Text {
	return message.New("checks.asked.want", message.Data{"Command": c.command()})
}

func (c EngineAsked) byQuiz(f *Facts) Result {
	r := Result{Verdict: Fail, Want: c.want()}
	if f.scope.Answered != nil && f.scope.Answered(c.Unseen) {
		r.Verdict, r.Got = Pass, message.New("checks.asked.answered")
		return r
	}
	r.Got, r.Next = message.New("checks.asked.unseen"), message.New("checks.asked.unseen-next")
	return r
}

// command is what a learner types to ask.
func (c EngineAsked) command() string {
	a := Asked{Verb: c.Verb}
	if c.Of != "" {
		a.Images = []string{c.Of}
	}
	if command := a.command(); c.Verb != "build" || c.Of == "" {
		return command
	}
	return a.command() + " ."
}
