//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// conversation is a shell with somebody at the terminal.
type conversation struct {
	runner      *interp.Runner
	interrupted chan os.Signal
	lines       chan []byte // what was typed; closed at its end
	wanted      chan struct{}
	asked       bool // a line was asked for and has not come
	rest        []byte
	prompt      string
	status      int
}

var errInterrupted = errors.New("interrupted")

// converse reads and runs a line at a time until "exit" or the end of the input. Ctrl-C ends the command or gives up the line, never the shell.
func converse(runner *interp.Runner) int {
	endOnSignal(syscall.SIGHUP, syscall.SIGTERM)
	c := &conversation{
		runner:      runner,
		interrupted: make(chan os.Signal, 1),
		lines:       make(chan []byte),
		wanted:      make(chan struct{}),
	}
	signal.Notify(c.interrupted, syscall.SIGINT, syscall.SIGQUIT)
	go c.listen()
	for {
		c.rest, c.prompt = nil, c.firstPrompt()
		parser := syntax.NewParser()
		err := parser.Interactive(c, func(statements []*syntax.Stmt) bool {
			if parser.Incomplete() {
				c.prompt = "> "
				return true
			}
			return c.run(statements)
		})
		switch {
		case c.runner.Exited():
			return c.status
		case errors.Is(err, errInterrupted):
			fmt.Fprintln(os.Stderr)
		case err != nil:
			c.status = complain(2, "sh: %s", syntaxMessage(err))
		default:
			fmt.Fprintln(os.Stderr)
			return leave(context.Background(), runner)
		}
	}
}

func (c *conversation) firstPrompt() string {
	sign := "$"
	if os.Geteuid() == 0 {
		sign = "#"
	}
	return c.runner.Dir + " " + sign + " "
}

// run does the statements of one line, until one is interrupted or leaves the shell.
func (c *conversation) run(statements []*syntax.Stmt) bool {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-c.interrupted:
			cancel()
		case <-ctx.Done():
		}
	}()
	for _, statement := range statements {
		c.status = run(ctx, c.runner, statement)
		if c.runner.Exited() || ctx.Err() != nil {
			break
		}
	}
	if ctx.Err() != nil {
		fmt.Fprintln(os.Stderr)
	}
	cancel()
	<-done
	c.prompt = c.firstPrompt()
	return !c.runner.Exited()
}

// Read gives the parser the next line, with the prompt in front of it.
func (c *conversation) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		if err := c.nextLine(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// nextLine waits for a line or for Ctrl-C. The line that was asked for before a Ctrl-C is the one that comes after it.
func (c *conversation) nextLine() error {
	fmt.Fprint(os.Stderr, c.prompt)
	if !c.asked {
		c.wanted <- struct{}{}
		c.asked = true
	}
	select {
	case <-c.interrupted:
		return errInterrupted
	case line, ok := <-c.lines:
		c.asked = false
		if !ok {
			return io.EOF
		}
		c.rest = line
		return nil
	}
}

// listen reads a line when one is wanted, and nothing at other times: what is typed while a command runs is the command's.
func (c *conversation) listen() {
	defer close(c.lines)
	for range c.wanted {
		line, err := readLine(os.Stdin)
		if len(line) > 0 {
			c.lines <- line
			continue
		}
		if err != nil {
			return
		}
	}
}

func readLine(r io.Reader) ([]byte, error) {
	var line []byte
	for b := make([]byte, 1); ; {
		n, err := r.Read(b)
		if n > 0 {
			line = append(line, b[0])
		}
		if err != nil || n > 0 && b[0] == '\n' {
			return line, err
		}
	}
}
