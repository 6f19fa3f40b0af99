// Package tmuxtest gives tests a real terminal: tmux runs a command in it, keys are typed, and the screen is read as a person would.
//
// It knows no capas.
package tmuxtest

import (
	"bytes"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Patience is how long Until waits for what it was told to expect.
const Patience = 60 * time.Second

// Screen is a terminal with a command in it.
type Screen struct {
	t      testing.TB
	socket string
	dir    string
}

// Open starts a command, a line for sh, in a terminal of that size and with that environment, and none of ours.
// The terminal ends with the test. Without tmux the test is skipped; where CI is set it fails.
func Open(t testing.TB, columns, rows int, env []string, command string) *Screen {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("tmux is missing")
		}
		t.Skip("tmux is missing")
	}
	dir, err := os.MkdirTemp("", "capas-tmux-") // short: a socket goes into it
	if err != nil {
		t.Fatal(err)
	}
	s := &Screen{t: t, dir: dir, socket: dir + "/tmux"}
	t.Cleanup(func() {
		if shown, err := exec.Command("tmux", "-u", "-S", s.socket, "capture-pane", "-p", "-J", "-S", "-").Output(); err == nil && t.Failed() {
			t.Logf("the screen at the end:\n%s", bytes.TrimRight(shown, "\n "))
		}
		_ = exec.Command("tmux", "-S", s.socket, "kill-server").Run()
		_ = os.RemoveAll(dir)
	})
	args := []string{"-f", "/dev/null", "new-session", "-d", "-x", strconv.Itoa(columns), "-y", strconv.Itoa(rows), "env", "-i", "PATH=" + os.Getenv("PATH")}
	args = append(args, env...)
	s.tmux(append(args, "sh", "-c", command)...)
	s.tmux("set-option", "-g", "history-limit", "20000")
	return s
}

func (s *Screen) tmux(args ...string) string {
	s.t.Helper()
	cmd := exec.Command("tmux", append([]string{"-u", "-S", s.socket}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TMUX=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// Keys presses keys, by tmux's names: "Enter", "Down", "C-c".
func (s *Screen) Keys(keys ...string) {
	s.t.Helper()
	s.tmux(append([]string{"send-keys"}, keys...)...)
}

// Type types a text and presses Enter after each of its lines.
func (s *Screen) Type(text string) {
	s.t.Helper()
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		s.tmux("send-keys", "-l", "--", line)
		s.Keys("Enter")
	}
}

// Text is what the screen shows now.
func (s *Screen) Text() string { s.t.Helper(); return s.tmux("capture-pane", "-p") }

// All is what the terminal has shown so far, wrapped lines joined.
func (s *Screen) All() string { s.t.Helper(); return s.tmux("capture-pane", "-p", "-J", "-S", "-") }

// Styled is All with the escape sequences that give it its looks.
func (s *Screen) Styled() string {
	s.t.Helper()
	return s.tmux("capture-pane", "-p", "-e", "-S", "-")
}

// Cursor reports whether the terminal shows its cursor.
func (s *Screen) Cursor() bool {
	s.t.Helper()
	return strings.TrimSpace(s.tmux("display-message", "-p", "#{cursor_flag}")) == "1"
}

// Close takes the terminal away from whoever is in it, as closing its window does.
func (s *Screen) Close() {
	s.t.Helper()
	s.tmux("kill-server")
}

// Resize gives the terminal another size.
func (s *Screen) Resize(columns, rows int) {
	s.t.Helper()
	s.tmux("resize-window", "-x", strconv.Itoa(columns), "-y", strconv.Itoa(rows))
}

// Until waits until the screen shows a text, in whatever lines it is wrapped, and returns all that it shows.
func (s *Screen) Until(text string) string {
	s.t.Helper()
	return s.Eventually("waiting for "+strconv.Quote(text), func(seen string) bool { return strings.Contains(unwrap(seen), unwrap(text)) })
}

// Eventually looks at the screen until it pleases.
func (s *Screen) Eventually(what string, ok func(seen string) bool) string {
	s.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(Patience); ; {
		seen := s.Text()
		if ok(seen) {
			return seen
		}
		select {
		case <-tick.C:
		case <-late:
			s.t.Fatalf("%s: the screen still shows\n%s", what, seen)
		}
	}
}

// quiet is how long a screen must not change to be taken for one that waits for its reader.
const quiet = 500 * time.Millisecond

// Settled waits until the screen has not changed for a while: something waits for what is typed next.
func (s *Screen) Settled() {
	s.t.Helper()
	last, since := "", time.Now()
	s.Eventually("waiting for a screen that stands still", func(seen string) bool {
		if seen != last {
			last, since = seen, time.Now()
		}
		return seen != "" && time.Since(since) > quiet
	})
}

// Prompt waits until the last line of a screen that stands still is that of a shell's prompt.
func (s *Screen) Prompt(prompt string) {
	s.t.Helper()
	s.Eventually("waiting for the prompt", func(seen string) bool {
		lines := strings.Split(strings.TrimRight(seen, "\n "), "\n")
		return strings.TrimSpace(lines[len(lines)-1]) == prompt
	})
}

// unwrap makes one line of a text, so that it is found wherever a screen broke it.
func unwrap(text string) string { return strings.Join(strings.Fields(text), " ") }
