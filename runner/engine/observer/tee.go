package observer

import (
	"errors"
	"math"
	"net"
)

// chunk is how much is read, looked at and passed on at once.
const chunk = 64 << 10

// mostHeader is how much of a message's header is looked at; one that is longer passes unseen.
const mostHeader = 1 << 20

var errTooLong = errors.New("header too long to be looked at")

// tee reads from one end of a connection for the one who looks at it, and passes on what that one has seen when they come back for more:
// what is in a chunk is known before it goes on, and no chunk ever waits for the next.
type tee struct {
	from, to net.Conn
	buf      []byte
	r, w     int   // what has not been looked at yet
	left     int   // how much of a header may still be read
	broken   error // writing failed
}

func newTee(from, to net.Conn) *tee {
	return &tee{from: from, to: to, buf: make([]byte, chunk), left: math.MaxInt}
}

// Read is the looker's.
func (t *tee) Read(p []byte) (int, error) {
	if t.left <= 0 {
		return 0, errTooLong
	}
	if t.r == t.w {
		if err := t.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p[:min(len(p), t.left)], t.buf[t.r:t.w])
	t.r += n
	if t.left != math.MaxInt {
		t.left -= n
	}
	return n, nil
}

// fill passes on the chunk that has been looked at, and waits for the next.
func (t *tee) fill() error {
	if err := t.flush(); err != nil {
		return err
	}
	for {
		n, err := t.from.Read(t.buf)
		if t.w = n; n > 0 {
			return nil // an error comes again
		}
		if err != nil {
			return err
		}
	}
}

func (t *tee) flush() error {
	if t.broken != nil {
		return t.broken
	}
	_, t.broken = t.to.Write(t.buf[:t.w])
	t.r, t.w = 0, 0
	return t.broken
}

// header limits what is read until body is called.
func (t *tee) header() { t.left = mostHeader }
func (t *tee) body()   { t.left = math.MaxInt }

// rest passes on all that is left, without looking at it. Its error is that of writing: reading ends in one way or another.
func (t *tee) rest() error {
	for {
		if err := t.fill(); err != nil {
			return t.broken
		}
	}
}
