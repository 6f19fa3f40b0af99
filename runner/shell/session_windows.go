package shell

import (
	"context"
	"os"
	"os/exec"
	"time"
)

// Session is what there is none of on Windows: Find finds no shell there.
type Session struct{}

// Keep is not asked for on Windows.
func Keep(*exec.Cmd, *os.File) (int, error) { return 0, &Unfit{} }

// Kept is not asked for on Windows.
func Kept(string, *os.File) (*Session, error) { return nil, &Unfit{} }

// Dir is "".
func (*Session) Dir() string { return "" }

// Running is false.
func (*Session) Running() bool { return false }

// Start fails.
func (*Session) Start(Options) error { return &Unfit{} }

// Next has nothing to wait for.
func (*Session) Next(context.Context, string) (Event, error) { return Event{Ended: true}, nil }

// Within is false.
func (*Session) Within(time.Time) bool { return false }

// Go does nothing.
func (*Session) Go(string) {}

// Close does nothing.
func (*Session) Close() {}

// Hold does nothing.
func (*Session) Hold() {}

// Foreground runs what it is given.
func (*Session) Foreground(do func() error) error { return do() }
