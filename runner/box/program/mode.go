//go:build linux

package main

import (
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// change is a parsed mode, as in "u+x,go=r": from a file's permissions it makes the new ones. Bits are the system's, 07777.
type change func(old uint32, dir bool) uint32

// parseMode reads an octal or a symbolic mode; umask is for clauses that name nobody.
func parseMode(text string, umask uint32) (change, bool) {
	if n, err := strconv.ParseUint(text, 8, 32); err == nil {
		return octalMode(text, uint32(n)), n <= 0o7777
	}
	var clauses []change
	for clause := range strings.SplitSeq(text, ",") {
		steps, ok := parseClause(clause, umask)
		if !ok {
			return nil, false
		}
		clauses = append(clauses, steps...)
	}
	return func(old uint32, dir bool) uint32 {
		for _, c := range clauses {
			old = c(old, dir)
		}
		return old
	}, true
}

// octalMode keeps a directory's set-id bits unless five digits say otherwise.
func octalMode(text string, n uint32) change {
	return func(old uint32, dir bool) uint32 {
		if dir && len(text) < 5 {
			return n | old&0o6000
		}
		return n
	}
}

func parseClause(clause string, umask uint32) (steps []change, ok bool) {
	who, rest := uint32(0), clause
	for rest != "" && strings.ContainsRune("ugoa", rune(rest[0])) {
		who |= map[byte]uint32{'u': 0o4700, 'g': 0o2070, 'o': 0o1007, 'a': 0o7777}[rest[0]]
		rest = rest[1:]
	}
	spared := uint32(0)
	if who == 0 {
		who, spared = 0o7777, umask
	}
	for rest != "" {
		operator := rest[0]
		end := 1 + strings.IndexAny(rest[1:]+"+", "+-=")
		permissions := rest[1:end]
		if !strings.ContainsRune("+-=", rune(operator)) || strings.Trim(permissions, "rwxXst") != "" && !(len(permissions) == 1 && strings.Contains("ugo", permissions)) {
			return nil, false
		}
		steps = append(steps, step(operator, who, spared, permissions))
		rest = rest[end:]
	}
	return steps, len(steps) > 0
}

func step(operator byte, who, spared uint32, permissions string) change {
	return func(old uint32, dir bool) uint32 {
		bits := wanted(permissions, old, dir) & who &^ spared
		switch operator {
		case '+':
			return old | bits
		case '-':
			return old &^ bits
		}
		cleared := who &^ 0o6000
		if !dir {
			cleared = who
		}
		return old&^cleared | bits
	}
}

func wanted(permissions string, old uint32, dir bool) (bits uint32) {
	for _, p := range permissions {
		switch p {
		case 'r':
			bits |= 0o444
		case 'w':
			bits |= 0o222
		case 'x':
			bits |= 0o111
		case 'X':
			if dir || old&0o111 != 0 {
				bits |= 0o111
			}
		case 's':
			bits |= 0o6000
		case 't':
			bits |= 0o1000
		case 'u':
			bits |= old >> 6 & 7 * 0o111
		case 'g':
			bits |= old >> 3 & 7 * 0o111
		case 'o':
			bits |= old & 7 * 0o111
		}
	}
	return bits
}

// permissions are a file's mode as the system has it.
func permissions(info fs.FileInfo) uint32 { return info.Sys().(*syscall.Stat_t).Mode & 0o7777 }

func umask() uint32 {
	old := syscall.Umask(0)
	syscall.Umask(old)
	return uint32(old)
}

func chmod(j *job) {
	mode, files, err := chmodArgs(j)
	if err != nil {
		j.status = complain(1, "chmod: %v\nTry 'chmod --help' for more information.", err)
		return
	}
	c, ok := parseMode(mode, umask())
	if !ok {
		j.status = complain(1, "chmod: invalid mode: %s\nTry 'chmod --help' for more information.", quoted(mode))
		return
	}
	for _, name := range files {
		j.chmodFile(name, c)
		if info, err := os.Stat(name); err == nil && info.IsDir() && j.given['R'] {
			j.chmodWithin(name, c)
		}
	}
}

func (j *job) chmodWithin(dir string, c change) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		j.fail("cannot read directory %s: %s", quoted(dir), reason(err))
	}
	for _, e := range entries {
		name := beneath(dir, e.Name())
		if e.Type()&fs.ModeSymlink == 0 {
			j.chmodFile(name, c)
		}
		if e.IsDir() {
			j.chmodWithin(name, c)
		}
	}
}

// chmodArgs tells options from a mode that takes something away, such as "-x".
func chmodArgs(j *job) (mode string, files []string, err error) {
	var options, rest []string
	for i, arg := range j.args {
		if arg == "--" {
			rest = append(rest, j.args[i+1:]...)
			break
		}
		if len(arg) > 1 && arg[0] == '-' && strings.Trim(arg[1:], "rwxXstugo") != "" {
			options = append(options, arg)
		} else {
			rest = append(rest, arg)
		}
	}
	parsed, err := newJob("chmod", j.command, options)
	if err != nil {
		return "", nil, err
	}
	j.given = parsed.given
	switch len(rest) {
	case 0:
		return "", nil, fmt.Errorf("missing operand")
	case 1:
		return "", nil, fmt.Errorf("missing operand after %s", quoted(rest[0]))
	}
	return rest[0], rest[1:], nil
}

func (j *job) chmodFile(name string, c change) {
	info, err := os.Stat(name)
	if err != nil {
		if !j.given['f'] {
			j.fail("cannot access %s: %s", quoted(name), reason(err))
		}
		j.status = 1
		return
	}
	old := permissions(info)
	changed := c(old, info.IsDir())
	if err := syscall.Chmod(name, changed); err != nil {
		j.fail("changing permissions of %s: %s", quoted(name), reason(err))
		return
	}
	if j.given['v'] && old == changed {
		fmt.Printf("mode of %s retained as %04o (%s)\n", quoted(name), old, letters(old))
	} else if j.given['v'] {
		fmt.Printf("mode of %s changed from %04o (%s) to %04o (%s)\n", quoted(name), old, letters(old), changed, letters(changed))
	}
}

// letters writes permissions as "rwxr-xr-t".
func letters(mode uint32) string {
	b := []byte("rwxrwxrwx")
	for i := range b {
		if mode&(1<<(8-i)) == 0 {
			b[i] = '-'
		}
	}
	special(b, 2, mode&0o4000 != 0, 's')
	special(b, 5, mode&0o2000 != 0, 's')
	special(b, 8, mode&0o1000 != 0, 't')
	return string(b)
}

// special writes a set-id or sticky bit over the x; as a capital where there is no x.
func special(b []byte, i int, set bool, letter byte) {
	switch {
	case set && b[i] == 'x':
		b[i] = letter
	case set:
		b[i] = letter - 'a' + 'A'
	}
}
