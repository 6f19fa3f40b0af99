package lessons_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"capas/lessons"
)

const top = "---\nid: x\ntitle: X\n---\n## Paso\n"

// TestBadInput holds what cannot stand in a file that people read: the rest is in testdata.
func TestBadInput(t *testing.T) {
	noise := make([]byte, 100_000)
	rand.NewChaCha8([32]byte{1}).Read(noise)
	block := func(kind, body string) string { return top + "```" + kind + " x\n" + body + "```\n" }
	for _, tc := range []struct{ name, src, want string }{
		{"nothing", "", "es/10-case.md:1:1: a lesson begins with"},
		{"ten megabytes", top + strings.Repeat("Prosa.\n", 1_500_000), "es/10-case.md:1:1: the file has more than 1048576 bytes"},
		{"one line of a megabyte", top + strings.Repeat("a", 1_000_000), "es/10-case.md:6:1: a line of 1000001 bytes: at most 16384"},
		{"noise", string(noise), "es/10-case.md:1:2: the byte 0x"},
		{"noise below the front matter", top + string(noise), "es/10-case.md:6:2: the byte 0x"},
		{"UTF-16", "\xff\xfe-\x00-\x00-\x00", "es/10-case.md:1:1: the byte 0xff is no UTF-8"},
		{"NUL", top + "ñandú \x00\n", "es/10-case.md:6:7: the control character U+0000"},
		{"title of a terminal in prose", top + "Hola\x1b]0;mío\a\n", "es/10-case.md:6:5: the control character U+001B"},
		{"one-character control sequence", top + "Hola \u009b2J\n", "es/10-case.md:6:6: the control character U+009B"},
		{"title of a terminal in the title", "---\nid: x\ntitle: \x1b]0;mío\a\n---\n## Paso\n", "es/10-case.md:3:8: the control character U+001B"},
		{"lone carriage return", top + "Uno\rDos\n", "es/10-case.md:6:4: the control character U+000D"},
		{"delete", top + "\x7f\n", "es/10-case.md:6:1: the control character U+007F"},
		{"front matter without end", "---\n" + strings.Repeat("a: bcdefghi\n", 10_000), "es/10-case.md:1:1: the front matter that begins here"},
		{"large exercise", block("exercise", strings.Repeat("# nada\n", 10_000)), "es/10-case.md:6:1: an exercise of 70000 bytes: at most 65536"},
		{"large quiz", block("quiz", strings.Repeat("¿Qué?\n", 10_000)), "es/10-case.md:6:1: a quiz of 80000 bytes: at most 65536"},
		{"deep YAML", block("exercise", "goal: "+strings.Repeat("[", 1000)+"\n"), "es/10-case.md:7:"},
		{"nested quotes", top + strings.Repeat(strings.Repeat(">", 1000)+"\n", 900), "es/10-case.md:6:1: more than 32 quotes and lists"},
		{"nested lists", top + strings.Repeat(strings.Repeat("- ", 500)+"\n", 900), "es/10-case.md:6:1: more than 32 quotes and lists"},
		{"nested numbers", top + strings.Repeat("1. ", 500), "es/10-case.md:6:1: more than 32 quotes and lists"},
		{"nested quotes in a quiz", block("quiz", strings.Repeat(">", 500)+"\n"), "es/10-case.md:7:1: more than 32 quotes and lists"},
		{"rules", top + strings.Repeat("-", 500) + "\n\n" + strings.Repeat("* ", 16) + "\n" + strings.Repeat("- ", 16) + "\n", ""},
		{"a stair of lists", top + stair(900), "es/10-case.md:135:1: 258 blanks at the beginning of a line: at most 256"},
		{"many lines", top + strings.Repeat("[a]:\n", 200_000), "es/10-case.md:1:1: the file has 200005 lines: at most 20000"},
		{"definitions of links", top + strings.Repeat("[a]:\n", 19_000), ""},
		{"brackets", top + strings.Repeat(strings.Repeat("[", 16_000)+"\n", 60), ""},
		{"a low stair of lists", top + stair(128) + strings.Repeat(strings.Repeat(" ", 256)+"a\n", 1000), ""},
		{"fences", top + strings.Repeat("```\n~~~\n```\n", 6_000), ""},
		{"a long list", top + strings.Repeat("- a\n", 9_000), ""},
		{"a long quote", top + strings.Repeat("> a\n", 19_000), ""},
		{"comments", top + strings.Repeat("<!--\n", 19_000), ""},
		{"underlines", top + strings.Repeat("a\n===\n", 9_000), ""},
		{"entities", top + strings.Repeat("&amp;", 3000) + "\n", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			begun := time.Now()
			_, err := lessons.Parse(caseFile, []byte(tc.src), courseVars)
			if d := time.Since(begun); d > 5*time.Second {
				t.Errorf("took %v", d)
			}
			switch errs, ok := errors.AsType[lessons.Errors](err); {
			case tc.want == "" && err == nil:
			case !ok || tc.want == "" || !strings.HasPrefix(errs[0].Error(), tc.want):
				t.Errorf("got %.300v\nwant %s", err, tc.want)
			}
		})
	}
}

// stair is a list in a list in a list, each on a line of its own.
func stair(steps int) string {
	var b strings.Builder
	for i := range steps {
		b.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	return b.String()
}

func TestLineEndsAndByteOrderMarkOfWindows(t *testing.T) {
	for name, src := range sources(t) {
		want := outcome(src)
		windows := append([]byte("\ufeff"), bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n"))...)
		if got := outcome(windows); got != want {
			t.Errorf("%s: got:\n%s\nwant:\n%s", name, got, want)
		}
	}
}
