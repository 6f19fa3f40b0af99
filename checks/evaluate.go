package checks

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"capas/internal/message"
)

// atOnce is how many checks are asked at the same time.
const atOnce = 8

// Evaluate asks every check, independent ones in parallel, and returns one result a check in their order.
//
// The probes are removed before it returns, also when a check panics: the panic goes on in the caller's own goroutine,
// where the caller's deferred calls can still put the terminal in order.
func Evaluate(ctx context.Context, f *Facts, list []Check) []Result {
	defer f.finish(ctx)
	f.taken = containerNames(list)
	results := make([]Result, len(list))
	var bug panicked
	var all sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for i, c := range list {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			defer bug.note()
			results[i] = evaluate(ctx, f, c)
		})
	}
	all.Wait()
	bug.goOn()
	blockRepeats(results)
	f.misplaced(ctx, results)
	return results
}

// blockRepeats lets only the first of several results say that an image is missing.
func blockRepeats(results []Result) {
	told := map[string]bool{}
	for i, r := range results {
		if r.missing == "" {
			continue
		}
		if told[r.missing] {
			results[i] = Result{Verdict: Fail, Blocked: true, Want: r.Want, Got: message.New("checks.image.blocked", message.Data{"Image": r.missing})}
		}
		told[r.missing] = true
	}
}

func evaluate(ctx context.Context, f *Facts, c Check) Result {
	r, err := c.Eval(ctx, f)
	if err == nil {
		return r
	}
	return unknown(r, err)
}

// unknown is a result that became unknown by an error.
func unknown(r Result, err error) Result {
	u := Result{Want: r.Want, Got: r.Got, Next: r.Next, Err: err}
	if r.Verdict != Unknown || r.Got.IsZero() { // what it found before the error came does not count
		u.Got, u.Next = unknownText(err)
	}
	return u
}

// panicked carries the first panic of many goroutines over to the one that waits for them.
type panicked struct {
	once  sync.Once
	value any
	stack []byte
}

func (p *panicked) note() {
	if v := recover(); v != nil {
		p.once.Do(func() { p.value, p.stack = v, debug.Stack() })
	}
}

func (p *panicked) goOn() {
	if p.value != nil {
		panic(fmt.Sprintf("%v\n\nfrom a check:\n%s", p.value, p.stack))
	}
}
