package runner

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/docker/docker/client"

	"capas/checks"
	"capas/internal/strictyaml"
	"capas/runner/engine"
)

// calm is how long nothing must change before it is said what is still missing: in the middle of a command, such as a build of
// several instructions, it would be false a moment later. What is done is told at once.
const calm = time.Second

// live follows the engine and the workspace while the learner works elsewhere, and holds what there is to tell.
type live struct {
	tutor   *Tutor
	attempt *Attempt
	bell    chan struct{} // of one: rings when there is something to tell
	stop    func()        // ends the following and waits for its end
	pokes   chan struct{} // of one: somebody knows that something changed

	mu    sync.Mutex
	known *Report // as the learner knows it
	last  *Report
	news  *news
	held  bool  // the news wait until nothing changes any more
	lost  error // why the engine cannot be asked, not told yet
	deaf  error // why something is not followed, not told yet
	away  bool  // the learner knows that the engine cannot be asked
	gone  bool  // it cannot be asked now
	bug   any   // a panic: it goes on where the terminal is put in order on the way out

	wanted, done int           // looks: asked for, and done
	looked       chan struct{} // closed after the next look
	began        time.Time     // of the last look
}

// news is what the learner has not read yet.
type news struct {
	Report *Report // nil where it says the same as before
	back   bool    // the engine answers again
}

// follow evaluates an attempt at once and after every change, until it is stopped.
func (t *Tutor) follow(ctx context.Context, a *Attempt) *live {
	ctx, cancel := context.WithCancel(ctx)
	lv := &live{tutor: t, attempt: a, bell: make(chan struct{}, 1), pokes: make(chan struct{}, 1), looked: make(chan struct{}), wanted: 1}
	var group sync.WaitGroup
	group.Go(func() {
		defer lv.carry()
		lv.run(ctx)
	})
	lv.stop = func() {
		cancel()
		group.Wait()
	}
	return lv
}

func (lv *live) carry() {
	if bug := recover(); bug != nil {
		lv.mu.Lock()
		defer lv.mu.Unlock()
		lv.bug = bug
		lv.ring()
	}
}

func (lv *live) run(ctx context.Context) {
	cli, err := lv.engine(ctx)
	if err != nil {
		return
	}
	changes, err := engine.Watch(ctx, cli, lv.attempt.dir)
	if err != nil {
		lv.cannotFollow(err)
	}
	lv.look(ctx)
	logins := lv.logins(ctx)
	settled := time.NewTimer(calm)
	for {
		select {
		case c, ok := <-changes:
			if !ok {
				return
			}
			settled.Reset(calm)
			lv.changed(ctx, c)
		case <-lv.pokes:
			lv.look(ctx)
		case <-logins:
			settled.Reset(calm)
			lv.look(ctx)
		case <-settled.C:
			lv.settled()
		}
	}
}

// logins rings when docker login or logout may have been used, if the exercise asks for that: no engine tells.
func (lv *live) logins(ctx context.Context) <-chan struct{} {
	asks := func(check *strictyaml.Node) bool { return check.Get("login") != nil }
	if !slices.ContainsFunc(lv.attempt.Item.Exercise.Checks.Items, asks) {
		return nil
	}
	rings, err := lv.tutor.Logins.Changes(ctx)
	if err != nil {
		lv.cannotFollow(err)
	}
	return rings
}

func (lv *live) changed(ctx context.Context, c engine.Change) {
	switch {
	case c.What&engine.Lost != 0:
		lv.lose(c.Err)
		return
	case c.Err != nil:
		lv.cannotFollow(c.Err)
	case c.What&engine.Back == 0 && c.Last.Before(lv.began): // seen by a look that somebody asked for
		return
	}
	lv.look(ctx)
}

// poke asks for a look at once. It may be called from any goroutine.
func (lv *live) poke() {
	lv.mu.Lock()
	defer lv.mu.Unlock()
	lv.wanted++
	select {
	case lv.pokes <- struct{}{}:
	default:
	}
}

// caughtUp waits until every look that was asked for is done, and reports whether that was so in time. There is nothing to wait for
// where the engine does not answer, or the following broke.
func (lv *live) caughtUp(ctx context.Context, patience time.Duration) bool {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		lv.mu.Lock()
		done, next := lv.done >= lv.wanted || lv.gone || lv.bug != nil, lv.looked
		lv.mu.Unlock()
		if done {
			return true
		}
		select {
		case <-next:
		case <-late.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// look evaluates once, and notes that it did.
func (lv *live) look(ctx context.Context) {
	lv.mu.Lock()
	wanted := lv.wanted
	lv.mu.Unlock()
	lv.began = time.Now()
	lv.evaluate(ctx)
	lv.mu.Lock()
	defer lv.mu.Unlock()
	lv.done = wanted
	close(lv.looked)
	lv.looked = make(chan struct{})
}

// engine waits until there is one that answers, or until the following is stopped.
func (lv *live) engine(ctx context.Context) (*client.Client, error) {
	cli, err := lv.tutor.Engine.Client(ctx)
	for err != nil && ctx.Err() == nil {
		lv.lose(err)
		select {
		case <-lv.tutor.Engine.Back(ctx):
			cli, err = lv.tutor.Engine.Client(ctx)
		case <-ctx.Done():
		}
	}
	return cli, err
}

func (lv *live) evaluate(ctx context.Context) {
	cli, err := lv.tutor.Engine.Answering(ctx)
	if err != nil {
		lv.lose(err)
		return
	}
	r, err := lv.attempt.evaluate(ctx, cli)
	switch {
	case ctx.Err() != nil:
		return
	case err == nil:
		err = r.unanswered()
	}
	if err != nil {
		lv.lose(err)
		return
	}
	lv.found(r)
}

// found rings where the learner would read something new in a report. What one who has just begun has not done yet is no news.
func (lv *live) found(r *Report) {
	lv.mu.Lock()
	defer lv.mu.Unlock()
	lv.last, lv.gone = r, false
	first := lv.known == nil && !lv.away
	if first && r.Verdict != checks.Pass {
		lv.known = r
		return
	}
	n := &news{back: lv.away}
	if !r.same(lv.known, lv.tutor.Say) {
		n.Report = r
	}
	lv.lost = nil
	switch {
	case n.Report == nil && !n.back:
		lv.news, lv.held = nil, false // as the learner knows it
	case n.Report != nil && r.Verdict == checks.Fail && !n.back:
		lv.news, lv.held = n, true
	default:
		lv.news, lv.held = n, false
		lv.ring()
	}
}

// settled tells what was held back until nothing changed any more.
func (lv *live) settled() {
	lv.mu.Lock()
	defer lv.mu.Unlock()
	if lv.news != nil && lv.held {
		lv.held = false
		lv.ring()
	}
}

func (lv *live) lose(err error) {
	lv.mu.Lock()
	defer lv.mu.Unlock()
	lv.news, lv.held, lv.gone = nil, false, true
	if !lv.away {
		lv.lost = err
		lv.ring()
	}
}

func (lv *live) cannotFollow(err error) {
	lv.mu.Lock()
	defer lv.mu.Unlock()
	lv.deaf = err
	lv.ring()
}

// ring needs the lock.
func (lv *live) ring() {
	select {
	case lv.bell <- struct{}{}:
	default:
	}
}

// wake is the bell. It rings anew for what was found at the very moment of an answer, which took the bell's place.
func (lv *live) wake() <-chan struct{} {
	lv.mu.Lock()
	defer lv.mu.Unlock()
	if lv.news != nil && !lv.held || lv.lost != nil || lv.deaf != nil || lv.bug != nil {
		lv.ring()
	}
	return lv.bell
}

// take hands over what there is to tell; the learner knows it then.
func (lv *live) take() (n *news, lost, deaf error) {
	lv.mu.Lock()
	defer lv.mu.Unlock()
	if lv.bug != nil {
		panic(lv.bug)
	}
	n, lost, deaf = lv.news, lv.lost, lv.deaf
	if lv.held {
		n = nil
	} else {
		lv.news = nil
	}
	lv.lost, lv.deaf = nil, nil
	switch {
	case lost != nil:
		lv.away = true
	case n != nil:
		lv.away = false
		if n.Report != nil {
			lv.known = n.Report
		}
	}
	return n, lost, deaf
}

// told is the report as the learner knows it, nil where they know none.
func (lv *live) told() *Report {
	lv.mu.Lock()
	defer lv.mu.Unlock()
	return lv.known
}

// report is the last one, whether the learner knows it or not.
func (lv *live) report() *Report {
	lv.mu.Lock()
	defer lv.mu.Unlock()
	return lv.last
}

// tell notes that the learner has just read a report that they asked for.
func (lv *live) tell(r *Report) {
	lv.mu.Lock()
	defer lv.mu.Unlock()
	lv.news, lv.lost, lv.held = nil, nil, false
	lv.away = r.Verdict == checks.Unknown
	if !lv.away {
		lv.known = r
	}
}
