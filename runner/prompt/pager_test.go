//go:build !windows

package prompt

import (
	"fmt"
	"strings"
	"testing"
)

func TestPage(t *testing.T) {
	for _, tt := range []struct {
		name  string
		scene scene
		stops []string // keys, and what stands last on the screen then
	}{
		{"fits with what comes after", scene{lines: 19}, nil},
		{"fits alone", scene{lines: 20}, []string{"1-20"}},
		{"fits just so", scene{lines: 23}, []string{"1-23"}},
		{"two screens", scene{lines: 40}, []string{"1-23"}},
		{"two screens and no room after", scene{lines: 46}, []string{"1-23", "Space 24-46"}},
		{"by lines", scene{lines: 26}, []string{"1-23", "Enter 2-24", "Down 3-25"}},
		{"back and on", scene{lines: 60}, []string{"1-23", "Space 24-46", "b 1-23", "PageDown 24-46", "PageUp 1-23", "Space 24-46"}},
		{"keys that mean nothing", scene{lines: 24}, []string{"1-23", "x 1-23", "Escape 1-23", "Left 1-23"}},
		{"all of it", scene{lines: 200}, []string{"1-23"}},
		{"lines that the terminal breaks", scene{lines: 24, columns: 40}, []string{"1-17"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.scene.kind = "page"
			s := open(t, tt.scene)
			for _, stop := range tt.stops {
				key, shown, ok := strings.Cut(stop, " ")
				if !ok {
					key, shown = "", stop
				}
				if key != "" {
					s.keys(key)
				}
				s.shows(shown)
			}
			if tt.stops != nil {
				s.keys("q")
			}
			s.answered("read")
			s.until("¿Nombre?")
			if strings.Contains(s.tmux("capture-pane", "-p", "-S", "-"), "[") {
				t.Error("the pager has left something")
			}
			s.everyLineOnce(tt.scene.lines)
		})
	}
}

// shows waits for lines to be all that stands above the words of the pager: "24-46".
func (s *screen) shows(lines string) {
	s.t.Helper()
	var first, last int
	if _, err := fmt.Sscanf(lines, "%d-%d", &first, &last); err != nil {
		s.t.Fatal(err)
	}
	s.eventually("waiting for the lines "+lines, func() (string, bool) {
		seen := s.tmux("capture-pane", "-p")
		text := strings.TrimRight(seen, "\n")
		top, bottom := text[:max(0, strings.Index(text, "\n"))], text[strings.LastIndex(text, "\n")+1:]
		return seen, strings.HasPrefix(top, fmt.Sprintf("line %d", first)) && strings.HasPrefix(bottom, "[") &&
			strings.Contains(text, fmt.Sprintf("line %d", last)) && !strings.Contains(text, fmt.Sprintf("line %d", last+1))
	})
}

// everyLineOnce wants the end of the text in what the terminal remembers, in order and once; what was gone back to stands
// there as often as it was shown.
func (s *screen) everyLineOnce(lines int) {
	s.t.Helper()
	all := s.tmux("capture-pane", "-p", "-J", "-S", "-")
	at := 0
	for i := range lines {
		found := strings.Index(all[at:], fmt.Sprintf("line %d", i+1))
		if found < 0 {
			s.t.Fatalf("line %d is not there, or not after the one before:\n%s", i+1, all)
		}
		at += found
	}
}

func TestPageLeft(t *testing.T) {
	for _, key := range []string{"C-c", "C-d"} {
		t.Run(key, func(t *testing.T) {
			s := open(t, scene{kind: "page", lines: 30})
			s.shows("1-23")
			s.keys(key)
			s.answered("left")
			s.restored()
		})
	}
}

func TestPageResized(t *testing.T) {
	s := open(t, scene{kind: "page", lines: 60, color: true})
	s.shows("1-23")
	for _, columns := range []string{"50", "41", "100", "81", "41"} {
		s.tmux("resize-window", "-x", columns, "-y", "24")
		s.still()
	}
	if all := s.tmux("capture-pane", "-p", "-S", "-"); strings.Count(all, "[") != 1 || !strings.Contains(all, "line 1\n") {
		t.Errorf("the words of the pager do not stand there once:\n%s", all)
	}
	s.keys("q")
	s.answered("read")
	s.everyLineOnce(60)
}
