package proof

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"capas/checks"
	"capas/internal/message"
	"capas/runner"
	"capas/runner/progress"
	"capas/runner/render"
)

// usualPatience is long: a line may build an image on a busy machine.
const usualPatience = 2 * time.Minute

// width is that of the terminal on which a learner would read the feedback.
const width = 80

// prove decides one case. What it made is gone when it returns, also where the context ended or something panicked.
func (p *Proof) prove(ctx context.Context, e exercise, r run) (c Case, err error) {
	c = Case{At: e.at(), Lesson: e.lesson.ID, Item: e.item.ID, Kind: r.kind, Index: r.index}
	home, err := os.MkdirTemp("", "capas-proof-")
	if err != nil {
		return c, fmt.Errorf("making a folder for the proof: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home)) }()
	cli, err := p.Engine.Client(ctx)
	if err != nil {
		return c, err
	}
	before, err := look(ctx, cli)
	if err != nil {
		return c, err
	}
	m := &mess{engine: cli, before: before, words: e.words(r.values), pulled: e.pulled(r.values)}
	defer func() { err = errors.Join(err, m.clear(ctx)) }()

	t, err := p.tutor(home, r)
	if err != nil {
		return c, err
	}
	defer t.Leave()
	a, err := t.Begin(ctx, e.lesson, e.item, false)
	if err != nil {
		return c, p.undecided(ctx, t, c, err)
	}
	decide := func() error {
		if r.kind == Solution || r.kind == Also { // who does it right has seen what the quizzes ask for
			for _, id := range e.item.Exercise.Unseen() {
				t.Answer(a, e.lesson.Item(id))
			}
		}
		return c.decide(ctx, t, e, r, a)
	}
	if r.kind == Untouched {
		return c, decide()
	}
	trouble, err := p.do(ctx, t, e, r, home, m, decide)
	if trouble != nil {
		c.Why = trouble.Error()
	}
	if !c.OK {
		c.Transcript = m.transcript
	}
	return c, err
}

// tutor is one that nobody talks to, for one case.
func (p *Proof) tutor(home string, r run) (*runner.Tutor, error) {
	state := filepath.Join(home, ".state")
	journal, err := progress.Open(state)
	if err != nil {
		return nil, err
	}
	docker, err := p.dockerFolder(home)
	if err != nil {
		return nil, err
	}
	served, err := p.registryFolder(home)
	if err != nil {
		return nil, err
	}
	say := message.For(p.Lang)
	return &runner.Tutor{
		Course:     p.Course,
		Lang:       p.Lang,
		Say:        say,
		Page:       render.New(render.Style{Width: width, Plain: true, Lang: say.Lang()}),
		Out:        io.Discard,
		Noise:      io.Discard,
		Journal:    journal,
		Attempts:   progress.Attempts{Dir: state},
		Workspaces: filepath.Join(home, "capas"),
		Home:       home,
		Set:        maps.Clone(r.values),
		Engine:     p.Engine,
		Logins:     logins(docker),
		Registry:   served,
	}, nil
}

// do types the script of a case and then decides it, while the terminal is still open as a learner's is. It answers what is
// wrong with a script that did not get to its end; such a case is not decided.
func (p *Proof) do(ctx context.Context, t *runner.Tutor, e exercise, r run, home string, m *mess, decide func() error) (trouble, err error) {
	dir, err := t.Workspace(e.lesson.ID)
	if err != nil {
		return nil, err
	}
	sh, err := openShell(ctx, dir, p.environment(home), cmp.Or(p.Patience, usualPatience))
	if err != nil {
		return nil, err
	}
	defer func() {
		sh.close()
		m.transcript = sh.transcript()
	}()
	trouble = sh.play(ctx, lines(r.script))
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case trouble != nil:
		return trouble, nil
	}
	return nil, decide()
}

func lines(script string) []string { return strings.Split(strings.TrimRight(script, "\n"), "\n") }

// decide asks the engine whether the exercise is done.
func (c *Case) decide(ctx context.Context, t *runner.Tutor, e exercise, r run, a *runner.Attempt) error {
	report, err := t.Check(ctx, a, runner.StepOf(e.lesson, e.item))
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case report.Trouble != nil: // also where another check failed: this one may have failed for the wrong reason
		return &Unasked{c.subject(), *report.Trouble}
	case report.Verdict == checks.Unknown:
		return fmt.Errorf("%s could not be decided", c.subject())
	}
	c.Feedback = feedback(t, report)
	c.Why = r.wrong(report.Verdict, c.Feedback)
	c.OK = c.Why == ""
	return nil
}

func (c *Case) subject() string { return c.Lesson + "/" + c.Item + ": " + c.Name() }

// undecided is why a case could not begin: an error with advice of its own, or the engine's.
func (p *Proof) undecided(ctx context.Context, t *runner.Tutor, c Case, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &Unasked{c.subject(), t.Advise(ctx, err)}
}

// feedback is what a learner reads of a report; without what changed on the engine, which would say the name
// that a mistake made where no check found it.
func feedback(t *runner.Tutor, report *runner.Report) string {
	told := *report
	told.Since = message.Text{}
	var out bytes.Buffer
	t.Out = &out
	t.ShowReport(&told)
	return strings.TrimSpace(out.String())
}
