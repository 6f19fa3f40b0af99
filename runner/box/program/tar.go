//go:build linux

package main

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// tarFails is tar's status whatever went wrong.
const tarFails = 2

// archive is a run of tar.
type archive struct {
	*job
	names  *os.File        // where they are printed
	wanted map[string]bool // members, and whether they were found
	strip  int             // leading parts of a name
	warned bool            // of a leading "/"
}

func tarArchive(j *job) {
	options, err := newJob("tar", j.command, dashed(j.args, j.options))
	if err != nil {
		j.status = complain(tarFails, "tar: %v\nTry 'tar --help' or 'tar --usage' for more information.", err)
		return
	}
	a := &archive{job: options, names: os.Stdout, wanted: map[string]bool{}}
	defer func() { j.status = a.status }()
	a.strip, _ = strconv.Atoi(a.value['s'])
	count := 0
	for _, letter := range "cxt" {
		if a.given[letter] {
			count++
		}
	}
	switch {
	case count == 0:
		a.status = complain(tarFails, "tar: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\nTry 'tar --help' or 'tar --usage' for more information.")
	case count > 1:
		a.status = complain(tarFails, "tar: You may not specify more than one '-Acdtrux', '--delete' or  '--test-label' option\nTry 'tar --help' or 'tar --usage' for more information.")
	case a.given['c'] && len(a.args) == 0:
		a.status = complain(tarFails, "tar: Cowardly refusing to create an empty archive\nTry 'tar --help' or 'tar --usage' for more information.")
	case a.given['c']:
		a.create()
	default:
		a.read()
	}
}

// dashed turns "tar czf FILE" into "tar -c -z -f FILE".
func dashed(args []string, options string) []string {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return args
	}
	rest := args[1:]
	var list []string
	for _, letter := range args[0] {
		list = append(list, "-"+string(letter))
		if strings.Contains(options, string(letter)+":") && len(rest) > 0 {
			list, rest = append(list, rest[0]), rest[1:]
		}
	}
	return append(list, rest...)
}

// wrong says what is wrong with one member, and lets the rest go on.
func (a *archive) wrong(format string, args ...any) {
	a.status = complain(tarFails, "tar: "+format, args...)
}

// fatal is what nothing can be done after.
func (a *archive) fatal(name, doing string, err error) {
	a.wrong("%s: %s: %s\ntar: Error is not recoverable: exiting now", name, doing, reason(err))
}

// ended adds the last words where something went wrong before.
func (a *archive) ended() {
	if a.status != 0 {
		a.wrong("Exiting with failure status due to previous errors")
	}
}

// within goes to the directory of -C, after the archive was opened.
func (a *archive) within() bool {
	dir, given := a.value['C']
	if !given {
		return true
	}
	err := os.Chdir(dir)
	if err != nil {
		a.fatal(dir, "Cannot open", err)
	}
	return err == nil
}

func (a *archive) file() string {
	if name := a.value['f']; name != "" {
		return name
	}
	return "-"
}

func (a *archive) create() {
	out := os.Stdout
	if name := a.file(); name != "-" {
		f, err := os.Create(name)
		if err != nil {
			a.fatal(name, "Cannot open", err)
			return
		}
		defer f.Close()
		out = f
	} else if a.names = os.Stderr; term.IsTerminal(int(out.Fd())) {
		a.wrong("Refusing to write archive contents to terminal (missing -f option?)\ntar: Error is not recoverable: exiting now")
		return
	}
	if !a.within() {
		return
	}
	buffered := bufio.NewWriter(out)
	var to io.Writer = buffered
	var packed *gzip.Writer
	if a.given['z'] {
		packed = gzip.NewWriter(buffered)
		to = packed
	}
	w := tar.NewWriter(to)
	for _, name := range a.args {
		a.add(w, name, out)
	}
	err := w.Close()
	if packed != nil {
		err = errors.Join(err, packed.Close())
	}
	if err = errors.Join(err, buffered.Flush()); err != nil {
		a.fatal(a.file(), "Cannot write", err)
		return
	}
	a.ended()
}

func (a *archive) add(w *tar.Writer, name string, archive *os.File) {
	info, err := os.Lstat(name)
	if err != nil {
		a.wrong("%s: Cannot stat: %s", name, reason(err))
		return
	}
	if own, err := archive.Stat(); err == nil && os.SameFile(own, info) {
		a.wrong("%s: file is the archive; not dumped", name)
		a.status = 0
		return
	}
	target, _ := os.Readlink(name) // of what is none
	h, err := tar.FileInfoHeader(info, target)
	if err != nil {
		a.wrong("%s: %s", name, reason(err)) // a socket
		return
	}
	h.Name = a.relative(name)
	h.Format = tar.FormatGNU
	h.AccessTime, h.ChangeTime = time.Time{}, time.Time{}
	h.ModTime = h.ModTime.Truncate(time.Second)
	if info.IsDir() {
		h.Name = strings.TrimRight(h.Name, "/") + "/"
	}
	if a.given['v'] {
		fmt.Fprintln(a.names, h.Name)
	}
	if err := a.write(w, h, name, info); err != nil {
		a.wrong("%s: Cannot open: %s", name, reason(err))
		return
	}
	if info.IsDir() {
		entries, _ := os.ReadDir(name)
		for _, e := range entries {
			a.add(w, beneath(name, e.Name()), archive)
		}
	}
}

func (a *archive) relative(name string) string {
	if a.given['P'] && a.given['c'] {
		return name
	}
	if strings.HasPrefix(name, "/") && !a.warned {
		complain(0, "tar: Removing leading `/' from member names")
		a.warned = true
	}
	return strings.TrimLeft(name, "/")
}

func (a *archive) write(w *tar.Writer, h *tar.Header, name string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return w.WriteHeader(h)
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err = io.CopyN(w, f, h.Size)
	return err
}

// read lists or extracts.
func (a *archive) read() {
	in, err := input(a.file())
	if err != nil {
		a.fatal(a.file(), "Cannot open", err)
		return
	}
	defer in.Close()
	if a.file() == "-" && term.IsTerminal(int(os.Stdin.Fd())) {
		a.wrong("Refusing to read archive contents from terminal (missing -f option?)\ntar: Error is not recoverable: exiting now")
		return
	}
	if !a.within() {
		return
	}
	for _, name := range a.args {
		a.wanted[strings.TrimSuffix(name, "/")] = false
	}
	buffered := bufio.NewReader(in)
	var from io.Reader = buffered
	if magic, _ := buffered.Peek(2); string(magic) == "\x1f\x8b" {
		if from, err = gzip.NewReader(buffered); err != nil {
			a.fatal(a.file(), "Cannot read", err)
			return
		}
	}
	if !a.members(tar.NewReader(from)) {
		return
	}
	for _, name := range a.args {
		if !a.wanted[strings.TrimSuffix(name, "/")] {
			a.wrong("%s: Not found in archive", name)
		}
	}
	a.ended()
}

func (a *archive) members(r *tar.Reader) bool {
	root, err := os.OpenRoot(".") // nothing in an archive is written outside
	if err != nil {
		a.fatal(".", "Cannot open", err)
		return false
	}
	defer root.Close()
	var dirs []*tar.Header // their times change while they are filled
	for {
		h, err := r.Next()
		switch {
		case err == io.EOF:
			for _, d := range dirs {
				finish(root, d.Name, d)
			}
			return true
		case err != nil:
			a.wrong("This does not look like a tar archive\ntar: Exiting with failure status due to previous errors")
			return false
		case !a.wants(h.Name):
			continue
		}
		if a.given['t'] || a.given['v'] {
			a.show(h)
		}
		if a.given['t'] {
			continue
		}
		h.Name = stripped(a.relative(h.Name), a.strip)
		if h.Name == "" {
			continue
		}
		if err := extract(root, h, r); err != nil {
			a.wrong("%s: Cannot open: %s", h.Name, reason(err))
		}
		if h.Typeflag == tar.TypeDir {
			dirs = append(dirs, h)
		}
	}
}

// wants says whether a member, or a directory it is in, was asked for.
func (a *archive) wants(name string) bool {
	if len(a.wanted) == 0 {
		return true
	}
	for part := strings.TrimSuffix(name, "/"); part != "." && part != "/"; part = path.Dir(part) {
		if _, asked := a.wanted[part]; asked {
			a.wanted[part] = true
			return true
		}
	}
	return false
}

func stripped(name string, parts int) string {
	for ; parts > 0; parts-- {
		_, name, _ = strings.Cut(name, "/")
	}
	return name
}

func (a *archive) show(h *tar.Header) {
	if !a.given['v'] || a.given['x'] {
		fmt.Fprintln(a.names, h.Name)
		return
	}
	who := orNumber(h.Uname, h.Uid) + "/" + orNumber(h.Gname, h.Gid)
	name := h.Name
	if h.Typeflag == tar.TypeSymlink {
		name += " -> " + h.Linkname
	}
	width := max(0, 19-1-len(who))
	fmt.Fprintf(a.names, "%s %s %*d %s %s\n", kind(h.FileInfo().Mode())+letters(uint32(h.Mode)&0o7777), who, width, h.Size, h.ModTime.Local().Format("2006-01-02 15:04"), name)
}

func orNumber(name string, id int) string {
	if name == "" {
		return strconv.Itoa(id)
	}
	return name
}

func extract(root *os.Root, h *tar.Header, content io.Reader) error {
	if err := root.MkdirAll(filepath.Dir(filepath.Clean(h.Name)), 0o777); err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return root.MkdirAll(filepath.Clean(h.Name), 0o777)
	case tar.TypeReg:
		root.Remove(h.Name)
		f, err := root.OpenFile(h.Name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, content)
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	case tar.TypeSymlink:
		root.Remove(h.Name)
		if err := root.Symlink(h.Linkname, h.Name); err != nil {
			return err
		}
	case tar.TypeLink:
		root.Remove(h.Name)
		return root.Link(h.Linkname, h.Name)
	default:
		return nil
	}
	return finish(root, h.Name, h)
}

// finish gives what was extracted its owner, which only root may, its permissions and its time.
func finish(root *os.Root, name string, h *tar.Header) error {
	mode := h.FileInfo().Mode()
	if os.Geteuid() == 0 {
		if err := root.Lchown(name, h.Uid, h.Gid); err != nil {
			return err
		}
	} else {
		mode &^= fs.FileMode(umask())
	}
	if h.Typeflag != tar.TypeSymlink {
		if err := root.Chmod(name, mode); err != nil {
			return err
		}
	}
	dir, err := root.Open(filepath.Dir(filepath.Clean(name)))
	if err != nil {
		return err
	}
	defer dir.Close()
	at := unix.NsecToTimespec(h.ModTime.UnixNano())
	return unix.UtimesNanoAt(int(dir.Fd()), filepath.Base(name), []unix.Timespec{at, at}, unix.AT_SYMLINK_NOFOLLOW)
}
