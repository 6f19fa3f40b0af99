package sandbox

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Process is a program in a container. Its streams are the caller's to read to the end, and to close.
type Process struct {
	Stdin  io.WriteCloser // nil where Command.Stdin is not set and there is no terminal; closing it is the program's end of input
	Stdout io.ReadCloser
	Stderr io.ReadCloser // nil with a terminal

	container *Process // the first process
	network   Network  // of the container
	bounds    bounds   // of the container; only the first process has them
	pid       int
	terminal  *os.File

	mu      sync.Mutex // of the handle, which is given back when the program has ended
	program *os.Process
	ended   chan struct{}
	status  Status
	close   sync.Once
}

// Status is how a program ended.
type Status struct {
	Code      int // 128 and the signal's number where a signal ended it
	OOMKilled bool
}

// Pid is the program's in this machine's numbers.
func (p *Process) Pid() int { return p.pid }

// Terminal is the master of the program's terminal, or nil.
func (p *Process) Terminal() *os.File { return p.terminal }

// Wait returns when the program has ended. Of a container's first program, everything in the container has ended then.
func (p *Process) Wait() Status {
	<-p.ended
	return p.status
}

// Signal sends a signal; os.ErrProcessDone says that there is no one left to get it.
func (p *Process) Signal(sig unix.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.ended:
		return os.ErrProcessDone
	default:
		return p.program.Signal(sig)
	}
}

// Resize tells the program a new size of its terminal.
func (p *Process) Resize(size Size) error {
	if p.terminal == nil {
		return errors.New("the process has no terminal")
	}
	return resize(p.terminal, size)
}

func (p *Process) setProgram(program *os.Process) {
	p.pid, p.program = program.Pid, program
}

func (p *Process) setTerminal(master *os.File) {
	p.terminal = master
	p.Stdin, p.Stdout = terminalInput{master}, terminalOutput{master}
}

func (p *Process) reap(cmd *exec.Cmd) {
	cmd.Wait()
	p.status.Code = exitCode(cmd.ProcessState.Sys().(syscall.WaitStatus))
	if p.container == p {
		p.status.OOMKilled = p.bounds.end()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.ended)
	p.program.Release()
}

func exitCode(s syscall.WaitStatus) int {
	if s.Signaled() {
		return 128 + int(s.Signal())
	}
	return s.ExitStatus()
}

// Close gives back what the process's streams hold. It does not end the program.
func (p *Process) Close() error {
	p.close.Do(p.closeStreams)
	return nil
}

func (p *Process) closeStreams() {
	for _, c := range []io.Closer{p.Stdin, p.Stdout, p.Stderr} {
		if c != nil {
			c.Close()
		}
	}
	if p.terminal != nil {
		p.terminal.Close()
	}
}
