package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"mvdan.cc/sh/moreinterp/coreutils"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// utility runs one of the core utilities and returns its exit status.
func utility(name string, args []string) int {
	return library(name, args)
}

// library runs a command that the shell or its library has built in.
func library(name string, args []string) int {
	runner, err := interp.New(
		interp.StdIO(os.Stdin, os.Stdout, os.Stderr),
		interp.ExecHandlers(coreutils.ExecHandler, func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return unknown }),
	)
	if err != nil {
		return complain(1, "%s: %v", name, err)
	}
	call := &syntax.CallExpr{}
	for _, arg := range append([]string{name}, args...) {
		call.Args = append(call.Args, &syntax.Word{Parts: []syntax.WordPart{&syntax.SglQuoted{Value: arg}}})
	}
	return exitStatus(runner.Run(context.Background(), call))
}

func unknown(_ context.Context, args []string) error {
	return interp.NewExitStatus(uint8(complain(127, "%s: not a utility of this program", args[0])))
}

// complain says what is wrong and returns the exit status.
func complain(status int, format string, args ...any) int {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	return status
}

// reason is the system's own sentence for an error, as every utility prints it: "No such file or directory".
func reason(err error) string {
	var number syscall.Errno
	if errors.As(err, &number) {
		return errnoText(number)
	}
	return err.Error()
}

func join(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
