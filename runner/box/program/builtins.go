//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"

	"mvdan.cc/sh/v3/interp"
)

// builtins are commands of the shell that the library has not, or does otherwise.
var builtins = map[string]func(*session, context.Context, []string) error{
	".": (*session).source, "cd": (*session).cd, "exec": (*session).replace, "kill": (*session).kill,
	"trap": (*session).trap, "umask": (*session).umask, "wait": (*session).wait,
}

// library's builtins come first: ours go by another name, under which it hands them to us.
const (
	prefix = "__sh_"
	rest   = prefix + "rest" // a builtin of the library's, before which traps are to be run
)

// choose is asked before every command which one to run.
func (s *session) choose(_ context.Context, args []string) ([]string, error) {
	switch {
	case builtins[args[0]] != nil:
		return append([]string{prefix + args[0]}, args[1:]...), nil
	case s.signals.first() != 0 && interp.IsBuiltin(args[0]):
		return append([]string{rest}, args...), nil
	}
	return args, nil
}

// command runs whatever is not the library's, and the traps of the signals that came meanwhile.
func (s *session) command(ctx context.Context, args []string) error {
	status := s.dispatch(ctx, args)
	if left := s.runTraps(ctx); left != nil {
		return left
	}
	return status
}

func (s *session) dispatch(ctx context.Context, args []string) error {
	name := args[0]
	switch {
	case name == inOwn:
		return s.background(ctx, args[1:])
	case name == rest:
		return interp.HandlerCtx(ctx).Builtin(ctx, args[1:])
	}
	if own, is := strings.CutPrefix(name, prefix); is && builtins[own] != nil {
		return builtins[own](s, ctx, args[1:])
	}
	return s.execute(ctx, args)
}

// cd says why it fails, as Debian's shell does.
func (s *session) cd(ctx context.Context, args []string) error {
	shell := interp.HandlerCtx(ctx)
	if len(args) == 1 && args[0] != "-" {
		info, err := os.Stat(resolve(shell.Dir, args[0]))
		if err == nil && !info.IsDir() {
			err = syscall.ENOTDIR
		}
		if err != nil {
			fmt.Fprintf(shell.Stderr, "sh: cd: can't cd to %s: %s\n", args[0], reason(err))
			return interp.ExitStatus(2)
		}
	}
	return shell.Builtin(ctx, append([]string{"cd"}, args...))
}

// source leaves a shell whose script is not there, as Debian's does.
func (s *session) source(ctx context.Context, args []string) error {
	shell := interp.HandlerCtx(ctx)
	if len(args) > 0 && strings.Contains(args[0], "/") && s.editor == nil {
		if _, err := os.Stat(resolve(shell.Dir, args[0])); err != nil {
			fmt.Fprintf(shell.Stderr, "sh: .: cannot open %s: %s\n", args[0], reason(err))
			return s.leaveWith(ctx, interp.ExitStatus(2))
		}
	}
	return shell.Builtin(ctx, append([]string{"."}, args...))
}
