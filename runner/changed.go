package runner

import (
	"context"
	"errors"
	"strings"

	"capas/internal/message"
	"capas/lessons"
	"capas/runner/progress"
	"capas/runner/prompt"
)

// status is how far the learner has come with an item, as it is asked now.
func (t *Tutor) status(state *progress.State, l *lessons.Lesson, it *lessons.Item) progress.Status {
	return state.Item(t.Course.ID, l.ID, it.ID).Status(t.hash(state, l, it))
}

// hash is what an item's progress goes by: its own hash, or where it was done in another language, in which other words are
// typed, the one that it has there.
func (t *Tutor) hash(state *progress.State, l *lessons.Lesson, it *lessons.Item) string {
	own, p := it.Hash(), state.Item(t.Course.ID, l.ID, it.ID)
	if p.Status(own) != progress.Changed {
		return own
	}
	for _, other := range t.translations(l) {
		if o := other.Item(it.ID); o != nil && p.Status(o.Hash()).Done() {
			return o.Hash()
		}
	}
	return own
}

// translations are a lesson in the other languages of its course. One that cannot be read says so when it is taken.
func (t *Tutor) translations(l *lessons.Lesson) []*lessons.Lesson {
	if list, ok := t.translated[l.ID]; ok {
		return list
	}
	if t.translated == nil {
		t.translated = map[string][]*lessons.Lesson{}
		t.titles = t.allTitles()
	}
	t.translated[l.ID] = nil
	for _, h := range t.titles[l.ID] {
		if h.Lang == l.Lang {
			continue
		}
		if other, err := t.Course.Read(h); err == nil {
			t.translated[l.ID] = append(t.translated[l.ID], other)
		}
	}
	return t.translated[l.ID]
}

// allTitles are the lessons of all languages, by id.
func (t *Tutor) allTitles() map[string][]lessons.Heading {
	list := map[string][]lessons.Heading{}
	for _, lang := range t.Course.Languages() {
		titles, _ := t.Course.Titles(lang)
		for _, h := range titles {
			if h.Lang == lang { // otherwise it is missing there, and comes from the default language
				list[h.ID] = append(list[h.ID], h)
			}
		}
	}
	return list
}

// changed are the items of a lesson that were done, and that ask for something else since.
func (t *Tutor) changed(state *progress.State, l *lessons.Lesson) []*lessons.Item {
	var list []*lessons.Item
	for _, it := range l.Items() {
		if t.status(state, l, it) == progress.Changed {
			list = append(list, it)
		}
	}
	return list
}

// sayChanged says of an item, before it is shown, that it asks for something else than when it was done.
func (t *Tutor) sayChanged(state *progress.State, l *lessons.Lesson, it *lessons.Item) {
	if t.status(state, l, it) == progress.Changed {
		t.print(t.Page.Note(t.Say.Sayf("runner.changed")))
	}
}

// recheck offers what has changed on the steps before the one where the learner goes on, which nobody would see again.
// It answers that step.
func (t *Tutor) recheck(ctx context.Context, state *progress.State, l *lessons.Lesson, n int) (move, int, error) {
	var passed []*lessons.Item
	for _, it := range t.changed(state, l) {
		if stepOf(l, it.ID) < n {
			passed = append(passed, it)
		}
	}
	if len(passed) == 0 {
		return onward, n, nil
	}
	t.print("\n" + t.Page.Line(t.Say.Sayf("runner.changed-items", message.Data{"Count": len(passed), "Lesson": l.Expand(l.Title, t.Values(ctx, l)), "Items": quoted(passed)})))
	var menu []choice
	for _, words := range []string{t.Say.Sayf("runner.recheck"), t.Say.Sayf("runner.recheck-not"), t.Say.Sayf("runner.menu"), t.Say.Sayf("runner.leave")} {
		menu = append(menu, choice{text: words})
	}
	picked, err := t.choose(ctx, message.New("runner.what-now"), menu, nil)
	switch {
	case errors.Is(err, prompt.ErrLeft):
		return leave, n, nil
	case err != nil:
		return leave, n, err
	case picked > 0:
		return []move{onward, toMenu, leave}[picked-1], n, nil
	}
	return t.again(ctx, l, passed, n)
}

// again takes the learner through items of a lesson, and then to a step of it.
func (t *Tutor) again(ctx context.Context, l *lessons.Lesson, items []*lessons.Item, n int) (move, int, error) {
	for _, it := range items {
		step := stepOf(l, it.ID)
		t.stepTitle(ctx, l, step)
		switch m, err := t.item(ctx, l, it, step); {
		case m == back:
			return onward, step - 1, err
		case m != onward || err != nil:
			return m, n, err
		}
	}
	return onward, n, nil
}

// noteChanged says what to type about items that have changed.
func (t *Tutor) noteChanged(l *lessons.Lesson, items []*lessons.Item) {
	for _, it := range items {
		t.print(t.Page.Note(t.Say.Sayf("runner.changed-type", message.Data{"Item": it.ID, "Command": recheckCommand(l.ID, it.ID, it.Kind())})))
	}
}

// recheckCommand is what to type to do an item again that has changed.
func recheckCommand(lesson, item, kind string) string {
	if kind == "quiz" {
		return "capas quiz " + lesson
	}
	return "capas check " + lesson + "/" + item
}

// begun says that an exercise begins with the command that asks about it.
func (t *Tutor) begun(l *lessons.Lesson, it *lessons.Item) message.Text {
	state, err := t.State()
	if err == nil && t.status(state, l, it) == progress.Changed {
		return message.New("runner.begun-changed")
	}
	return message.New("runner.begun")
}

// quoted are the ids of items as they stand in a sentence.
func quoted(items []*lessons.Item) string {
	ids := make([]string, len(items))
	for i, it := range items {
		ids[i] = "`" + it.ID + "`"
	}
	return strings.Join(ids, ", ")
}
