//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"golang.org/x/term"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// shell runs "sh [-ceix…] [file] [argument…]" and returns its exit status.
func shell(args []string) int {
	options, command, rest, err := shellArgs(args)
	if err != nil {
		return complain(2, "sh: %v", err)
	}
	stdinIsScript := command == nil && len(rest) == 0
	interactive := options['i'] || stdinIsScript && term.IsTerminal(int(os.Stdin.Fd()))
	runner, err := newRunner(options, rest)
	switch {
	case err != nil:
		return complain(2, "sh: %v", err)
	case interactive && stdinIsScript:
		return converse(runner)
	}
	endOnSignal(syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM)
	switch {
	case command != nil:
		return script(runner, strings.NewReader(*command))
	case stdinIsScript:
		return script(runner, oneByOne{os.Stdin})
	}
	file, err := os.Open(rest[0])
	if err != nil {
		return complain(2, "sh: 0: cannot open %s: %s", rest[0], reason(err))
	}
	defer file.Close()
	return script(runner, file)
}

// shellArgs takes the options from the front; single letters may stand together, as in -ec.
func shellArgs(args []string) (options map[rune]bool, command *string, rest []string, err error) {
	options = map[rune]bool{}
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		letters := args[0][1:]
		args = args[1:]
		if letters == "-" {
			break
		}
		for _, letter := range letters {
			if !strings.ContainsRune("aceilnsuvx", letter) {
				return nil, nil, nil, fmt.Errorf("0: Illegal option -%c", letter)
			}
			options[letter] = true
		}
	}
	if !options['c'] {
		return options, nil, args, nil
	}
	if len(args) == 0 {
		return nil, nil, nil, errors.New("0: -c requires an argument")
	}
	return options, &args[0], args[1:], nil
}

// newRunner makes a shell. What follows is $0, $1 and so on: a file and its arguments, or the name and those that may stand after -c.
func newRunner(options map[rune]bool, rest []string) (*interp.Runner, error) {
	name, params := "sh", []string(nil)
	if len(rest) > 0 {
		name, params = rest[0], rest[1:]
	}
	var settings []string
	for _, letter := range "aenux" {
		if options[letter] {
			settings = append(settings, "-"+string(letter))
		}
	}
	settings = append(append(settings, "--"), params...)
	runner, err := interp.New(
		interp.StdIO(os.Stdin, os.Stdout, os.Stderr),
		interp.Params(settings...),
		interp.Interactive(true), // aliases, as every POSIX shell has them
		interp.CallHandler(complainOfCd),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return execute }),
	)
	if err != nil {
		return nil, err
	}
	return runner, runner.Run(context.Background(), assignment(zero, name))
}

// zero is the variable that stands for $0, which the library answers with its own name.
const zero = "__sh_0"

func assignment(name, value string) *syntax.CallExpr {
	word := &syntax.Word{Parts: []syntax.WordPart{&syntax.SglQuoted{Value: value}}}
	return &syntax.CallExpr{Assigns: []*syntax.Assign{{Name: &syntax.Lit{Value: name}, Value: word}}}
}

// run runs a statement with $0 put right.
func run(ctx context.Context, runner *interp.Runner, statement *syntax.Stmt) int {
	syntax.Walk(statement, func(n syntax.Node) bool {
		if p, ok := n.(*syntax.ParamExp); ok && p.Param.Value == "0" {
			p.Param = &syntax.Lit{Value: zero}
		}
		return true
	})
	return exitStatus(runner.Run(ctx, statement))
}

// complainOfCd says why a cd is going to fail; the library's fails without a word.
func complainOfCd(ctx context.Context, args []string) ([]string, error) {
	if len(args) != 2 || args[0] != "cd" || args[1] == "-" {
		return args, nil
	}
	shell := interp.HandlerCtx(ctx)
	if info, err := os.Stat(resolve(shell.Dir, args[1])); err != nil {
		fmt.Fprintf(shell.Stderr, "sh: cd: can't cd to %s: %s\n", args[1], reason(err))
	} else if !info.IsDir() {
		fmt.Fprintf(shell.Stderr, "sh: cd: can't cd to %s: %s\n", args[1], reason(syscall.ENOTDIR))
	}
	return args, nil
}

// script runs statements as they come, each before the next is read, so that what stands before a mistake is done.
func script(runner *interp.Runner, source io.Reader) int {
	ctx := context.Background()
	exited, status := false, 0
	err := syntax.NewParser().Stmts(source, func(statement *syntax.Stmt) bool {
		status = run(ctx, runner, statement)
		exited = runner.Exited()
		return !exited
	})
	switch {
	case exited:
		return status
	case err != nil:
		return complain(2, "sh: %s", syntaxMessage(err))
	}
	return leave(ctx, runner)
}

// leave ends a shell that was not told to exit: what a trap wants at the exit is done.
func leave(ctx context.Context, runner *interp.Runner) int {
	return exitStatus(runner.Run(ctx, &syntax.File{}))
}

func exitStatus(err error) int {
	if err == nil {
		return 0
	}
	if status, ok := interp.IsExitStatus(err); ok {
		return int(status)
	}
	if errors.Is(err, context.Canceled) {
		return 128 + int(syscall.SIGINT)
	}
	return complain(2, "sh: %v", err)
}

func syntaxMessage(err error) string {
	var wrong syntax.ParseError
	if errors.As(err, &wrong) {
		return fmt.Sprintf("%d: Syntax error: %s", wrong.Pos.Line(), wrong.Text)
	}
	return err.Error()
}

// oneByOne reads a byte at a time, so that a command of the script finds the rest of the input where it should be.
type oneByOne struct{ io.Reader }

func (r oneByOne) Read(p []byte) (int, error) {
	return r.Reader.Read(p[:min(1, len(p))])
}
