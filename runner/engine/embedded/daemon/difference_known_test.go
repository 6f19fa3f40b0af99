//go:build linux

package daemon

import (
	"bufio"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// known is testdata/difference/known.txt: what is known to differ between the engines, and why. Each line is one of
//
//	words THEIRS => OURS ## REASON
//	field Path.In.JSON ## REASON
//	command STORY: THE LINE AS IT STANDS THERE ## REASON
//
// THEIRS is a regular expression for a whole line of what Docker's engine says, after masking, and OURS what this one says instead;
// $1 is the first group. A command may differ in all that it says, and how it exits.
type known struct {
	mu      sync.Mutex
	words   []words
	entries map[string]*entry // fields and commands
	stories map[string]bool   // told
}

// words replace a line of one engine by that of the other.
type words struct {
	*entry
	theirs *regexp.Regexp
	ours   string
}

type entry struct {
	line   string // of the list
	reason string
	seen   bool
}

var knownLine = regexp.MustCompile(`^(words|field|command)\s+(\S.*?)\s+## (\S.*)$`)

func readKnown(t *testing.T) *known {
	t.Helper()
	file, err := os.Open("testdata/difference/known.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	k := &known{entries: map[string]*entry{}, stories: map[string]bool{}}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if line := lines.Text(); line != "" && line[0] != '#' {
			k.add(t, line)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *known) add(t *testing.T, line string) {
	t.Helper()
	parts := knownLine.FindStringSubmatch(line)
	if parts == nil {
		t.Fatalf("known.txt: %q is no known difference", line)
	}
	kind, what, e := parts[1], parts[2], &entry{line: line, reason: parts[3]}
	if kind != "words" {
		k.entries[kind+" "+what] = e
		return
	}
	theirs, ours, ok := strings.Cut(what, " => ")
	pattern, err := regexp.Compile("(?m)^" + theirs + "$")
	if !ok || err != nil {
		t.Fatalf("known.txt: %q: %v", line, err)
	}
	k.words = append(k.words, words{e, pattern, ours})
}

// saidByUs is what ours would say where Docker's says a text. It marks as seen what made them the same.
func (k *known) saidByUs(theirs, ours string) string {
	for _, w := range k.words {
		changed := w.theirs.ReplaceAllString(theirs, w.ours)
		if changed != theirs && similar(changed, ours) > similar(theirs, ours) {
			k.see(w.entry)
			theirs = changed
		}
	}
	return theirs
}

// similar counts the lines that two texts have in common.
func similar(a, b string) int {
	have := map[string]bool{}
	for line := range strings.Lines(b + "\n") {
		have[strings.TrimSpace(line)] = true
	}
	count := 0
	for line := range strings.Lines(a + "\n") {
		if have[strings.TrimSpace(line)] {
			count++
		}
	}
	return count
}

func (k *known) field(path string) bool { return k.see(k.entries["field "+path]) }

func (k *known) command(story, line string) bool { return k.see(k.entries["command "+story+": "+line]) }

func (k *known) see(e *entry) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e != nil {
		e.seen = true
	}
	return e != nil
}

// told notes that a story was told to its end.
func (k *known) told(story string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stories[story] = true
}

// wantAllSeen fails for what no longer differs, where every story was told.
func (k *known) wantAllSeen(t *testing.T, stories int) {
	t.Helper()
	if len(k.stories) < stories { // some were left out with -run
		return
	}
	all := make([]*entry, 0, len(k.entries)+len(k.words))
	for _, e := range k.entries {
		all = append(all, e)
	}
	for _, w := range k.words {
		all = append(all, w.entry)
	}
	for _, e := range all {
		if !e.seen {
			t.Errorf("known.txt: the engines no longer differ here, take it out: %s", e.line)
		}
	}
}
