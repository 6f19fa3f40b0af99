//go:build !windows

package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"capas/internal/enginetest"
)

// relay is a socket in front of the real engine, so that a test can take the engine away without touching it.
type relay struct {
	t    *testing.T
	path string
	dial func(context.Context) (net.Conn, error)

	mu     sync.Mutex
	socket net.Listener
	open   map[net.Conn]bool
	frozen bool
	trap   []byte
	caught chan struct{} // closed when the trap has shut
	all    sync.WaitGroup
}

func newRelay(t *testing.T) *relay {
	t.Helper()
	dir, err := os.MkdirTemp("", "relay") // short: it holds a socket
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{t: t, path: filepath.Join(dir, "s"), dial: enginetest.Client(t).Dialer(), open: map[net.Conn]bool{}}
	r.listen()
	t.Cleanup(func() {
		r.cut()
		r.all.Wait()
		_ = os.RemoveAll(dir)
	})
	return r
}

func (r *relay) host() string { return "unix://" + r.path }

// listen lets callers through from now on.
func (r *relay) listen() {
	r.t.Helper()
	l, err := net.Listen("unix", r.path)
	if err != nil {
		r.t.Fatal(err)
	}
	r.mu.Lock()
	r.socket, r.frozen = l, false
	r.mu.Unlock()
	r.all.Go(func() {
		for {
			caller, err := l.Accept()
			if err != nil {
				return
			}
			r.all.Go(func() { r.serve(caller) })
		}
	})
}

// cut ends every call and takes the socket away, as an engine does that stops.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.socket.Close()
	for c := range r.open {
		_ = c.Close()
	}
	clear(r.open)
}

// freeze takes calls as before and says nothing more, as an engine does that hangs.
func (r *relay) freeze() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.frozen = true
}

// freezeAt freezes when a request with these bytes comes by, and closes the channel then.
func (r *relay) freezeAt(request string) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trap, r.caught = []byte(request), make(chan struct{})
	return r.caught
}

// thaw lets callers through again; those that were frozen are cut.
func (r *relay) thaw() {
	r.cut()
	r.listen()
}

func (r *relay) serve(caller net.Conn) {
	engine, err := r.dial(context.Background())
	if err != nil {
		_ = caller.Close()
		return
	}
	r.mu.Lock()
	r.open[caller], r.open[engine] = true, true
	r.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { r.pass(engine, caller, r.traps) })
	both.Go(func() { r.pass(caller, engine, func([]byte) {}) })
	both.Wait()
	_, _ = caller.Close(), engine.Close()
}

// pass carries bytes until one side ends; what comes while the relay is frozen is lost.
func (r *relay) pass(to, from net.Conn, look func([]byte)) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		look(buf[:n])
		if n > 0 && !r.isFrozen() {
			_, _ = to.Write(buf[:n])
		}
		if err != nil {
			if half, ok := to.(interface{ CloseWrite() error }); ok {
				_ = half.CloseWrite()
			}
			return
		}
	}
}

func (r *relay) isFrozen() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.frozen
}

func (r *relay) traps(request []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.trap) > 0 && bytes.Contains(request, r.trap) {
		r.trap, r.frozen = nil, true
		close(r.caught)
	}
}
