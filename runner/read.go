package runner

import (
	"context"
	"errors"
	"strings"

	"capas/lessons"
	"capas/runner/prompt"
)

// Pager shows a text a screen at a time.
type Pager interface {
	// Page returns once all has been shown, and so many rows can follow without hiding what has not been read.
	// It returns prompt.ErrLeft when the reader leaves.
	Page(ctx context.Context, text string, after int) error
}

// hold keeps what is printed from now on until it is read.
func (t *Tutor) hold() {
	if t.Pager != nil && t.held == nil {
		t.held = new(strings.Builder)
	}
}

// read shows what was held, with so many rows to come after it, and reports whether the learner left over it.
func (t *Tutor) read(ctx context.Context, after int) (left bool, err error) {
	if t.held == nil {
		return false, nil
	}
	text := t.held.String()
	t.held = nil
	if strings.TrimSpace(text) == "" {
		t.print(text)
		return false, nil
	}
	err = t.Pager.Page(ctx, text, after)
	if errors.Is(err, prompt.ErrLeft) {
		return true, nil
	}
	return false, err
}

// release prints what is held still: whatever ended the step, nothing is lost.
func (t *Tutor) release() {
	if t.held != nil {
		text := t.held.String()
		t.held = nil
		t.print(text)
	}
}

// What comes after the prose of a step, in rows, where it depends on nothing: the longest menus and what is said above them.
const (
	rowsOfMenu     = 7
	rowsOfExercise = 15
	rowsOfQuiz     = 4

	rowsOfShellPrompt = 1
)

// rowsOf is about how many rows an item takes that is asked after the prose of its step.
func (t *Tutor) rowsOf(ctx context.Context, l *lessons.Lesson, it *lessons.Item) int {
	text, rows := "", rowsOfQuiz
	if it.Exercise != nil {
		text, rows = it.Exercise.Goal, rowsOfExercise
	} else {
		text = it.Quiz.Question
		rows += len(it.Quiz.Choices)
	}
	page, err := t.Page.Markdown(l.Expand(text, t.Values(ctx, l)))
	if err != nil {
		page = text
	}
	return rows + strings.Count(page, "\n")
}
