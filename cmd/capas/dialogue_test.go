//go:build !windows

package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"capas/internal/message"
)

// dialogue is capas on a terminal that only takes and gives bytes, with numbered choices on plain lines.
type dialogue struct {
	t   *testing.T
	say *message.Printer
	tty *os.File
	cmd *exec.Cmd

	mu   sync.Mutex
	said strings.Builder
	read int // how much of it the learner has read
	done chan struct{}
}

// converse starts a command on a terminal.
func converse(t *testing.T, lang string, cmd *exec.Cmd) *dialogue {
	t.Helper()
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	d := &dialogue{t: t, say: message.For(lang), tty: tty, cmd: cmd, done: make(chan struct{})}
	go func() {
		defer close(d.done)
		_, _ = io.Copy(d, tty)
	}()
	t.Cleanup(func() {
		_ = tty.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("what was said:\n%s", d.all())
		}
	})
	return d
}

// Write takes what the program says.
func (d *dialogue) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.said.Write(p)
}

func (d *dialogue) all() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.ReplaceAll(d.said.String(), "\r\n", "\n")
}

// hear waits until something new has been said, and takes it as read as far as find tells.
func (d *dialogue) hear(what string, find func(news string) (end int)) {
	d.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); ; {
		all := d.all()
		if end := find(all[d.read:]); end > 0 {
			d.read += end
			return
		}
		select {
		case <-tick.C:
		case <-late:
			d.t.Fatalf("waiting in vain for %s", what)
		}
	}
}

// until waits for words.
func (d *dialogue) until(words string) {
	d.t.Helper()
	d.hear(words, func(news string) int {
		at := strings.Index(strings.Join(strings.Fields(news), " "), words)
		if at < 0 {
			return 0
		}
		return max(1, strings.Index(news, strings.Fields(words)[0]))
	})
}

// choose types the number of an option of the next menu.
func (d *dialogue) choose(option string) {
	d.t.Helper()
	asks, _, _ := strings.Cut(d.say.Sayf("prompt.number", message.Data{"Default": 1}), " (")
	d.pick(asks, option)
}

// mark types the numbers of options.
func (d *dialogue) mark(options ...string) {
	d.t.Helper()
	asks := d.say.Sayf("prompt.numbers")
	d.pick(asks, options...)
}

func (d *dialogue) pick(asks string, options ...string) {
	d.t.Helper()
	var numbers []string
	d.hear(strings.Join(options, ", "), func(news string) int {
		asked := strings.LastIndex(news, asks)
		if asked < 0 {
			return 0
		}
		var ok bool
		if numbers, ok = numbersOf(options, d.all()[:d.read+asked]); !ok {
			return 0
		}
		return len(news)
	})
	d.typed(strings.Join(numbers, ", "))
}

// numbersOf are those of options in the last menu of a text. It may have been told before what was read last: a menu is not
// told again.
func numbersOf(options []string, text string) (numbers []string, ok bool) {
	_, menu, _ := cutLast("\n"+text, "\n1. ")
	menu = "1. " + menu
	for _, o := range options {
		m := regexp.MustCompile(`(?m)^(\d+)\. ` + regexp.QuoteMeta(o)).FindStringSubmatch(menu)
		if m == nil {
			return nil, false
		}
		numbers = append(numbers, m[1])
	}
	return numbers, true
}

// answer types something where a line is asked for.
func (d *dialogue) answer(title, line string) {
	d.t.Helper()
	d.until(d.say.Sayf("prompt.line", message.Data{"Title": strings.TrimSuffix(title, ":")}))
	d.typed(line)
}

func (d *dialogue) typed(line string) {
	d.t.Helper()
	if _, err := d.tty.WriteString(line + "\n"); err != nil {
		d.t.Fatal(err)
	}
}

// exit waits for the end of the program and returns its code.
func (d *dialogue) exit() int {
	d.t.Helper()
	select {
	case <-d.done:
	case <-time.After(patience):
		d.t.Fatal("it does not end")
	}
	var code *exec.ExitError
	if err := d.cmd.Wait(); err != nil && !errors.As(err, &code) {
		d.t.Fatal(err)
	}
	return d.cmd.ProcessState.ExitCode()
}
