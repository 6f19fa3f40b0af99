package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/opencontainers/cgroups"
	"github.com/opencontainers/cgroups/fs"
	"github.com/opencontainers/cgroups/fs2"
	"golang.org/x/sys/unix"
)

// Limits bound what a container's processes use together, where this program may make control groups; see LimitsExact. Elsewhere each
// process of it is bounded, by what comes near: its data by Memory and what Go programs reserve, the processes by those that the user has anyhow.
type Limits struct {
	Memory    int64 // in bytes, and as much again of swap; zero is no limit
	Processes int64 // threads count as well; zero is no limit
}

// LimitsExact finds by doing it, once, whether limits are those of the container as a whole.
var LimitsExact = sync.OnceValue(func() bool {
	g, err := newGroup(Limits{Memory: 1 << 30, Processes: 1 << 10})
	if err != nil {
		return false
	}
	return g.Destroy() == nil
})

func (l Limits) resources() *cgroups.Resources {
	r := &cgroups.Resources{Memory: l.Memory, SkipDevices: true}
	if l.Processes > 0 {
		r.PidsLimit = &l.Processes
	}
	return r
}

var groupCount atomic.Int64

// newGroup is an empty control group with its limits. Groups of engines that did not live to remove them go away on the way.
func newGroup(l Limits) (cgroups.Manager, error) {
	name := fmt.Sprintf("%s%d-%d", groupPrefix, os.Getpid(), groupCount.Add(1))
	var g cgroups.Manager
	var err error
	if cgroups.IsCgroup2UnifiedMode() {
		g, err = newUnifiedGroup(name, l)
	} else {
		g, err = newSplitGroup(name, l)
	}
	if err != nil {
		return nil, err
	}
	if err := g.Apply(-1); err != nil {
		g.Destroy()
		return nil, err
	}
	if err := limit(g, l); err != nil {
		g.Destroy()
		return nil, err
	}
	return g, nil
}

// limit counts swap where the kernel does.
func limit(g cgroups.Manager, l Limits) error {
	r := l.resources()
	if l.Memory > 0 && countsSwap(g.Path("memory")) {
		r.MemorySwap = 2 * l.Memory
	}
	return g.Set(r)
}

func countsSwap(group string) bool {
	for _, file := range []string{"memory.swap.max", "memory.memsw.limit_in_bytes"} {
		if _, err := os.Stat(filepath.Join(group, file)); err == nil {
			return true
		}
	}
	return false
}

// newUnifiedGroup is beside our own: one with processes in it cannot hand on its limits.
func newUnifiedGroup(name string, l Limits) (cgroups.Manager, error) {
	own, err := cgroups.ParseCgroupFile("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	parent := filepath.Join(fs2.UnifiedMountpoint, filepath.Dir(own[""]))
	sweep(parent)
	return fs2.NewManager(&cgroups.Cgroup{Resources: l.resources()}, filepath.Join(parent, name))
}

// newSplitGroup is below our own, in the hierarchies of the first version.
func newSplitGroup(name string, l Limits) (cgroups.Manager, error) {
	paths := map[string]string{}
	for _, controller := range []string{"memory", "pids"} {
		own, err := cgroups.GetOwnCgroupPath(controller)
		if err != nil {
			return nil, err
		}
		sweep(own)
		paths[controller] = filepath.Join(own, name)
	}
	return fs.NewManager(&cgroups.Cgroup{Resources: l.resources()}, paths)
}

const groupPrefix = "capas-"

// sweep removes the groups of engines that are gone. A group that is in use stays, whatever its name.
func sweep(parent string) {
	groups, err := filepath.Glob(filepath.Join(parent, groupPrefix+"*-*"))
	if err != nil {
		return
	}
	for _, g := range groups {
		engine, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(g), groupPrefix), "-")
		if pid, err := strconv.Atoi(engine); err == nil && unix.Kill(pid, 0) == unix.ESRCH {
			os.Remove(g)
		}
	}
}

// rlimit is a limit of a process that stands in for one of a container.
type rlimit struct {
	Resource int
	Value    uint64
}

// reservedByGo is what the runtime of a Go program maps and hardly uses.
const reservedByGo = 128 << 20

func (l Limits) rlimits() ([]rlimit, error) {
	var list []rlimit
	if l.Memory > 0 {
		list = append(list, rlimit{unix.RLIMIT_DATA, uint64(l.Memory) + reservedByGo})
	}
	if l.Processes > 0 {
		others, err := threadsOfUser()
		if err != nil {
			return nil, err
		}
		list = append(list, rlimit{unix.RLIMIT_NPROC, uint64(l.Processes) + uint64(others)})
	}
	return list, nil
}

// threadsOfUser counts what this process's user runs on the machine.
func threadsOfUser() (int, error) {
	tasks, err := filepath.Glob("/proc/[0-9]*/task/*")
	if err != nil {
		return 0, err
	}
	count, uid := 0, uint32(os.Geteuid())
	for _, task := range tasks {
		var s unix.Stat_t
		if unix.Stat(task, &s) == nil && s.Uid == uid {
			count++
		}
	}
	return count, nil
}

func setRlimits(list []rlimit) error {
	for _, l := range list {
		if err := unix.Setrlimit(l.Resource, &unix.Rlimit{Cur: l.Value, Max: l.Value}); err != nil {
			return os.NewSyscallError("setrlimit", err)
		}
	}
	return nil
}

// bounds are Limits as this machine can keep them.
type bounds struct {
	group   cgroups.Manager // nil where there are none, or none can be made
	rlimits []rlimit
}

func (l Limits) bounds() (bounds, error) {
	if l == (Limits{}) {
		return bounds{}, nil
	}
	if g, err := newGroup(l); err == nil {
		return bounds{group: g}, nil
	}
	rlimits, err := l.rlimits()
	return bounds{rlimits: rlimits}, err
}

func (b bounds) admit(pid int) error {
	if b.group == nil {
		return nil
	}
	return b.group.AddPid("", pid)
}

// release takes a process back into the engine's own group. Where that fails it only counts as one of the container's.
func (b bounds) release(pid int) {
	if b.group == nil {
		return
	}
	own, err := cgroups.ParseCgroupFile("/proc/self/cgroup")
	if err != nil {
		return
	}
	if cgroups.IsCgroup2UnifiedMode() {
		cgroups.WriteCgroupProc(filepath.Join(fs2.UnifiedMountpoint, own[""]), pid)
		return
	}
	for controller := range b.group.GetPaths() {
		if dir, err := cgroups.GetOwnCgroupPath(controller); err == nil {
			cgroups.WriteCgroupProc(dir, pid)
		}
	}
}

// end removes what was made, and tells whether a process was ended for want of memory. All processes have to be gone.
func (b bounds) end() (oomKilled bool) {
	if b.group == nil {
		return false
	}
	count, err := b.group.OOMKillCount()
	b.group.Destroy() // what stays is swept away later
	return err == nil && count > 0
}
