package sandbox

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"unsafe"

	"github.com/moby/sys/capability"
	"github.com/moby/sys/user"
	"golang.org/x/sys/unix"
)

// UnmappedError says that a user or a group does not exist in the user namespace that the engine lives in.
type UnmappedError struct {
	Group bool
	ID    uint32
}

func (e *UnmappedError) Error() string {
	kind := "user"
	if e.Group {
		kind = "group"
	}
	return fmt.Sprintf("%s %d does not exist in the engine's user namespace", kind, e.ID)
}

// check is told before anything is started: setuid would only say "invalid argument".
func (u User) check() error {
	if !mappedUser(u.UID) {
		return &UnmappedError{ID: u.UID}
	}
	if !mappedGroup(u.GID) {
		return &UnmappedError{Group: true, ID: u.GID}
	}
	if SingleUser() {
		return nil // additional groups have no effect there
	}
	for _, g := range u.Groups {
		if !mappedGroup(g) {
			return &UnmappedError{Group: true, ID: g}
		}
	}
	return nil
}

var (
	uidMap = sync.OnceValues(user.CurrentProcessUIDMap)
	gidMap = sync.OnceValues(user.CurrentProcessGIDMap)
)

func mappedUser(id uint32) bool  { return mapped(uidMap, id) }
func mappedGroup(id uint32) bool { return mapped(gidMap, id) }

func mapped(read func() ([]user.IDMap, error), id uint32) bool {
	ranges, err := read()
	if err != nil { // no user namespaces in this kernel
		return true
	}
	for _, r := range ranges {
		if int64(id) >= r.ID && int64(id)-r.ID < r.Count {
			return true
		}
	}
	return false
}

// SingleUser tells whether this process lives in a user namespace in which root is the only user.
func SingleUser() bool {
	ranges, err := uidMap()
	return err == nil && len(ranges) == 1 && ranges[0].Count == 1
}

// assume makes this thread's capabilities those that the program may have at most, and its user the program's.
func (c Command) assume() error {
	if err := bound(c.Capabilities); err != nil {
		return err
	}
	// Only this thread becomes the program. Go's own functions would stop all of them, and change each.
	groups := c.User.Groups
	if _, _, errno := unix.RawSyscall(unix.SYS_SETGROUPS, uintptr(len(groups)), uintptr(unsafe.Pointer(unsafe.SliceData(groups))), 0); errno != 0 {
		return os.NewSyscallError("setgroups", errno)
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_SETGID, uintptr(c.User.GID), 0, 0); errno != 0 {
		return os.NewSyscallError("setgid", errno)
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_SETUID, uintptr(c.User.UID), 0, 0); errno != 0 {
		return os.NewSyscallError("setuid", errno)
	}
	return nil
}

// bound limits what execve gives: to root all of it, to others what a file has.
func bound(names []string) error {
	if names == nil {
		names = DefaultCapabilities()
	}
	list, err := parseCapabilities(names)
	if err != nil {
		return err
	}
	caps, err := capability.NewPid2(0)
	if err != nil {
		return err
	}
	if err := caps.Load(); err != nil {
		return fmt.Errorf("reading capabilities: %w", err)
	}
	caps.Clear(capability.BOUNDS | capability.AMBS)
	caps.Set(capability.BOUNDING, list...)
	caps.Unset(capability.INHERITABLE, capability.ListKnown()...)
	if err := caps.Apply(capability.CAPS | capability.BOUNDS | capability.AMBS); err != nil {
		return fmt.Errorf("limiting capabilities: %w", err)
	}
	return nil
}

func parseCapabilities(names []string) ([]capability.Cap, error) {
	known := map[string]capability.Cap{}
	for _, c := range capability.ListKnown() {
		known["CAP_"+strings.ToUpper(c.String())] = c
	}
	var list []capability.Cap
	for _, name := range names {
		c, ok := known[name]
		if !ok {
			return nil, fmt.Errorf("unknown capability %q", name)
		}
		list = append(list, c)
	}
	return list, nil
}

// noNewPrivileges concerns this thread and what it executes.
func noNewPrivileges(yes bool) error {
	if !yes {
		return nil
	}
	return os.NewSyscallError("prctl", unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
}
