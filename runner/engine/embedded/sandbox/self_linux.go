package sandbox

import (
	"os"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// self is this program, whatever became of its file.
const self = "/proc/self/exe"

// program is how a process that is to enter a container executes this program: over a mount of its own on which it cannot be written.
// Otherwise whoever is root in the container could wait until the process becomes another, and write through /proc/PID/exe (CVE-2019-5736).
// Where no such mount can be made only the dumpable flag stands in the way: see hide.
var program = sync.OnceValue(func() string {
	for _, path := range []string{self, named()} { // in a new mount namespace the first is not of it
		if fd, err := sealed(path); err == nil && sameFile(fd) {
			return "/proc/self/fd/" + strconv.Itoa(fd)
		}
	}
	return self
})

func named() string {
	path, err := os.Executable()
	if err != nil {
		return self
	}
	return path
}

// sealed is a mount of a file that nobody can write to. It stays open.
func sealed(path string) (int, error) {
	low, err := unix.OpenTree(unix.AT_FDCWD, path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return -1, err
	}
	defer unix.Close(low)
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(low, "", unix.AT_EMPTY_PATH, &attr); err != nil {
		return -1, err
	}
	return unix.FcntlInt(uintptr(low), unix.F_DUPFD_CLOEXEC, outOfTheWay())
}

// outOfTheWay is a descriptor above those that this program opens: where a process is started, descriptors just above the highest
// of those that it gets are taken, whatever they are.
func outOfTheWay() int {
	const most = 16 << 10 // the kernel keeps a table up to the highest
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > most {
		return most - 1
	}
	return int(limit.Cur) - 1
}

// sameFile tells whether a descriptor is of this program: at its path there may be another by now.
func sameFile(fd int) bool {
	var ours, theirs unix.Stat_t
	return unix.Stat(self, &ours) == nil && unix.Fstat(fd, &theirs) == nil && ours.Dev == theirs.Dev && ours.Ino == theirs.Ino
}
