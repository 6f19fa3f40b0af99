package proof

import (
	"fmt"

	"capas/internal/message"
)

// Taken is the error for a name that an exercise needs and that the engine has already. Nothing was touched.
type Taken struct {
	At, Exercise, Name string
	Container          bool // it is a container's; otherwise an image's
}

func (e *Taken) Error() string {
	what, remove := "an image", "docker rmi "
	if e.Container {
		what, remove = "a container", "docker rm "
	}
	return fmt.Sprintf("%s: %s needs the name %q, and the engine has %s of that name: give it another name or remove it (%s), or prove on another engine; nothing was touched",
		e.At, e.Exercise, e.Name, what, remove+e.Name)
}

// Unasked is the error of a case that could not be decided: the engine, or a registry, did not answer.
type Unasked struct {
	Case   string // "build/build-it: also 2"
	advice message.Advice
}

func (e *Unasked) Error() string {
	say := message.For("en")
	return fmt.Sprintf("%s could not be decided: %s %s", e.Case, say.Say(e.advice.Reason), say.Say(e.advice.Remedy))
}

// Advice implements message.Adviser.
func (e *Unasked) Advice() message.Advice { return e.advice }
