package prompt

import (
	"context"
	"os"
)

const canWake = false

// reader is the console: survey asks Windows for its keys, and nothing but a key ends that.
type reader struct{ *os.File }

func newReader(_ context.Context, in *os.File, _ *string, _ func(string) string, _ <-chan struct{}) (*reader, error) {
	return &reader{in}, nil
}

// resized is never told: a menu is drawn for the new size at the next key.
func (r *reader) resized() bool { return false }

// Close leaves the file open.
func (r *reader) Close() {}
