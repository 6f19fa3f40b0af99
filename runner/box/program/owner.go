//go:build linux

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// same is the number that leaves an owner or a group as it is.
const same = -1

// ownership is a user and a group, either of which may be the same as before.
type ownership struct{ uid, gid int }

// order is what chown is asked for, and in which words.
type order struct {
	ownership
	words string
}

func chown(j *job) {
	if len(j.args) == 1 {
		j.status = complain(1, "chown: missing operand after %s\nTry 'chown --help' for more information.", quoted(j.args[0]))
		return
	}
	want, err := parseOwnership(j.args[0])
	if err != nil {
		j.fail("invalid %v: %s", err, quoted(j.args[0]))
		return
	}
	for _, name := range j.args[1:] {
		if j.given['R'] {
			j.chownTree(name, want)
		} else {
			j.chownFile(name, want, !j.given['h'])
		}
	}
}

var errNoUser, errNoGroup = errors.New("user"), errors.New("group")

// parseOwnership reads "user", "user:group", ":group", and "user:", which means the group that the user has.
func parseOwnership(text string) (o order, err error) {
	o = order{ownership{same, same}, strings.TrimPrefix(text, ":")}
	name, group, both := strings.Cut(text, ":")
	if name != "" {
		if o.uid, err = userID(name); err != nil {
			return o, errNoUser
		}
	}
	switch {
	case group != "":
		if o.gid, err = groupID(group); err != nil {
			return o, errNoGroup
		}
	case both && name != "":
		u, err := user.Lookup(name)
		if err != nil {
			return o, fmt.Errorf("spec")
		}
		o.gid, _ = strconv.Atoi(u.Gid)
		o.words += groupName(o.gid)
	}
	return o, nil
}

// userID is the number of a user who is named, or numbered.
func userID(name string) (int, error) {
	if u, err := user.Lookup(name); err == nil {
		return strconv.Atoi(u.Uid)
	}
	return number(name)
}

func groupID(name string) (int, error) {
	if g, err := user.LookupGroup(name); err == nil {
		return strconv.Atoi(g.Gid)
	}
	return number(name)
}

func number(text string) (int, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 10, 32)
	if err == nil && n == math.MaxUint32 {
		err = strconv.ErrRange
	}
	return int(n), err
}

// chownTree changes what is in a folder before the folder; links in it, and what they lead to, are two things.
func (j *job) chownTree(name string, want order) {
	if info, err := os.Lstat(name); err == nil && info.IsDir() {
		entries, err := os.ReadDir(name)
		if err != nil {
			j.fail("cannot read directory %s: %s", quoted(name), reason(err))
		}
		for _, e := range entries {
			j.chownTree(beneath(name, e.Name()), want)
		}
	}
	j.chownFile(name, want, false)
}

func (j *job) chownFile(name string, want order, follow bool) {
	look, change := os.Lstat, os.Lchown
	if follow {
		look, change = os.Stat, os.Chown
	}
	info, err := look(name)
	if err != nil {
		if !j.given['f'] {
			j.fail("cannot %s %s: %s", accessing(name), quoted(name), reason(err))
		}
		j.status = 1
		return
	}
	if err := change(name, want.uid, want.gid); err != nil {
		if !j.given['f'] {
			j.fail("changing %s of %s: %s", want.kind(), quoted(name), reason(err))
		}
		j.status = 1
		return
	}
	if j.given['v'] {
		want.tell(name, info)
	}
}

// accessing is what chown could not do with a name: a link that leads nowhere is there.
func accessing(name string) string {
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) || err != nil {
		return "access"
	}
	return "dereference"
}

func (o ownership) kind() string {
	if o.uid == same && o.gid != same {
		return "group"
	}
	return "ownership"
}

// tell says what became of a file's owner, in the parts that were asked for.
func (o order) tell(name string, before fs.FileInfo) {
	stat := before.Sys().(*syscall.Stat_t)
	old := ownership{same, same}
	if o.uid != same {
		old.uid = int(stat.Uid)
	}
	if o.gid != same {
		old.gid = int(stat.Gid)
	}
	if old == o.ownership {
		fmt.Printf("%s of %s retained as %s\n", o.kind(), quoted(name), old)
		return
	}
	fmt.Printf("changed %s of %s from %s to %s\n", o.kind(), quoted(name), old, o.words)
}

func (o ownership) String() string {
	var parts []string
	if o.uid != same {
		parts = append(parts, userName(o.uid))
	}
	if o.gid != same {
		parts = append(parts, groupName(o.gid))
	}
	return strings.Join(parts, ":")
}

// userName is the name of a user, or the number where nobody has it.
func userName(id int) string {
	if u, err := user.LookupId(strconv.Itoa(id)); err == nil {
		return u.Username
	}
	return strconv.Itoa(id)
}

func groupName(id int) string {
	if g, err := user.LookupGroupId(strconv.Itoa(id)); err == nil {
		return g.Name
	}
	return strconv.Itoa(id)
}
