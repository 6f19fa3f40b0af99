//go:build unix

package shell

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// beat is how often a shell that waits is told that the lesson is still there.
const beat = 2 * time.Second

// Session is the practice shell as its lesson knows it. Its methods are for one goroutine.
//
// A shell is held where it waits for an answer: nothing can be typed into it then, and the terminal can be written to. Next lets it go.
type Session struct {
	dir      string
	line     *line
	terminal *os.File
	keeper   chan happened // closed where the keeper has gone

	running bool
	shell   chan said
	typed   Typed
	window  window
	group   int // the shell's, whose terminal Hold has taken; 0 where it has not

	mu      sync.Mutex // of what follows, which the beat uses too
	answers *os.File
	held    int // the number of the question that the shell waits on; 0 where it is not held
}

// Kept returns the session of a process that a Keeper started, which left it a folder.
func Kept(dir string, terminal *os.File) (*Session, error) {
	l, err := lineOn(os.NewFile(lessonFile, "keeper"))
	if err != nil {
		return nil, fmt.Errorf("finding who keeps this lesson: %w", err)
	}
	s := &Session{dir: dir, line: l, terminal: terminal, keeper: make(chan happened)}
	go s.hearKeeper()
	return s, nil
}

// Dir is a folder that this user alone can enter, and that is gone in the end.
func (s *Session) Dir() string { return s.dir }

// Running reports whether there is a shell.
func (s *Session) Running() bool { return s.running }

func (s *Session) hearKeeper() {
	defer close(s.keeper)
	for decoder := json.NewDecoder(s.line); ; {
		var h happened
		if decoder.Decode(&h) != nil {
			return
		}
		s.keeper <- h
	}
}

// Start starts a shell. The first event is its first prompt.
func (s *Session) Start(o Options) error {
	args, env, err := o.Shell.write(s.dir, o)
	if err != nil {
		return err
	}
	for name, value := range o.Set {
		env = append(env, name+"="+value)
	}
	hears, says, err := os.Pipe()
	if err != nil {
		return err
	}
	reads, answers, err := os.Pipe()
	if err != nil {
		return errors.Join(err, hears.Close(), says.Close())
	}
	err = s.line.send(wanted{Start: &start{Path: o.Shell.Path, Args: args, Dir: o.Dir, Env: env, Less: o.Unset}}, says, reads)
	if err = errors.Join(err, says.Close(), reads.Close()); err != nil {
		return errors.Join(fmt.Errorf("starting the practice shell: %w", err), hears.Close(), answers.Close())
	}
	s.mu.Lock()
	s.answers, s.held = answers, 0
	s.mu.Unlock()
	s.running, s.typed, s.shell = true, Typed{}, make(chan said)
	go listen(hears, s.shell, &s.window)
	return nil
}

// listen ends when nobody can write any more.
func listen(hears *os.File, to chan<- said, w *window) {
	defer close(to)
	defer hears.Close()
	for r := newReader(hears); ; {
		m, err := hear(r)
		if err != nil {
			return
		}
		w.note(m)
		to <- m
	}
}

// window is when the last command ran, or since when one does.
type window struct {
	mu           sync.Mutex
	began, ended time.Time
}

func (w *window) note(m said) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case m.kind == begin:
		w.began, w.ended = m.at, time.Time{}
	case w.ended.IsZero():
		w.ended = m.at
	}
}

// Within reports whether something that happened at a moment may be the work of the last command that was typed: it is neither
// that of a completion nor that of somebody else. It may be called from any goroutine.
func (s *Session) Within(moment time.Time) bool {
	w := &s.window
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.began.IsZero() && !moment.Before(w.began) && (w.ended.IsZero() || moment.Before(w.ended))
}

// Next lets the shell go on, with a mark in its prompt, and waits for what comes next. Where no shell runs it is an Event that says so.
func (s *Session) Next(ctx context.Context, mark string) (Event, error) {
	s.answer("go\t" + mark)
	if !s.running {
		return Event{Ended: true}, nil
	}
	for {
		select {
		case m, ok := <-s.shell:
			switch {
			case !ok:
				s.shell = nil // all who could write have gone: the keeper tells the rest
			case m.kind == begin:
				dir, line, _ := strings.Cut(m.text, "\n")
				s.typed = Typed{Line: line, Dir: dir, Began: m.at}
			default:
				return s.hold(ctx, m), nil
			}
		case h, ok := <-s.keeper:
			return s.ended(h, ok)
		case <-ctx.Done():
			return Event{}, ctx.Err()
		}
	}
}

// hold takes a question as the one that waits, and beats until it is answered.
func (s *Session) hold(ctx context.Context, m said) Event {
	s.mu.Lock()
	s.held = m.number
	s.mu.Unlock()
	go s.beat(ctx, m.number)
	e := Event{Typed: s.typed}
	if m.kind == ask {
		e.Word, e.Typed = m.text, Typed{}
		return e
	}
	s.typed = Typed{}
	if !e.Typed.Began.IsZero() {
		e.Typed.Ended = m.at
		_, _ = fmt.Sscan(m.text, &e.Typed.Status)
	}
	return e
}

func (s *Session) beat(ctx context.Context, number int) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.mu.Lock()
			over := s.held != number
			if !over {
				s.write("wait")
			}
			s.mu.Unlock()
			if over {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// write needs the lock. A shell that does not read any more has ended, or will say so.
func (s *Session) write(words string) {
	_ = s.answers.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = fmt.Fprintf(s.answers, "%d\t%s\n", s.held, words)
}

// answer is the last answer to the question that the shell waits on.
func (s *Session) answer(words string) {
	s.letGo()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held > 0 {
		s.write(strings.ReplaceAll(words, "\n", " "))
		s.held = 0
	}
}

// ended is what the keeper told.
func (s *Session) ended(h happened, ok bool) (Event, error) {
	s.close()
	switch {
	case !ok:
		return Event{Ended: true}, errors.New("the keeper of this lesson has gone")
	case h.Error != "":
		return Event{Ended: true}, fmt.Errorf("starting the practice shell: %s", h.Error)
	}
	return Event{Ended: true}, nil
}

// close forgets a shell that has ended.
func (s *Session) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answers != nil {
		_ = s.answers.Close()
	}
	if s.shell != nil {
		go drain(s.shell) // what the learner left behind in it may write on
	}
	s.running, s.answers, s.held, s.shell, s.group = false, nil, 0, nil, 0
}

func drain(c <-chan said) {
	for range c { // until it is closed
	}
}

// Go takes a shell that is held to another folder.
func (s *Session) Go(dir string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held > 0 && filepath.IsAbs(dir) && !strings.ContainsAny(dir, "\n") {
		s.write("cd\t" + dir)
	}
}

// Close ends the shell and waits for its end.
func (s *Session) Close() {
	if !s.running {
		return
	}
	s.mu.Lock()
	held := s.held > 0
	s.mu.Unlock()
	if held {
		s.answer("exit")
	}
	if !held || !s.gone() { // a shell with stopped jobs only warns the first time
		_ = s.line.send(wanted{Hangup: true})
		s.gone()
	}
	s.close()
}

// gone waits for the end of the shell, and reports whether it came.
func (s *Session) gone() bool {
	select {
	case <-s.keeper:
		return true
	case <-time.After(2 * time.Second): // one that does not want to end is left to the learner
		return false
	}
}

// Hold takes the terminal from a shell that is held, until Next lets it go: from now on Ctrl-C is for the lesson.
func (s *Session) Hold() {
	s.mu.Lock()
	held := s.held > 0
	s.mu.Unlock()
	group, err := unix.IoctlGetInt(int(s.terminal.Fd()), unix.TIOCGPGRP)
	if err != nil || !held || group == unix.Getpgrp() {
		return
	}
	s.group = group
	foreground(s.terminal, unix.Getpgrp())
}

// letGo gives the terminal back to the shell.
func (s *Session) letGo() {
	if s.group > 0 {
		foreground(s.terminal, s.group)
		s.group = 0
	}
}

// Foreground runs what reads from the terminal while the shell is held.
func (s *Session) Foreground(do func() error) error {
	group, err := unix.IoctlGetInt(int(s.terminal.Fd()), unix.TIOCGPGRP)
	if err != nil || !s.running || group == unix.Getpgrp() {
		return do()
	}
	foreground(s.terminal, unix.Getpgrp())
	defer foreground(s.terminal, group)
	return do()
}
