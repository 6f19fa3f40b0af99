//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func mkdir(j *job) {
	mode, hasMode := change(nil), j.given['m']
	if hasMode {
		var ok bool
		if mode, ok = parseMode(j.value['m'], umask()); !ok {
			j.fail("invalid mode %s", quoted(j.value['m']))
			return
		}
	}
	for _, name := range j.args {
		err := j.mkdirOne(name)
		if err == nil && hasMode {
			err = syscall.Chmod(name, mode(0o777, true))
		}
		if err != nil {
			j.fail("cannot create directory %s: %s", quoted(pathOf(err, name)), reason(err))
		}
	}
}

// mkdirOne makes the directory, and with -p those above it; one that is there already is an error without -p.
func (j *job) mkdirOne(name string) error {
	if !j.given['p'] {
		return j.made(name, os.Mkdir(name, 0o777))
	}
	path := ""
	for part := range strings.SplitAfterSeq(name, "/") {
		path += part
		if part == "/" || part == "" {
			continue
		}
		above := strings.TrimSuffix(path, "/")
		info, err := os.Stat(above)
		switch {
		case err != nil:
			err = j.made(above, os.Mkdir(above, 0o777))
		case info.IsDir():
		case above == strings.TrimSuffix(name, "/"):
			err = &fs.PathError{Op: "mkdir", Path: above, Err: syscall.EEXIST}
		default:
			err = &fs.PathError{Op: "mkdir", Path: above, Err: syscall.ENOTDIR}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (j *job) made(name string, err error) error {
	if err == nil && j.given['v'] {
		fmt.Printf("mkdir: created directory %s\n", quoted(name))
	}
	return err
}

// pathOf is the path that an error is about, where it says one.
func pathOf(err error, otherwise string) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Path
	}
	return otherwise
}

func rm(j *job) {
	if len(j.args) == 0 && !j.given['f'] {
		j.status = complain(1, "rm: missing operand\nTry 'rm --help' for more information.")
		return
	}
	recursive := j.given['r'] || j.given['R']
	for _, name := range j.args {
		switch base := filepath.Base(strings.TrimRight(name, "/")); {
		case recursive && strings.Trim(name, "/") == "" && name != "":
			j.fail("it is dangerous to operate recursively on '/'\nrm: use --no-preserve-root to override this failsafe")
		case recursive && (base == "." && name != "" || base == ".."):
			j.fail("refusing to remove '.' or '..' directory: skipping %s", quoted(name))
		default:
			j.remove(name, recursive)
		}
	}
}

func (j *job) remove(name string, recursive bool) {
	info, err := os.Lstat(name)
	switch {
	case j.given['f'] && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)):
		return
	case err != nil:
	case info.IsDir() && recursive:
		if err = j.removeWithin(name); err == nil {
			err = syscall.Rmdir(name)
		}
		if j.status != 0 && errors.Is(err, syscall.ENOTEMPTY) {
			return // what is left in it has been told
		}
	case info.IsDir() && j.given['d']:
		err = syscall.Rmdir(name)
	case info.IsDir():
		err = syscall.EISDIR
	default:
		err = syscall.Unlink(name)
	}
	switch {
	case err != nil:
		j.fail("cannot remove %s: %s", quoted(name), reason(err))
	case j.given['v'] && info.IsDir():
		fmt.Printf("removed directory %s\n", quoted(name))
	case j.given['v']:
		fmt.Printf("removed %s\n", quoted(name))
	}
}

func (j *job) removeWithin(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		j.remove(beneath(dir, e.Name()), true)
	}
	return nil
}

// beneath is a path within a directory, which keeps the directory's own spelling ("./a" stays "./a").
func beneath(dir, name string) string {
	return strings.TrimSuffix(dir, "/") + "/" + name
}

func cp(j *job) {
	if j.given['a'] {
		j.given['r'], j.given['p'], j.given['P'] = true, true, true
	}
	if j.given['d'] {
		j.given['P'] = true
	}
	j.given['r'] = j.given['r'] || j.given['R']
	j.eachTarget(j.copy)
}

func mv(j *job) {
	j.eachTarget(j.move)
}

// eachTarget goes through "SOURCE DEST" and "SOURCE… DIRECTORY".
func (j *job) eachTarget(do func(from, to string)) {
	if len(j.args) == 1 {
		j.status = complain(1, "%s: missing destination file operand after %s\nTry '%s --help' for more information.", j.name, quoted(j.args[0]), j.name)
		return
	}
	last := len(j.args) - 1
	to := j.args[last]
	info, err := os.Stat(to)
	if err == nil && !info.IsDir() {
		err = syscall.ENOTDIR
	}
	if err != nil && last > 1 {
		j.fail("target %s: %s", quoted(to), reason(err))
		return
	}
	for _, from := range j.args[:last] {
		if err == nil && !j.given['T'] {
			do(from, beneath(to, filepath.Base(from)))
		} else {
			do(from, to)
		}
	}
}

func (j *job) move(from, to string) {
	source, err := os.Lstat(from)
	if err != nil {
		j.fail("cannot stat %s: %s", quoted(from), reason(err))
		return
	}
	target, err := os.Lstat(to)
	switch there := err == nil; {
	case there && j.given['n']:
		return
	case there && os.SameFile(source, target):
		j.fail("%s and %s are the same file", quoted(from), quoted(to))
		return
	case there && target.IsDir() && !source.IsDir():
		j.fail("cannot overwrite directory %s with non-directory", quoted(to))
		return
	case there && !target.IsDir() && source.IsDir():
		j.fail("cannot overwrite non-directory %s with directory %s", quoted(to), quoted(from))
		return
	case source.IsDir() && within(to, from):
		j.fail("cannot move %s to a subdirectory of itself, %s", quoted(from), quoted(to))
		return
	}
	err = syscall.Rename(from, to)
	if errors.Is(err, syscall.EXDEV) { // another file system, or a directory of a lower layer
		err = j.moveAcross(from, to)
	}
	switch {
	case err != nil:
		j.fail("cannot move %s to %s: %s", quoted(from), quoted(to), reason(err))
	case j.given['v']:
		fmt.Printf("renamed %s -> %s\n", quoted(from), quoted(to))
	}
}

var errToldAlready = errors.New("not everything could be copied")

func (j *job) moveAcross(from, to string) error {
	copier := &job{name: "mv", given: map[rune]bool{'r': true, 'p': true, 'P': true}}
	copier.copy(from, to)
	if copier.status != 0 {
		return errToldAlready
	}
	return os.RemoveAll(from)
}

// within reports whether a path lies under a directory.
func within(path, dir string) bool {
	path, err1 := filepath.Abs(path)
	dir, err2 := filepath.Abs(dir)
	return err1 == nil && err2 == nil && strings.HasPrefix(path, dir+"/")
}

func (j *job) copy(from, to string) {
	stat := os.Stat
	if j.given['P'] || j.given['r'] && !j.given['L'] {
		stat = os.Lstat
	}
	source, err := stat(from)
	if err != nil {
		j.fail("cannot stat %s: %s", quoted(from), reason(err))
		return
	}
	target, err := os.Stat(to)
	switch there := err == nil; {
	case source.IsDir() && !j.given['r']:
		j.fail("-r not specified; omitting directory %s", quoted(from))
		return
	case there && j.given['n'] && !source.IsDir():
		return
	case there && os.SameFile(source, target):
		j.fail("%s and %s are the same file", quoted(from), quoted(to))
		return
	case there && target.IsDir() && !source.IsDir():
		j.fail("cannot overwrite directory %s with non-directory", quoted(to))
		return
	case there && !target.IsDir() && source.IsDir():
		j.fail("cannot overwrite non-directory %s with directory %s", quoted(to), quoted(from))
		return
	case source.IsDir() && within(to, from):
		j.fail("cannot copy a directory, %s, into itself, %s", quoted(from), quoted(to))
		return
	}
	j.copyAs(source, from, to)
}

// copyAs copies what kind of thing the source is.
func (j *job) copyAs(source fs.FileInfo, from, to string) {
	var err error
	doing := "cannot create regular file"
	switch {
	case source.IsDir():
		j.copyTree(source, from, to)
		return
	case source.Mode()&fs.ModeSymlink != 0:
		doing = "cannot create symbolic link"
		err = copyLink(from, to)
	case source.Mode()&fs.ModeNamedPipe != 0 && j.given['r']:
		doing = "cannot create fifo"
		err = syscall.Mkfifo(to, permissions(source))
	default:
		var in *os.File
		if in, err = os.Open(from); err != nil {
			j.fail("cannot open %s for reading: %s", quoted(from), reason(err))
			return
		}
		defer in.Close()
		err = copyFile(in, to, source, j.given['f'])
	}
	if err == nil && j.given['p'] {
		err = keep(source, to)
	}
	switch {
	case err != nil:
		j.fail("%s %s: %s", doing, quoted(to), reason(err))
	case j.given['v']:
		fmt.Printf("%s -> %s\n", quoted(from), quoted(to))
	}
}

func copyLink(from, to string) error {
	target, err := os.Readlink(from)
	if err != nil {
		return err
	}
	err = os.Symlink(target, to)
	if errors.Is(err, fs.ErrExist) {
		if err := os.Remove(to); err != nil {
			return err
		}
		return os.Symlink(target, to)
	}
	return err
}

func copyFile(in *os.File, to string, source fs.FileInfo, force bool) error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	out, err := os.OpenFile(to, flags, fs.FileMode(permissions(source)&0o777))
	if err != nil && force && os.Remove(to) == nil {
		out, err = os.OpenFile(to, flags, fs.FileMode(permissions(source)&0o777))
	}
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

// copyTree makes the directory open to us while it is filled, and gives it its permissions at the end.
func (j *job) copyTree(source fs.FileInfo, from, to string) {
	entries, err := os.ReadDir(from)
	if err != nil {
		j.fail("cannot access %s: %s", quoted(from), reason(err))
		return
	}
	err = os.Mkdir(to, 0o777)
	isNew := err == nil
	if err != nil && !errors.Is(err, fs.ErrExist) {
		j.fail("cannot create directory %s: %s", quoted(to), reason(err))
		return
	}
	if j.given['v'] {
		fmt.Printf("%s -> %s\n", quoted(from), quoted(to))
	}
	for _, e := range entries {
		j.copy(beneath(from, e.Name()), beneath(to, e.Name()))
	}
	if isNew {
		err = syscall.Chmod(to, permissions(source)&^umask())
	} else {
		err = nil
	}
	if err == nil && j.given['p'] {
		err = keep(source, to)
	}
	if err != nil {
		j.fail("preserving permissions for %s: %s", quoted(to), reason(err))
	}
}

// keep gives a copy the owner, permissions and times of its source. An owner that only root may give is let go, as cp does.
func keep(source fs.FileInfo, to string) error {
	stat := source.Sys().(*syscall.Stat_t)
	if err := os.Lchown(to, int(stat.Uid), int(stat.Gid)); err != nil && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	if source.Mode()&fs.ModeSymlink == 0 {
		if err := syscall.Chmod(to, permissions(source)); err != nil {
			return err
		}
	}
	times := []unix.Timespec{{Sec: stat.Atim.Sec, Nsec: stat.Atim.Nsec}, {Sec: stat.Mtim.Sec, Nsec: stat.Mtim.Nsec}}
	return unix.UtimesNanoAt(unix.AT_FDCWD, to, times, unix.AT_SYMLINK_NOFOLLOW)
}

func accessTime(info fs.FileInfo) time.Time {
	t := info.Sys().(*syscall.Stat_t).Atim
	return time.Unix(int64(t.Sec), int64(t.Nsec))
}
