//go:build linux

package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
	"mvdan.cc/sh/v3/interp"
)

// signals are what a shell does about them: what a trap says, between two commands, or else what untrapped does at once.
type signals struct {
	untrapped func(syscall.Signal)
	heard     chan os.Signal

	mu      sync.Mutex
	actions map[syscall.Signal]string // "" for one that is ignored
	pending []syscall.Signal
	wake    chan struct{} // closed when one is pending
}

// deadly are those that end a shell.
var deadly = []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM}

func newSignals(untrapped func(syscall.Signal)) *signals {
	s := &signals{untrapped: untrapped, heard: make(chan os.Signal, 16), actions: map[syscall.Signal]string{}, wake: make(chan struct{})}
	signal.Notify(s.heard, deadly...)
	go func() {
		for heard := range s.heard {
			s.hear(heard.(syscall.Signal))
		}
	}()
	return s
}

// end ends the program as a signal would.
func end(sig syscall.Signal) { os.Exit(128 + int(sig)) }

func (s *signals) hear(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch action, trapped := s.actions[sig]; {
	case !trapped:
		s.untrapped(sig)
	case action != "" && len(s.pending) == 0:
		close(s.wake)
		fallthrough
	case action != "":
		s.pending = append(s.pending, sig)
	}
}

// hears says whether a signal is one that this shell does something about.
func (s *signals) hears(sig syscall.Signal) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, trapped := s.actions[sig]
	return trapped || slices.Contains(deadly, os.Signal(sig))
}

// waiting is a channel that is closed when a trap is to be run.
func (s *signals) waiting() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wake
}

// first is the signal that came first of those whose traps are still to be run; 0 for none.
func (s *signals) first() syscall.Signal {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pending) == 0 {
		return 0
	}
	return s.pending[0]
}

// take returns what the traps want of the signals that came.
func (s *signals) take() (actions []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sig := range s.pending {
		actions = append(actions, s.actions[sig])
	}
	if actions != nil {
		s.pending, s.wake = nil, make(chan struct{})
	}
	return actions
}

func (s *signals) set(sig syscall.Signal, action string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.actions[sig] = action
	if action == "" {
		signal.Ignore(sig) // by the commands that are started, too
	} else {
		signal.Notify(s.heard, sig)
	}
}

func (s *signals) reset(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.actions, sig)
	signal.Reset(sig)
	if slices.Contains(deadly, os.Signal(sig)) {
		signal.Notify(s.heard, sig)
	}
}

func (s *signals) list() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all strings.Builder
	for _, sig := range slices.Sorted(maps.Keys(s.actions)) {
		all.WriteString(trapLine(s.actions[sig], strings.TrimPrefix(unix.SignalName(sig), "SIG")))
	}
	return all.String()
}

func trapLine(action, name string) string {
	return fmt.Sprintf("trap -- '%s' %s\n", strings.ReplaceAll(action, "'", `'"'"'`), name)
}

// trap is the command.
func (s *session) trap(ctx context.Context, args []string) error {
	shell := interp.HandlerCtx(ctx)
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		if s.atExit != "" {
			fmt.Fprint(shell.Stdout, trapLine(s.atExit, "EXIT"))
		}
		fmt.Fprint(shell.Stdout, s.signals.list())
		return nil
	}
	action := "-"
	if _, isSignal := signalNumber(args[0]); len(args) > 1 || !isSignal {
		action, args = args[0], args[1:]
	}
	for _, name := range args {
		sig, ok := signalNumber(name)
		switch {
		case !ok:
			fmt.Fprintf(shell.Stderr, "trap: %s: bad trap\n", name)
			return interp.ExitStatus(1)
		case sig == 0:
			s.atExit = action
			if action == "-" {
				s.atExit = ""
			}
		case action == "-":
			s.signals.reset(sig)
		default:
			s.signals.set(sig, action)
		}
	}
	return nil
}

// signalNumber reads "TERM", "SIGTERM" and "15"; "EXIT" is 0.
func signalNumber(name string) (syscall.Signal, bool) {
	if n, err := strconv.Atoi(name); err == nil {
		return syscall.Signal(n), n >= 0 && n < 65
	}
	if name == "EXIT" {
		return 0, true
	}
	sig := unix.SignalNum("SIG" + strings.TrimPrefix(name, "SIG"))
	return sig, sig != 0
}

// runTraps does what the traps of the signals want that have come. An error is one's wish to leave the shell.
func (s *session) runTraps(ctx context.Context) error {
	for _, action := range s.signals.take() {
		// The last command succeeds: only one that leaves the shell comes back as an error.
		if err := interp.HandlerCtx(ctx).Builtin(ctx, []string{"eval", action + "\n:"}); err != nil {
			return err
		}
	}
	return nil
}
