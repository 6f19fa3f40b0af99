//go:build linux

// Package embeddedtest lets the program of a test be the engine inside capas too, so that a test can have one of its own.
//
// It knows nothing of what is tested.
package embeddedtest

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"capas/runner/engine/embedded"
)

// engineArg makes the program the engine of the home in the next argument.
const engineArg = "engine"

// Main runs the tests, for TestMain, or the engine where Home has started the program again as one. It does not return.
func Main(m *testing.M) {
	embedded.Init()
	if len(os.Args) > 2 && os.Args[1] == engineArg {
		os.Exit(serve(os.Args[2:]))
	}
	os.Exit(m.Run())
}

func serve(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	err := embedded.Home{Dir: args[0]}.Serve(ctx, embedded.Serving{Inside: slices.Contains(args, embedded.InsideFlag), Ready: func() {}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// Home is that of an engine of this test alone, which starts when it is joined and has ended when the test has.
func Home(t testing.TB) embedded.Home {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	h := embedded.Home{Dir: filepath.Join(t.TempDir(), "engine")}
	h.Command = []string{self, engineArg, h.Dir}
	t.Cleanup(func() { // with a folder that is removed, and a context that has ended
		if _, err := h.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return h
}
