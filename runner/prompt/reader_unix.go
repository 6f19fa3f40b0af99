//go:build !windows

package prompt

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const canWake = true

// What a key or the terminal itself sends comes at once; far away, or on a busy machine, this long may pass between its bytes.
// Nothing waits for it but a lone Esc, which means nothing here.
const together = time.Second

// reader gives survey a terminal's keys, one a Read, until a channel or the context speaks, the terminal is resized or the
// learner leaves: then every Read returns ErrWoken, errResized or ErrLeft.
type reader struct {
	*os.File
	sent         *string // what the terminal sent and no prompt has taken yet
	key          func(string) string
	bell, ringer *os.File // a pipe: its read end is watched beside the file
	cause        atomic.Pointer[error]
	err          error
	closed, done chan struct{}
}

// newReader reads keys from in. What key makes of each is what survey gets.
func newReader(ctx context.Context, in *os.File, sent *string, key func(string) string, wake <-chan struct{}) (*reader, error) {
	bell, ringer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	r := &reader{File: in, sent: sent, key: key, bell: bell, ringer: ringer, closed: make(chan struct{}), done: make(chan struct{})}
	size := make(chan os.Signal, 1)
	signal.Notify(size, unix.SIGWINCH)
	go r.listen(ctx, wake, size)
	return r, nil
}

func (r *reader) listen(ctx context.Context, wake <-chan struct{}, size chan os.Signal) {
	defer close(r.done)
	defer signal.Stop(size)
	cause := ErrWoken
	select {
	case <-r.closed:
		return
	case <-size:
		cause = errResized
	case <-wake:
	case <-ctx.Done():
		cause = ErrLeft
	}
	r.cause.Store(&cause)
	_, _ = r.ringer.Write([]byte{0})
}

// Close ends the watching. The file stays open.
func (r *reader) Close() {
	close(r.closed)
	<-r.done
	_ = r.bell.Close()
	_ = r.ringer.Close()
}

// resized reports whether the prompt was told that the terminal has another size.
func (r *reader) resized() bool { return errors.Is(r.err, errResized) }

func (r *reader) Read(p []byte) (int, error) {
	for r.err == nil {
		key, rest := cutKey(*r.sent)
		if key == "" {
			r.err = r.fetch()
			continue
		}
		*r.sent = rest
		if key == ctrlC || key == ctrlD {
			r.err = ErrLeft
		} else if meant := r.key(key); meant != "" {
			return copy(p, meant), nil
		}
	}
	return 0, r.err
}

// fetch waits for the terminal to send more. The beginning of a key that is not followed by its rest is dropped.
func (r *reader) fetch() error {
	patience := time.Duration(-1)
	if *r.sent != "" {
		patience = together
	}
	typed, rung, err := r.wait(patience)
	switch {
	case err != nil:
		return err
	case typed:
		var buf [1024]byte
		n, err := r.File.Read(buf[:])
		*r.sent += string(buf[:n])
		return err
	case rung:
		return *r.cause.Load()
	}
	*r.sent = ""
	return nil
}

// wait tells whether the terminal sent something or the bell rang; neither, when patience is over. It uses select
// because poll does not know terminals on every Unix.
func (r *reader) wait(patience time.Duration) (typed, rung bool, err error) {
	var timeout *unix.Timeval
	if patience >= 0 {
		t := unix.NsecToTimeval(patience.Nanoseconds())
		timeout = &t
	}
	var ready unix.FdSet
	in, bell := int(r.Fd()), int(r.bell.Fd())
	for {
		ready.Zero()
		ready.Set(in)
		ready.Set(bell)
		_, err = unix.Select(max(in, bell)+1, &ready, nil, nil, timeout)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		return false, false, err
	}
	return ready.IsSet(in), ready.IsSet(bell), nil
}
