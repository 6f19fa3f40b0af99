package runner

import (
	"context"
	"errors"

	"capas/internal/message"
)

// Mistyped is an error of whoever typed the command.
type Mistyped struct{ advice message.Advice }

func (e *Mistyped) Error() string { return message.For("en").Say(e.advice.Reason) }

// Advice implements message.Adviser.
func (e *Mistyped) Advice() message.Advice { return e.advice }

// NewMistyped returns an error of whoever typed the command.
func NewMistyped(reason, remedy message.Text) error {
	return &Mistyped{message.Advice{Reason: reason, Remedy: remedy}}
}

// Refusal is an error that the learner can mend, of something beside the engine: a name that is theirs, a folder that cannot be made.
type Refusal struct{ advice message.Advice }

func (e *Refusal) Error() string { return message.For("en").Say(e.advice.Reason) }

// Advice implements message.Adviser.
func (e *Refusal) Advice() message.Advice { return e.advice }

func refuse(reason, remedy message.Text) error {
	return &Refusal{message.Advice{Reason: reason, Remedy: remedy}}
}

// notThere says that a lesson or an item does not exist, and which one was probably meant; otherwise is the command that lists them.
func notThere(reason message.Text, near, otherwise string) error {
	if near != "" {
		return NewMistyped(reason, message.New("runner.did-you-mean", message.Data{"Name": near}))
	}
	return NewMistyped(reason, message.New("runner.type", message.Data{"Command": otherwise}))
}

// advice is that of an error which has some of its own.
func advice(err error) (message.Advice, bool) {
	var adviser message.Adviser
	if errors.As(err, &adviser) {
		return adviser.Advice(), true
	}
	return message.Advice{}, false
}

// Interrupted is the advice for somebody who left while the engine was asked: whatever failed then, that is why.
func Interrupted() message.Advice {
	return message.Advice{Reason: message.New("checks.unknown.stopped"), Remedy: message.New("checks.unknown.stopped-next")}
}

// Advise is the advice on any error; one that has none of its own came from the engine.
func (t *Tutor) Advise(ctx context.Context, err error) message.Advice {
	if errors.Is(ctx.Err(), context.Canceled) {
		return Interrupted()
	}
	if a, ok := advice(err); ok {
		return a
	}
	return t.Engine.Diagnose(ctx, err).Advice()
}
