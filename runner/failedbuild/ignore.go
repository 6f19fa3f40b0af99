package failedbuild

import (
	"path/filepath"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// maxIgnore is the largest .dockerignore that is read.
const maxIgnore = 16 << 10

// ignoreLine is a line of a .dockerignore that leaves something out, or takes it in again.
type ignoreLine struct {
	number  int
	written string
	pattern string
	except  bool
	matcher *patternmatcher.PatternMatcher
}

// ignores is what a folder leaves out of what docker gets.
type ignores struct {
	file  string
	lines []ignoreLine
	known map[string]ignoreLine // by path: the line that leaves it out, or none
}

// maxIgnoreLines is how many lines are looked at: each is tried on each path that is copied.
const maxIgnoreLines = 200

func (p *place) readIgnores(classic bool) *ignores {
	file, text := p.ignoreFile(classic)
	i := &ignores{file: file, known: map[string]ignoreLine{}}
	for n, written := range strings.Split(text, "\n") {
		patterns, err := ignorefile.ReadAll(strings.NewReader(written))
		if err != nil || len(patterns) != 1 || len(i.lines) == maxIgnoreLines {
			continue
		}
		one, except := strings.CutPrefix(patterns[0], "!")
		if m, err := patternmatcher.New([]string{one}); err == nil {
			i.lines = append(i.lines, ignoreLine{n + 1, strings.TrimSpace(written), one, except, m})
		}
	}
	return i
}

// leavingOut is the line that leaves a path out; its number is 0 where none does.
func (i *ignores) leavingOut(name string) ignoreLine {
	if line, ok := i.known[name]; ok {
		return line
	}
	var last ignoreLine
	for _, line := range i.lines {
		inside := line.except && strings.HasPrefix(line.pattern, name+"/") // something in it comes along
		if matches, err := line.matcher.MatchesOrParentMatches(name); err != nil || !matches && !inside {
			continue
		}
		if last = line; line.except {
			last = ignoreLine{}
		}
	}
	i.known[name] = last
	return last
}

// ignoreFile is the file that says what is left out, as it is named from where the build was typed. BuildKit has one for the
// Dockerfile alone, which counts before the other.
func (p *place) ignoreFile(classic bool) (shown, text string) {
	if text, ok := readFile(p.file+".dockerignore", maxIgnore); ok && !classic {
		return p.shown + ".dockerignore", text
	}
	text, _ = readFile(filepath.Join(p.root, ".dockerignore"), maxIgnore)
	return p.named(".dockerignore"), text
}
