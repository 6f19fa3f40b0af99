package main

import (
	"context"
	"os"
	"os/signal"
	"os/user"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/adrg/xdg"

	"capas/internal/localhost"
	"capas/runner/engine/embedded"
)

func main() {
	embedded.Init()
	collectLater()
	findHome()
	localhost.Ensure()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // who asks twice does not wait for what is put in order
	code := run(ctx, arguments(os.Args), os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}

// collectLater puts the first garbage collection off from 4 MB to 16, so that what only prints a list does without; from then on
// memory is collected as usual.
func collectLater() {
	usual := debug.SetGCPercent(400)
	runtime.AddCleanup(new([2]*int), func(percent int) { debug.SetGCPercent(percent) }, usual)
}

// findHome asks the system for the home of somebody whose HOME is not set, as cron and some containers leave it: without it
// progress would go to the root of the disk.
func findHome() {
	if _, err := os.UserHomeDir(); err == nil {
		return
	}
	if u, err := user.Current(); err == nil && u.HomeDir != "" {
		_ = os.Setenv("HOME", u.HomeDir)
		xdg.Reload()
	}
}
