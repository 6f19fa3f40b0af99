//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/term"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// session is a run of the shell: the library's, and what a shell does beside that in a process of its own.
type session struct {
	runner  *interp.Runner
	signals *signals
	tasks   []*task
	stdin   *os.File // the library's standard input; commands have the process's
	editor  *editor  // of a conversation
	atExit  string   // what a trap wants then
}

// shell runs "sh [-ceix…] [file] [argument…]" and returns its exit status.
func shell(args []string) int {
	options, command, rest, err := shellArgs(args)
	if err != nil {
		return complain(2, "sh: %v", err)
	}
	stdinIsScript := command == nil && len(rest) == 0
	s := &session{stdin: os.Stdin}
	if stdinIsScript && term.IsTerminal(syscall.Stdin) {
		return s.converse(options)
	}
	s.signals = newSignals(end)
	if err := s.start(options, rest); err != nil {
		return complain(2, "sh: %v", err)
	}
	switch {
	case command != nil:
		return s.script(strings.NewReader(*command))
	case stdinIsScript:
		return s.script(oneByOne{os.Stdin})
	}
	file, err := os.Open(rest[0])
	if err != nil {
		return complain(2, "sh: 0: cannot open %s: %s", rest[0], reason(err))
	}
	defer file.Close()
	return s.script(file)
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

// start makes the runner. What follows is $0, $1 and so on: a file and its arguments, or the name and those that may stand after -c.
func (s *session) start(options map[rune]bool, rest []string) error {
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
	var err error
	s.runner, err = interp.New(
		interp.StdIO(s.stdin, os.Stdout, os.Stderr),
		interp.Interactive(true), // aliases, as every POSIX shell has them
		interp.CallHandler(s.choose),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return s.command }),
	)
	if err != nil {
		return err
	}
	own := &syntax.CallExpr{Assigns: []*syntax.Assign{assignment(zero, name), assignment(ownPid, strconv.Itoa(os.Getpid()))}}
	if err := s.runner.Run(context.Background(), own); err != nil {
		return err
	}
	return interp.Params(settings...)(s.runner)
}

// script runs statements as they come, each before the next is read, so that what stands before a mistake is done.
func (s *session) script(source io.Reader) int {
	ctx := context.Background()
	status := 0
	for statement, err := range syntax.NewParser().StmtsSeq(source) {
		if err != nil {
			return complain(2, "sh: %s", syntaxMessage(err))
		}
		if status = s.run(ctx, statement); s.runner.Exited() {
			break
		}
	}
	return s.leave(status)
}

// run runs a statement of the script or of the conversation.
func (s *session) run(ctx context.Context, statement *syntax.Stmt) int {
	rewrite(statement)
	return exitStatus(s.runner.Run(ctx, statement))
}

// leave does what a trap wants at the exit, which may change the status of the last command to another.
func (s *session) leave(status int) int {
	if s.atExit == "" {
		return status
	}
	other := exitStatus(s.runner.Run(context.Background(), call("eval", s.atExit)))
	if s.runner.Exited() {
		return other
	}
	return status
}

func exitStatus(err error) int {
	if err == nil {
		return 0
	}
	var status interp.ExitStatus
	if errors.As(err, &status) {
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
