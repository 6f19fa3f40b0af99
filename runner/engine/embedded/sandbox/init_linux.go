package sandbox

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// The names by which this program starts itself anew.
const (
	firstName    = "capas-init"
	execName     = "capas-exec"
	tryName      = "capas-try"
	rootlessName = "capas-rootless"
	probeName    = "capas-probe"
)

// Init takes over where the process was started by Start or Exec, and does not return then. In a process of StartRootless it returns
// when that is at home in its namespaces, with os.Args as the caller gave them. It has to be called before anything else.
func Init() {
	runtime.LockOSThread() // namespaces, capabilities and the signal of the parent's death are a thread's
	defer runtime.UnlockOSThread()
	if os.Args[0] == rootlessName {
		rootless()
	}
	switch os.Args[0] {
	case firstName:
		play(first)
	case execName:
		play(enter)
	case tryName:
		play(trial)
	case probeName:
		answerProbe()
	}
}

// play ends the process with what becomes of a role.
func play(role func(*inner) error) {
	in := newInner(firstFD)
	if err := role(in); err != nil {
		in.fail(err)
	}
	os.Exit(0)
}

// first becomes a container's first program.
func first(in *inner) error {
	var b birth
	if err := in.receive(&b); err != nil {
		return err
	}
	spec := b.Spec
	if err := hide(); err != nil {
		return err
	}
	if err := setHostname(spec.Hostname); err != nil {
		return err
	}
	if err := spec.Network.open(); err != nil {
		return err
	}
	if err := newRoot(spec).enter(); err != nil {
		return err
	}
	if spec.Terminal {
		if err := in.takeTerminal(spec.Size); err != nil {
			return err
		}
	}
	return spec.become(in, b.Rlimits)
}

// hide keeps this process, which is still the engine's program, from being looked into out of the container.
func hide() error {
	return os.NewSyscallError("prctl", unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0))
}

func setHostname(name string) error {
	if name == "" {
		return nil
	}
	return os.NewSyscallError("sethostname", unix.Sethostname([]byte(name)))
}
