//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
)

// execute runs a program and turns whatever came of it into an exit status; nothing a program does ends the shell.
// Utilities are programs too: Ctrl-C ends them without ending us.
func (s *session) execute(ctx context.Context, args []string) error {
	shell := interp.HandlerCtx(ctx)
	path, err := interp.LookPathDir(shell.Dir, shell.Env, args[0])
	if err != nil {
		return s.refuse(shell, args[0], lookupError(shell, args[0]))
	}
	cmd := &exec.Cmd{
		Path: path, Args: args, Env: exported(shell.Env), Dir: shell.Dir,
		Stdin: shell.Stdin, Stdout: shell.Stdout, Stderr: shell.Stderr,
	}
	if shell.Stdin == s.stdin {
		cmd.Stdin = os.Stdin
	}
	err = cmd.Start()
	if errors.Is(err, syscall.ENOEXEC) { // a script without its first line
		cmd = &exec.Cmd{
			Path: "/proc/self/exe", Args: append([]string{"sh", path}, args[1:]...), Env: cmd.Env, Dir: cmd.Dir,
			Stdin: cmd.Stdin, Stdout: cmd.Stdout, Stderr: cmd.Stderr,
		}
		err = cmd.Start()
	}
	if err != nil {
		return s.refuse(shell, args[0], err)
	}
	return waited(ctx, cmd)
}

// waited passes Ctrl-C on: a program that was just being started when it came has not heard it.
func waited(ctx context.Context, cmd *exec.Cmd) error {
	stop := context.AfterFunc(ctx, func() { cmd.Process.Signal(os.Interrupt) })
	defer stop()
	err := cmd.Wait()
	if cmd.ProcessState == nil {
		return err
	}
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case status.Signaled():
		return interp.ExitStatus(uint8(128 + status.Signal()))
	case status.ExitStatus() != 0:
		return interp.ExitStatus(uint8(status.ExitStatus()))
	}
	return nil
}

// lookupError says why a command was not found: a path names a file that is there or not, a bare name does not.
func lookupError(shell interp.HandlerContext, name string) error {
	if !strings.Contains(name, "/") {
		return searchError(shell, name)
	}
	info, err := os.Stat(resolve(shell.Dir, name))
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return syscall.EISDIR
	}
	return syscall.EACCES
}

var (
	errNoCommand  = errors.New("not found")
	errNotAllowed = fmt.Errorf("in the PATH: %w", syscall.EACCES)
)

// searchError tells a command that is nowhere from one that is there and may not be run.
func searchError(shell interp.HandlerContext, name string) error {
	for _, dir := range filepath.SplitList(shell.Env.Get("PATH").String()) {
		if info, err := os.Stat(filepath.Join(resolve(shell.Dir, dir), name)); err == nil && info.Mode().IsRegular() {
			return errNotAllowed
		}
	}
	return errNoCommand
}

func (s *session) refuse(shell interp.HandlerContext, name string, err error) error {
	fmt.Fprintf(shell.Stderr, "sh: %s: %s\n", name, reason(err))
	return interp.ExitStatus(uint8(notRun(err)))
}

// notRun is the exit status of a command that could not be started: 127 where it is not there, 126 where it cannot be run. One
// that was searched for is as good as not there to Debian's shell.
func notRun(err error) int {
	if errors.Is(err, errNoCommand) || errors.Is(err, errNotAllowed) || errors.Is(err, fs.ErrNotExist) {
		return 127
	}
	return 126
}

func exported(env expand.Environ) []string {
	var list []string
	env.Each(func(name string, v expand.Variable) bool {
		if (v.Exported || name == "PWD") && v.Kind == expand.String && name != alone {
			list = append(list, name+"="+v.String())
		}
		return true
	})
	return list
}

func resolve(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
