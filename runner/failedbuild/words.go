package failedbuild

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// maxCommandSize is the longest line that is read. The parser follows nesting into depth.
const maxCommandSize = 4 << 10

// maxBraces is how many lists in braces a word may have: each one multiplies what the shell makes of it.
const maxBraces = 4

// secret stands before a word that only the shell knew: one with a variable, or with the output of a command. No real word has it.
const secret = "\x00"

// reader finds the builds in a line of shell, following cd. It runs nothing.
type reader struct {
	line, dir, home string
	calls           []*call
}

// readCalls are the builds of a line, in their order.
func readCalls(line, dir, home string) []*call {
	if len(line) > maxCommandSize {
		return nil
	}
	line = strings.TrimSpace(continued.ReplaceAllString(line, " "))
	file, err := syntax.NewParser().Parse(strings.NewReader(line), "")
	if err != nil {
		return nil
	}
	r := &reader{line: line, dir: dir, home: home}
	syntax.Walk(file, func(n syntax.Node) bool {
		if c, ok := n.(*syntax.CallExpr); ok {
			r.read(c)
		}
		return true
	})
	return r.calls
}

// continued is where a line goes on below.
var continued = regexp.MustCompile(`\s*\\\n\s*`)

func (r *reader) read(c *syntax.CallExpr) {
	var words []string
	for _, w := range c.Args {
		words = append(words, r.fields(w)...)
	}
	words = withoutWrappers(words)
	switch {
	case len(words) == 2 && words[0] == "cd":
		r.cd(words[1])
	case len(words) > 1 && path.Base(filepath.ToSlash(words[0])) == "docker":
		if call := readCall(words[1:]); call != nil {
			call.before, call.line, call.after = r.line[:c.Pos().Offset()], r.line[c.Pos().Offset():c.End().Offset()], r.line[c.End().Offset():]
			call.dir = r.dir
			r.calls = append(r.calls, call)
		}
	}
}

func (r *reader) cd(to string) {
	dir := under(r.dir, to)
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		r.dir = dir
	}
}

// under is a path as somebody means it who is in a folder.
func under(dir, name string) string {
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(dir, name)
}

// fields are what the shell makes of a word.
func (r *reader) fields(w *syntax.Word) []string {
	if !isPlain(w) || strings.Count(r.line[w.Pos().Offset():w.End().Offset()], "{") > maxBraces {
		var b bytes.Buffer
		_ = syntax.NewPrinter().Print(&b, w) // to memory
		return []string{secret + b.String()}
	}
	env := []string{"PWD=" + r.dir}
	if r.home != "" {
		env = append(env, "HOME="+r.home)
	}
	fields, err := expand.Fields(&expand.Config{Env: expand.ListEnviron(env...), ReadDir2: os.ReadDir}, w)
	if err != nil {
		return []string{secret}
	}
	return fields
}

// isPlain reports whether a word can be read without running anything, and without the variables of a shell.
func isPlain(w *syntax.Word) bool {
	plain := true
	syntax.Walk(w, func(n syntax.Node) bool {
		switch n.(type) {
		case nil, *syntax.Word, *syntax.Lit, *syntax.SglQuoted, *syntax.DblQuoted, *syntax.BraceExp:
		default:
			plain = false
		}
		return plain
	})
	return plain
}

func known(word string) bool { return !strings.Contains(word, secret) }

// withoutWrappers takes away what runs another command: «sudo -E docker build».
func withoutWrappers(words []string) []string {
	for len(words) > 1 && slices.Contains([]string{"sudo", "env", "command", "exec", "nohup", "nice"}, words[0]) {
		words = words[1:]
		for len(words) > 1 && (strings.HasPrefix(words[0], "-") || strings.Contains(words[0], "=")) {
			words = words[1:]
		}
	}
	return words
}
