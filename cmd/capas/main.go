package main

import (
	"context"
	"os"
	"os/signal"
	"os/user"
	"runtime"
	"syscall"

	"github.com/adrg/xdg"

	"capas/internal/later"
	"capas/internal/localhost"
	"capas/runner/engine/embedded"
)

func main() {
	embedded.Init()
	collectAsUsual()
	findHome()
	localhost.Ensure()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // who asks twice does not wait for what is put in order
	code := run(ctx, arguments(os.Args), os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}

// collectAsUsual does so once there was something to collect.
func collectAsUsual() {
	runtime.AddCleanup(new([2]*int), func(struct{}) { later.Usual() }, struct{}{})
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
