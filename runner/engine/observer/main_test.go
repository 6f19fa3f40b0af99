package observer

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// seen are the requests that an observer has told of.
type seen struct {
	mu   sync.Mutex
	all  []Request
	told chan struct{} // something was told
}

func (s *seen) note(r Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, r)
	select {
	case s.told <- struct{}{}:
	default:
	}
}

// ended are the requests that have, in the order of their end.
func (s *seen) ended() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.all), func(r Request) bool { return r.Ended.IsZero() })
}

func (s *seen) began() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.all) - len(slices.DeleteFunc(slices.Clone(s.all), func(r Request) bool { return r.Ended.IsZero() }))
}

// verbs are the requests that have ended and that somebody types.
func (s *seen) verbs() []Request {
	return slices.DeleteFunc(s.ended(), func(r Request) bool { return r.Verb == "" })
}

// wait waits until something holds of what was told.
func (s *seen) wait(t testing.TB, what string, holds func() bool) {
	t.Helper()
	late := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-s.told:
		case <-late:
			t.Fatalf("waited in vain until %s; told of: %+v", what, s.ended())
		}
	}
}

func (s *seen) last(t testing.TB) Request {
	t.Helper()
	list := s.verbs()
	if len(list) == 0 {
		t.Fatal("nothing was told")
	}
	return list[len(list)-1]
}

// folder is one for a socket: short enough for its path, and its owner's alone.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "capas")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// observe opens a socket before an engine, and returns its path.
func observe(t testing.TB, dial Dial) (string, *seen) {
	t.Helper()
	s := &seen{told: make(chan struct{}, 1)}
	path := filepath.Join(folder(t), "docker.sock")
	o, err := Listen(path, dial, s.note, func(err error) string { return "sin motor: " + err.Error() })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	})
	return path, s
}

// to dials a socket.
func to(path string) Dial {
	return func(ctx context.Context) (net.Conn, error) { return (&net.Dialer{}).DialContext(ctx, "unix", path) }
}

// fake is an engine that answers as a handler does; the path is its socket's.
func fake(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	path := filepath.Join(folder(t), "engine.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h}
	go server.Serve(l) // ends by Close
	t.Cleanup(func() { server.Close() })
	return path
}

// script is an engine that does with each connection what a function does.
func script(t testing.TB, each func(net.Conn)) string {
	t.Helper()
	path := filepath.Join(folder(t), "engine.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				each(c)
			}()
		}
	}()
	return path
}

func dial(t testing.TB, path string) *net.UnixConn {
	t.Helper()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c.(*net.UnixConn)
}

// client is of HTTP, through a socket.
func client(t testing.TB, path string) *http.Client {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return to(path)(ctx) }}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}
