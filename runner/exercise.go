package runner

import (
	"context"
	"errors"
	"slices"

	"capas/checks"
	"capas/internal/message"
	"capas/lessons"
	"capas/runner/engine"
	"capas/runner/progress"
	"capas/runner/prompt"
)

// move is where the learner goes next.
type move int

const (
	onward move = iota // the item or step is done with
	back
	again // the step once more, its items too
	toMenu
	leave
)

// choice is one line of a menu and what it does; a choice that answers stay leaves the menu open.
type choice struct {
	text string
	do   func(ctx context.Context) (move, bool, error)
}

// exercise takes the learner through one exercise: until it passes, is skipped or is left.
func (t *Tutor) exercise(ctx context.Context, l *lessons.Lesson, it *lessons.Item, step int) (move, error) {
	if t.redo[it.ID] {
		t.reroll(ctx, l)
	}
	t.showOpen(ctx, l, it)
	t.record(l, step, it, progress.Started, "")
	if slices.ContainsFunc(it.Exercise.Scene, lessons.SceneEntry.Slow) && !t.underWay(it) {
		t.print(t.Page.Note(t.Say.Sayf("runner.setting")))
	}
	for {
		a, err := t.Begin(ctx, l, it, t.redo[it.ID])
		if err == nil {
			delete(t.redo, it.ID)
			if t.Practice != nil {
				return t.practise(ctx, a, step)
			}
			t.noteElsewhere(a)
			return t.wait(ctx, a, step)
		}
		if ctx.Err() != nil {
			return leave, nil
		}
		m, done, err := t.troubled(ctx, l, it, step, err)
		if done || err != nil {
			return m, err
		}
	}
}

// noteElsewhere says where the learner works who does so in another terminal, how docker gets there, and once why.
func (t *Tutor) noteElsewhere(a *Attempt) {
	if words := t.Say.Say(t.Unfit); words != "" && t.once(words) {
		t.print(t.Page.Note(words))
	}
	t.print(t.Page.Note(t.Say.Sayf("runner.workspace", message.Data{"Dir": t.path(a.dir)})))
	if t.Engine.Inside() {
		t.noteInside()
	} else {
		t.noteDocker()
	}
}

// noteInside tells how another terminal gets to the engine inside capas, and to a docker command where the machine has none.
func (t *Tutor) noteInside() {
	t.print(t.Page.Note(t.Say.Sayf("runner.inside")))
	t.print(t.Page.Command(`eval "$(` + t.Command + ` engine env)"`))
}

// noteDocker says once how the docker command comes into the shell of a machine that has none.
func (t *Tutor) noteDocker() {
	if t.Docker == "" || !t.once("docker") {
		return
	}
	t.print(t.Page.Note(t.Say.Sayf("runner.docker", message.Data{"Command": "`" + t.Command + " docker`"})))
	t.print(t.Page.Command(engine.AddToPath(t.Docker)))
}

// troubled tells why an exercise cannot begin, and asks what to do about it. It answers false when it is to be tried again.
func (t *Tutor) troubled(ctx context.Context, l *lessons.Lesson, it *lessons.Item, step int, err error) (move, bool, error) {
	advice := t.Advise(ctx, err)
	t.print(t.Page.Item(t.Page.Mark(checks.Unknown), t.Say.Say(advice.Reason)))
	t.print(t.Page.Line(t.Say.Say(advice.Remedy)))
	var back <-chan struct{}
	var refusal *Refusal
	if !errors.As(err, &refusal) { // the engine did not answer: what it says itself does not change by waiting
		waiting, stop := context.WithCancel(ctx)
		defer stop()
		back = t.Engine.Back(waiting)
	}
	again := choice{t.Say.Sayf("runner.try-again"), func(context.Context) (move, bool, error) { return onward, true, nil }}
	menu := append([]choice{again}, t.waysOut(l, it, step)...)
	for {
		n, err := t.choose(ctx, message.New("runner.what-now"), menu, back)
		switch {
		case errors.Is(err, prompt.ErrWoken):
			t.print(t.Page.Line(t.Say.Sayf("runner.engine-back")))
			return onward, false, nil
		case errors.Is(err, prompt.ErrLeft):
			return leave, true, nil
		case err != nil:
			return leave, true, err
		case n == 0:
			return onward, false, nil
		}
		if m, stays, err := menu[n].do(ctx); !stays || err != nil {
			return m, true, err
		}
	}
}

// wait is the waiting mode: the verdict comes by itself when something changed, or when the learner asks.
func (t *Tutor) wait(ctx context.Context, a *Attempt, step int) (move, error) {
	lv := t.follow(ctx, a)
	defer lv.stop()
	switch {
	case a.answers.next() != "":
		t.print(t.Page.Note(t.Say.Sayf("runner.unseen")))
	case t.Ask.CanWake():
		t.print(t.Page.Note(t.Say.Sayf("runner.waiting")))
	default:
		t.print(t.Page.Note(t.Say.Sayf("runner.enter-checks")))
	}
	t.blank()
	for {
		menu := t.exerciseMenu(a, step, lv)
		n, err := t.choose(ctx, message.New("runner.working"), menu, lv.wake())
		switch {
		case errors.Is(err, prompt.ErrWoken):
			if t.tell(ctx, a, step, lv, func(_, r *Report) { t.ShowReport(r) }) {
				return onward, nil
			}
			continue
		case errors.Is(err, prompt.ErrLeft):
			return leave, nil
		case err != nil:
			return leave, err
		}
		if m, stays, err := menu[n].do(ctx); !stays || err != nil {
			return m, err
		}
	}
}

// tell shows what the watcher found, beside what the learner was told before, and reports whether the exercise is done.
func (t *Tutor) tell(ctx context.Context, a *Attempt, step int, lv *live, show func(before, now *Report)) bool {
	before := lv.told()
	news, err, deaf := lv.take()
	if deaf != nil {
		t.warnOnce(t.Say.Sayf("runner.not-watching", message.Data{"Error": deaf.Error()}))
	}
	switch {
	case err != nil:
		t.ShowReport(t.unknown(ctx, a.Lesson.ID, a.Item.ID, err))
		return false
	case news == nil:
		return false
	case news.back:
		t.print("\n" + t.Page.Line(t.Say.Sayf("runner.engine-back")))
	}
	if news.Report == nil {
		return false
	}
	t.settle(ctx, a, news.Report)
	show(before, news.Report)
	if news.Report.Verdict != checks.Pass {
		return false // on the way, not a failure: the learner did not ask
	}
	t.record(a.Lesson, step, a.Item, progress.Passed, "")
	return true
}

// exerciseMenu is what can be done while an exercise is open.
func (t *Tutor) exerciseMenu(a *Attempt, step int, lv *live) []choice {
	var menu []choice
	if a.answers.next() != "" {
		menu = append(menu, choice{t.Say.Sayf("runner.answer-unseen"), func(ctx context.Context) (move, bool, error) {
			return t.askUnseen(ctx, a, step, lv)
		}})
	}
	menu = append(menu, choice{t.Say.Sayf("runner.check-now"), func(ctx context.Context) (move, bool, error) {
		return t.checkNow(ctx, a, step, lv)
	}})
	if used, all := t.hintsUsed(a.Lesson, a.Item), len(a.Item.Exercise.Hints); used < all {
		menu = append(menu, choice{t.Say.Sayf("runner.hint", message.Data{"Number": used + 1, "Total": all}), func(ctx context.Context) (move, bool, error) {
			t.showHint(ctx, a.Lesson, a.Item, step)
			return onward, true, nil
		}})
	}
	menu = append(menu, choice{t.Say.Sayf("runner.solution"), func(ctx context.Context) (move, bool, error) {
		t.showSolution(ctx, a.Lesson, a.Item, step)
		return onward, true, nil
	}})
	return append(menu, t.waysOut(a.Lesson, a.Item, step)...)
}

func (t *Tutor) checkNow(ctx context.Context, a *Attempt, step int, lv *live) (move, bool, error) {
	r, err := t.Check(ctx, a, step)
	if err != nil {
		return leave, false, err
	}
	lv.tell(r)
	t.ShowReport(r)
	return onward, r.Verdict != checks.Pass, nil
}

// waysOut are the choices that leave an item.
func (t *Tutor) waysOut(l *lessons.Lesson, it *lessons.Item, step int) []choice {
	go_ := func(m move) func(context.Context) (move, bool, error) {
		return func(context.Context) (move, bool, error) { return m, false, nil }
	}
	return []choice{
		{t.Say.Sayf("runner.skip"), func(context.Context) (move, bool, error) {
			t.record(l, step, it, progress.Skipped, "")
			return onward, false, nil
		}},
		{t.Say.Sayf("runner.back"), go_(back)},
		{t.Say.Sayf("runner.menu"), go_(toMenu)},
		{t.Say.Sayf("runner.leave"), go_(leave)},
	}
}

// choose asks which choice is taken.
func (t *Tutor) choose(ctx context.Context, title message.Text, menu []choice, wake <-chan struct{}) (int, error) {
	q := prompt.Question{Title: t.Say.Say(title), Wake: wake}
	for _, c := range menu {
		q.Options = append(q.Options, c.text)
	}
	return t.Ask.Choose(ctx, q)
}
