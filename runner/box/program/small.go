//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"
)

func sleep(j *job) {
	var total time.Duration
	for _, arg := range j.args {
		d, ok := interval(arg)
		if !ok {
			j.fail("invalid time interval %s\nTry 'sleep --help' for more information.", quoted(arg))
			return
		}
		total += d
	}
	time.Sleep(total)
}

// interval reads "1.5", "2m": seconds where no unit is said.
func interval(arg string) (time.Duration, bool) {
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}
	unit := time.Second
	if n := len(arg); n > 0 && units[arg[n-1]] != 0 {
		unit, arg = units[arg[n-1]], arg[:n-1]
	}
	n, err := strconv.ParseFloat(arg, 64)
	return time.Duration(n * float64(unit)), err == nil && n >= 0
}

func touch(j *job) {
	access, change := time.Now(), time.Now()
	if name := j.value['r']; name != "" {
		info, err := os.Stat(name)
		if err != nil {
			j.fail("failed to get attributes of %s: %s", quoted(name), reason(err))
			return
		}
		access, change = accessTime(info), info.ModTime()
	}
	if j.given['a'] && !j.given['m'] {
		change = time.Time{} // the zero time leaves it as it is
	}
	if j.given['m'] && !j.given['a'] {
		access = time.Time{}
	}
	for _, name := range j.args {
		if err := touchFile(name, !j.given['c'], access, change); err != nil {
			j.fail("cannot touch %s: %s", quoted(name), reason(err))
		}
	}
}

func touchFile(name string, create bool, access, change time.Time) error {
	err := os.Chtimes(name, access, change)
	switch {
	case !os.IsNotExist(err):
		return err
	case !create:
		return nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		return err
	}
	f.Close()
	return os.Chtimes(name, access, change)
}

func cat(j *job) {
	for letter, means := range map[rune]string{'A': "vET", 'e': "vE", 't': "vT"} {
		for _, m := range means {
			j.given[m] = j.given[m] || j.given[letter]
		}
	}
	if len(j.args) == 0 {
		j.args = []string{"-"}
	}
	out := &catWriter{job: j, out: bufio.NewWriter(os.Stdout), start: true}
	defer out.out.Flush()
	for _, name := range j.args {
		if err := catFile(out, name); err != nil {
			out.out.Flush()
			j.fail("%s: %s", name, reason(err))
		}
	}
}

func catFile(out *catWriter, name string) error {
	in := os.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	if !out.changes() {
		_, err := io.Copy(os.Stdout, in)
		return err
	}
	for r := bufio.NewReader(in); ; {
		b, err := r.ReadByte()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		out.write(b)
	}
}

// catWriter marks and numbers what goes through it.
type catWriter struct {
	*job
	out    *bufio.Writer
	number int
	start  bool // at the start of a line
	blank  int  // blank lines in a row
}

func (w *catWriter) changes() bool {
	for _, letter := range "bEnsTv" {
		if w.given[letter] {
			return true
		}
	}
	return false
}

func (w *catWriter) write(b byte) {
	if w.start {
		if b == '\n' {
			w.blank++
		} else {
			w.blank = 0
		}
		if w.given['s'] && w.blank > 1 {
			return
		}
		if w.given['b'] && b != '\n' || w.given['n'] && !w.given['b'] {
			w.number++
			fmt.Fprintf(w.out, "%6d\t", w.number)
		}
	}
	w.start = b == '\n'
	switch {
	case b == '\n' && w.given['E']:
		w.out.WriteString("$\n")
	case b == '\t' && w.given['T']:
		w.out.WriteString("^I")
	case w.given['v'] && b != '\n' && b != '\t':
		w.out.WriteString(visible(b))
	default:
		w.out.WriteByte(b)
	}
}

// visible writes a control character as ^X and a byte above 127 as M-x.
func visible(b byte) string {
	switch {
	case b >= 128:
		return "M-" + visible(b-128)
	case b == 127:
		return "^?"
	case b < ' ':
		return "^" + string(b+'@')
	}
	return string(b)
}
