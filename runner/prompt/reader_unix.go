//go:build !windows

package prompt

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

const canWake = true

// reader reads a terminal until a channel or the context speaks; then Read returns ErrWoken or ErrLeft.
type reader struct {
	*os.File
	bell  [2]int // a pipe: its read end is watched beside the file
	cause atomic.Pointer[error]
	stop  func()
}

func newReader(ctx context.Context, in *os.File, wake <-chan struct{}) (*reader, error) {
	r := &reader{File: in}
	if err := unix.Pipe(r.bell[:]); err != nil {
		return nil, err
	}
	closed, done := make(chan struct{}), make(chan struct{})
	r.stop = sync.OnceFunc(func() {
		close(closed)
		<-done
		_ = unix.Close(r.bell[0])
		_ = unix.Close(r.bell[1])
	})
	go func() {
		defer close(done)
		cause := ErrWoken
		select {
		case <-closed:
			return
		case <-wake:
		case <-ctx.Done():
			cause = ErrLeft
		}
		r.cause.Store(&cause)
		_, _ = unix.Write(r.bell[1], []byte{0})
	}()
	return r, nil
}

func (r *reader) Read(p []byte) (int, error) {
	for {
		fds := []unix.PollFd{{Fd: int32(r.Fd()), Events: unix.POLLIN}, {Fd: int32(r.bell[0]), Events: unix.POLLIN}}
		_, err := unix.Poll(fds, -1)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 0, err
		case fds[0].Revents&unix.POLLIN != 0:
			return r.File.Read(p)
		case fds[0].Revents != 0: // the terminal is gone
			return 0, io.EOF
		default:
			return 0, *r.cause.Load()
		}
	}
}

// Close ends the watching. The file stays open.
func (r *reader) Close() { r.stop() }
