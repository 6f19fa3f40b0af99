package prompt

import (
	"context"
	"os"
)

const canWake = false

// reader reads the console; nothing ends its Read but a key.
type reader struct{ *os.File }

func newReader(_ context.Context, in *os.File, _ <-chan struct{}) (*reader, error) {
	return &reader{in}, nil
}

// Close leaves the file open.
func (r *reader) Close() {}
