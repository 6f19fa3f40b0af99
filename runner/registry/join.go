package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gofrs/flock"

	"capas/internal/message"
)

// Member is one of the programs that share what is served in a folder: the first serves, and when it leaves the next one does.
type Member struct {
	First  bool // nobody served when it joined
	cancel context.CancelFunc
	done   chan struct{}
	err    error // of serving, once done is closed
}

// ElsewhereError says that another capas serves the folder at other addresses.
type ElsewhereError struct{ Mirror, Registry string }

func (e *ElsewhereError) Error() string {
	return fmt.Sprintf("another capas serves at %q and %q", e.Mirror, e.Registry)
}

// Advice implements message.Adviser.
func (e *ElsewhereError) Advice() message.Advice {
	data := message.Data{"Mirror": e.Mirror, "Registry": e.Registry}
	return message.Advice{Reason: message.New("registry.elsewhere", data), Remedy: message.New("registry.elsewhere-hint", data)}
}

// again is how often a program that waits for its turn looks.
const again = 200 * time.Millisecond

// Join sees to it that the mirror and the registry answer until Leave, and returns when they do: this program serves, or
// another one does already. A port that something else has taken is a *TakenError, other addresses an *ElsewhereError.
func Join(ctx context.Context, c Config) (*Member, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(c.path(lockFile))
	for {
		first, err := lock.TryLock()
		if err != nil {
			return nil, fmt.Errorf("locking the registry: %w", err)
		}
		if first {
			return lead(ctx, c, lock)
		}
		if there, err := c.served(); err == nil && there {
			return follow(ctx, c, lock), nil
		} else if err != nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(again):
		}
	}
}

// lead serves from now on; the lock is held.
func lead(ctx context.Context, c Config, lock *flock.Flock) (*Member, error) {
	s, err := serve(c)
	if err == nil {
		err = c.announce()
	}
	if err != nil {
		if s != nil {
			s.close()
		}
		return nil, errors.Join(err, lock.Close())
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	m := &Member{First: true, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(m.done)
		<-ctx.Done()
		m.err = errors.Join(s.close(), os.Remove(c.path(servedFile)), lock.Close())
	}()
	return m, nil
}

// follow waits for the one who serves to leave, and serves then.
func follow(ctx context.Context, c Config, lock *flock.Flock) *Member {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	m := &Member{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(m.done)
		if held, err := lock.TryLockContext(ctx, again); !held {
			if ctx.Err() == nil {
				m.err = err
			}
			return
		}
		next, err := lead(ctx, c, lock)
		if err != nil {
			m.err = err
			return
		}
		<-ctx.Done()
		m.err = next.Leave()
	}()
	return m
}

// Leave stops serving, unless another program goes on, and returns the error that serving ended by.
func (m *Member) Leave() error {
	m.cancel()
	<-m.done
	return m.err
}

// addresses are what the one who serves tells the others.
type addresses struct {
	Mirror   string `json:"mirror"`
	Registry string `json:"registry"`
}

func (c Config) announce() error {
	data, err := json.Marshal(addresses{c.Mirror, c.Registry})
	if err != nil {
		return err
	}
	return replace(c.path(servedFile), data)
}

// served says whether the one who holds the lock serves already what is wanted.
func (c Config) served() (bool, error) {
	data, err := os.ReadFile(c.path(servedFile))
	var there addresses
	if err != nil || json.Unmarshal(data, &there) != nil {
		return false, nil // it is about to
	}
	if there != (addresses{c.Mirror, c.Registry}) {
		return false, &ElsewhereError{there.Mirror, there.Registry}
	}
	return true, nil
}
