//go:build linux

// The program box is a shell and its core utilities in one static file, told apart by the name that it is called by.
//
// It knows nothing of capas: it is what an image from nothing needs to be worked in.
package main

import (
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	name := strings.TrimPrefix(filepath.Base(os.Args[0]), "-") // a login shell is called "-sh"
	if name == "sh" {
		os.Exit(shell(os.Args[1:]))
	}
	endOnSignal(deadly...)
	os.Exit(utility(name, os.Args[1:]))
}

// endOnSignal ends the program as the signals would. PID 1 of a container has no default action that does.
func endOnSignal(signals ...os.Signal) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, signals...)
	go func() { end((<-c).(syscall.Signal)) }()
}
