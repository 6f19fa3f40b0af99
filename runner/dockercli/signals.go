package dockercli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// ending are the signals that end docker; a terminal that is closed ends it by not being minded.
var ending = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}

// patience is how many of them docker takes before it ends whatever happens.
const patience = 3

// terminated is why a context ended that a signal ended.
type terminated struct{ by os.Signal }

func (*terminated) Error() string { return "" }

func (t *terminated) exitCode() int {
	if s, ok := t.by.(syscall.Signal); ok {
		return 128 + int(s)
	}
	return 1
}

// untilSignal is a context that the first signal ends. After the last one that is put up with, forced is closed.
func untilSignal(parent context.Context) (ctx context.Context, forced <-chan struct{}, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals, stopped, enough := make(chan os.Signal, patience), make(chan struct{}), make(chan struct{})
	signal.Notify(signals, ending...)
	go func() {
		for range patience {
			select {
			case s := <-signals:
				cancel(&terminated{s})
			case <-stopped:
				return
			}
		}
		close(enough)
	}()
	return ctx, enough, func() {
		signal.Stop(signals)
		close(stopped)
		cancel(nil)
	}
}
