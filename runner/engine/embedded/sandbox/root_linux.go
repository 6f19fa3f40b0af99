package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/moby/sys/mount"
	"golang.org/x/sys/unix"
)

// root is a container's root file system on its way to be "/".
//
// What comes from this machine is taken as a mount that is nowhere yet, then the machine's root is left for good, and only then are
// the mounts put in their places: a path is looked up when "/" is the container's already, and no symbolic link of an image leads out.
type root struct {
	spec  Spec
	trees []tree
}

// tree is a mount that is nowhere yet.
type tree struct {
	fd     int
	file   bool // not a folder
	target string
	flags  uintptr // to be added to those that it has, and to those of the mounts under it where the kernel can
}

func newRoot(spec Spec) *root { return &root{spec: spec} }

func (r *root) enter() error {
	for _, step := range []func() error{
		r.takeTrees, r.pivot, r.placeKernelFiles, r.placeDevices, r.placeMounts, r.makeDir, r.mask, r.seal,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (r *root) takeTrees() error {
	// A slave still sees what is unmounted on the machine meanwhile, so that it keeps no disk busy.
	if err := unix.Mount("", "/", "", unix.MS_SLAVE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("separating the mounts from the machine's: %w", err)
	}
	for _, m := range r.spec.Mounts {
		if m.Source != "" {
			if err := r.take(m.Source, m.Target, readOnly(m.ReadOnly)|unix.MS_NODEV); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *root) take(source, target string, flags uintptr) error {
	t, err := openTree(source)
	if err != nil {
		return err
	}
	t.target, t.flags = target, flags
	r.trees = append(r.trees, t)
	return nil
}

// openTree copies the mount of a file or folder, and those under it.
func openTree(source string) (tree, error) {
	info, err := os.Stat(source)
	if err != nil {
		return tree{}, err
	}
	fd, err := unix.OpenTree(unix.AT_FDCWD, source, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
	if err != nil {
		return tree{}, &os.PathError{Op: "open_tree", Path: source, Err: err}
	}
	return tree{fd: fd, file: !info.IsDir()}, nil
}

// newFS makes a file system that is nowhere yet. In a user namespace the kernel allows "proc" and "sysfs" only as long as others of
// them are in sight.
func newFS(kind string, attrs int) (tree, error) {
	fs, err := unix.Fsopen(kind, unix.FSOPEN_CLOEXEC)
	if err != nil {
		return tree{}, fmt.Errorf("fsopen %s: %w", kind, err)
	}
	defer unix.Close(fs)
	if err := unix.FsconfigSetString(fs, "source", kind); err != nil {
		return tree{}, fmt.Errorf("fsconfig %s: %w", kind, err)
	}
	if err := unix.FsconfigCreate(fs); err != nil {
		return tree{}, fmt.Errorf("fsconfig %s: %w", kind, err)
	}
	fd, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, attrs)
	if err != nil {
		return tree{}, fmt.Errorf("fsmount %s: %w", kind, err)
	}
	return tree{fd: fd}, nil
}

// place attaches the tree at its target, which is made when missing.
func (t tree) place() error {
	defer unix.Close(t.fd)
	if err := makeTarget(t.target, t.file); err != nil {
		return err
	}
	restricted, err := t.restrict()
	if err != nil {
		return err
	}
	err = unix.MoveMount(t.fd, "", unix.AT_FDCWD, t.target, unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_SYMLINKS)
	if err != nil {
		return &os.PathError{Op: "move_mount", Path: t.target, Err: err}
	}
	if err := unix.Mount("", t.target, "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return &os.PathError{Op: "mount", Path: t.target, Err: err}
	}
	if restricted {
		return nil
	}
	return remount(t.target, t.flags)
}

// restrict adds the flags to all mounts of the tree. Linux can since 5.12; before, only to one that has its place.
func (t tree) restrict() (done bool, err error) {
	if t.flags == 0 {
		return true, nil
	}
	attr := unix.MountAttr{Attr_set: uint64(t.flags)} // MS_RDONLY and MS_NODEV have the numbers of their MOUNT_ATTR_ namesakes
	err = unix.MountSetattr(t.fd, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &attr)
	switch {
	case errors.Is(err, unix.ENOSYS):
		return false, nil
	case err != nil:
		return false, &os.PathError{Op: "mount_setattr", Path: t.target, Err: err}
	}
	return true, nil
}

func makeTarget(target string, file bool) error {
	if _, err := os.Stat(target); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if !file {
		return os.MkdirAll(target, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(target, os.O_CREATE|os.O_RDONLY, 0o644)
	if err != nil {
		return err
	}
	return f.Close()
}

// pivot makes the root file system "/", without its devices, and leaves the machine's behind.
func (r *root) pivot() error {
	proc, err := newFS("proc", unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV|unix.MOUNT_ATTR_NOEXEC)
	if err != nil {
		return err
	}
	sys, err := newSys()
	if err != nil {
		return err
	}
	devices, err := takeDevices()
	if err != nil {
		return err
	}
	proc.target, sys.target, sys.flags = "/proc", "/sys", unix.MS_RDONLY
	r.trees = append(append([]tree{proc, sys}, devices...), r.trees...)

	if err := unix.Mount(r.spec.Root, r.spec.Root, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return &os.PathError{Op: "mount", Path: r.spec.Root, Err: err}
	}
	if err := unix.Mount("", r.spec.Root, "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return &os.PathError{Op: "mount", Path: r.spec.Root, Err: err}
	}
	if err := unix.Chdir(r.spec.Root); err != nil {
		return &os.PathError{Op: "chdir", Path: r.spec.Root, Err: err}
	}
	if err := remount(".", unix.MS_NODEV); err != nil {
		return err
	}
	return changeRoot()
}

// changeRoot makes the current folder the root. The old one comes to lie on the new, and is taken away before any path is looked up.
func changeRoot() error {
	old, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("open", err)
	}
	defer unix.Close(old)
	if err := unix.PivotRoot(".", "."); err != nil {
		return os.NewSyscallError("pivot_root", err)
	}
	if err := unix.Fchdir(old); err != nil {
		return os.NewSyscallError("fchdir", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return os.NewSyscallError("umount", err)
	}
	return os.NewSyscallError("chdir", unix.Chdir("/"))
}

// newSys is the machine's own where a user namespace has no network namespace that it could show, and empty where the machine has none.
func newSys() (tree, error) {
	const attrs = unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV | unix.MOUNT_ATTR_NOEXEC | unix.MOUNT_ATTR_RDONLY
	sys, err := newFS("sysfs", attrs)
	if !errors.Is(err, unix.EPERM) {
		return sys, err
	}
	sys, err = openTree("/sys")
	if errors.Is(err, os.ErrNotExist) {
		return newFS("tmpfs", attrs)
	}
	return sys, err
}

// placeKernelFiles puts the first two, on which the rest may depend.
func (r *root) placeKernelFiles() error {
	for _, t := range r.trees[:2] {
		if err := t.place(); err != nil {
			return err
		}
	}
	r.trees = r.trees[2:]
	return nil
}

// placeMounts puts those that Spec names, in its order.
func (r *root) placeMounts() error {
	for _, m := range r.spec.Mounts {
		if m.Source == "" {
			if err := mountMemory(m); err != nil {
				return err
			}
			continue
		}
		if err := r.trees[0].place(); err != nil {
			return err
		}
		r.trees = r.trees[1:]
	}
	return nil
}

func mountMemory(m Mount) error {
	if err := makeTarget(m.Target, false); err != nil {
		return err
	}
	options := "noexec,nosuid,nodev"
	if m.Options != "" {
		options += "," + m.Options
	}
	if m.ReadOnly {
		options += ",ro"
	}
	return mount.Mount("tmpfs", m.Target, "tmpfs", options)
}

func readOnly(yes bool) uintptr {
	if yes {
		return unix.MS_RDONLY
	}
	return 0
}

func (r *root) makeDir() error {
	if r.spec.Dir == "" {
		return nil
	}
	return os.MkdirAll(r.spec.Dir, 0o755)
}

// masked and fixed are the parts of /proc and /sys that Docker hides and makes read-only.
var (
	masked = []string{
		"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
		"/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
	}
	fixed = []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}
)

func (r *root) mask() error {
	hot, err := filepath.Glob("/sys/devices/system/cpu/cpu[0-9]*/thermal_throttle")
	if err != nil {
		return err
	}
	for _, path := range append(hot, masked...) {
		if err := maskPath(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	for _, path := range fixed {
		if err := fixPath(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// maskPath lays emptiness over a file or a folder.
func maskPath(path string) error {
	err := unix.Mount("/dev/null", path, "", unix.MS_BIND, "")
	if errors.Is(err, unix.ENOTDIR) {
		err = unix.Mount("tmpfs", path, "tmpfs", unix.MS_RDONLY, "")
	}
	if err != nil {
		return &os.PathError{Op: "mask", Path: path, Err: err}
	}
	return nil
}

func fixPath(path string) error {
	if err := unix.Mount(path, path, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return &os.PathError{Op: "mount", Path: path, Err: err}
	}
	return remount(path, unix.MS_RDONLY)
}

func (r *root) seal() error {
	if !r.spec.ReadOnly {
		return nil
	}
	return remount("/", unix.MS_RDONLY)
}

// remount adds flags to a mount and keeps those that it has: in a user namespace most of them may not be taken away.
func remount(path string, flags uintptr) error {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return &os.PathError{Op: "statfs", Path: path, Err: err}
	}
	const same = unix.ST_RDONLY | unix.ST_NOSUID | unix.ST_NODEV | unix.ST_NOEXEC | unix.ST_NOATIME | unix.ST_NODIRATIME
	flags |= uintptr(s.Flags) & same // these have the numbers of their MS_ namesakes
	if s.Flags&(unix.ST_NOATIME|unix.ST_RELATIME) == 0 {
		flags |= unix.MS_STRICTATIME
	}
	if err := unix.Mount("", path, "", unix.MS_BIND|unix.MS_REMOUNT|flags, ""); err != nil {
		return &os.PathError{Op: "remount", Path: path, Err: err}
	}
	return nil
}
