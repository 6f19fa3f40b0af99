package strictyaml_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"capas/internal/strictyaml"
)

func TestParseReadsTextListsAndMaps(t *testing.T) {
	n, err := strictyaml.Parse([]byte("goal: Haz algo\nhints:\n  - uno\n  - \"dos: tres\"\nsolution: |\n  docker ps\n  ls\nfiles: {/bin/sh: {exists: true}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := n.Get("goal").Text(); got != "Haz algo" {
		t.Errorf("goal = %q", got)
	}
	if got, err := n.Get("hints").Texts(); err != nil || len(got) != 2 || got[1] != "dos: tres" {
		t.Errorf("hints = %q, %v", got, err)
	}
	if got, _ := n.Get("solution").Text(); got != "docker ps\nls\n" {
		t.Errorf("solution = %q", got)
	}
	if got, err := n.Get("files").Get("/bin/sh").Get("exists").Bool(); err != nil || !got {
		t.Errorf("exists = %v, %v", got, err)
	}
	if h := n.Get("hints").Items[1]; h.Line != 4 || h.Col != 5 {
		t.Errorf("second hint at %d:%d, want 4:5", h.Line, h.Col)
	}
}

func TestWhatYAMLWouldSilentlyMisread(t *testing.T) {
	for _, tc := range []struct{ src, want string }{
		{"absent:\n", "found nothing"},
		{"absent: 1.10\n", `put it in quotes, "1.10"`},
		{"absent: 0755\n", `put it in quotes, "0755"`},
		{"absent: 2024-01-02\n", `put it in quotes, "2024-01-02"`},
		{"absent: yes it is\nb: 1\n", ""},
		{"absent: true\n", `put it in quotes, "true"`},
		{"absent: ~\n", "found nothing"},
		{"absent: [a]\n", "found a list"},
	} {
		n, err := strictyaml.Parse([]byte(tc.src))
		if err != nil {
			t.Errorf("%q: %v", tc.src, err)
			continue
		}
		_, err = n.Get("absent").Text()
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%q: error %v, want %q", tc.src, err, tc.want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, tc := range []struct {
		name, src, want string
		line            int
	}{
		{"anchor", "a: &x 1\n", "anchor", 1},
		{"alias", "a: 1\nb: *x\n", "alias", 2},
		{"tag", "a: 1\nb: !!str 3\n", "tag", 2},
		{"merge", "a: 1\n<<: {b: 2}\n", "merge", 2},
		{"twice", "a: 1\na: 2\n", "twice|already", 2},
		{"two documents", "a: 1\n---\nb: 2\n", "second", 3},
		{"syntax", "a: [1\nb: 2\n", "YAML", 2},
		{"deep", strings.Repeat("[", 100) + strings.Repeat("]", 100), "deep", 1},
		{"large", strings.Repeat("a", strictyaml.MaxSize+1), "at most", 1},
		{"control", "a: b\x1b]0;x\n", "control", 1},
		{"a carriage return alone", "a: b\rc: d\n", "control", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := strictyaml.Parse([]byte(tc.src))
			var e *strictyaml.Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			ok := false
			for _, w := range strings.Split(tc.want, "|") {
				ok = ok || strings.Contains(e.Message, w)
			}
			if !ok || e.Line != tc.line {
				t.Errorf("got %v, want %q at line %d", e, tc.want, tc.line)
			}
		})
	}
}

func TestUnknownKeyNamesTheOneMeant(t *testing.T) {
	n, err := strictyaml.Parse([]byte("hint: x\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = n.Known("exercise", "goal", "hints")
	if err == nil || err.Error() != `1:1: unknown key "hint" in exercise (did you mean "hints"?)` {
		t.Errorf("error %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("goal: a\nchecks:\n  - image: x\n    files: {/a: {exists: true}}\n"))
	f.Add([]byte("a: &x [*x, !!str 1]\n? b\n: - c"))
	f.Fuzz(func(t *testing.T, src []byte) {
		n, err := strictyaml.Parse(src)
		if (n == nil) == (err == nil) {
			t.Fatalf("node %v, error %v", n, err)
		}
		var e *strictyaml.Error
		if err != nil && (!errors.As(err, &e) || e.Line < 1 || e.Col < 1 || e.Line > 1+bytes.Count(src, []byte("\n"))) {
			t.Fatalf("error without a place in the text: %v", err)
		}
	})
}
