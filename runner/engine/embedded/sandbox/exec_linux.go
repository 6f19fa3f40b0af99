package sandbox

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

type namespace struct {
	name string // of its file under /proc/PID/ns
	flag int
}

// namespaces of a container, in the order in which they are entered: the machine's files are in sight until the last.
var namespaces = []namespace{
	{"ipc", unix.CLONE_NEWIPC}, {"uts", unix.CLONE_NEWUTS}, {"net", unix.CLONE_NEWNET}, {"pid", unix.CLONE_NEWPID}, {"mnt", unix.CLONE_NEWNS},
}

// Exec runs another program in the container, and returns once it is executed; its errors are as those of Start. It ends with the container.
func (p *Process) Exec(c Command) (*Process, error) {
	if err := c.User.check(); err != nil {
		return nil, err
	}
	s, err := newStarter(execName, c)
	if err != nil {
		return nil, err
	}
	first := p.container
	flags, err := s.inheritNamespaces(first)
	if err != nil {
		s.giveUp()
		return nil, err
	}
	s.bounds = first.bounds
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: unix.SIGKILL}
	s.process.container, s.process.network = first, first.network
	if err := s.start(entry{c, flags, first.bounds.rlimits}); err != nil {
		return nil, err
	}
	return s.process, nil
}

// entry is what Exec tells the process that it starts.
type entry struct {
	Command    Command
	Namespaces []int // the flags of those whose files follow the other descriptors
	Rlimits    []rlimit
}

func (s *starter) inheritNamespaces(first *Process) ([]int, error) {
	var flags []int
	for _, ns := range namespaces {
		if ns.name == "net" && first.network == NetworkHost {
			continue
		}
		f, err := os.Open(first.namespace(ns.name))
		if errors.Is(err, os.ErrNotExist) {
			return nil, os.ErrProcessDone
		}
		if err != nil {
			return nil, err
		}
		s.inherit(f)
		flags = append(flags, ns.flag)
	}
	return flags, first.Signal(0) // still there: what was opened was its own
}

// enter starts a program in a container that is there, waits for it and ends as it did. This process stays outside the container's
// process tree: from there it is not to be seen.
func enter(in *inner) error {
	var e entry
	if err := in.receive(&e); err != nil {
		return err
	}
	if err := hide(); err != nil {
		return err
	}
	if err := closeAtExec(); err != nil {
		return err
	}
	if err := bound(e.Command.Capabilities); err != nil { // while /proc is this process's own
		return err
	}
	if err := enterNamespaces(e.Namespaces); err != nil {
		return err
	}
	child, err := e.run(in)
	if err != nil {
		return err
	}
	if err := in.sendPid(child.Pid); err != nil {
		return err
	}
	state, err := child.Wait()
	if err != nil {
		os.Exit(255)
	}
	os.Exit(exitCode(state.Sys().(syscall.WaitStatus)))
	return nil
}

// enterNamespaces moves this thread alone: what is done after it has to be done on it.
func enterNamespaces(flags []int) error {
	if err := unix.Unshare(unix.CLONE_FS); err != nil { // the kernel moves nobody who shares a root directory
		return os.NewSyscallError("unshare", err)
	}
	for i, flag := range flags {
		if err := unix.Setns(firstNamespaceFD+i, flag); err != nil {
			return os.NewSyscallError("setns", err)
		}
		unix.Close(firstNamespaceFD + i)
	}
	return nil
}

// run starts the program as a child, which is the container's from the beginning.
func (e entry) run(in *inner) (*os.Process, error) {
	c := e.Command
	streams := []*os.File{os.Stdin, os.Stdout, os.Stderr}
	if c.Terminal {
		tty, err := in.openTerminal(c.Size)
		if err != nil {
			return nil, err
		}
		defer tty.Close()
		streams = []*os.File{tty, tty, tty}
	}
	for _, f := range streams {
		if err := f.Chown(int(c.User.UID), -1); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.EPERM) {
			return nil, err
		}
	}
	if err := changeDir(c.Dir); err != nil {
		return nil, err
	}
	path, err := c.lookPath()
	if err != nil {
		return nil, err
	}
	if err := noNewPrivileges(c.NoNewPrivileges); err != nil {
		return nil, err
	}
	if err := c.confine(); err != nil {
		return nil, err
	}
	if err := setRlimits(e.Rlimits); err != nil {
		return nil, err
	}
	unix.Umask(0o022)
	child, err := os.StartProcess(path, c.Args, &os.ProcAttr{
		Env: c.Env, Files: streams,
		Sys: &syscall.SysProcAttr{
			Setsid: true, Setctty: c.Terminal,
			Credential: &syscall.Credential{Uid: c.User.UID, Gid: c.User.GID, Groups: c.User.Groups},
		},
	})
	if err != nil {
		return nil, runError(c.Args[0], err)
	}
	return child, nil
}

// runError has the words of Start.
func runError(name string, err error) error {
	var path *os.PathError
	switch {
	case !errors.As(err, &path):
		return err
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("exec: %q: %w", name, path.Err)
	}
	return fmt.Errorf("exec %s: %w", path.Path, path.Err)
}
