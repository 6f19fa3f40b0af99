package runner

import (
	"context"
	"errors"
	"slices"
	"strings"

	"capas/checks"
	"capas/internal/message"
	"capas/lessons"
	"capas/runner/progress"
)

// Show prints a step of a lesson to be read, its items with what can be typed about them; step 0 is the opening and a
// negative one stands for the whole lesson.
func (t *Tutor) Show(ctx context.Context, l *lessons.Lesson, step int) error {
	state, err := t.State()
	if err != nil {
		return err
	}
	first, last := step, step
	if step < 0 {
		first, last = 0, len(l.Steps)
	}
	t.hold()
	t.noteLanguage(l)
	for n := first; n <= last; n++ {
		t.showStep(ctx, state, l, n)
	}
	_, err = t.read(ctx, rowsOfShellPrompt)
	return err
}

// CheckStep is an error of usage where a lesson has no such step.
func (t *Tutor) CheckStep(l *lessons.Lesson, step int) error {
	if step >= 0 && step <= len(l.Steps) {
		return nil
	}
	return NewMistyped(
		message.New("runner.no-step", message.Data{"Lesson": l.ID, "Number": step, "Total": len(l.Steps)}),
		message.New("runner.type", message.Data{"Command": "capas show " + l.ID}))
}

func (t *Tutor) showStep(ctx context.Context, state *progress.State, l *lessons.Lesson, n int) {
	if n == 0 {
		t.print(t.Page.Title(l.Expand(l.Title, t.Values(ctx, l))))
		t.page(ctx, l, l.Opening)
		t.noteImages(ctx, l)
		return
	}
	t.stepTitle(ctx, l, n)
	for _, b := range l.Steps[n-1].Blocks {
		if b.Item == nil {
			t.page(ctx, l, b.Markdown)
			continue
		}
		t.showItem(ctx, state, l, b.Item)
	}
}

func (t *Tutor) showItem(ctx context.Context, state *progress.State, l *lessons.Lesson, it *lessons.Item) {
	if t.status(state, l, it).Done() {
		t.itemDone(ctx, l, it)
		return
	}
	t.sayChanged(state, l, it)
	if it.Quiz != nil {
		t.print(t.Page.Title(t.Say.Sayf("runner.quiz")))
		t.page(ctx, l, it.Quiz.Question)
		for _, c := range it.Quiz.Choices {
			t.print(t.Page.Bullet(t.inline(ctx, question{l, it}, c.Text)))
		}
		t.print(t.Page.Note(t.Say.Sayf("runner.type", message.Data{"Command": "capas quiz " + l.ID})))
		return
	}
	t.print(t.Page.Title(t.Say.Sayf("runner.exercise")))
	t.page(ctx, l, it.Exercise.Goal)
	t.print(t.Page.Note(t.Say.Sayf("runner.show-exercise", message.Data{"Item": l.ID + "/" + it.ID})))
}

// itemDone shows an item on which nothing is left to do.
func (t *Tutor) itemDone(ctx context.Context, l *lessons.Lesson, it *lessons.Item) {
	words := message.New("runner.done-quiz")
	if it.Exercise != nil {
		words = message.New("runner.done-exercise", message.Data{"Goal": t.inline(ctx, question{l, it}, it.Exercise.Goal)})
	}
	t.print(t.Page.Item(t.Page.Mark(checks.Pass), t.Say.Say(words)))
}

// Position is the step on which a learner would go on in a lesson.
func (t *Tutor) Position(l *lessons.Lesson) (int, error) {
	state, err := t.State()
	if err != nil {
		return 0, err
	}
	return t.position(state, l), nil
}

// Current is the lesson in which something happened last, the first one where nothing did.
func (t *Tutor) Current() (*lessons.Lesson, error) {
	state, err := t.State()
	if err != nil {
		return nil, err
	}
	if id := state.LastLesson(t.Course.ID); id != "" {
		if l, err := t.Course.Lesson(t.Lang, id); err == nil {
			return l, nil
		}
	}
	return t.Lesson(t.Course.Order[0])
}

// CurrentExercise is the exercise that «capas check» means in a lesson: the last one reached that is not done, else the first that is not.
func (t *Tutor) CurrentExercise(l *lessons.Lesson) (*lessons.Item, error) {
	state, err := t.State()
	if err != nil {
		return nil, err
	}
	open := func(it *lessons.Item) bool {
		return it != nil && it.Exercise != nil && !t.status(state, l, it).Done()
	}
	p, _ := state.Position(t.Course.ID, l.ID)
	if it := l.Item(p.Item); open(it) {
		return it, nil
	}
	for _, it := range l.Items() {
		if open(it) {
			return it, nil
		}
	}
	return nil, nil
}

// StepOf is the number of the step that holds an item.
func StepOf(l *lessons.Lesson, it *lessons.Item) int { return stepOf(l, it.ID) }

// Find is the lesson and the item that a word names: «LESSON/ITEM», the id of a lesson or of an item, or "" for where the
// learner is. Of a lesson the item is its current exercise, nil where none is left to do; «LESSON/», as a shell completes it, is
// the lesson.
func (t *Tutor) Find(name string) (*lessons.Lesson, *lessons.Item, error) {
	name = strings.TrimSuffix(name, "/")
	if lesson, item, ok := strings.Cut(name, "/"); ok {
		return t.Item(lesson, item)
	}
	if lesson := t.lessonOf(name); lesson != "" {
		return t.Item(lesson, name)
	}
	l, err := t.Current()
	if name != "" {
		l, err = t.Lesson(name)
	}
	if err != nil {
		return nil, nil, err
	}
	it, err := t.CurrentExercise(l)
	return l, it, err
}

// lessonOf is the lesson that holds an item.
func (t *Tutor) lessonOf(item string) string {
	headings, err := t.Course.Headings(t.Lang)
	if err != nil || item == "" {
		return ""
	}
	for _, h := range headings {
		if slices.Contains(h.Items, item) {
			return h.ID
		}
	}
	return ""
}

// CheckNow asks the engine about an exercise once; an attempt that is not under way is begun, and that is said.
func (t *Tutor) CheckNow(ctx context.Context, l *lessons.Lesson, it *lessons.Item) (*Report, error) {
	a, err := t.Begin(ctx, l, it, false)
	if err != nil {
		var refusal *Refusal
		if errors.As(err, &refusal) {
			return nil, err
		}
		return t.unknown(ctx, l.ID, it.ID, err), nil
	}
	if a.New {
		t.warnOnce(t.Say.Say(t.begun(l, it)))
	}
	r, err := t.Check(ctx, a, StepOf(l, it))
	if err == nil && r.Verdict != checks.Pass {
		r.Serving = t.unserved(a)
	}
	return r, err
}

// StepText is a step of a lesson as JSON: its text is Markdown, variables replaced.
type StepText struct {
	Number int        `json:"number"` // 0 is the opening
	Title  string     `json:"title"`
	Text   string     `json:"text"`
	Items  []ItemText `json:"items"`
}

// ItemText is what an item asks.
type ItemText struct {
	ID   string `json:"id"`
	Kind string `json:"kind"` // "exercise" or "quiz"
	Text string `json:"text"`
}

// LessonText is a lesson as JSON.
type LessonText struct {
	Lesson string     `json:"lesson"`
	Title  string     `json:"title"`
	Steps  []StepText `json:"steps"`
}

// Outline is a step of a lesson, or with a negative one all of them.
func (t *Tutor) Outline(ctx context.Context, l *lessons.Lesson, step int) LessonText {
	values := t.Values(ctx, l)
	out := LessonText{Lesson: l.ID, Title: l.Expand(l.Title, values)}
	if step <= 0 {
		out.Steps = append(out.Steps, StepText{Title: out.Title, Text: l.Expand(l.Opening, values), Items: []ItemText{}})
	}
	for n, s := range l.Steps {
		if step < 0 || step == n+1 {
			out.Steps = append(out.Steps, stepText(l, values, n+1, s))
		}
	}
	return out
}

func stepText(l *lessons.Lesson, values lessons.Values, n int, s lessons.Step) StepText {
	out := StepText{Number: n, Title: l.Expand(s.Title, values), Items: []ItemText{}}
	for _, b := range s.Blocks {
		switch {
		case b.Item == nil:
			out.Text += l.Expand(b.Markdown, values)
		case b.Item.Exercise != nil:
			out.Items = append(out.Items, ItemText{b.Item.ID, "exercise", l.Expand(b.Item.Exercise.Goal, values)})
		default:
			out.Items = append(out.Items, ItemText{b.Item.ID, "quiz", l.Expand(b.Item.Quiz.Question, values)})
		}
	}
	return out
}
