// Package observer stands between the docker command and the engine: a socket that passes everything through byte for byte, and tells
// what was asked and how it ended.
//
// It knows no lesson, changes nothing and keeps nothing: what does not look like HTTP passes all the same.
package observer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// Dial connects to the engine; (*client.Client).Dialer() is one, over TLS and ssh too.
type Dial func(context.Context) (net.Conn, error)

// Observer is a socket that is open.
type Observer struct {
	dial     Dial
	words    func(error) string
	listener net.Listener
	ctx      context.Context
	end      context.CancelFunc
	all      sync.WaitGroup
	made     containers
	sessions sessions

	mu     sync.Mutex
	closed bool
	open   map[net.Conn]bool

	notes sync.Mutex
	note  func(Request)
	last  int64 // id of a request
}

// Listen opens a socket for the user alone, in a folder that must be theirs alone, and passes what comes to the engine.
//
// note is told twice of each request: when it begins, before the engine has all of it, and when it has ended, before the client has all
// of the answer. So whatever docker has asked for is told when docker ends. It is called from many goroutines, one at a time, and the
// request waits meanwhile: it must not block, and must not call Close.
//
// words are what the client is answered when the engine cannot be dialled; docker prints them after «Error response from daemon: ».
func Listen(path string, dial Dial, note func(Request), words func(error) string) (*Observer, error) {
	if err := private(filepath.Dir(path)); err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("keeping %s to its owner: %w", path, err), l.Close())
	}
	o := &Observer{dial: dial, words: words, note: note, listener: l, open: map[net.Conn]bool{}}
	o.ctx, o.end = context.WithCancel(context.Background())
	o.all.Go(o.accept)
	return o, nil
}

// private refuses a folder that others may enter: whoever reaches the socket may do everything on the engine.
func private(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("looking at the folder of the socket: %w", err)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return fmt.Errorf("folder %s of the socket has mode %04o, and others may enter it: want 0700", dir, mode)
	}
	return nil
}

// Close ends every connection and removes the socket. When it returns, note is not called any more.
func (o *Observer) Close() error {
	o.mu.Lock()
	if o.closed {
		o.mu.Unlock()
		return nil
	}
	o.closed = true
	err := o.listener.Close()
	for c := range o.open {
		_ = c.Close() // its end is what is wanted
	}
	o.mu.Unlock()
	o.end()
	o.all.Wait()
	return err
}

// again is how long a socket that could not accept (too many open files) waits.
const again = 20 * time.Millisecond

func (o *Observer) accept() {
	for {
		c, err := o.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			select {
			case <-time.After(again):
			case <-o.ctx.Done():
			}
		default:
			o.all.Go(func() { o.serve(c) })
		}
	}
}

// serve is a connection of a client's, from its beginning to its end.
func (o *Observer) serve(client net.Conn) {
	defer client.Close()
	if !o.keep(client) {
		return
	}
	defer o.forget(client)
	engine, err := o.dial(o.ctx)
	if err != nil {
		o.refuse(client, err)
		return
	}
	defer engine.Close()
	if !o.keep(engine) {
		return
	}
	defer o.forget(engine)
	newConnection(o, client, engine).pass()
}

// keep notes a connection that Close must end, and reports whether it may still begin.
func (o *Observer) keep(c net.Conn) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed {
		o.open[c] = true
	}
	return !o.closed
}

func (o *Observer) forget(c net.Conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.open, c)
}

// tell calls note, and gives the request its id where it begins.
func (o *Observer) tell(r *Request) {
	o.notes.Lock()
	defer o.notes.Unlock()
	if r.ID == 0 {
		o.last++
		r.ID = o.last
	}
	o.note(*r)
}
