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

// Close leaves the file open.
func (r *reader) Close() {}
