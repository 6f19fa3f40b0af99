//go:build !windows

package prompt

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// scene is what is asked, and in what terminal.
type scene struct {
	kind          string
	lang          string // es
	columns, rows int    // 80, 24
	above         int    // lines printed before the question
	lines         int    // of the text to page
	color         bool
	pause, deaf   bool // before it asks again; to SIGHUP
}

// screen is a terminal of tmux in which the test binary plays a scene.
type screen struct {
	t   *testing.T
	dir string
}

func open(t *testing.T, sc scene) *screen {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("tmux is missing")
		}
		t.Skip("tmux is missing")
	}
	t.Parallel()
	dir, err := os.MkdirTemp("", "capas-prompt-") // short: a socket goes into it
	if err != nil {
		t.Fatal(err)
	}
	s := &screen{t, dir}
	t.Cleanup(s.close)
	s.tmux("-f", "/dev/null", "new-session", "-d", "-x", either(sc.columns, 80), "-y", either(sc.rows, 24), s.command(sc))
	return s
}

func either(n, standard int) string {
	if n == 0 {
		n = standard
	}
	return strconv.Itoa(n)
}

// command plays the scene between two looks at the terminal's modes, and keeps the terminal open.
func (s *screen) command(sc scene) string {
	exe, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	lang := sc.lang
	if lang == "" {
		lang = "es"
	}
	env := fmt.Sprintf("PROMPT_DIR='%s' PROMPT_SCENE=%s PROMPT_LANG=%s PROMPT_ABOVE=%d PROMPT_LINES=%d", s.dir, sc.kind, lang, sc.above, sc.lines)
	for name, set := range map[string]bool{"COLOR": sc.color, "PAUSE": sc.pause, "DEAF": sc.deaf} {
		if set {
			env += " PROMPT_" + name + "=1"
		}
	}
	return fmt.Sprintf(`cd '%s'; unset NO_COLOR CLICOLOR CLICOLOR_FORCE; stty -g >before; %s '%s'; stty -g >during; mv during after; exec cat`, s.dir, env, exe)
}

func (s *screen) close() {
	_ = exec.Command("tmux", "-S", s.dir+"/tmux", "kill-server").Run() // gone already where the test killed the session
	if s.t.Failed() {
		answers, _ := os.ReadFile(s.dir + "/answers")
		s.t.Logf("answers: %q", answers)
	}
	_ = os.RemoveAll(s.dir)
}

func (s *screen) tmux(args ...string) string {
	s.t.Helper()
	cmd := exec.Command("tmux", append([]string{"-u", "-S", s.dir + "/tmux"}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TMUX=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %q: %v\n%s", args, err, out)
	}
	return string(out)
}

func (s *screen) keys(keys ...string) {
	s.t.Helper()
	s.tmux(append([]string{"send-keys"}, keys...)...)
}

func (s *screen) text(text string) { s.t.Helper(); s.tmux("send-keys", "-l", text) }

// keysAnd sends keys while it does something else.
func (s *screen) keysAnd(keys string, do func()) {
	s.t.Helper()
	var both sync.WaitGroup
	both.Go(do)
	s.keys(keys)
	both.Wait()
}

// eventually looks until it likes what it sees.
func (s *screen) eventually(what string, look func() (seen string, ok bool)) string {
	s.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(10 * time.Second)
	for {
		seen, ok := look()
		if ok {
			return seen
		}
		select {
		case <-tick.C:
		case <-late:
			s.t.Fatalf("%s: still\n%s", what, seen)
		}
	}
}

// until waits for a text to be on the screen, and returns all that is.
func (s *screen) until(text string) string {
	s.t.Helper()
	return s.eventually("waiting for "+text, func() (string, bool) {
		seen := s.tmux("capture-pane", "-p")
		return seen, strings.Contains(seen, text)
	})
}

// still waits until the screen does not change any more.
func (s *screen) still() {
	s.t.Helper()
	last, since := "", time.Now()
	s.eventually("waiting for a screen that stands still", func() (string, bool) {
		seen := s.tmux("capture-pane", "-p")
		if seen != last {
			last, since = seen, time.Now()
		}
		return seen, time.Since(since) > 200*time.Millisecond
	})
}

// answers waits for answers that please.
func (s *screen) answers(ok func([]string) bool) []string {
	s.t.Helper()
	return strings.Split(s.eventually("waiting for answers", func() (string, bool) {
		text, _ := os.ReadFile(s.dir + "/answers")
		noted := strings.TrimSuffix(string(text), "\n")
		return noted, noted != "" && ok(strings.Split(noted, "\n"))
	}), "\n")
}

// answered waits for as many answers as are wanted, and compares.
func (s *screen) answered(want ...string) {
	s.t.Helper()
	got := s.answers(func(a []string) bool { return len(a) >= len(want) })
	if !slices.Equal(got, want) {
		s.t.Fatalf("answers %q, want %q", got, want)
	}
}

func (s *screen) pid() int {
	s.t.Helper()
	text := s.eventually("waiting for the scene", func() (string, bool) {
		text, err := os.ReadFile(s.dir + "/pid")
		return strings.TrimSpace(string(text)), err == nil && len(text) > 0
	})
	pid, err := strconv.Atoi(text)
	if err != nil {
		s.t.Fatal(err)
	}
	return pid
}

func (s *screen) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := syscall.Kill(s.pid(), sig); err != nil {
		s.t.Errorf("signal %v: %v", sig, err)
	}
}

// gone waits for the process to end.
func (s *screen) gone() {
	s.t.Helper()
	pid := s.pid()
	s.eventually("waiting for the process to end", func() (string, bool) {
		state, _ := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
		gone := len(state) == 0 || state[0] == 'Z' || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
		return string(state), gone
	})
}

// restored compares the terminal with what it was before the scene.
func (s *screen) restored() {
	s.t.Helper()
	after := s.eventually("waiting for the end", func() (string, bool) {
		text, err := os.ReadFile(filepath.Join(s.dir, "after"))
		return string(text), err == nil
	})
	before, err := os.ReadFile(filepath.Join(s.dir, "before"))
	if err != nil || string(before) != after {
		s.t.Errorf("terminal modes %q, before %q (%v)", after, before, err)
	}
	s.eventually("waiting for a visible cursor in the first column", func() (string, bool) {
		flags := s.tmux("display-message", "-p", "#{cursor_flag} #{cursor_x}")
		return flags, flags == "1 0\n"
	})
}

// onlyAbove waits for nothing to be on the screen and above it but the lines printed before the question, and the cursor under them.
func (s *screen) onlyAbove(lines int) {
	s.t.Helper()
	var want strings.Builder
	for i := range lines {
		fmt.Fprintf(&want, "above %d\n", i+1)
	}
	fmt.Fprintf(&want, "cursor 1 0 %d\n", lines)
	s.eventually("waiting for\n"+want.String(), func() (string, bool) {
		text := strings.TrimRight(s.tmux("capture-pane", "-p", "-S", "-"), "\n") + "\n"
		cursor := s.tmux("display-message", "-p", "cursor #{cursor_flag} #{cursor_x} #{e|+:#{history_size},#{cursor_y}}")
		seen := strings.TrimPrefix(text, "\n") + cursor
		return seen, seen == want.String()
	})
}
