package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/client"

	"capas/checks"
	"capas/internal/message"
	"capas/internal/strictyaml"
	"capas/lessons"
	"capas/runner/box"
	"capas/runner/progress"
	"capas/runner/registry"
	"capas/runner/scene"
)

// Attempt is one try at an exercise: its checks, and what there was when it began.
type Attempt struct {
	Lesson *lessons.Lesson
	Item   *lessons.Item
	Values lessons.Values
	New    bool // it was begun by this call, not an earlier one

	kept       *progress.Attempt
	baseline   *checks.Baseline
	dir        string
	registries registries
	answers    *answers
	asked      seen
	watched    bool // what is asked is seen
	files      files
}

// elsewhere reports, and tells, that an attempt was begun on another engine than the one that answers now.
func (t *Tutor) elsewhere(ctx context.Context, kept *progress.Attempt) bool {
	if _, err := t.Engine.Client(ctx); err != nil || t.Engine.Name() == kept.Engine {
		return false
	}
	t.print(t.Page.Note(t.Say.Sayf("runner.other-engine")))
	return true
}

// Begin returns the attempt that is under way at an exercise, or begins one: the workspace and the scene are made, the baseline is taken.
// With again an attempt that is under way ends, and what it made is made anew.
func (t *Tutor) Begin(ctx context.Context, l *lessons.Lesson, it *lessons.Item, again bool) (*Attempt, error) {
	dir, err := t.Workspace(l.ID)
	if err != nil {
		return nil, err
	}
	t.serve(ctx, l)
	kept := t.load(it)
	a := &Attempt{Lesson: l, Item: it, kept: kept, dir: dir, answers: t.answersTo(l, it), watched: t.Watched || t.Practice != nil}
	if kept != nil && kept.Hash == it.Hash() && !again && !t.elsewhere(ctx, kept) {
		a.Values = kept.Values
		a.registries = t.registries(l, a.Values)
		if a.baseline, err = baseline(kept); err == nil {
			err = a.asked.read(kept.Asked)
		}
		if err == nil {
			return a, nil
		}
	}
	cli, err := t.Engine.Client(ctx)
	if err != nil {
		return nil, err
	}
	_ = checks.Sweep(ctx, cli) // what a killed capas left behind; that it cannot be removed now stops nobody
	a.New, a.Values = true, maps.Clone(t.Values(ctx, l))
	a.registries = t.registries(l, a.Values)
	again = again || kept != nil && kept.Forgotten()
	if err := t.scene(ctx, cli, dir, l.Expand("${mirror}", a.Values), again).Make(ctx, l.Scene(it.Exercise, a.Values)); err != nil {
		return nil, t.sceneTrouble(err)
	}
	list, err := l.Checks(it.Exercise, a.Values)
	if err != nil {
		return nil, err
	}
	if a.baseline, err = checks.TakeBaseline(ctx, cli, list...); err != nil {
		return nil, err
	}
	a.kept = &progress.Attempt{
		Lesson: l.ID, Item: it.ID, Hash: it.Hash(), Began: time.Now(), Engine: t.Engine.Name(), Values: a.Values, Made: a.makes(kept),
	}
	return a, t.keep(a)
}

func (a *Attempt) expanded() *strictyaml.Node {
	return a.Item.Exercise.Checks.Expand(func(s string) string { return a.Lesson.Expand(s, a.Values) })
}

// load returns the attempt at an item as it was kept. One that cannot be read is told and begun anew.
func (t *Tutor) load(it *lessons.Item) *progress.Attempt {
	kept, err := t.Attempts.Load(t.Course.ID, it.ID)
	var broken *progress.BrokenAttempt
	switch {
	case errors.As(err, &broken):
		t.warnOnce(t.Say.Say(broken.Text()))
	case err != nil:
		t.warn(err)
	}
	return kept
}

// underWay reports whether an attempt at the item, as it is now, was begun.
func (t *Tutor) underWay(it *lessons.Item) bool {
	kept, err := t.Attempts.Load(t.Course.ID, it.ID)
	return err == nil && kept != nil && kept.Hash == it.Hash() && !t.redo[it.ID]
}

func baseline(kept *progress.Attempt) (*checks.Baseline, error) {
	var b checks.Baseline
	if err := json.Unmarshal(kept.Baseline, &b); err != nil {
		return nil, fmt.Errorf("reading the baseline of %q: %w", kept.Item, err)
	}
	return &b, nil
}

// keep writes the attempt down. Where that cannot be done it is told, and the attempt lives as long as the program.
func (t *Tutor) keep(a *Attempt) error {
	data, err := json.Marshal(a.baseline)
	if err != nil {
		return fmt.Errorf("keeping the baseline of %q: %w", a.Item.ID, err)
	}
	a.kept.Baseline = data
	if a.kept.Asked, err = json.Marshal(a.asked.all()); err != nil {
		return fmt.Errorf("keeping what was asked in %q: %w", a.Item.ID, err)
	}
	if err := t.Attempts.Save(t.Course.ID, a.kept); err != nil {
		t.warn(err)
	}
	return nil
}

// makes are the names that belong to the course from now on: those that the exercise declares and that were not there
// when it began, and those of earlier attempts at it.
func (a *Attempt) makes(before *progress.Attempt) []string {
	var names []string
	if before != nil {
		names = before.Made
	}
	declared := append(scene.Names(a.Lesson.Scene(a.Item.Exercise, a.Values)), checks.Names(a.expanded())...)
	for _, name := range declared {
		if !a.baseline.Has(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// scene makes what an exercise needs. The practice base is loaded and not pulled from the mirror: so it is there for an engine that
// does not reach this machine, and is renewed where an older capas made it.
func (t *Tutor) scene(ctx context.Context, cli *client.Client, dir, mirror string, renew bool) *scene.Scene {
	return &scene.Scene{
		Engine: cli, Workspace: dir, Renew: renew,
		Ours: func(name string) bool { return t.made(name) || isOfMirror(ctx, cli, mirror, name) },
		Base: func(ctx context.Context, ref string) (bool, error) {
			if ref != mirror+"/"+box.Name {
				return false, nil
			}
			return true, box.Ensure(ctx, cli, ref)
		},
	}
}

// isOfMirror reports whether a name is that of a practice base which came from the mirror of this machine, and can be had from there
// again: also where what is known of its attempt was lost.
func isOfMirror(ctx context.Context, cli *client.Client, mirror, name string) bool {
	repository, _, _ := strings.Cut(box.Name, ":")
	if !registry.Local(mirror) || !strings.HasPrefix(name, mirror+"/"+repository+":") {
		return false
	}
	img, err := cli.ImageInspect(ctx, name)
	return err == nil && img.Config != nil && img.Config.Labels[box.Label] != ""
}

// made reports whether a name was made in an attempt at this course.
func (t *Tutor) made(name string) bool {
	attempts, err := t.Attempts.All(t.Course.ID)
	if err != nil {
		t.warn(err)
	}
	return slices.ContainsFunc(attempts, func(a *progress.Attempt) bool { return slices.Contains(a.Made, name) })
}

// sceneTrouble says what a scene met.
func (t *Tutor) sceneTrouble(err error) error {
	var foreign *scene.Foreign
	if errors.As(err, &foreign) {
		data := message.Data{"Name": foreign.Name}
		if foreign.Container {
			return refuse(message.New("runner.foreign-container", data), message.New("runner.foreign-container-remedy", data))
		}
		return refuse(message.New("runner.foreign", data), message.New("runner.foreign-remedy", data))
	}
	if _, ok := advice(err); ok || noAnswer(err) {
		return err
	}
	return refuse(message.New("runner.scene", message.Data{"Error": err.Error()}), message.New("runner.scene-remedy"))
}

// evaluate asks the engine and keeps nothing; it may run beside the rest of the tutor.
func (a *Attempt) evaluate(ctx context.Context, cli *client.Client) (*Report, error) {
	list, err := a.Lesson.Checks(a.Item.Exercise, a.Values)
	if err != nil {
		return nil, err
	}
	scope := checks.Scope{Workspace: a.dir, Baseline: a.baseline, Registries: a.registries, Answered: a.answers.right}
	if a.watched {
		scope.Asked = a.asked.all()
	}
	facts := checks.NewFacts(cli, scope)
	defer facts.Close()
	r := &Report{Lesson: a.Lesson.ID, Item: a.Item.ID, Results: checks.Evaluate(ctx, facts, list)}
	r.Verdict = checks.Overall(r.Results)
	r.Since, _ = facts.Difference(ctx) // remarks: what cannot be asked is told by the results
	r.inventory, _ = facts.Inventory(ctx)
	return r, nil
}

// Check asks the engine whether the exercise is done, and keeps the answer. An engine that cannot be asked is a report too.
func (t *Tutor) Check(ctx context.Context, a *Attempt, step int) (*Report, error) {
	cli, err := t.Engine.Answering(ctx)
	if err != nil {
		return t.unknown(ctx, a.Lesson.ID, a.Item.ID, err), nil
	}
	r, err := a.evaluate(ctx, cli)
	if err != nil {
		return nil, err
	}
	t.settle(ctx, a, r)
	switch r.Verdict {
	case checks.Pass:
		t.record(a.Lesson, step, a.Item, progress.Passed, "")
	case checks.Fail:
		t.record(a.Lesson, step, a.Item, progress.Failed, "")
	}
	return r, nil
}

// settle keeps what an evaluation saw and puts the reasons into what could not be asked.
func (t *Tutor) settle(ctx context.Context, a *Attempt, r *Report) {
	r.Course, r.traffic = t.Course.ID, t.traffic(a)
	if err := r.unanswered(); err != nil {
		advice := t.Advise(ctx, err)
		r.Trouble = &advice
	}
	for i := range r.Results {
		c := &r.Results[i]
		switch {
		case c.Verdict != checks.Unknown:
		case noAnswer(c.Err):
			c.Got, c.Next = r.Trouble.Reason, r.Trouble.Remedy
		case r.Trouble == nil:
			r.Trouble = &message.Advice{Reason: c.Got, Remedy: c.Next}
		}
	}
	if err := t.keep(a); err != nil { // the baseline has seen more names
		t.warn(err)
	}
}

// unknown is the report of an exercise that could not be begun or asked at all.
func (t *Tutor) unknown(ctx context.Context, lesson, item string, err error) *Report {
	advice := t.Advise(ctx, err)
	return &Report{Course: t.Course.ID, Lesson: lesson, Item: item, Trouble: &advice}
}
