package failedbuild

import (
	"path/filepath"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// maxIgnore is the largest .dockerignore that is read.
const maxIgnore = 16 << 10

// ignoring is the line that leaves a path of the folder out of what docker gets, with the file it is in; line 0 where none does.
func (p *place) ignoring(name string, classic bool) (file string, line int, pattern string) {
	file, text := p.ignoreFile(classic)
	for n, written := range strings.Split(text, "\n") {
		patterns, err := ignorefile.ReadAll(strings.NewReader(written))
		if err != nil || len(patterns) != 1 {
			continue
		}
		one, except := strings.CutPrefix(patterns[0], "!")
		switch {
		case except && strings.HasPrefix(one, name+"/"): // something in it comes along
			line = 0
		case !matches(one, name):
		case except:
			line = 0
		default:
			line, pattern = n+1, strings.TrimSpace(written)
		}
	}
	return file, line, pattern
}

func matches(pattern, name string) bool {
	m, err := patternmatcher.New([]string{pattern})
	if err != nil {
		return false
	}
	yes, err := m.MatchesOrParentMatches(name)
	return err == nil && yes
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
