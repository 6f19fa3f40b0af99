//go:build !windows

package engine

import (
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// listed returns the group that a socket belongs to, and whether the user is listed in it. A socket of root's own group
// is one that nobody has set up: there the group is the one that Docker's packages make.
func listed(path string) (group string, member bool) {
	const usual = "docker"
	info, err := os.Stat(path)
	if err != nil {
		return usual, false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Gid == 0 {
		return usual, false
	}
	id := strconv.Itoa(int(stat.Gid))
	g, err := user.LookupGroupId(id)
	if err != nil {
		return usual, false
	}
	return g.Name, isListed(id)
}

func isListed(gid string) bool {
	me, err := user.Current()
	if err != nil {
		return false
	}
	groups, err := me.GroupIds()
	return err == nil && slices.Contains(groups, gid)
}

// Access tells what lets this user talk to the engine.
func (t Target) Access() Access {
	a := Access{Root: os.Geteuid() == 0}
	if t.Socket() == "" {
		return a
	}
	path, err := filepath.EvalSymlinks(t.Socket())
	if err != nil {
		return a
	}
	info, err := os.Stat(path)
	if err != nil {
		return a
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	a.Owner = ok && int(stat.Uid) == os.Geteuid()
	a.Group, a.Member = listed(path)
	a.Everyone = info.Mode().Perm()&0o002 != 0 && reachable(path)
	return a
}

// reachable reports whether everybody may go through the folders above a path.
func reachable(path string) bool {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}
