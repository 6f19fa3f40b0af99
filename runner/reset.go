package runner

import (
	"context"
	"errors"
	"slices"
	"strings"

	"capas/internal/message"
	"capas/lessons"
	"capas/runner/progress"
	"capas/runner/prompt"
)

// Part is what can be begun anew: an item, a lesson where Item is nil, the course where Lesson is nil too.
type Part struct {
	Lesson *lessons.Lesson
	Item   *lessons.Item
}

// Part is what a word names: «LESSON/ITEM», a lesson, an item by itself, or "" for the course. A lesson comes before an item
// of the same name, which has a longer one.
func (t *Tutor) Part(name string) (Part, error) {
	if name == "" {
		return Part{}, nil
	}
	if !slices.Contains(t.Course.Order, name) && (strings.Contains(name, "/") || t.lessonOf(name) != "") {
		l, it, err := t.Find(name)
		return Part{l, it}, err
	}
	l, err := t.Lesson(name)
	return Part{Lesson: l}, err
}

// ids are those of the lesson and of the item; "" for what the part is not.
func (p Part) ids() (lesson, item string) {
	if p.Lesson != nil {
		lesson = p.Lesson.ID
	}
	if p.Item != nil {
		item = p.Item.ID
	}
	return lesson, item
}

// Reset forgets what was done of a part, when the learner says so; with sure they have said it already. It reports whether the
// part stands now as if nothing had been done.
func (t *Tutor) Reset(ctx context.Context, p Part, sure bool) (bool, error) {
	state, err := t.State()
	if err != nil {
		return false, err
	}
	name := t.partName(p)
	if !t.begunPart(state, p) {
		t.print(t.Page.Line(t.Say.Sayf("runner.reset-nothing", message.Data{"What": name})))
		return true, nil
	}
	if !sure {
		if sure, err = t.sure(ctx, state, p); err != nil || !sure {
			return false, err
		}
	}
	lesson, item := p.ids()
	kept, err := t.Journal.Reset(t.Course.ID, lesson, item)
	if err != nil {
		return false, err
	}
	t.forgetAttempts(p)
	t.print(t.Page.Line(t.Say.Sayf("runner.reset-done", message.Data{"What": name})))
	t.print(t.Page.Note(t.Say.Sayf("runner.reset-kept", message.Data{"Path": t.path(kept)})))
	t.print(t.Page.Command("capas reset --undo"))
	return true, nil
}

// sure asks. Whoever leaves the question is not.
func (t *Tutor) sure(ctx context.Context, state *progress.State, p Part) (bool, error) {
	lesson, item := p.ids()
	name := t.partName(p)
	if t.Ask == nil {
		command := strings.Join(slices.DeleteFunc([]string{"capas reset", strings.Trim(lesson+"/"+item, "/"), "--yes"}, func(s string) bool { return s == "" }), " ")
		return false, NewMistyped(
			message.New("runner.reset-no-terminal", message.Data{"What": name}),
			message.New("runner.type", message.Data{"Command": command}))
	}
	done, all, err := t.doneOf(state, p)
	if err != nil {
		return false, err
	}
	t.print(t.Page.Line(t.Say.Sayf("runner.reset", message.Data{"What": name, "Done": done, "Total": all})))
	t.print(t.Page.Note(t.Say.Sayf("runner.reset-note")))
	n, err := t.choose(ctx, message.New("runner.reset-sure"), []choice{{text: t.Say.Sayf("runner.reset-no")}, {text: t.Say.Sayf("runner.reset-yes")}}, nil)
	if err != nil && !errors.Is(err, prompt.ErrLeft) {
		return false, err
	}
	if err != nil || n == 0 {
		t.print(t.Page.Line(t.Say.Sayf("runner.reset-left")))
		return false, nil
	}
	return true, nil
}

func (t *Tutor) partName(p Part) string {
	switch {
	case p.Lesson == nil:
		return t.courseTitle()
	case p.Item == nil:
		return p.Lesson.Title
	}
	return p.Lesson.ID + "/" + p.Item.ID
}

// begunPart reports whether anything is known of a part.
func (t *Tutor) begunPart(state *progress.State, p Part) bool {
	switch {
	case p.Lesson == nil:
		return state.LastLesson(t.Course.ID) != ""
	case p.Item == nil:
		return !state.Touched(t.Course.ID, p.Lesson.ID).IsZero()
	}
	return !state.Item(t.Course.ID, p.Lesson.ID, p.Item.ID).Last.IsZero()
}

// doneOf counts what is done of a part, and all that it has.
func (t *Tutor) doneOf(state *progress.State, p Part) (done, all int, err error) {
	switch {
	case p.Item != nil:
		return one(t.status(state, p.Lesson, p.Item).Done()), 1, nil
	case p.Lesson != nil:
		return t.done(state, p.Lesson), len(p.Lesson.Items()), nil
	}
	rows, err := t.Rows()
	for _, r := range rows {
		done, all = done+r.Done, all+r.Items
	}
	return done, all, err
}

// forgetAttempts ends those under way at the items of a part. One that cannot be ended is told.
func (t *Tutor) forgetAttempts(p Part) {
	attempts, err := t.Attempts.All(t.Course.ID)
	if err != nil {
		t.warn(err)
	}
	lesson, item := p.ids()
	for _, a := range attempts {
		if lesson != "" && a.Lesson != lesson || item != "" && a.Item != item {
			continue
		}
		if err := t.Attempts.Forget(t.Course.ID, a.Item); err != nil {
			t.warn(err)
		}
	}
}

// Restore takes the last reset of the course back.
func (t *Tutor) Restore() error {
	state, err := t.State()
	if err != nil {
		return err
	}
	reset, ok := state.LastReset(t.Course.ID)
	if !ok {
		return NewMistyped(message.New("runner.restore-nothing"), message.New("runner.type", message.Data{"Command": "capas progress"}))
	}
	if err := t.Journal.Restore(reset); err != nil {
		return err
	}
	t.print(t.Page.Line(t.Say.Sayf("runner.restored", message.Data{"What": t.resetName(reset)})))
	return nil
}

// resetName is what a reset forgot, by its ids where it is there no more.
func (t *Tutor) resetName(reset progress.Entry) string {
	switch {
	case reset.Lesson == "":
		return t.courseTitle()
	case reset.Item != "":
		return reset.Lesson + "/" + reset.Item
	}
	if l, err := t.Course.Lesson(t.Lang, reset.Lesson); err == nil {
		return l.Title
	}
	return reset.Lesson
}
