package prompt

import (
	"slices"
	"strings"
	"testing"
)

func TestCutKey(t *testing.T) {
	for _, tt := range []struct {
		name, sent string
		keys       []string
		rest       string
	}{
		{"letters", "año", []string{"a", "ñ", "o"}, ""},
		{"half a letter", "a\xc3", []string{"a"}, "\xc3"},
		{"arrows and Enter", "\x1b[A\x1b[B\r", []string{keyUp, keyDown, "\r"}, ""},
		{"arrows of the other keypad", "\x1bOA\x1bOB", []string{keyUp, keyDown}, ""},
		{"Home and End of tmux", "\x1b[1~\x1b[4~", []string{keyHome, keyEnd}, ""},
		{"Ctrl and an arrow", "\x1b[1;5Cx", []string{"\x1b[1;5C", "x"}, ""},
		{"where the cursor is", "x\x1b[24;80Ry", []string{"x", "\x1b[24;80R", "y"}, ""},
		{"Alt and a letter", "\x1bxy", []string{"\x1bx", "y"}, ""},
		{"Alt and an accent", "\x1bñy", []string{"\x1bñ", "y"}, ""},
		{"Esc alone may be a beginning", "x\x1b", []string{"x"}, "\x1b"},
		{"Esc and a bracket too", "\x1b[", nil, "\x1b["},
		{"Esc twice and a bracket", "\x1b\x1b[", []string{"\x1b"}, "\x1b["},
		{"Alt and a bracket, then an arrow", "\x1b[\x1b[A", []string{"\x1b[", keyUp}, ""},
		{"Alt and O, then Enter", "\x1bO\r", []string{"\x1bO", "\r"}, ""},
		{"half a sequence", "\x1b[1;5", nil, "\x1b[1;5"},
		{"Alt and an arrow", "\x1b\x1b[Ax", []string{"\x1b\x1b[A", "x"}, ""},
		{"half an arrow of the other keypad", "\x1bO", nil, "\x1bO"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			keys, rest := cutAll(tt.sent)
			if !slices.Equal(keys, tt.keys) || rest != tt.rest {
				t.Errorf("%q: keys %q, rest %q; want %q, %q", tt.sent, keys, rest, tt.keys, tt.rest)
			}
		})
	}
}

func cutAll(sent string) (keys []string, rest string) {
	for rest = sent; ; {
		var key string
		if key, rest = cutKey(rest); key == "" {
			return keys, rest
		}
		keys = append(keys, key)
	}
}

func FuzzCutKey(f *testing.F) {
	f.Add("a\x1b[A\x1bOB\x1b\x1b[1;5Cñ\xff\x1b[24;80R")
	f.Fuzz(func(t *testing.T, sent string) {
		for rest := sent; rest != ""; {
			before := rest
			var key string
			if key, rest = cutKey(rest); key == "" {
				if rest != before {
					t.Fatalf("%q: no key, but %q became %q", sent, before, rest)
				}
				return
			}
			if len(rest) >= len(before) {
				t.Fatalf("%q: the key %q took nothing", sent, key)
			}
		}
	})
}

func TestLineKey(t *testing.T) {
	for key, want := range map[string]string{
		"ñ": "ñ", "\r": keyEnd + "\r", "\x7f": "\x7f", keyLeft: keyLeft, keyHome: keyHome, keyRemove: keyRemove,
		"\x1b[24;80R": "\x1b[24;80R",
		"\x1b[1;5C":   "", "\x1b[5~": "", "\x1bx": "", "\x1b[200~": "",
	} {
		if got := lineKey(key); got != want {
			t.Errorf("%q becomes %q, want %q", key, got, want)
		}
	}
}

func TestMenuKeys(t *testing.T) {
	options := []string{"Comprobar", "Pista", "✓ Ver la solución", "Pasar", "Élite", "Salir"}
	for _, tt := range []struct {
		name string
		from int
		keys []string
		at   int
	}{
		{"arrows", 0, []string{keyDown, keyDown, keyUp}, 1},
		{"up from the first", 0, []string{keyUp}, 5},
		{"down from the last", 5, []string{keyDown}, 0},
		{"Tab and Shift-Tab", 0, []string{"\t", "\t", "\x1b[Z"}, 1},
		{"Home", 3, []string{keyHome}, 0},
		{"End", 3, []string{keyEnd}, 5},
		{"a number", 0, []string{"4"}, 3},
		{"numbers out of the menu", 2, []string{"0", "7"}, 2},
		{"a letter", 0, []string{"s"}, 5},
		{"its next option", 0, []string{"p", "p"}, 3},
		{"round again", 0, []string{"P", "p", "p"}, 1},
		{"past a symbol", 0, []string{"v"}, 2},
		{"an accent", 0, []string{"é"}, 4},
		{"a letter of none", 2, []string{"x", "ñ"}, 2},
		{"what means nothing here", 2, []string{"\x1bx", "\x1b[24;80R", keyRight, keyLeft, "\x7f"}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := &menuKeys{options: options, at: tt.from}
			at := tt.from
			for _, key := range tt.keys {
				at = follow(t, at, len(options), m.translate(key))
			}
			if at != tt.at || m.at != tt.at {
				t.Errorf("survey stands at %d, we believe at %d; want %d", at, m.at, tt.at)
			}
		})
	}
}

// follow moves as survey does.
func follow(t *testing.T, at, n int, keys string) int {
	t.Helper()
	ups, downs := strings.Count(keys, keyUp), strings.Count(keys, keyDown)
	if len(keys) != 3*(ups+downs) {
		t.Fatalf("keys %q are no moves", keys)
	}
	return (at + downs - ups + n) % n
}

func TestNumbersThatOptionsBeginWith(t *testing.T) {
	m := &menuKeys{options: []string{"3", "5", "2"}}
	if m.translate("2"); m.at != 2 {
		t.Errorf("«2» goes to %d, want the option «2»", m.at)
	}
	if m.translate("1"); m.at != 0 {
		t.Errorf("«1» goes to %d, want the first option", m.at)
	}
}
