//go:build unix

package shell

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"capas/internal/message"
)

// lessonFile is the descriptor on which a lesson finds its keeper.
const lessonFile = 3

// keeper stands around a lesson and its shell. It does next to nothing, so that nothing ends it.
type keeper struct {
	lesson   *exec.Cmd
	line     *line
	dir      string
	terminal *os.File
	modes    *term.State // of the terminal, as it was found

	shell *exec.Cmd // nil where none runs
	ended chan error
}

// Keep runs the lesson, a command that has not been started, until it and the shell have ended. The lesson finds a folder of its own,
// which is gone in the end, by the last of its arguments. It returns the lesson's exit code; 128 and more where a signal ended it.
// Its error is an *Unfit: the lesson has not begun.
func Keep(lesson *exec.Cmd, terminal *os.File) (code int, err error) {
	dir, err := os.MkdirTemp("", "capas-") // short: it holds a socket
	if err != nil {
		return 0, unkept(err)
	}
	defer os.RemoveAll(dir)
	k, err := newKeeper(lesson, terminal, dir)
	if err != nil {
		return 0, unkept(err)
	}
	defer k.line.Close()
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTSTP, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	err = lesson.Start()
	for _, f := range lesson.ExtraFiles {
		_ = f.Close()
	}
	if err != nil {
		return 0, unkept(err)
	}
	return k.keep(signals), nil
}

func unkept(err error) error {
	return &Unfit{message.New("shell.unkept", message.Data{"Error": err.Error()})}
}

func newKeeper(lesson *exec.Cmd, terminal *os.File, dir string) (*keeper, error) {
	modes, err := term.GetState(int(terminal.Fd()))
	if err != nil {
		return nil, err
	}
	l, theirs, err := newLine()
	if err != nil {
		return nil, err
	}
	lesson.Args = append(lesson.Args, dir)
	lesson.ExtraFiles = []*os.File{theirs}
	return &keeper{lesson: lesson, line: l, dir: dir, terminal: terminal, modes: modes, ended: make(chan error)}, nil
}

func (k *keeper) keep(signals <-chan os.Signal) int {
	wants, lesson := make(chan request), make(chan error)
	go k.listen(wants)
	go func() { lesson <- k.lesson.Wait() }()
	for lesson != nil || k.shell != nil {
		select {
		case r, ok := <-wants:
			if !ok {
				wants = nil
				continue
			}
			k.do(r)
		case <-k.ended:
			k.shell = nil
			k.takeBack()
			_ = k.line.send(happened{})
		case <-lesson:
			lesson = nil
		case s := <-signals:
			k.pass(s)
		}
	}
	k.takeBack()
	status, _ := k.lesson.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return k.lesson.ProcessState.ExitCode()
}

// request is what the lesson wants, with the descriptors that came.
type request struct {
	wanted
	files []*os.File
}

// listen ends with the lesson.
func (k *keeper) listen(wants chan<- request) {
	defer close(wants)
	for decoder := json.NewDecoder(k.line); ; {
		var w wanted
		if err := decoder.Decode(&w); err != nil {
			return
		}
		wants <- request{w, k.line.take()}
	}
}

func (k *keeper) do(r request) {
	switch {
	case r.Hangup && k.shell != nil:
		k.signal(syscall.SIGHUP)
	case r.Start != nil && k.shell == nil:
		if err := k.start(r.Start, r.files); err != nil {
			_ = k.line.send(happened{Error: err.Error()})
		}
	}
	for _, f := range r.files {
		_ = f.Close()
	}
}

func (k *keeper) start(s *start, files []*os.File) error {
	cmd := exec.Command(s.Path, s.Args...)
	cmd.Dir, cmd.Env = s.Dir, s.environment()
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = os.Stdin, os.Stdout, os.Stdout, files // its prompt is for the terminal, whatever ours takes
	if err := cmd.Start(); err != nil {
		return err
	}
	k.shell = cmd
	go func() { k.ended <- cmd.Wait() }()
	return nil
}

func (s *start) environment() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(s.Less, name)
	})
	return append(env, s.Env...)
}

// pass hands a signal on. Those that the terminal sends go to whoever has it, without us.
func (k *keeper) pass(s os.Signal) {
	switch s {
	case syscall.SIGHUP:
		if k.shell != nil {
			k.signal(syscall.SIGHUP)
		}
		_ = k.lesson.Process.Signal(s)
	case syscall.SIGTERM:
		_ = k.lesson.Process.Signal(s)
	}
}

func (k *keeper) signal(s syscall.Signal) {
	if err := k.shell.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		fmt.Fprintln(os.Stderr, err)
	}
}

// takeBack gives the terminal back to us and to our lesson, as we found it: a shell that was killed has not done so.
func (k *keeper) takeBack() {
	foreground(k.terminal, unix.Getpgrp())
	_ = term.Restore(int(k.terminal.Fd()), k.modes)
}

// foreground makes a group the one that reads from the terminal.
func foreground(terminal *os.File, group int) {
	signal.Ignore(syscall.SIGTTOU) // it would stop us who are not that group
	_ = unix.IoctlSetPointerInt(int(terminal.Fd()), unix.TIOCSPGRP, group)
	signal.Reset(syscall.SIGTTOU) // else our children would ignore it too
}
