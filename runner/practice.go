package runner

import (
	"context"
	"errors"
	"regexp"
	"time"

	"capas/checks"
	"capas/internal/message"
	"capas/lessons"
	"capas/runner/engine/observer"
	"capas/runner/failedbuild"
	"capas/runner/progress"
	"capas/runner/prompt"
	"capas/runner/shell"
)

// patience is how long a prompt waits for a verdict; a later one comes with the next prompt.
const patience = 300 * time.Millisecond

// explaining is how long a prompt waits for why a build failed: it looks into images.
const explaining = 2 * time.Second

// words are what a learner can type in the practice shell beside their own commands.
var words = []string{"hint", "solution", "check", "next", "back", "again", "menu", "quiz"}

// practise takes the learner through an exercise in the practice shell: what there is to say comes before each prompt.
func (t *Tutor) practise(ctx context.Context, a *Attempt, step int) (move, error) {
	held := t.Practice.Session.Running()
	if err := t.openShell(ctx, a.Lesson, a.dir); err != nil {
		t.warn(err)
		return t.waitInstead(ctx, a, step)
	}
	lv := t.follow(ctx, a)
	defer lv.stop()
	t.Practice.at(a, lv)
	defer t.Practice.at(nil, nil)
	defer t.Practice.Session.Hold()
	if held && lv.caughtUp(ctx, patience) && t.tell(ctx, a, step, lv, t.showStride) {
		return onward, nil // it was done before it was asked for
	}
	for ; ; held = true {
		e, err := t.Practice.Session.Next(ctx, mark(a.Lesson, step))
		switch {
		case ctx.Err() != nil:
			return leave, nil
		case err != nil:
			return leave, err
		case e.Ended && !held:
			t.print(t.Page.Note(t.Say.Sayf("runner.practice-ended")))
			lv.stop()
			return t.waitInstead(ctx, a, step)
		case e.Ended:
			return toMenu, nil
		case e.Word == "":
			if t.afterCommand(ctx, a, step, lv, e.Typed) {
				return onward, nil
			}
			continue
		}
		if m, stays, err := t.obey(ctx, a, step, lv, e.Word); !stays || err != nil {
			return m, err
		}
	}
}

// waitInstead takes the learner through an exercise, and all that follow, in another terminal: the shell cannot be had.
func (t *Tutor) waitInstead(ctx context.Context, a *Attempt, step int) (move, error) {
	t.Practice.close()
	t.Practice = nil
	t.noteElsewhere(a)
	return t.wait(ctx, a, step)
}

// obey does what a word of ours asks for. The exercise stays open unless it says otherwise.
func (t *Tutor) obey(ctx context.Context, a *Attempt, step int, lv *live, word string) (move, bool, error) {
	l, it := a.Lesson, a.Item
	switch word {
	case "hint":
		t.showHint(ctx, l, it, step)
	case "solution":
		t.showSolution(ctx, l, it, step)
	case "check":
		return t.checkNow(ctx, a, step, lv)
	case "again":
		t.showAgain(ctx, l, it, step)
	case "quiz":
		if _, err := t.AskQuizzes(ctx, l); err != nil && !errors.Is(err, prompt.ErrLeft) {
			return leave, false, err
		}
	default:
		m, leaves := t.leaving(l, it, step, word)
		return m, !leaves, nil
	}
	return onward, true, nil
}

// leaving knows the words that leave an item, and where they lead.
func (t *Tutor) leaving(l *lessons.Lesson, it *lessons.Item, step int, word string) (m move, leaves bool) {
	switch word {
	case "next":
		t.record(l, step, it, progress.Skipped, "")
		return onward, true
	case "back":
		return back, true
	case "menu":
		return toMenu, true
	}
	return onward, false
}

// lookAround gives the learner the shell to find out what a quiz asks, and reports whether they are ready to answer it.
func (t *Tutor) lookAround(ctx context.Context, l *lessons.Lesson, it *lessons.Item, step int) (m move, ready bool, err error) {
	dir, err := t.Workspace(l.ID)
	if err == nil {
		err = t.openShell(ctx, l, dir)
	}
	if err != nil {
		t.warn(err) // whoever knows the answer can give it without
		return onward, true, nil
	}
	t.print(t.Page.Note(t.Say.Sayf("runner.practice-look")))
	defer t.Practice.Session.Hold()
	for {
		e, err := t.Practice.Session.Next(ctx, mark(l, step))
		switch {
		case ctx.Err() != nil:
			return leave, false, nil
		case err != nil:
			return leave, false, err
		case e.Ended:
			return toMenu, false, nil
		}
		switch e.Word {
		case "quiz", "check":
			return onward, true, nil
		case "hint", "solution":
			t.print(t.Page.Note(t.Say.Sayf("runner.practice-look")))
		case "again":
			t.showAgain(ctx, l, it, step)
		default:
			if m, leaves := t.leaving(l, it, step, e.Word); leaves {
				return m, false, nil
			}
		}
	}
}

// showAgain shows a step from its title to the item that is open.
func (t *Tutor) showAgain(ctx context.Context, l *lessons.Lesson, open *lessons.Item, step int) {
	t.hold()
	defer t.release()
	t.stepTitle(ctx, l, step)
	for _, b := range l.Steps[step-1].Blocks {
		switch {
		case b.Item == nil:
			t.page(ctx, l, b.Markdown)
		case b.Item == open:
			t.showOpen(ctx, l, open)
			if _, err := t.read(ctx, rowsOfShellPrompt); err != nil {
				t.warn(err)
			}
			return
		default:
			t.itemDone(ctx, l, b.Item)
		}
	}
}

func (t *Tutor) showOpen(ctx context.Context, l *lessons.Lesson, it *lessons.Item) {
	if it.Exercise != nil {
		t.print(t.Page.Title(t.Say.Sayf("runner.exercise")))
		t.page(ctx, l, it.Exercise.Goal)
		return
	}
	t.print(t.Page.Title(t.Say.Sayf("runner.quiz")))
	t.page(ctx, l, it.Quiz.Question)
}

// sudo finds a docker that does not see the variables of the shell that it is typed in.
var sudo = regexp.MustCompile(`(^|[;&|(]\s*)sudo\s+(-\S+\s+)*docker\b`)

// afterCommand tells what a command that has ended came to, and reports whether the exercise is done.
func (t *Tutor) afterCommand(ctx context.Context, a *Attempt, step int, lv *live, typed shell.Typed) bool {
	if a.files.changed(a.dir) {
		lv.poke()
	}
	if sudo.MatchString(typed.Line) {
		t.print(t.Page.Note(t.Say.Sayf("runner.practice-sudo")))
	}
	work := t.Practice.take()
	show, explained := t.showStride, t.explainBuild(ctx, typed, work.build)
	if explained {
		show = t.showPass // what a build that failed did not make goes without saying
	}
	if !lv.caughtUp(ctx, patience) { // what a build failed of was looked for meanwhile
		if !explained {
			t.print(t.Page.Note(t.Say.Sayf("runner.practice-busy")))
		}
		return false
	}
	lv.settled()
	t.showInventory(lv.report(), work.changes)
	return t.tell(ctx, a, step, lv, show)
}

// showInventory says what is other on the engine than at the prompt before, where that may be the learner's doing.
func (t *Tutor) showInventory(r *Report, theirs bool) {
	if r == nil || r.inventory == nil {
		return
	}
	if before := t.Practice.inventory; before != nil && theirs {
		if what := r.inventory.Since(before); !what.IsZero() {
			t.print(t.Page.Note(t.Say.Say(what)))
		}
	}
	t.Practice.inventory = r.inventory
}

// showPass shows a report only where it says that all is done.
func (t *Tutor) showPass(before, r *Report) {
	if r.Verdict == checks.Pass {
		t.showStride(before, r)
	}
}

// showStride shows a report to somebody who has just done something: what holds now and did not before, and what is missing still.
func (t *Tutor) showStride(before, r *Report) {
	if before != nil && r.Verdict == checks.Fail && len(before.Results) == len(r.Results) {
		t.showGained(before.Results, r.Results)
	}
	r.Since = message.Text{} // told by showInventory
	t.ShowReport(r)
}

func (t *Tutor) showGained(before, now []checks.Result) {
	var gained string
	for i, c := range now {
		if c.Verdict == checks.Pass && before[i].Verdict == checks.Fail {
			gained += t.Page.Item(t.Page.Mark(checks.Pass), t.Say.Say(c.Want))
		}
	}
	if gained != "" {
		t.print("\n" + gained)
	}
}

// explainBuild says why a build has just failed, and reports whether there was more to say than docker has said.
func (t *Tutor) explainBuild(ctx context.Context, typed shell.Typed, seen *observer.Build) bool {
	if typed.Status == 0 && seen == nil {
		return false
	}
	cli, err := t.Engine.Client(ctx)
	if err != nil {
		return false
	}
	b := failedbuild.Build{Command: typed.Line, Dir: typed.Dir, Home: t.Home, Engine: cli}
	if seen != nil {
		b.Step, b.Image, b.Output, b.Error = seen.Step, seen.Image, seen.Output, seen.Error
	}
	ctx, cancel := context.WithTimeout(ctx, explaining)
	defer cancel()
	e, ok := failedbuild.Explain(ctx, b)
	if !ok {
		return false
	}
	r := checks.Result{Want: e.What, Got: e.Found, Near: e.Near, Next: e.Next}
	if words := t.failure(r); words != t.Practice.explained {
		t.blank()
		t.showFailure(r)
		t.Practice.explained = words
	} else {
		t.print(t.Page.Note(t.Say.Sayf("runner.practice-same")))
	}
	return true
}

// failure is what a learner reads of a result.
func (t *Tutor) failure(r checks.Result) string {
	return t.Say.Say(r.Want) + "\n" + t.Say.Say(r.Got) + "\n" + t.Say.Say(r.Near) + "\n" + t.Say.Say(r.Next)
}
