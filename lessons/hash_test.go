package lessons_test

import (
	"strings"
	"testing"

	"capas/lessons"
)

const hashed = top + "Prosa.\n\n```exercise e\ngoal: Haz algo\nchecks:\n  - image: web:1\n    exists: true\n  - file: a\nhints: Uno\nsolution: ls\n```\n\n" +
	"```quiz one\n¿Qué?\n\n- [x] a\n- [ ] b\n```\n\n" +
	"```quiz order\n¿Qué?\n\n1. a\n2. b\n```\n\n" +
	"```quiz typed\n¿Qué?\n\n= capa\n= layer\n```\n\n" +
	"```quiz live\n¿Qué?\n\n? layers web:1\n```\n\n" +
	"```quiz draw draw=2\nuno dos\n```\n"

func TestHash(t *testing.T) {
	hash := func(src, id string) string {
		l, err := lessons.Parse(caseFile, []byte(src), nil)
		if err != nil {
			t.Fatal(err)
		}
		return l.Item(id).Hash()
	}
	for _, tc := range []struct {
		name, id, old, new string
		same               bool
	}{
		{"prose", "e", "Prosa", "Otra", true},
		{"goal", "e", "Haz algo", "Haz otra cosa", true},
		{"hint and solution", "e", "Uno\nsolution: ls", "Dos\nsolution: ls -l", true},
		{"order of keys", "e", "image: web:1\n    exists: true", "exists: true\n    image: web:1", true},
		{"comment", "e", "file: a", "file: a  # nada", true},
		{"image", "e", "web:1\n", "web:2\n", false},
		{"condition", "e", "    exists: true\n", "", false},
		{"one check more", "e", "- file: a", "- file: a\n  - file: b", false},
		{"words of a choice", "one", "[x] a", "[x] aa", true},
		{"feedback", "one", "[x] a\n", "[x] a\n  > Sí.\n", true},
		{"right choice", "one", "[x] a\n- [ ] b", "[ ] a\n- [x] b", false},
		{"choose all", "one", "[ ] b", "[x] b", false},
		{"one choice more", "one", "- [ ] b", "- [ ] b\n- [ ] c", false},
		{"another kind", "one", "- [x] a\n- [ ] b", "1. a\n2. b", false},
		{"words to put in order", "order", "1. a", "1. aa", true},
		{"answer", "typed", "= layer", "= layers", false},
		{"order of answers", "typed", "= capa\n= layer", "= layer\n= capa", true},
		{"command for an answer", "typed", "= capa\n= layer", "$ capa\n$ layer", false},
		{"live value", "live", "? layers", "? size", false},
		{"lessons to draw from", "draw", "uno dos", "uno tres", false},
		{"order of lessons to draw from", "draw", "uno dos", "dos uno", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			changed := strings.Replace(hashed, tc.old, tc.new, 1)
			if changed == hashed {
				t.Fatalf("%q is not there", tc.old)
			}
			if same := hash(hashed, tc.id) == hash(changed, tc.id); same != tc.same {
				t.Errorf("same hash: %v", same)
			}
		})
	}
}

// TestHashStaysTheSame guards the journals of learners: these hashes are written in them.
func TestHashStaysTheSame(t *testing.T) {
	l, err := lessons.Parse(caseFile, []byte(hashed), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"e":     "e5bf0eac707ab3b5faedb863cdc1803b",
		"one":   "dbcf34bb5da234039aafc9669adbbdc5",
		"order": "018fa67966b983c28506ee40f88326d8",
		"typed": "c251f4ed9fc6a21d27cae3f7e77ef11f",
		"live":  "4f2e979a13fe9733012571c5416a6cd6",
		"draw":  "6b9427c819cb242cbcd4965a4cee333b",
	}
	if len(l.Items()) != len(want) {
		t.Fatalf("%d items, want %d", len(l.Items()), len(want))
	}
	for _, it := range l.Items() {
		if got := it.Hash(); got != want[it.ID] {
			t.Errorf("%s: %s, want %s", it.ID, got, want[it.ID])
		}
	}
}
