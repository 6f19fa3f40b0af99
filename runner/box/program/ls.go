//go:build linux

package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"
)

// entry is a file as ls shows it.
type entry struct {
	name string // as it is printed
	path string
	info fs.FileInfo
}

// listing is one run of ls.
type listing struct {
	*job
	out    *bufio.Writer
	width  int  // of the terminal; 0 where there is none
	titled bool // each directory has its name above it
	first  bool // nothing has been printed yet
}

func ls(j *job) {
	l := &listing{job: j, out: bufio.NewWriter(os.Stdout), first: true}
	defer l.out.Flush()
	if width, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
		l.width = max(width, 1)
	}
	if len(j.args) == 0 {
		j.args = []string{"."}
	}
	var files, dirs []entry
	for _, name := range j.args {
		e, err := l.operand(name)
		switch {
		case err != nil:
			l.denied(2, "cannot access %s: %s", quoted(name), reason(err))
		case e.info.IsDir() && !j.given['d']:
			dirs = append(dirs, e)
		default:
			files = append(files, e)
		}
	}
	l.titled = len(j.args) > 1 || j.given['R']
	l.sort(files)
	l.sort(dirs)
	if len(files) > 0 {
		l.print(files)
		l.first = false
	}
	for _, d := range dirs {
		l.directory(d)
	}
}

// operand follows a symbolic link to a directory unless the link itself was asked for.
func (l *listing) operand(name string) (entry, error) {
	info, err := os.Lstat(name)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 && !l.given['l'] && !l.given['n'] && !l.given['d'] && !l.given['F'] {
		if target, err := os.Stat(name); err == nil {
			info = target
		}
	}
	return entry{name, name, info}, err
}

// denied says what could not be listed; what was listed before it comes first.
func (l *listing) denied(status int, format string, args ...any) {
	l.out.Flush()
	complain(0, "ls: "+format, args...)
	l.status = max(l.status, status)
}

func (l *listing) directory(d entry) {
	names, err := os.ReadDir(d.path)
	if err != nil {
		l.denied(2, "cannot open directory %s: %s", quoted(d.name), reason(err))
		return
	}
	if !l.first {
		fmt.Fprintln(l.out)
	}
	l.first = false
	if l.titled {
		fmt.Fprintf(l.out, "%s:\n", d.name)
	}
	entries := l.entries(d, names)
	if l.given['l'] || l.given['n'] {
		fmt.Fprintf(l.out, "total %s\n", l.total(entries))
	}
	l.print(entries)
	if !l.given['R'] {
		return
	}
	for _, e := range entries {
		if e.info.IsDir() && e.name != "." && e.name != ".." {
			e.name = beneath(d.name, e.name)
			l.directory(e)
		}
	}
}

func (l *listing) entries(d entry, names []os.DirEntry) []entry {
	var list []entry
	add := func(name string) {
		path := beneath(d.path, name)
		info, err := os.Lstat(path)
		if err != nil {
			l.denied(1, "cannot access %s: %s", quoted(beneath(d.name, name)), reason(err))
			return
		}
		list = append(list, entry{name, path, info})
	}
	if l.given['a'] {
		add(".")
		add("..")
	}
	for _, n := range names {
		if !strings.HasPrefix(n.Name(), ".") || l.given['a'] || l.given['A'] {
			add(n.Name())
		}
	}
	l.sort(list)
	return list
}

func (l *listing) sort(list []entry) {
	slices.SortFunc(list, func(a, b entry) int {
		order := 0
		switch {
		case l.given['t']:
			order = b.info.ModTime().Compare(a.info.ModTime())
		case l.given['S']:
			order = cmp.Compare(b.info.Size(), a.info.Size())
		}
		if order == 0 {
			order = strings.Compare(a.name, b.name)
		}
		if l.given['r'] {
			return -order
		}
		return order
	})
}

func (l *listing) print(list []entry) {
	switch {
	case l.given['l'] || l.given['n']:
		l.long(list)
	case l.given['C'] || l.width > 0 && !l.given['1']:
		l.columns(list)
	default:
		for _, e := range list {
			fmt.Fprintln(l.out, l.shown(e))
		}
	}
}

// shown is the name, and with -F a sign for what it is.
func (l *listing) shown(e entry) string {
	if !l.given['F'] || e.info.Mode()&fs.ModeSymlink != 0 && l.given['l'] {
		return e.name
	}
	return e.name + sign(e.info.Mode())
}

func sign(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "/"
	case mode&fs.ModeSymlink != 0:
		return "@"
	case mode&fs.ModeNamedPipe != 0:
		return "|"
	case mode&fs.ModeSocket != 0:
		return "="
	case mode.IsRegular() && mode&0o111 != 0:
		return "*"
	}
	return ""
}

// columns fills the terminal from top to bottom, then to the right.
func (l *listing) columns(list []entry) {
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = l.shown(e)
	}
	width := l.width
	if width == 0 {
		width = 80
	}
	for rows := 1; rows <= len(names); rows++ {
		widths := columnWidths(names, rows)
		total := -2
		for _, w := range widths {
			total += w + 2
		}
		if total >= width && rows < len(names) {
			continue
		}
		for row := range rows {
			l.row(names, widths, row, rows)
		}
		return
	}
}

func columnWidths(names []string, rows int) []int {
	var widths []int
	for column := range slices.Chunk(names, rows) {
		widest := 0
		for _, name := range column {
			widest = max(widest, len([]rune(name)))
		}
		widths = append(widths, widest)
	}
	return widths
}

func (l *listing) row(names []string, widths []int, row, rows int) {
	for i := row; i < len(names); i += rows {
		if i+rows >= len(names) {
			fmt.Fprintln(l.out, names[i])
		} else {
			fmt.Fprintf(l.out, "%-*s  ", widths[i/rows], names[i])
		}
	}
}

// long prints a table: permissions, links, owner, group, size, time, name.
func (l *listing) long(list []entry) {
	rows := make([][5]string, len(list))
	var widths [5]int
	for i, e := range list {
		stat := e.info.Sys().(*syscall.Stat_t)
		rows[i] = [5]string{
			kind(e.info.Mode()) + letters(permissions(e.info)),
			strconv.FormatUint(uint64(stat.Nlink), 10),
			l.owner(stat.Uid), l.group(stat.Gid), l.size(e.info, stat),
		}
		for c, cell := range rows[i] {
			widths[c] = max(widths[c], len(cell))
		}
	}
	for i, e := range list {
		r := rows[i]
		fmt.Fprintf(l.out, "%-*s %*s %-*s %-*s %*s %s %s", widths[0], r[0], widths[1], r[1], widths[2], r[2], widths[3], r[3],
			widths[4], r[4], when(e.info.ModTime()), l.shown(e))
		if target, err := os.Readlink(e.path); err == nil {
			fmt.Fprintf(l.out, " -> %s%s", target, l.targetSign(e.path))
		}
		fmt.Fprintln(l.out)
	}
}

func (l *listing) targetSign(link string) string {
	info, err := os.Stat(link)
	if err != nil || !l.given['F'] {
		return ""
	}
	return sign(info.Mode())
}

func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "d"
	case mode&fs.ModeSymlink != 0:
		return "l"
	case mode&fs.ModeCharDevice != 0:
		return "c"
	case mode&fs.ModeDevice != 0:
		return "b"
	case mode&fs.ModeNamedPipe != 0:
		return "p"
	case mode&fs.ModeSocket != 0:
		return "s"
	}
	return "-"
}

func (l *listing) owner(id uint32) string {
	if l.given['n'] {
		return strconv.FormatUint(uint64(id), 10)
	}
	return userName(int(id))
}

func (l *listing) group(id uint32) string {
	if l.given['n'] {
		return strconv.FormatUint(uint64(id), 10)
	}
	return groupName(int(id))
}

func (l *listing) size(info fs.FileInfo, stat *syscall.Stat_t) string {
	if info.Mode()&fs.ModeDevice != 0 {
		return fmt.Sprintf("%d, %d", stat.Rdev>>8&0xfff, stat.Rdev&0xff|stat.Rdev>>12&0xfff00)
	}
	if l.given['h'] {
		return human(info.Size())
	}
	return strconv.FormatInt(info.Size(), 10)
}

func (l *listing) total(list []entry) string {
	var blocks int64
	for _, e := range list {
		blocks += e.info.Sys().(*syscall.Stat_t).Blocks
	}
	if l.given['h'] {
		return human(blocks * 512)
	}
	return strconv.FormatInt(blocks/2, 10)
}

// human rounds up, as ls does: 4.0K, 12M.
func human(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10)
	}
	size := float64(n)
	unit := -1
	for size >= 1024 {
		size /= 1024
		unit++
	}
	tenths := int64(size*10 + 0.999999)
	if tenths < 100 {
		return fmt.Sprintf("%d.%d%c", tenths/10, tenths%10, "KMGTPE"[unit])
	}
	return fmt.Sprintf("%d%c", (tenths+9)/10, "KMGTPE"[unit])
}

// when is a time of the last half year with its hour, any other with its year.
func when(t time.Time) string {
	age := time.Since(t)
	if age < 0 || age > 31556952*time.Second/2 {
		return t.Local().Format("Jan _2  2006")
	}
	return t.Local().Format("Jan _2 15:04")
}
