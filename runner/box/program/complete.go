//go:build linux

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// completer knows where the words are that Tab completes.
type completer struct{ dir, path string }

// complete adds to the word before the cursor what all the commands or files have in common that begin so.
func (c completer) complete(line string, pos int, key rune) (newLine string, newPos int, ok bool) {
	if key != '\t' {
		return "", 0, false
	}
	before := line[:pos]
	word := before[strings.LastIndexAny(before, " ;|&<>(=")+1:]
	first := strings.TrimRight(strings.TrimSuffix(before, word), " ")
	var found []string
	if !strings.Contains(word, "/") && (first == "" || strings.ContainsAny(first[len(first)-1:], ";|&(")) {
		found = c.commands(word)
	} else {
		found = c.files(word)
	}
	longer := common(found)
	if len(longer) <= len(word) {
		return line, pos, true
	}
	if len(found) == 1 && !strings.HasSuffix(longer, "/") {
		longer += " "
	}
	return strings.TrimSuffix(before, word) + longer + line[pos:], pos + len(longer) - len(word), true
}

func (c completer) commands(start string) []string {
	var found []string
	for _, dir := range filepath.SplitList(c.path) {
		entries, _ := os.ReadDir(resolve(c.dir, dir))
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), start) {
				found = append(found, e.Name())
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// files leaves hidden files to those who ask for them.
func (c completer) files(start string) []string {
	dir, name := filepath.Split(start)
	entries, _ := os.ReadDir(resolve(c.dir, dir))
	var found []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), name) || name == "" && strings.HasPrefix(e.Name(), ".") {
			continue
		}
		path := dir + e.Name()
		if info, err := os.Stat(resolve(c.dir, path)); err == nil && info.IsDir() {
			path += "/"
		}
		found = append(found, path)
	}
	return found
}

// common is what all the texts begin with.
func common(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	shared := texts[0]
	for _, text := range texts[1:] {
		for !strings.HasPrefix(text, shared) {
			_, last := utf8.DecodeLastRuneInString(shared)
			shared = shared[:len(shared)-last]
		}
	}
	return shared
}
