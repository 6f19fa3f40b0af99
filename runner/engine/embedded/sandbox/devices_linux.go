package sandbox

import (
	"fmt"
	"os"
	"slices"

	"github.com/moby/sys/mount"
	"golang.org/x/sys/unix"
)

// devices are those of this machine that a container sees. They are mounted one by one onto a file system that allows none:
// a node that a container makes for itself opens nothing, whatever its capabilities.
var devices = []string{"/dev/full", "/dev/null", "/dev/random", "/dev/tty", "/dev/urandom", "/dev/zero"}

func takeDevices() ([]tree, error) {
	var trees []tree
	for _, path := range devices {
		t, err := openTree(path)
		if err != nil {
			return nil, err
		}
		t.target = path
		trees = append(trees, t)
	}
	return trees, nil
}

type link struct{ target, path string }

var links = []link{
	{"/proc/self/fd", "/dev/fd"},
	{"/proc/self/fd/0", "/dev/stdin"},
	{"/proc/self/fd/1", "/dev/stdout"},
	{"/proc/self/fd/2", "/dev/stderr"},
	{"pts/ptmx", "/dev/ptmx"},
}

// kernelLinks are links, and one to the kernel's memory where the kernel shows it, as runc makes them.
func kernelLinks() []link {
	if _, err := os.Lstat("/proc/kcore"); err != nil {
		return links
	}
	return append(slices.Clone(links), link{"/proc/kcore", "/dev/core"})
}

func (r *root) placeDevices() error {
	if err := mountDev(r.spec.ShmSize); err != nil {
		return err
	}
	for _, t := range r.trees[:len(devices)] {
		if err := t.place(); err != nil {
			return err
		}
	}
	r.trees = r.trees[len(devices):]
	for _, l := range kernelLinks() {
		if err := os.Symlink(l.target, l.path); err != nil {
			return err
		}
	}
	return nil
}

const defaultShmSize = 64 << 20

func mountDev(shmSize int64) error {
	if shmSize == 0 {
		shmSize = defaultShmSize
	}
	for _, m := range []struct{ source, path, kind, options string }{
		{"tmpfs", "/dev", "tmpfs", "nosuid,nodev,strictatime,mode=755,size=65536k"},
		{"devpts", "/dev/pts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620" + ttyGroup()},
		{"mqueue", "/dev/mqueue", "mqueue", "nosuid,nodev,noexec"},
		{"shm", "/dev/shm", "tmpfs", fmt.Sprintf("nosuid,nodev,noexec,mode=1777,size=%d", shmSize)},
	} {
		if err := makeTarget(m.path, false); err != nil {
			return err
		}
		if err := mount.Mount(m.source, m.path, m.kind, m.options); err != nil {
			return err
		}
	}
	return nil
}

// ttyGroup is the option by which terminals belong to the group "tty", where there is such a group.
func ttyGroup() string {
	const tty = 5
	if mappedGroup(tty) {
		return fmt.Sprintf(",gid=%d", tty)
	}
	return ""
}

// bindFile shows a file of the container at another place, too.
func bindFile(source, target string) error {
	if err := makeTarget(target, true); err != nil {
		return err
	}
	if err := unix.Mount(source, target, "", unix.MS_BIND, ""); err != nil {
		return &os.PathError{Op: "mount", Path: target, Err: err}
	}
	return nil
}
