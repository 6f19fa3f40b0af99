// Package prompt asks the learner: with menus on a capable terminal, with numbered lines on a plain one.
//
// It knows no lesson, and alone knows survey.
package prompt

import (
	"context"
	"errors"
	"strings"

	"capas/internal/message"
)

var (
	// ErrLeft says that the learner left: Ctrl-C, Ctrl-D, the end of the input or of the context.
	ErrLeft = errors.New("left the prompt")
	// ErrWoken says that the question was taken back because Wake spoke; nothing of it is left on the screen of a capable terminal.
	ErrWoken = errors.New("woken while asking")
)

// Question is a choice among options.
type Question struct {
	Title   string
	Options []string
	Default int             // index of the option that Enter takes
	Wake    <-chan struct{} // closed, it ends Choose with ErrWoken; nil never does
}

// clean takes out what would steer the terminal, or upset the counting of its columns.
func (q Question) clean() Question {
	plain := strings.NewReplacer("\t", " ")
	q.Title = plain.Replace(message.Clean(q.Title))
	options := make([]string, len(q.Options))
	for i, o := range q.Options {
		options[i] = plain.Replace(message.Clean(o))
	}
	q.Options = options
	return q
}

// Asker asks. Each method returns ErrLeft when the learner leaves.
type Asker interface {
	// Choose returns the index of one option.
	Choose(ctx context.Context, q Question) (int, error)
	// ChooseMany returns the indexes of any number of options, in rising order.
	ChooseMany(ctx context.Context, q Question) ([]int, error)
	// Type returns a line, without its end.
	Type(ctx context.Context, title string) (string, error)
	// CanWake reports whether Wake works here.
	CanWake() bool
}
