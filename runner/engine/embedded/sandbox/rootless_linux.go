package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"github.com/moby/sys/capability"
	"github.com/moby/sys/user"
	"golang.org/x/sys/unix"
)

// StartRootless starts a program that calls Init, such as this one (/proc/self/exe), in user and mount namespaces of its own, and
// returns when it lives there: as root of the subordinate users in /etc/subuid where newuidmap gives them, otherwise as its only user,
// and then every change of owner succeeds without effect. Start works in it, and so does mounting. It has no new privileges then.
//
// What cmd says stays as it is; who gives it a Pdeathsig locks the thread. Where the machine does not allow it, the error is a *NotPossibleError.
func StartRootless(cmd *exec.Cmd) error {
	out, files, err := newOuter()
	if err != nil {
		return err
	}
	defer out.close()
	asRootless(cmd, files)
	err = cmd.Start()
	for _, f := range files {
		f.Close()
	}
	if err != nil {
		return notPossible(fmt.Errorf("clone: %w", err))
	}
	if err := settle(cmd.Process.Pid, out); err != nil {
		cmd.Process.Kill()
		cmd.Wait()
		return err
	}
	return nil
}

func asRootless(cmd *exec.Cmd, files []*os.File) {
	base := 3 + len(cmd.ExtraFiles)
	cmd.ExtraFiles = append(cmd.ExtraFiles, files...)
	if len(cmd.Args) == 0 {
		cmd.Args = []string{cmd.Path}
	}
	cmd.Args = append([]string{rootlessName, strconv.Itoa(base)}, cmd.Args...)
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER | unix.CLONE_NEWNS
	for _, c := range capability.ListKnown() { // until it is mapped the process is nobody, whom execve would leave none
		cmd.SysProcAttr.AmbientCaps = append(cmd.SysProcAttr.AmbientCaps, uintptr(c))
	}
}

// settle maps the users of the process, and waits until it is at home.
func settle(pid int, out *outer) error {
	if err := mapUsers(pid); err != nil {
		return notPossible(fmt.Errorf("mapping users: %w", err))
	}
	if err := out.give(struct{}{}); err != nil {
		return err
	}
	m, _, err := out.next()
	switch {
	case err != nil:
		return notPossible(fmt.Errorf("starting in namespaces: %w", err))
	case m.Error != "":
		return notPossible(errors.New(m.Error))
	}
	return nil
}

func mapUsers(pid int) error {
	if mapSubordinate(pid) == nil {
		return nil
	}
	proc := fmt.Sprintf("/proc/%d/", pid)
	for _, f := range []struct{ name, content string }{
		{"setgroups", "deny"},
		{"uid_map", fmt.Sprintf("0 %d 1", os.Geteuid())},
		{"gid_map", fmt.Sprintf("0 %d 1", os.Getegid())},
	} {
		if err := os.WriteFile(proc+f.name, []byte(f.content), 0); err != nil {
			return err
		}
	}
	return nil
}

// mapSubordinate fails before it has mapped anything, or not at all.
func mapSubordinate(pid int) error {
	uids, err := user.CurrentUserSubUIDs()
	if err != nil {
		return err
	}
	gids, err := user.CurrentUserSubGIDs()
	if err != nil {
		return err
	}
	for _, m := range []struct {
		program string
		own     int
		ranges  []user.SubID
	}{{"newgidmap", os.Getegid(), gids}, {"newuidmap", os.Geteuid(), uids}} {
		if len(m.ranges) == 0 {
			return fmt.Errorf("no subordinate ids for %s", m.program)
		}
		if err := exec.Command(m.program, mapArgs(pid, m.own, m.ranges)...).Run(); err != nil {
			return fmt.Errorf("%s: %w", m.program, err)
		}
	}
	return nil
}

func mapArgs(pid, own int, ranges []user.SubID) []string {
	args := []string{strconv.Itoa(pid), "0", strconv.Itoa(own), "1"}
	inside := int64(1)
	for _, r := range ranges {
		args = append(args, strconv.FormatInt(inside, 10), strconv.FormatInt(r.SubID, 10), strconv.FormatInt(r.Count, 10))
		inside += r.Count
	}
	return args
}

// rootless makes this process at home in its user namespace, and lets it go on as what it was to be.
func rootless() {
	base, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic("capas: the sandbox was started with wrong arguments")
	}
	in := newInner(base)
	if err := in.receive(&struct{}{}); err != nil {
		in.fail(err)
	}
	if err := settleDown(); err != nil {
		in.fail(err)
	}
	if err := in.send(message{}); err != nil {
		os.Exit(1)
	}
	in.messages.Close()
	os.Args = os.Args[2:]
}

func settleDown() error {
	if err := unix.Mount("", "/", "", unix.MS_SLAVE|unix.MS_REC, ""); err != nil {
		return os.NewSyscallError("mount", err)
	}
	if !SingleUser() {
		return nil
	}
	return pretendOwnership()
}
