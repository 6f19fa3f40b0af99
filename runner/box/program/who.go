//go:build linux

package main

import (
	"fmt"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
)

func whoami(j *job) {
	if len(j.args) > 0 {
		j.status = complain(1, "whoami: extra operand %s\nTry 'whoami --help' for more information.", quoted(j.args[0]))
		return
	}
	u, err := user.LookupId(strconv.Itoa(os.Geteuid()))
	if err != nil {
		j.fail("cannot find name for user ID %d", os.Geteuid())
		return
	}
	fmt.Println(u.Username)
}

// identity is who somebody is: the user, the group, and all groups, that one first.
type identity struct {
	uid, gid int
	groups   []int
}

func id(j *job) {
	var choices int
	for _, letter := range "ugG" {
		if j.given[letter] {
			choices++
		}
	}
	switch {
	case choices > 1:
		j.fail(`cannot print "only" of more than one choice`)
		return
	case choices == 0 && (j.given['n'] || j.given['r']):
		j.fail("cannot print only names or real IDs in default format")
		return
	}
	if len(j.args) == 0 {
		j.identify(self(j.given['r']))
	}
	for _, name := range j.args {
		who, err := known(name)
		if err != nil {
			j.fail("%s: no such user", quoted(name))
			continue
		}
		j.identify(who)
	}
}

// self is who runs this program: by its effective user, or by the real one.
func self(real bool) identity {
	who := identity{uid: os.Geteuid(), gid: os.Getegid()}
	if real {
		who = identity{uid: os.Getuid(), gid: os.Getgid()}
	}
	groups, _ := os.Getgroups()
	who.groups = firstOf(who.gid, groups)
	return who
}

func known(name string) (identity, error) {
	u, err := user.Lookup(name)
	if err != nil {
		if u, err = user.LookupId(name); err != nil {
			return identity{}, err
		}
	}
	var who identity
	who.uid, _ = strconv.Atoi(u.Uid)
	who.gid, _ = strconv.Atoi(u.Gid)
	ids, _ := u.GroupIds()
	var groups []int
	for _, text := range ids {
		n, _ := strconv.Atoi(text)
		groups = append(groups, n)
	}
	who.groups = firstOf(who.gid, groups)
	return who, nil
}

// firstOf puts one number before all the others.
func firstOf(n int, all []int) []int {
	return append([]int{n}, slices.DeleteFunc(slices.Clone(all), func(other int) bool { return other == n })...)
}

func (j *job) identify(who identity) {
	shown := strconv.Itoa
	switch {
	case j.given['u']:
		if j.given['n'] {
			shown = userName
		}
		fmt.Println(shown(who.uid))
		return
	case j.given['g'], j.given['G']:
		if j.given['n'] {
			shown = groupName
		}
		if j.given['g'] {
			who.groups = who.groups[:1]
		}
		fmt.Println(list(who.groups, " ", shown))
		return
	}
	fmt.Printf("uid=%s gid=%s groups=%s\n", named(who.uid, userName), named(who.gid, groupName),
		list(who.groups, ",", func(id int) string { return named(id, groupName) }))
}

// named is a number and, where there is one, its name: 33(www-data).
func named(id int, name func(int) string) string {
	number := strconv.Itoa(id)
	if n := name(id); n != number {
		return number + "(" + n + ")"
	}
	return number
}

func list(ids []int, separator string, shown func(int) string) string {
	var parts []string
	for _, id := range ids {
		parts = append(parts, shown(id))
	}
	return strings.Join(parts, separator)
}
