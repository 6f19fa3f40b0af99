package engine

import (
	"context"
	"path/filepath"
	"sync"
	"time"
)

// What may have changed. A Change can say several.
type What uint8

// What a Change says.
const (
	Engine    What = 1 << iota // something happened on the engine
	Workspace                  // something happened in the workspace
	Lost                       // the engine is no longer followed, and tried again
	Back                       // it is followed again; what happened meanwhile is not known
)

// Change says that it may be worth looking again.
type Change struct {
	What What
	Err  error     // why it is Lost, or why a part of the workspace is not followed
	Last time.Time // when the last of what it stands for was noticed
}

const (
	quiet  = 100 * time.Millisecond // a command makes several events: wait until they end
	latest = 500 * time.Millisecond // but no longer
)

// Watch follows the engine, and the workspace where one is named, until the context ends; then it closes the channel.
// What happens once it has returned is seen; where the engine does not answer, the first Change is Lost.
func Watch(ctx context.Context, c source, workspace string) (<-chan Change, error) {
	var all sync.WaitGroup
	raw, out := make(chan Change), make(chan Change)
	if workspace != "" {
		path, err := filepath.Abs(workspace)
		if err != nil {
			return nil, err
		}
		f, err := openFolder(path)
		if err != nil {
			return nil, err
		}
		all.Go(func() { f.follow(ctx, raw) })
	}
	settled := make(chan struct{})
	all.Go(func() { (&stream{engine: c, out: raw, settled: sync.OnceFunc(func() { close(settled) })}).follow(ctx) })
	all.Go(func() { debounce(ctx, raw, out) })
	go func() {
		all.Wait()
		close(out)
	}()
	select {
	case <-settled:
	case <-ctx.Done():
	}
	return out, nil
}

// send gives up when the context ends.
func send(ctx context.Context, out chan<- Change, c Change) {
	select {
	case out <- c:
	case <-ctx.Done():
	}
}

// debounce gathers changes until they are quiet, or have waited long enough. That the engine is lost or back is told at once;
// while nobody listens, the newest of the two stands for both.
func debounce(ctx context.Context, in <-chan Change, out chan<- Change) {
	var gathered, news Change
	var first time.Time
	due := time.NewTimer(0)
	<-due.C
	for ready := false; ; {
		next, to := gathered, chan<- Change(nil)
		switch {
		case news.What != 0:
			next, to = news, out
		case ready:
			to = out
		}
		select {
		case c := <-in:
			if c.What&(Lost|Back) != 0 {
				news = c
				continue
			}
			if gathered.What == 0 {
				first = time.Now()
			}
			gathered.What |= c.What
			gathered.Last = time.Now()
			if c.Err != nil {
				gathered.Err = c.Err
			}
			ready = false
			due.Reset(min(quiet, max(0, latest-time.Since(first))))
		case <-due.C:
			ready = true
		case to <- next:
			if news.What != 0 {
				news = Change{}
				continue
			}
			gathered, ready = Change{}, false
		case <-ctx.Done():
			return
		}
	}
}
