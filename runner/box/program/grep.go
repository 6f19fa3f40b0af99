//go:build linux

package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

const (
	grepOptions = "EFGA:B:C:HLRce:hilm:noqrsvwx"
	grepLong    = "E=extended-regexp F=fixed-strings G=basic-regexp A=after-context B=before-context C=context H=with-filename L=files-without-match " +
		"R=dereference-recursive c=count e=regexp h=no-filename i=ignore-case l=files-with-matches m=max-count n=line-number " +
		"o=only-matching q=quiet r=recursive s=no-messages v=invert-match w=word-regexp x=line-regexp"
)

// search is one run of grep.
type search struct {
	*job
	pattern       *regexp.Regexp
	before, after int
	most          int  // lines that match, in a file; -1 for all
	named         bool // lines bear the name of their file
	out           *bufio.Writer
	found, failed bool
}

func grep(j *job) {
	patterns := j.values['e']
	if len(patterns) == 0 {
		if len(j.args) == 0 {
			j.status = complain(2, "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.")
			return
		}
		patterns, j.args = j.args[:1], j.args[1:]
	}
	s := &search{job: j, out: bufio.NewWriter(os.Stdout)}
	if err := s.prepare(patterns); err != nil {
		j.status = complain(2, "grep: %v", err)
		return
	}
	s.files()
	s.out.Flush()
	switch {
	case s.failed && !(s.found && j.given['q']):
		j.status = 2
	case !s.found:
		j.status = 1
	}
}

func (s *search) prepare(patterns []string) error {
	var err error
	if s.pattern, err = s.compile(patterns); err != nil {
		return err
	}
	s.most = -1
	for letter, to := range map[rune][]*int{'C': {&s.before, &s.after}, 'B': {&s.before}, 'A': {&s.after}, 'm': {&s.most}} {
		if !s.given[letter] || letter == 'C' && (s.given['A'] || s.given['B']) {
			continue
		}
		n, err := strconv.Atoi(s.value[letter])
		switch {
		case err != nil && letter == 'm':
			return errors.New("invalid max count")
		case err != nil || n < 0:
			return fmt.Errorf("%s: invalid context length argument", s.value[letter])
		}
		for _, p := range to {
			*p = n
		}
	}
	recursive := s.given['r'] || s.given['R']
	if len(s.args) == 0 {
		s.args = []string{"-"}
		if recursive {
			s.args = []string{""}
		}
	}
	many := len(s.args) > 1 || recursive && isFolder(s.args[0])
	s.named = (many || s.given['H']) && !s.given['h']
	return nil
}

// compile makes one expression of all patterns, which stand in lines of their own too.
func (s *search) compile(patterns []string) (*regexp.Regexp, error) {
	var all []string
	for _, p := range strings.Split(strings.Join(patterns, "\n"), "\n") {
		switch {
		case s.given['F']:
			p = regexp.QuoteMeta(p)
		default:
			p = translate(p, s.given['E'])
		}
		all = append(all, "(?:"+p+")")
	}
	text := strings.Join(all, "|")
	switch {
	case s.given['x']:
		text = "^(?:" + text + ")$"
	case s.given['w']:
		text = `\b(?:` + text + `)\b`
	}
	if s.given['i'] {
		text = "(?i)" + text
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("a pattern that is not understood: %s", strings.Join(patterns, "\n"))
	}
	re.Longest()
	return re, nil
}

// translate writes a basic or extended expression of POSIX as Go has them. In a basic one ? + { } ( ) | stand for themselves, and
// with a backslash for what they are in an extended one.
func translate(pattern string, extended bool) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '[':
			set := bracket(pattern[i:])
			b.WriteString(strings.ReplaceAll(set, `\`, `\\`))
			i += len(set) - 1
		case c == '\\' && i+1 < len(pattern):
			i++
			b.WriteString(escaped(pattern[i], extended))
		case !extended && strings.IndexByte("?+{}()|", c) >= 0, c == '*' && b.Len() == 0, c == '\\':
			b.WriteString(`\` + string(c))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func escaped(c byte, extended bool) string {
	switch {
	case c == '<' || c == '>':
		return `\b`
	case strings.IndexByte("wWsSbB", c) >= 0:
		return `\` + string(c)
	case !extended && strings.IndexByte("?+{}()|", c) >= 0:
		return string(c)
	}
	return regexp.QuoteMeta(string(c))
}

// bracket is the set that a pattern begins with, "[^]a-z[:digit:]]"; all of it where the set has no end.
func bracket(pattern string) string {
	i := 1
	if strings.HasPrefix(pattern[i:], "^") {
		i++
	}
	if strings.HasPrefix(pattern[i:], "]") {
		i++
	}
	for i < len(pattern) && pattern[i] != ']' {
		if end := strings.Index(pattern[i:], ":]"); strings.HasPrefix(pattern[i:], "[:") && end > 0 {
			i += end + 1
		}
		i++
	}
	return pattern[:min(i+1, len(pattern))]
}

func (s *search) files() {
	for _, name := range s.args {
		s.file(name, s.given['r'] || s.given['R'])
		if s.found && s.given['q'] {
			return
		}
	}
}

func (s *search) file(name string, recursive bool) {
	shown := name
	name = cmp.Or(name, ".")
	if recursive && isFolder(name) {
		s.folder(name, shown)
		return
	}
	in, err := input(name)
	if errors.Is(err, syscall.EISDIR) {
		s.complain("%s: Is a directory", name)
		return
	}
	if err != nil {
		s.complain("%s: %s", name, reason(err))
		return
	}
	defer in.Close()
	if name == "-" {
		shown = "(standard input)"
	}
	if err := s.read(in, shown); err != nil {
		s.complain("%s: %s", name, reason(err))
	}
}

// isFolder knows the one that "" stands for.
func isFolder(name string) bool {
	info, err := os.Stat(cmp.Or(name, "."))
	return err == nil && info.IsDir()
}

// folder looks into all files below; symbolic links are followed with -R only.
func (s *search) folder(dir, shown string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		s.complain("%s: %s", dir, reason(err))
	}
	for _, e := range entries {
		if e.Type()&os.ModeSymlink != 0 && !s.given['R'] {
			continue
		}
		name := e.Name()
		if shown != "" {
			name = beneath(shown, name)
		}
		s.file(name, true)
	}
}

func (s *search) complain(format string, args ...any) {
	s.failed = true
	if !s.given['s'] {
		s.out.Flush()
		complain(2, "grep: "+format, args...)
	}
}

// read finds what matches in a file, or in what comes through a pipe as it comes.
func (s *search) read(in io.Reader, name string) error {
	f := &finding{search: s, name: name, quiet: s.given['c'] || s.given['l'] || s.given['L'] || s.given['q']}
	for r := bufio.NewReader(in); s.most < 0 || f.matches < s.most; {
		line, err := r.ReadString('\n')
		if line != "" {
			f.binary = f.binary || strings.IndexByte(line, 0) >= 0
			f.line(strings.TrimSuffix(line, "\n"))
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if r.Buffered() == 0 {
			s.out.Flush()
		}
	}
	f.end()
	return nil
}

// finding is what was found of one file.
type finding struct {
	*search
	name          string
	quiet, binary bool
	number        int      // of the line
	matches       int      // lines so far
	held          []string // lines before, that belong to a match that may come
	owed          int      // lines after, that belong to a match that was
	printed       int      // number of the last line that was printed
}

func (f *finding) line(line string) {
	f.number++
	switch {
	case f.pattern.MatchString(line) != f.given['v']:
		f.matches++
		f.found = f.found || !f.given['L']
		f.show(line)
	case f.owed > 0:
		f.owed--
		f.print(line, f.number, '-')
	case f.before > 0:
		f.held = append(f.held, line)
		f.held = f.held[max(len(f.held)-f.before, 0):]
	}
}

// show prints a line that matches, with what belongs to it.
func (f *finding) show(line string) {
	if f.quiet || f.binary {
		return
	}
	if f.given['o'] {
		f.only(line)
		return
	}
	first := f.number - len(f.held)
	if f.before+f.after > 0 && f.printed > 0 && first > f.printed+1 {
		f.out.WriteString("--\n")
	}
	for i, before := range f.held {
		f.print(before, first+i, '-')
	}
	f.held, f.owed = nil, f.after
	f.print(line, f.number, ':')
}

func (f *finding) only(line string) {
	if f.given['v'] {
		return
	}
	for _, part := range f.pattern.FindAllString(line, -1) {
		if part != "" {
			f.print(part, f.number, ':')
		}
	}
}

func (f *finding) print(line string, number int, sign byte) {
	if f.quiet || f.binary {
		return
	}
	f.printed = number
	if f.named {
		fmt.Fprintf(f.out, "%s%c", f.name, sign)
	}
	if f.given['n'] {
		fmt.Fprintf(f.out, "%d%c", number, sign)
	}
	f.out.WriteString(line)
	f.out.WriteByte('\n')
}

// end prints what is told of a whole file.
func (f *finding) end() {
	switch {
	case f.given['q']:
	case f.given['l'] && f.matches > 0:
		fmt.Fprintln(f.out, f.name)
	case f.given['L'] && f.matches == 0:
		f.found = true
		fmt.Fprintln(f.out, f.name)
	case f.given['l'] || f.given['L']:
	case f.given['c']:
		if f.named {
			fmt.Fprintf(f.out, "%s:", f.name)
		}
		fmt.Fprintln(f.out, f.matches)
	case f.binary && f.matches > 0:
		f.out.Flush()
		complain(0, "grep: %s: binary file matches", f.name)
	}
}
