package sandbox

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// become turns this process into the program. It returns only with an error.
func (c Command) become(in *inner, limits []rlimit) error {
	unix.Umask(0o022)
	if err := ownStreams(c.User); err != nil {
		return err
	}
	if err := c.confine(); err != nil { // which takes a capability
		return err
	}
	if err := c.assume(); err != nil {
		return err
	}
	if err := dieWithStarter(in); err != nil {
		return err
	}
	if err := noNewPrivileges(c.NoNewPrivileges); err != nil {
		return err
	}
	if err := changeDir(c.Dir); err != nil {
		return err
	}
	path, err := c.lookPath()
	if err != nil {
		return err
	}
	if err := closeAtExec(); err != nil {
		return err
	}
	if err := setRlimits(limits); err != nil {
		return err
	}
	err = unix.Exec(path, c.Args, c.Env)
	return in.failAsProgram(path, err)
}

// ownStreams lets the program open its own standard streams anew.
func ownStreams(u User) error {
	var null unix.Stat_t
	if err := unix.Stat("/dev/null", &null); err != nil {
		return &os.PathError{Op: "stat", Path: "/dev/null", Err: err}
	}
	for fd := range 3 {
		var s unix.Stat_t
		if err := unix.Fstat(fd, &s); err != nil {
			return os.NewSyscallError("fstat", err)
		}
		if s.Uid == u.UID || s.Rdev == null.Rdev {
			continue
		}
		if err := unix.Fchown(fd, int(u.UID), -1); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.EPERM) {
			return os.NewSyscallError("fchown", err)
		}
	}
	return nil
}

// dieWithStarter has to be asked for after the last change of identity, which forgets it.
func dieWithStarter(in *inner) error {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return os.NewSyscallError("prctl", err)
	}
	if in.abandoned() {
		return errors.New("the engine is gone")
	}
	return nil
}

func changeDir(dir string) error {
	if dir == "" {
		dir = "/"
	}
	if err := unix.Chdir(dir); err != nil {
		return dirError(dir, err)
	}
	return nil
}

// dirError has the words of runc, of which Docker makes the exit status 127 or 126.
func dirError(dir string, err error) error {
	return fmt.Errorf("chdir to cwd (%q) set in config.json failed: %w", dir, err)
}

// lookPath looks for the program in the PATH of its own environment.
func (c Command) lookPath() (string, error) {
	if len(c.Args) == 0 {
		return "", errors.New("no command specified")
	}
	path := ""
	for _, e := range c.Env {
		if value, ok := strings.CutPrefix(e, "PATH="); ok {
			path = value
		}
	}
	if err := os.Setenv("PATH", path); err != nil {
		return "", err
	}
	found, err := exec.LookPath(c.Args[0])
	if errors.Is(err, exec.ErrDot) {
		err = nil
	}
	return found, err
}

// closeAtExec leaves the program its three standard streams.
func closeAtExec() error {
	err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC)
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) {
		return closeAtExecOneByOne()
	}
	return os.NewSyscallError("close_range", err)
}

func closeAtExecOneByOne() error {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, e := range entries {
		var fd int
		if _, err := fmt.Sscan(e.Name(), &fd); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
	return nil
}

// failAsProgram is what runc does with a file that is there, executable, and no program: the container was started, and says it itself.
func (in *inner) failAsProgram(path string, err error) error {
	in.messages.Close()
	fmt.Fprintf(os.Stderr, "exec %s: %v\n", path, err)
	os.Exit(255)
	return nil
}
