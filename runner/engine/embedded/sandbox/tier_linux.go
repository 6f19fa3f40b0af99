package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/moby/sys/userns"
	"golang.org/x/sys/unix"
)

// Tier is how containers can be made on this machine by who runs this program.
type Tier int

const (
	// TierNone: not at all.
	TierNone Tier = iota
	// TierRootless: in a process of StartRootless.
	TierRootless
	// TierRoot: in this process, which is the machine's root.
	TierRoot
)

func (t Tier) String() string { return [...]string{"none", "rootless", "root"}[t] }

// Reason is why no container can be made.
type Reason string

const (
	// ReasonAppArmor: user namespaces have no rights, unless a profile gives them to the program's path.
	ReasonAppArmor Reason = "apparmor"
	// ReasonDisabled: the administrator has switched user namespaces off.
	ReasonDisabled Reason = "disabled"
	// ReasonConfined: this program is in a container itself, or otherwise forbidden to make namespaces or to mount.
	ReasonConfined Reason = "confined"
	// ReasonKernel: the kernel is too old.
	ReasonKernel Reason = "kernel"
	// ReasonOutside: an ordinary user's process that was not started by StartRootless, but could be.
	ReasonOutside Reason = "outside"
	// ReasonOther: see NotPossibleError.Err.
	ReasonOther Reason = "other"
)

// NotPossibleError says why no container can be made.
type NotPossibleError struct {
	Reason Reason
	Detail string // what was tried and how it failed
}

func (e *NotPossibleError) Error() string {
	return fmt.Sprintf("no container can be made here (%s): %s", e.Reason, e.Detail)
}

// Probe finds by doing it, once, which tier this program has. With TierNone the error is a *NotPossibleError.
var Probe = sync.OnceValues(probe)

func probe() (Tier, error) {
	err := try()
	switch {
	case err == nil && userns.RunningInUserNS():
		return TierRootless, nil
	case err == nil:
		return TierRoot, nil
	case os.Geteuid() != 0:
		err = tryRootless()
	}
	if err != nil {
		return TierNone, notPossible(err)
	}
	return TierRootless, nil
}

// try makes all of a container but the program.
func try() error {
	s, err := newStarter(tryName, Command{Terminal: true})
	if err != nil {
		return err
	}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: NetworkDefault.cloneFlags(), Pdeathsig: unix.SIGKILL}
	if err := s.start(Spec{Root: os.TempDir()}); err != nil {
		return err
	}
	if status := s.process.Wait(); status.Code != 0 {
		return fmt.Errorf("exit status %d", status.Code)
	}
	return nil
}

// trial is the process of try: its root is a file system of its own.
func trial(in *inner) error {
	var spec Spec
	if err := in.receive(&spec); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_SLAVE|unix.MS_REC, ""); err != nil {
		return os.NewSyscallError("mount", err)
	}
	if err := unix.Mount("tmpfs", spec.Root, "tmpfs", 0, ""); err != nil {
		return os.NewSyscallError("mount", err)
	}
	if err := spec.Network.open(); err != nil {
		return err
	}
	return newRoot(spec).enter()
}

// tryRootless tries in a process of StartRootless.
func tryRootless() error {
	var failure strings.Builder
	cmd := &exec.Cmd{Path: self, Args: []string{probeName}, Stdout: &failure}
	if err := StartRootless(cmd); err != nil {
		return err
	}
	if err := cmd.Wait(); err != nil {
		return err
	}
	if failure.Len() > 0 {
		return errors.New(failure.String())
	}
	return nil
}

// answerProbe is the process of tryRootless.
func answerProbe() {
	if err := try(); err != nil {
		fmt.Print(err)
	}
	os.Exit(0)
}

// explain makes of a failure to start the reason, where it is the machine's.
func explain(err error) error {
	if !slices.ContainsFunc([]error{unix.EPERM, unix.EINVAL, unix.ENOSPC, unix.ENOSYS}, func(e error) bool { return says(err, e) }) {
		return err
	}
	switch tier, why := Probe(); {
	case why != nil:
		return why
	case tier == TierRootless && !userns.RunningInUserNS():
		return &NotPossibleError{Reason: ReasonOutside, Detail: err.Error()}
	}
	return err
}

func notPossible(err error) *NotPossibleError {
	var known *NotPossibleError
	if errors.As(err, &known) {
		return known
	}
	return &NotPossibleError{Reason: reason(err), Detail: err.Error()}
}

// reason is looked for only after something failed, and by the one who is outside: in a user namespace everybody is root.
func reason(err error) Reason {
	switch {
	case says(err, unix.ENOSYS):
		return ReasonKernel
	case os.Geteuid() != 0 && setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
		return ReasonAppArmor
	case os.Geteuid() != 0 && (setting("/proc/sys/user/max_user_namespaces") == "0" || setting("/proc/sys/kernel/unprivileged_userns_clone") == "0"):
		return ReasonDisabled
	case says(err, unix.EPERM), says(err, unix.EACCES):
		return ReasonConfined
	}
	return ReasonOther
}

// says compares words: an error of the started process has no more than these.
func says(err, what error) bool { return strings.Contains(err.Error(), what.Error()) }

func setting(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
