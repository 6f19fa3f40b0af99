package runner

import (
	"context"
	"errors"
	"slices"

	"capas/internal/message"
	"capas/lessons"
	"capas/runner/progress"
	"capas/runner/prompt"
)

// Here is the step on which the learner was.
const Here = -1

// Learn takes the learner through lessons until they leave: through the one with that id, from a step on; without an id on
// from where they left off, or through a menu the first time.
func (t *Tutor) Learn(ctx context.Context, lesson string, step int) error {
	state, err := t.State()
	if err != nil {
		return err
	}
	if lesson == "" {
		lesson = t.unfinished(state)
	}
	for {
		if lesson == "" {
			if lesson, err = t.menu(ctx); lesson == "" || err != nil {
				return t.goodbye(err)
			}
		}
		m, err := t.lesson(ctx, lesson, step)
		if m == leave || err != nil {
			return t.goodbye(err)
		}
		lesson, step = "", Here
	}
}

// unfinished is the lesson in which something happened last, where something is left to do in it.
func (t *Tutor) unfinished(state *progress.State) string {
	id := state.LastLesson(t.Course.ID)
	if id == "" {
		return ""
	}
	l, err := t.Course.Lesson(t.Lang, id)
	if err != nil || t.done(state, l) == len(l.Items()) {
		return ""
	}
	return id
}

func (t *Tutor) goodbye(err error) error {
	if t.Practice != nil {
		t.Practice.close()
	}
	if err == nil {
		t.print("\n" + t.Page.Line(t.Say.Sayf("runner.goodbye", message.Data{"Command": t.Command})))
	}
	return err
}

// lesson walks through the steps of a lesson, from one of them on. Step 0 is its opening.
func (t *Tutor) lesson(ctx context.Context, id string, n int) (move, error) {
	l, err := t.Lesson(id)
	if err != nil {
		return leave, err
	}
	state, err := t.State()
	if err != nil {
		return leave, err
	}
	if _, err := t.Workspace(l.ID); err != nil {
		return leave, err
	}
	t.serve(ctx, l)
	if n == Here {
		var m move
		if m, n, err = t.recheck(ctx, state, l, t.position(state, l)); m != onward || err != nil {
			return m, err
		}
	}
	for {
		m, err := t.step(ctx, l, n)
		switch {
		case err != nil || m == leave || m == toMenu:
			return m, err
		case m == back:
			n = max(n-1, 0)
		case n == len(l.Steps):
			return t.finish(ctx, l)
		default:
			n++
		}
	}
}

// position is the step on which the learner goes on: where they were, counted from the last item that they reached,
// for steps may have come or gone since; a lesson that was done begins anew.
func (t *Tutor) position(state *progress.State, l *lessons.Lesson) int {
	p, begun := state.Position(t.Course.ID, l.ID)
	if !begun || t.done(state, l) == len(l.Items()) {
		return 0
	}
	n := p.Step
	if at := stepOf(l, p.Item); at > 0 {
		n = at + p.Since
	}
	return min(max(n, 0), len(l.Steps))
}

// stepOf is the number of the step that holds an item, from 1; 0 where none does.
func stepOf(l *lessons.Lesson, item string) int {
	return 1 + slices.IndexFunc(l.Steps, func(s lessons.Step) bool {
		return slices.ContainsFunc(s.Items(), func(it *lessons.Item) bool { return it.ID == item })
	})
}

// step shows one step and takes the learner through its items.
func (t *Tutor) step(ctx context.Context, l *lessons.Lesson, n int) (move, error) {
	t.record(l, n, nil, progress.Started, "")
	t.hold()
	defer t.release()
	t.noteLanguage(l)
	if n == 0 {
		t.print("\n" + t.Page.Title(l.Expand(l.Title, t.Values(ctx, l))))
		t.page(ctx, l, l.Opening)
		t.noteImages(ctx, l)
		return t.between(ctx, l, n)
	}
	s := l.Steps[n-1]
	t.stepTitle(ctx, l, n)
	for _, b := range s.Blocks {
		t.hold()
		if b.Item == nil {
			t.page(ctx, l, b.Markdown)
			continue
		}
		m, err := t.item(ctx, l, b.Item, n)
		if m != onward || err != nil {
			return m, err
		}
	}
	if last := s.Blocks[len(s.Blocks)-1]; t.Practice != nil && last.Item != nil {
		return onward, nil // nothing is left to be read: who has done the last thing goes on
	}
	return t.between(ctx, l, n)
}

func (t *Tutor) stepTitle(ctx context.Context, l *lessons.Lesson, n int) {
	t.print("\n" + t.Page.Note(t.Say.Sayf("runner.step", message.Data{"Lesson": l.Expand(l.Title, t.Values(ctx, l)), "Number": n, "Total": len(l.Steps)})))
	t.print(t.Page.Title(l.Expand(l.Steps[n-1].Title, t.Values(ctx, l))))
}

// item takes the learner through one item, unless it is done already.
func (t *Tutor) item(ctx context.Context, l *lessons.Lesson, it *lessons.Item, step int) (move, error) {
	state, err := t.State()
	if err != nil {
		return leave, err
	}
	if t.status(state, l, it).Done() && !t.redo[it.ID] {
		t.itemDone(ctx, l, it)
		return onward, nil
	}
	t.sayChanged(state, l, it)
	if left, err := t.read(ctx, t.rowsOf(ctx, l, it)); left || err != nil {
		return leave, err
	}
	if it.Quiz != nil {
		return t.quiz(ctx, l, it, step)
	}
	return t.exercise(ctx, l, it, step)
}

// between asks what comes after a step has been read.
func (t *Tutor) between(ctx context.Context, l *lessons.Lesson, n int) (move, error) {
	if left, err := t.read(ctx, rowsOfMenu); left || err != nil {
		return leave, err
	}
	var menu []choice
	var moves []move
	add := func(words message.Text, m move) {
		menu, moves = append(menu, choice{text: t.Say.Say(words)}), append(moves, m)
	}
	if n == len(l.Steps) {
		add(message.New("runner.finish"), onward)
	} else {
		add(message.New("runner.continue"), onward)
	}
	if n > 0 {
		add(message.New("runner.back"), back)
	}
	if n > 0 && len(l.Steps[n-1].Items()) > 0 {
		add(message.New("runner.again"), again)
	}
	add(message.New("runner.menu"), toMenu)
	add(message.New("runner.leave"), leave)
	i, err := t.choose(ctx, message.New("runner.what-now"), menu, nil)
	switch {
	case errors.Is(err, prompt.ErrLeft):
		return leave, nil
	case err != nil:
		return leave, err
	case moves[i] == again:
		t.redoStep(l.Steps[n-1])
		return t.step(ctx, l, n)
	}
	return moves[i], nil
}

// redoStep marks the items of a step to be asked again although they are done.
func (t *Tutor) redoStep(s lessons.Step) {
	if t.redo == nil {
		t.redo = map[string]bool{}
	}
	for _, it := range s.Items() {
		t.redo[it.ID] = true
	}
}

// finish says what was done in a lesson and what comes next.
func (t *Tutor) finish(ctx context.Context, l *lessons.Lesson) (move, error) {
	state, err := t.State()
	if err != nil {
		return leave, err
	}
	data := message.Data{"Lesson": l.Expand(l.Title, t.Values(ctx, l)), "Done": t.done(state, l), "Total": len(l.Items())}
	words := message.New("runner.lesson-done", data)
	if t.done(state, l) < len(l.Items()) {
		words = message.New("runner.lesson-open", data)
	}
	t.print("\n" + t.Page.Line(t.Say.Say(words)))
	t.noteChanged(l, t.changed(state, l))
	return toMenu, nil
}

// done counts the items of a lesson that nothing is left to do in.
func (t *Tutor) done(state *progress.State, l *lessons.Lesson) int {
	n := 0
	for _, it := range l.Items() {
		if t.status(state, l, it).Done() {
			n++
		}
	}
	return n
}
