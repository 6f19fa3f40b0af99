package sandbox

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Start runs a container's first program and returns once it is executed. Where it cannot be, the error has runc's words:
// `exec: "nope": executable file not found in $PATH`, `exec: "/x": permission denied`. A user that does not exist in the engine's user
// namespace is an *UnmappedError; a machine that does not let the caller make containers a *NotPossibleError.
func Start(spec Spec) (*Process, error) {
	if err := spec.User.check(); err != nil {
		return nil, err
	}
	bounds, err := spec.Limits.bounds()
	if err != nil {
		return nil, err
	}
	p, err := startFirst(spec, bounds)
	if err != nil {
		bounds.end()
		return nil, explain(err)
	}
	return p, nil
}

func startFirst(spec Spec, b bounds) (*Process, error) {
	s, err := newStarter(firstName, spec.Command)
	if err != nil {
		return nil, err
	}
	s.bounds = b
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: spec.Network.cloneFlags(), Setsid: true, Pdeathsig: unix.SIGKILL}
	s.process.container, s.process.network, s.process.bounds = s.process, spec.Network, b
	if err := s.start(birth{spec, b.rlimits}); err != nil {
		return nil, err
	}
	return s.process, nil
}

// birth is what Start tells the process that it starts.
type birth struct {
	Spec    Spec
	Rlimits []rlimit
}

// starter is a process about to be started in a role of Init.
type starter struct {
	cmd     *exec.Cmd
	out     *outer
	process *Process
	bounds  bounds
	theirs  []*os.File // closed here once the process has them
}

// roleEnv keeps Go's own signals from interrupting the system calls of a role. No program gets to see it.
var roleEnv = []string{"GODEBUG=asyncpreemptoff=1"}

func newStarter(role string, c Command) (*starter, error) {
	out, files, err := newOuter()
	if err != nil {
		return nil, err
	}
	s := &starter{
		cmd:     &exec.Cmd{Path: program(), Args: []string{role}, ExtraFiles: files, Env: roleEnv},
		out:     out,
		process: &Process{ended: make(chan struct{})},
		theirs:  files,
	}
	if c.Terminal {
		return s, nil // /dev/null, until the process has made its terminal
	}
	if err := s.pipes(c.Stdin); err != nil {
		s.giveUp()
		return nil, err
	}
	return s, nil
}

// pipes connects the standard streams.
func (s *starter) pipes(stdin bool) error {
	if stdin {
		r, w, err := os.Pipe()
		if err != nil {
			return err
		}
		s.cmd.Stdin, s.process.Stdin = r, w
		s.theirs = append(s.theirs, r)
	}
	for _, stream := range []struct {
		theirs *io.Writer
		ours   *io.ReadCloser
	}{{&s.cmd.Stdout, &s.process.Stdout}, {&s.cmd.Stderr, &s.process.Stderr}} {
		r, w, err := os.Pipe()
		if err != nil {
			return err
		}
		*stream.theirs, *stream.ours = w, r
		s.theirs = append(s.theirs, w)
	}
	return nil
}

// inherit lets the process have a file more, after those that it has.
func (s *starter) inherit(f *os.File) {
	s.cmd.ExtraFiles = append(s.cmd.ExtraFiles, f)
	s.theirs = append(s.theirs, f)
}

func (s *starter) giveUp() {
	s.closeTheirs()
	s.out.close()
	s.process.closeStreams()
}

func (s *starter) closeTheirs() {
	for _, f := range s.theirs {
		f.Close()
	}
}

// start returns when the process is the program, or has started it.
func (s *starter) start(spec any) error {
	var err error
	onStartingThread(func() { err = s.cmd.Start() })
	if err != nil {
		s.giveUp()
		return err
	}
	s.closeTheirs()
	defer s.out.close()
	s.process.setProgram(s.cmd.Process)
	if err := s.tell(spec); err != nil {
		s.cmd.Process.Kill()
		s.cmd.Wait()
		s.process.closeStreams()
		return err
	}
	go s.process.reap(s.cmd)
	return nil
}

// tell lets the process go on, within its bounds.
func (s *starter) tell(spec any) error {
	if err := s.bounds.admit(s.cmd.Process.Pid); err != nil {
		return err
	}
	go s.out.give(spec) // an environment may be longer than a pipe; a process that ends early breaks it
	return s.listen()
}

// listen takes what the process says until it is the program.
func (s *starter) listen() error {
	for {
		m, file, err := s.out.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case m.Error != "":
			return errors.New(m.Error)
		case file != nil:
			s.process.setTerminal(file)
		case m.Pid != 0:
			s.bounds.release(s.cmd.Process.Pid)
			program, err := os.FindProcess(m.Pid)
			if err != nil {
				return err
			}
			s.process.setProgram(program)
			return nil
		}
	}
}

// onStartingThread runs f on the one thread with which all that it starts ends: it lives as long as this program.
func onStartingThread(f func()) {
	done := make(chan struct{})
	startingThread() <- func() { defer close(done); f() }
	<-done
}

var startingThread = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})
