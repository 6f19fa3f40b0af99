//go:build !windows

package engine

import (
	"os"
	"os/user"
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
