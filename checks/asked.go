package checks

import (
	"context"
	"slices"
	"time"

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

// Eval looks at the quiz.
func (c EngineAsked) Eval(_ context.Context, f *Facts) (Result, error) {
	data := message.Data{"Command": c.command()}
	r := Result{Verdict: Fail, Want: message.New("checks.asked.want", data)}
	if f.scope.Answered != nil && f.scope.Answered(c.Unseen) {
		r.Verdict, r.Got = Pass, message.New("checks.asked.answered", data)
		return r, nil
	}
	r.Got, r.Next = message.New("checks.asked.unseen", data), message.New("checks.asked.unseen-next", data)
	return r, nil
}

// command is what a learner types to ask.
func (c EngineAsked) command() string {
	command := "docker " + c.Verb
	if c.Verb == "prune" {
		command = "docker image prune"
	}
	if c.Of != "" {
		command += " " + c.Of
	}
	return command
}

// Asked is something that was asked of the engine in an attempt, as whoever could see it keeps it, as JSON too.
type Asked struct {
	Verb    string    `json:"verb"`
	Images  []string  `json:"images,omitempty"` // as they were asked for: names, ids, digests
	ID      string    `json:"id,omitempty"`     // of the image, where the engine said it
	Began   time.Time `json:"began"`
	Session bool      `json:"session,omitempty"` // a build of which only the images tell what came of it
	Failed  bool      `json:"failed,omitempty"`
	Stopped bool      `json:"stopped,omitempty"` // it failed because it was stopped halfway
	Error   string    `json:"error,omitempty"`   // what the engine said, where it did not go well
}
