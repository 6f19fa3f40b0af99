package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"

	"capas/checks"
)

// source is the part of the Docker client that Watch uses.
type source interface {
	pinger
	Events(ctx context.Context, opts events.ListOptions) (<-chan events.Message, <-chan error)
}

const (
	firstWait   = 100 * time.Millisecond // before the engine is tried again; doubled each time
	longestWait = 3 * time.Second
)

// stream is the engine's events, begun again each time that they end.
type stream struct {
	engine  source
	out     chan<- Change
	settled func() // it stands or is lost for the first time
	lost    bool
}

func (s *stream) follow(ctx context.Context) {
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		began := time.Now()
		err := s.listen(ctx)
		if ctx.Err() != nil {
			return
		}
		if !s.lost {
			s.lost = true
			s.settled()
			send(ctx, s.out, Change{What: Lost, Err: err})
		}
		if time.Since(began) > longestWait+Patience { // it stood for a while
			wait = firstWait
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// listen passes on what happens until the events end, and says why they did.
func (s *stream) listen(ctx context.Context) error {
	if _, err := Ping(ctx, s.engine); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	late := time.AfterFunc(Patience, cancel)
	messages, errs := s.engine.Events(ctx, events.ListOptions{Filters: filters.NewArgs(
		filters.Arg("type", string(events.ContainerEventType)),
		filters.Arg("type", string(events.ImageEventType)),
	)})
	if !late.Stop() {
		return fmt.Errorf("following the engine's events: %w", context.DeadlineExceeded)
	}
	s.stands(ctx)
	for {
		select {
		case m := <-messages:
			if counts(m) {
				send(ctx, s.out, Change{What: Engine})
			}
		case err := <-errs:
			return fmt.Errorf("following the engine's events: %w", err)
		}
	}
}

func (s *stream) stands(ctx context.Context) {
	s.settled()
	if s.lost {
		s.lost = false
		send(ctx, s.out, Change{What: Back})
	}
}

// reads are what a look at a container leaves in its events.
var reads = map[string]bool{"archive-path": true, "export": true, "resize": true, "top": true}

// counts reports whether an event may have changed something that is not our own probe.
func counts(m events.Message) bool {
	if m.Type != events.ContainerEventType {
		return true
	}
	_, probe := m.Actor.Attributes[checks.ProbeLabel]
	action, _, _ := strings.Cut(string(m.Action), ":")
	return !probe && !reads[action]
}
