//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// found is a file on the way through a tree.
type found struct {
	path  string
	info  fs.FileInfo
	prune bool // what is in it is passed by
}

// test is an expression of find, asked of every file.
type test func(*found) bool

// finder is one run of find: what it reads of the expression, and what it does at the end.
type finder struct {
	*job
	words    []string // of the expression, not read yet
	out      *bufio.Writer
	least    int  // depth
	most     int  // depth
	depth    bool // a directory after what is in it
	acts     bool // the expression prints or does something by itself
	atTheEnd []func()
}

// complaint is an error in find's own words.
type complaint string

func (c complaint) Error() string { return string(c) }

func find(j *job) {
	f := &finder{job: j, out: bufio.NewWriter(os.Stdout), most: 1 << 30}
	roots, words := j.args, []string(nil)
	for i, arg := range j.args {
		if strings.HasPrefix(arg, "-") || arg == "!" || arg == "(" {
			roots, words = j.args[:i], j.args[i:]
			break
		}
	}
	if len(roots) == 0 {
		roots = []string{"."}
	}
	f.words = words
	matches, err := f.expression()
	if err == nil && len(f.words) > 0 {
		err = fmt.Errorf("unexpected %s", quoted(f.words[0]))
	}
	if err != nil {
		j.fail("%v", err)
		return
	}
	defer f.out.Flush()
	if !f.acts {
		condition := matches
		matches = func(x *found) bool { return condition(x) && f.print(x, "\n") }
	}
	for _, root := range roots {
		f.walk(root, 0, matches)
	}
	for _, do := range f.atTheEnd {
		do()
	}
}

func (f *finder) walk(path string, depth int, matches test) {
	info, err := os.Lstat(path)
	if err != nil {
		f.out.Flush()
		f.fail("%s: %s", quotedFancy(path), reason(err))
		return
	}
	x := &found{path: path, info: info}
	if !f.depth && depth >= f.least {
		matches(x)
	}
	if info.IsDir() && !x.prune && depth < f.most {
		entries, err := os.ReadDir(path)
		if err != nil {
			f.out.Flush()
			f.fail("%s: %s", quotedFancy(path), reason(err))
		}
		for _, e := range entries {
			f.walk(beneath(path, e.Name()), depth+1, matches)
		}
	}
	if f.depth && depth >= f.least {
		matches(x)
	}
}

// quotedFancy quotes as find does in every language but C's.
func quotedFancy(path string) string {
	if lang := os.Getenv("LC_ALL"); lang == "" || lang == "C" || lang == "POSIX" {
		return quoted(path)
	}
	return "‘" + path + "’"
}

func (f *finder) print(x *found, end string) bool {
	fmt.Fprint(f.out, x.path, end)
	return true
}

// expression reads terms joined by -o.
func (f *finder) expression() (test, error) {
	left, err := f.terms()
	if err != nil {
		return nil, err
	}
	for f.next("-o", "-or") {
		right, err := f.terms()
		if err != nil {
			return nil, err
		}
		first := left
		left = func(x *found) bool { return first(x) || right(x) }
	}
	return left, nil
}

// terms reads factors that stand side by side or are joined by -a.
func (f *finder) terms() (test, error) {
	all := func(*found) bool { return true }
	for len(f.words) > 0 && f.words[0] != "-o" && f.words[0] != "-or" && f.words[0] != ")" {
		f.next("-a", "-and")
		factor, err := f.factor()
		if err != nil {
			return nil, err
		}
		before := all
		all = func(x *found) bool { return before(x) && factor(x) }
	}
	return all, nil
}

func (f *finder) factor() (test, error) {
	switch {
	case f.next("!", "-not"):
		negated, err := f.factor()
		return func(x *found) bool { return !negated(x) }, err
	case f.next("("):
		inner, err := f.expression()
		if err == nil && !f.next(")") {
			err = complaint("invalid expression; I was expecting to find a ')' somewhere but did not see one.")
		}
		return inner, err
	}
	if len(f.words) == 0 {
		return nil, errors.New("expected an expression")
	}
	name := f.words[0]
	f.words = f.words[1:]
	if primary, ok := plainPrimaries[name]; ok {
		return primary(f), nil
	}
	if name == "-exec" {
		return f.exec()
	}
	primary, ok := valuePrimaries[name]
	if !ok {
		return nil, fmt.Errorf("unknown predicate `%s'", name)
	}
	if len(f.words) == 0 {
		return nil, fmt.Errorf("missing argument to `%s'", name)
	}
	value := f.words[0]
	f.words = f.words[1:]
	return primary(f, value)
}

// next takes the next word where it is one of those.
func (f *finder) next(words ...string) bool {
	for _, w := range words {
		if len(f.words) > 0 && f.words[0] == w {
			f.words = f.words[1:]
			return true
		}
	}
	return false
}

var plainPrimaries = map[string]func(*finder) test{
	"-true":  func(*finder) test { return func(*found) bool { return true } },
	"-false": func(*finder) test { return func(*found) bool { return false } },
	"-print": func(f *finder) test {
		f.acts = true
		return func(x *found) bool { return f.print(x, "\n") }
	},
	"-print0": func(f *finder) test {
		f.acts = true
		return func(x *found) bool { return f.print(x, "\x00") }
	},
	"-depth": func(f *finder) test {
		f.depth = true
		return func(*found) bool { return true }
	},
	"-prune": func(*finder) test {
		return func(x *found) bool { x.prune = true; return true }
	},
	"-empty":  func(*finder) test { return isEmpty },
	"-delete": func(f *finder) test { f.acts, f.depth = true, true; return f.delete },
}

func isEmpty(x *found) bool {
	if !x.info.IsDir() {
		return x.info.Mode().IsRegular() && x.info.Size() == 0
	}
	entries, err := os.ReadDir(x.path)
	return err == nil && len(entries) == 0
}

func (f *finder) delete(x *found) bool {
	if x.path == "." {
		return true
	}
	err := os.Remove(x.path)
	if err != nil {
		f.out.Flush()
		f.fail("cannot delete %s: %s", quotedFancy(x.path), reason(err))
	}
	return err == nil
}

var valuePrimaries = map[string]func(*finder, string) (test, error){
	"-name":  func(_ *finder, v string) (test, error) { return matchName(v, false), nil },
	"-iname": func(_ *finder, v string) (test, error) { return matchName(v, true), nil },
	"-path": func(_ *finder, v string) (test, error) {
		return func(x *found) bool { return globbed(v, x.path) }, nil
	},
	"-type":     func(_ *finder, v string) (test, error) { return ofType(v) },
	"-size":     func(_ *finder, v string) (test, error) { return ofSize(v) },
	"-perm":     func(_ *finder, v string) (test, error) { return withPermissions(v) },
	"-mindepth": func(f *finder, v string) (test, error) { return depthLimit(&f.least, "-mindepth", v) },
	"-maxdepth": func(f *finder, v string) (test, error) { return depthLimit(&f.most, "-maxdepth", v) },
	"-newer": func(_ *finder, v string) (test, error) {
		info, err := os.Stat(v)
		if err != nil {
			return nil, fmt.Errorf("%s: %s", quotedFancy(v), reason(err))
		}
		return func(x *found) bool { return x.info.ModTime().After(info.ModTime()) }, nil
	},
}

func matchName(glob string, anyCase bool) test {
	return func(x *found) bool {
		name := filepath.Base(x.path)
		if anyCase {
			return globbed(strings.ToLower(glob), strings.ToLower(name))
		}
		return globbed(glob, name)
	}
}

// globbed matches as the shell does, except that * and ? match a slash as well.
func globbed(glob, text string) bool {
	const slash = "\x01"
	ok, err := filepath.Match(strings.ReplaceAll(glob, "/", slash), strings.ReplaceAll(text, "/", slash))
	return ok && err == nil
}

func ofType(letters string) (test, error) {
	for l := range strings.SplitSeq(letters, ",") {
		if len(l) != 1 || !strings.Contains("fdlpsbc", l) {
			return nil, complaint("Unknown argument to -type: " + l)
		}
	}
	return func(x *found) bool {
		return strings.Contains(letters, strings.Replace(kind(x.info.Mode()), "-", "f", 1))
	}, nil
}

// ofSize compares with a number of units of 512 bytes, or as the letter after it says; + is more, - is less.
func ofSize(text string) (test, error) {
	units := map[byte]int64{'c': 1, 'w': 2, 'b': 512, 'k': 1 << 10, 'M': 1 << 20, 'G': 1 << 30}
	number, unit := strings.TrimLeft(text, "+-"), int64(512)
	if n := len(number); n > 0 && units[number[n-1]] != 0 {
		number, unit = number[:n-1], units[number[n-1]]
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return nil, complaint("Invalid argument `" + text + "' to -size")
	}
	return func(x *found) bool {
		size := (x.info.Size() + unit - 1) / unit
		switch text[0] {
		case '+':
			return size > n
		case '-':
			return size < n
		}
		return size == n
	}, nil
}

// withPermissions compares all bits, or with - before them that these are set, with / that one of them is.
func withPermissions(text string) (test, error) {
	mode, ok := parseMode(strings.TrimLeft(text, "-/"), 0)
	if !ok {
		return nil, fmt.Errorf("invalid mode %s", quotedFancy(text))
	}
	want := mode(0, false)
	return func(x *found) bool {
		has := permissions(x.info)
		switch text[0] {
		case '-':
			return has&want == want
		case '/':
			return want == 0 || has&want != 0
		}
		return has == want
	}, nil
}

func depthLimit(limit *int, name, text string) (test, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return nil, complaint("Expected a positive decimal integer argument to " + name + ", but got " + quotedFancy(text))
	}
	*limit = n
	return func(*found) bool { return true }, nil
}

// exec reads "-exec command {} ;", once a file, or "-exec command {} +", all at the end.
func (f *finder) exec() (test, error) {
	f.acts = true
	for i, word := range f.words {
		command := f.words[:i]
		switch {
		case word == ";" && i > 0:
			f.words = f.words[i+1:]
			return func(x *found) bool { return f.start(replaced(command, x.path)) }, nil
		case word == "+" && i > 1 && f.words[i-1] == "{}":
			f.words = f.words[i+1:]
			return f.collect(command[:i-1]), nil
		}
	}
	return nil, errors.New("missing argument to `-exec'")
}

func (f *finder) collect(command []string) test {
	var paths []string
	f.atTheEnd = append(f.atTheEnd, func() {
		if len(paths) > 0 && !f.start(append(command[:len(command):len(command)], paths...)) {
			f.status = 1
		}
	})
	return func(x *found) bool {
		paths = append(paths, x.path)
		return true
	}
}

func replaced(words []string, path string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strings.ReplaceAll(w, "{}", path)
	}
	return out
}

func (f *finder) start(args []string) bool {
	f.out.Flush()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		f.fail("%s: %s", quotedFancy(args[0]), reason(errors.Unwrap(err)))
	}
	return err == nil
}
