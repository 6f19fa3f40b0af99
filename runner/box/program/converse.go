//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"mvdan.cc/sh/v3/syntax"
)

// conversation is a shell with somebody at the terminal.
type conversation struct {
	*session
	rest   []byte // of the line that the parser reads
	prompt string
	status int

	mu        sync.Mutex
	interrupt context.CancelFunc // gives up the line that runs
}

// converse reads and runs a line at a time until "exit" or the end of the input. Ctrl-C ends the command or gives up the line, never the shell.
func (s *session) converse(options map[rune]bool) int {
	c := &conversation{session: s}
	s.signals = newSignals(c.untrapped)
	var err error
	if s.editor, err = newEditor(); err != nil {
		return complain(2, "sh: %s", reason(err))
	}
	// Opened anew the terminal can be read with a deadline, which is how Ctrl-C ends "read".
	if terminal, err := os.Open("/proc/self/fd/0"); err == nil {
		s.stdin = terminal
	}
	if err := s.start(options, nil); err != nil {
		return complain(2, "sh: %v", err)
	}
	for {
		c.rest, c.prompt = nil, c.firstPrompt()
		switch err := c.runLines(); {
		case c.runner.Exited():
			return c.leave(c.status)
		case errors.Is(err, errInterrupted):
			c.fail(128 + int(syscall.SIGINT))
		case err != nil:
			c.fail(complain(2, "sh: %s", syntaxMessage(err)))
		default:
			return c.leave(c.status)
		}
	}
}

// runLines goes on up to a mistake, an interrupted line, "exit" or the end of the input.
func (c *conversation) runLines() error {
	parser := syntax.NewParser()
	for statements, err := range parser.InteractiveSeq(c) {
		switch {
		case err != nil:
			return err
		case parser.Incomplete():
			c.prompt = "> "
		case !c.runLine(statements):
			return nil
		}
	}
	return nil
}

// untrapped ends what runs on Ctrl-C, and the shell on what is meant for that.
func (c *conversation) untrapped(sig syscall.Signal) {
	if sig != syscall.SIGINT && sig != syscall.SIGQUIT {
		end(sig)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.interrupt != nil {
		c.interrupt()
	}
}

func (c *conversation) firstPrompt() string {
	sign := "$"
	if os.Geteuid() == 0 {
		sign = "#"
	}
	return c.runner.Dir + " " + sign + " "
}

// runLine does the statements of one line, until one is interrupted or leaves the shell.
func (c *conversation) runLine(statements []*syntax.Stmt) bool {
	ctx, interrupt := context.WithCancel(context.Background())
	c.interruptBy(interrupt)
	for _, statement := range statements {
		c.status = c.run(ctx, statement)
		if c.runner.Exited() || ctx.Err() != nil {
			break
		}
	}
	c.interruptBy(nil)
	interrupted := ctx.Err() != nil
	interrupt()
	if interrupted {
		fmt.Fprintln(os.Stderr)
		c.fail(128 + int(syscall.SIGINT))
	}
	c.prompt = c.firstPrompt()
	return !c.runner.Exited()
}

func (c *conversation) interruptBy(f context.CancelFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.interrupt = f
}

// fail makes a status that of the last command.
func (c *conversation) fail(status int) {
	failed := &syntax.Stmt{Cmd: &syntax.Subshell{Stmts: []*syntax.Stmt{{Cmd: call("exit", fmt.Sprint(status))}}}}
	c.runner.Run(context.Background(), failed)
	c.status = status
}

// Read gives the parser the next line, with the prompt in front of it.
func (c *conversation) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		line, err := c.editor.readLine(c.prompt, completer{c.runner.Dir, c.runner.Vars["PATH"].String()})
		if err != nil {
			return 0, err
		}
		c.rest = []byte(line + "\n")
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}
