package runner

import (
	"context"
	"slices"
	"sync"

	"capas/lessons"
	"capas/runner/progress"
)

// answers are the quizzes that count for an exercise where nobody can see what the learner asked the engine for. The engine is
// asked beside the learner's answering.
type answers struct {
	mu   sync.Mutex
	open []string // not answered right yet, in order
	all  []string
}

// answersTo are those that the journal has of the exercise's quizzes.
func (t *Tutor) answersTo(l *lessons.Lesson, it *lessons.Item) *answers {
	a := &answers{all: it.Exercise.Unseen()}
	if len(a.all) == 0 {
		return a
	}
	state, err := t.State()
	if err != nil {
		t.warn(err)
	}
	for _, id := range a.all {
		q := l.Item(id)
		if q == nil || state == nil || t.redo[id] || t.redo[it.ID] || !t.status(state, l, q).Done() {
			a.open = append(a.open, id)
		}
	}
	return a
}

func (a *answers) right(quiz string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Contains(a.all, quiz) && !slices.Contains(a.open, quiz)
}

// next is the first that is not answered right yet; "" where all are.
func (a *answers) next() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.open) == 0 {
		return ""
	}
	return a.open[0]
}

func (a *answers) answered(quiz string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open = slices.DeleteFunc(a.open, func(id string) bool { return id == quiz })
}

// Answer takes a quiz as answered right. It is for who knows that it was; the learner is asked.
func (t *Tutor) Answer(a *Attempt, quiz *lessons.Item) {
	t.record(a.Lesson, stepOf(a.Lesson, quiz.ID), quiz, progress.Answered, "")
	a.answers.answered(quiz.ID)
}

// askUnseen asks the next quiz of an exercise and then the engine. The attempt stays open unless all of it is done.
func (t *Tutor) askUnseen(ctx context.Context, a *Attempt, step int, lv *live) (move, bool, error) {
	q := a.Lesson.Item(a.answers.next())
	m, err := t.quiz(ctx, a.Lesson, q, step)
	if m != onward || err != nil {
		return m, false, err
	}
	state, err := t.State()
	if err != nil {
		return leave, false, err
	}
	if !t.status(state, a.Lesson, q).Done() { // skipped
		return onward, true, nil
	}
	a.answers.answered(q.ID)
	return t.checkNow(ctx, a, step, lv)
}
