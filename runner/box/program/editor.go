//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// editor reads lines from the terminal that can be edited while they are typed, and called back afterwards.
type editor struct {
	commands *unix.Termios // how commands find the terminal
	editing  *unix.Termios // how it is while a line is edited
	earlier  history
}

var errInterrupted = errors.New("interrupted")

// newEditor is for the terminal on standard input. Commands find it as it was, but for Ctrl-Z: nobody could take up again what it stops.
func newEditor() (*editor, error) {
	commands, err := unix.IoctlGetTermios(syscall.Stdin, unix.TCGETS)
	if err != nil {
		return nil, err
	}
	commands.Cc[unix.VSUSP] = 0
	editing := *commands // but for its output, which jobs in the background write to meanwhile
	editing.Iflag &^= unix.ICRNL | unix.INLCR | unix.IGNCR | unix.ISTRIP | unix.IXON
	editing.Lflag &^= unix.ECHO | unix.ICANON | unix.ISIG | unix.IEXTEN
	editing.Cc[unix.VMIN], editing.Cc[unix.VTIME] = 1, 0
	e := &editor{commands: commands, editing: &editing}
	return e, e.set(commands)
}

func (e *editor) set(t *unix.Termios) error {
	return unix.IoctlSetTermios(syscall.Stdin, unix.TCSETS, t)
}

// readLine returns the next line, errInterrupted where Ctrl-C gave it up, and io.EOF at the end of the input.
func (e *editor) readLine(prompt string, c completer) (string, error) {
	if err := e.set(e.editing); err != nil {
		return "", err
	}
	defer e.set(e.commands)
	k := &keyboard{in: os.Stdin}
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{k, os.Stderr}, prompt)
	t.History = &e.earlier
	t.AutoCompleteCallback = c.complete
	defer followSize(t)()
	line, err := t.ReadLine()
	switch {
	case k.interrupted:
		fmt.Fprintln(os.Stderr, "^C")
		return "", errInterrupted
	case err != nil:
		fmt.Fprintln(os.Stderr)
	}
	return line, err
}

// followSize tells a line how wide the terminal is, now and whenever that changes until stop.
func followSize(t *term.Terminal) (stop func()) {
	resize := func() {
		if width, height, err := term.GetSize(syscall.Stdin); err == nil && width > 0 {
			t.SetSize(width, height)
		}
	}
	resize()
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGWINCH)
	go func() {
		for range changed {
			resize()
		}
	}()
	return func() { signal.Stop(changed); close(changed) }
}

// history are earlier lines, the oldest first.
type history []string

// Add forgets nothing but blank lines and those that repeat the one before.
func (h *history) Add(line string) {
	if n := len(*h); strings.TrimSpace(line) != "" && (n == 0 || (*h)[n-1] != line) {
		*h = append(*h, line)
	}
}

// Len implements term.History.
func (h *history) Len() int { return len(*h) }

// At implements term.History: the last line is number 0.
func (h *history) At(i int) string { return (*h)[len(*h)-1-i] }

// keyboard reads a key at a time, so that what is typed after a line is left to the command that the line starts.
type keyboard struct {
	in          io.Reader
	interrupted bool
	rest        string
}

const (
	ctrlA, ctrlE = "\x01", "\x05"
	wordLeft     = "\x1b[1;3D"
	wordRight    = "\x1b[1;3C"
)

// sequences are those of keys, as different terminals send them, in the form that the library understands.
var sequences = map[string]string{
	"\x1b[A": "\x1b[A", "\x1b[B": "\x1b[B", "\x1b[C": "\x1b[C", "\x1b[D": "\x1b[D",
	"\x1bOA": "\x1b[A", "\x1bOB": "\x1b[B", "\x1bOC": "\x1b[C", "\x1bOD": "\x1b[D",
	"\x1b[H": ctrlA, "\x1bOH": ctrlA, "\x1b[1~": ctrlA, "\x1b[7~": ctrlA,
	"\x1b[F": ctrlE, "\x1bOF": ctrlE, "\x1b[4~": ctrlE, "\x1b[8~": ctrlE,
	"\x1b[3~": "\x1b[3~", "\x1b\x7f": "\x17",
	"\x1bb": wordLeft, "\x1b[1;5D": wordLeft, wordLeft: wordLeft,
	"\x1bf": wordRight, "\x1b[1;5C": wordRight, wordRight: wordRight,
}

func (k *keyboard) Read(p []byte) (int, error) {
	for k.rest == "" {
		key, err := k.next()
		if err != nil {
			return 0, err
		}
		k.rest = key
	}
	n := copy(p, k.rest)
	k.rest = k.rest[n:]
	return n, nil
}

// next is a key, or a byte of one that takes several, and nothing where the key has no meaning.
func (k *keyboard) next() (string, error) {
	b, err := k.byte()
	switch {
	case err != nil:
		return "", err
	case b == '\x03':
		k.interrupted = true
		return ctrlE + "\x03", nil // what follows stands after the whole line
	case b != '\x1b':
		return string([]byte{b}), nil
	}
	sequence, err := k.sequence()
	if control := sequence[1:]; len(control) == 1 && control < " " {
		return control, err
	}
	return sequences[sequence], err
}

// sequence is the rest of what began with an escape: another key, or letters and numbers up to the one that ends them.
func (k *keyboard) sequence() (string, error) {
	sequence := []byte{'\x1b'}
	for {
		b, err := k.byte()
		if err != nil {
			return string(sequence), err
		}
		sequence = append(sequence, b)
		switch n := len(sequence); {
		case n == 2 && (b == '[' || b == 'O'):
		case n == 2, b >= '@' && b <= '~', n == 16:
			return string(sequence), nil
		}
	}
}

func (k *keyboard) byte() (byte, error) {
	var b [1]byte
	_, err := io.ReadFull(k.in, b[:])
	return b[0], err
}
