package checks

import (
	"cmp"
	"context"
	"sync"
	"time"
)

// memo asks for each thing once, whoever wants it first, and lets everybody else wait for that answer.
// The zero memo is ready for use.
type memo[V any] struct {
	limit time.Duration // of one answer; zero stands for answerTimeout

	mu    sync.Mutex
	calls map[string]*call[V]
}

// answerTimeout is how long an engine may take to answer one question: what it never answers is unknown, and ends.
const answerTimeout = 15 * time.Second

type call[V any] struct {
	done  chan struct{}
	value V
	err   error
	lost  bool // the asker gave up or panicked before there was an answer
}

// get returns the answer under key, asking where nobody has asked yet. An error is an answer too; a context that ended is
// none: the next one with a living context asks again.
func (m *memo[V]) get(ctx context.Context, key string, ask func(context.Context) (V, error)) (V, error) {
	for {
		if err := ctx.Err(); err != nil {
			var none V
			return none, err
		}
		c, first := m.enter(key)
		if first {
			m.answer(ctx, key, c, ask)
			return c.value, c.err
		}
		select {
		case <-c.done:
		case <-ctx.Done():
		}
		if ctx.Err() == nil && !c.lost {
			return c.value, c.err
		}
	}
}

func (m *memo[V]) enter(key string) (c *call[V], first bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c, ok := m.calls[key]; ok {
		return c, false
	}
	if m.calls == nil {
		m.calls = map[string]*call[V]{}
	}
	c = &call[V]{done: make(chan struct{}), lost: true}
	m.calls[key] = c
	return c, true
}

func (m *memo[V]) answer(ctx context.Context, key string, c *call[V], ask func(context.Context) (V, error)) {
	defer func() {
		if c.lost {
			m.forget(key)
		}
		close(c.done)
	}()
	limited, cancel := context.WithTimeout(ctx, cmp.Or(m.limit, answerTimeout))
	defer cancel()
	c.value, c.err = ask(limited)
	c.lost = c.err != nil && ctx.Err() != nil
}

func (m *memo[V]) forget(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.calls, key)
}

func (m *memo[V]) forgetAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = nil
}
