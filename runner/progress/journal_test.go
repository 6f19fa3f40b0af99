package progress

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func open(t *testing.T, dir string) *Journal {
	t.Helper()
	j, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func write(t *testing.T, j *Journal, entries ...Entry) {
	t.Helper()
	for _, e := range entries {
		if err := j.Append(e); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, j *Journal) (*State, []Problem) {
	t.Helper()
	s, problems, err := j.Read()
	if err != nil {
		t.Fatal(err)
	}
	return s, problems
}

func contents(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func started(item string) Entry {
	return Entry{Course: "c", Lesson: "l", Item: item, Verb: Started, Hash: "h", Step: 1}
}

func TestOpenAndReadTouchNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "capas")
	s, problems := read(t, open(t, dir))
	if len(problems) > 0 || s.LastLesson("c") != "" {
		t.Errorf("a missing journal: %v, last lesson %q", problems, s.LastLesson("c"))
	}
	if _, err := os.Stat(filepath.Dir(dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something was made: %v", err)
	}
	if _, err := Open(""); err == nil {
		t.Error("a journal without a directory was opened")
	}
}

func TestAppendIsPrivateAndReadBack(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "state", "capas"))
	write(t, j, Entry{Course: "c", Lesson: "l", Item: "i", Verb: Failed, Detail: "línea 1\nlínea 2 \x1b[31m"})
	s, problems := read(t, j)
	if got := s.Item("c", "l", "i"); len(problems) > 0 || got.Failures != 1 {
		t.Errorf("got %+v, problems %v", got, problems)
	}
	if n := strings.Count(contents(t, j.Path()), "\n"); n != 1 {
		t.Errorf("one entry took %d lines", n)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for path, want := range map[string]fs.FileMode{
		filepath.Dir(j.Path()): 0o700, j.Path(): 0o600, j.Path() + ".lock": 0o600,
	} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
	}
}

func TestAppendFinishesATornLine(t *testing.T) {
	j := open(t, t.TempDir())
	write(t, j, started("one"), started("two"))
	whole := contents(t, j.Path())
	torn := whole[:len(whole)-9]
	if err := os.WriteFile(j.Path(), []byte(torn), 0o600); err != nil {
		t.Fatal(err)
	}
	s, problems := read(t, j)
	if len(problems) != 1 || !problems[0].Torn || problems[0].Line != 2 {
		t.Errorf("a torn line is told as %+v", problems)
	}
	if s.Item("c", "l", "one").Status("h") != InProgress || s.Item("c", "l", "two").Status("h") != Untouched {
		t.Error("the whole line is lost, or the torn one counts")
	}

	write(t, j, started("three"))
	if got := contents(t, j.Path()); !strings.HasPrefix(got, torn+"\n{") {
		t.Errorf("something was glued to the torn line, or it was changed:\n%s", got)
	}
	s, problems = read(t, j)
	if len(problems) != 1 || !problems[0].Torn || s.Item("c", "l", "three").Status("h") != InProgress {
		t.Errorf("after the next append: %+v", problems)
	}
}

func TestALastLineThatLacksOnlyItsEndCounts(t *testing.T) {
	j := open(t, t.TempDir())
	write(t, j, started("one"))
	if err := os.Truncate(j.Path(), int64(len(contents(t, j.Path()))-1)); err != nil {
		t.Fatal(err)
	}
	s, problems := read(t, j)
	if len(problems) > 0 || s.Item("c", "l", "one").Status("h") != InProgress {
		t.Errorf("it does not count: %v", problems)
	}
	write(t, j, started("two"))
	if s, problems = read(t, j); len(problems) > 0 || s.Item("c", "l", "two").Status("h") != InProgress {
		t.Errorf("after the next append: %v", problems)
	}
}

func TestBrokenLinesAreSetAsideAndStay(t *testing.T) {
	for name, broken := range map[string]string{
		"text":            "hola",
		"array":           "[1,2]",
		"null":            "null",
		"another shape":   `{"id":"x","time":"2026-01-02T03:04:05Z","verb":"passed","step":"one"}`,
		"no id":           `{"time":"2026-01-02T03:04:05Z","verb":"passed"}`,
		"no time":         `{"id":"x","verb":"passed"}`,
		"no verb":         `{"id":"x","time":"2026-01-02T03:04:05Z"}`,
		"zeros":           strings.Repeat("\x00", 100),
		"another journal": "<<<<<<< HEAD",
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t, t.TempDir())
			write(t, j, started("one"))
			before := contents(t, j.Path()) + broken + "\n"
			if err := os.WriteFile(j.Path(), []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
			write(t, j, started("two"))
			s, problems := read(t, j)
			if len(problems) != 1 || problems[0].Line != 2 || problems[0].Torn {
				t.Errorf("problems: %+v", problems)
			}
			if s.Item("c", "l", "one").Status("h") != InProgress || s.Item("c", "l", "two").Status("h") != InProgress {
				t.Error("a line beside the broken one is lost")
			}
			if !strings.HasPrefix(contents(t, j.Path()), before) {
				t.Error("the broken line was changed")
			}
		})
	}
}

func TestNewerVerbsAndFieldsAreTolerated(t *testing.T) {
	j := open(t, t.TempDir())
	line := `{"id":"x","time":"2026-01-02T03:04:05Z","course":"c","lesson":"l","item":"i","verb":"sung","mood":["good"]}` + "\r\n\n"
	if err := os.WriteFile(j.Path(), []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	s, problems := read(t, j)
	if len(problems) > 0 || s.Item("c", "l", "i").Status("h") != Untouched {
		t.Errorf("problems %v", problems)
	}
}

func TestAJournalThatCannotBeReadIsNeverEmpty(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	if err := os.Mkdir(j.Path(), 0o700); err != nil {
		t.Fatal(err)
	}
	var e *Error
	if _, _, err := j.Read(); !errors.As(err, &e) || e.Writing {
		t.Errorf("reading a directory: %v", err)
	}
	if err := j.Append(started("one")); !errors.As(err, &e) || !e.Writing {
		t.Errorf("appending to a directory: %v", err)
	}
}

func TestTheClockMayGoBack(t *testing.T) {
	j := open(t, t.TempDir())
	future := time.Now().AddDate(10, 0, 0)
	passed := Entry{Time: future, Course: "c", Lesson: "l", Item: "i", Verb: Passed, Hash: "h"}
	write(t, j, passed, Entry{Course: "c", Lesson: "l", Item: "i", Verb: Reset})
	if s, _ := read(t, j); s.Item("c", "l", "i").Status("h") != Untouched {
		t.Error("an entry of the future survived the reset after it")
	}
	passed.Time = time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)
	write(t, j, passed, started("i"))
}

func TestManyGoroutinesOnOneJournal(t *testing.T) {
	j := open(t, t.TempDir())
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for n := range 10 {
				if err := j.Append(started(fmt.Sprintf("w%d-%d", w, n))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	expectEvery(t, j, 8, 10)
}

// expectEvery looks for the entries of so many writers, and for nothing else.
func expectEvery(t *testing.T, j *Journal, writers, each int) {
	t.Helper()
	s, problems := read(t, j)
	if len(problems) > 0 {
		t.Errorf("problems: %v", problems)
	}
	if n := strings.Count(contents(t, j.Path()), "\n"); n != writers*each {
		t.Errorf("%d lines, want %d", n, writers*each)
	}
	for w := range writers {
		for n := range each {
			if item := fmt.Sprintf("w%d-%d", w, n); s.Item("c", "l", item).Status("h") != InProgress {
				t.Errorf("%s is lost", item)
			}
		}
	}
}

func TestWhatCannotBeWrittenCountsAndIsWrittenLater(t *testing.T) {
	dir := t.TempDir()
	blocked := filepath.Join(dir, "state")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	j := open(t, blocked)
	if err := j.Append(started("first")); err == nil {
		t.Fatal("a journal in a folder that cannot be made was written")
	}
	if err := os.Remove(blocked); err != nil {
		t.Fatal(err)
	}
	state, _ := read(t, j)
	if got := state.Item("c", "l", "first").Status("h"); got != InProgress {
		t.Errorf("before it is written: %v, want started", got)
	}
	write(t, j, started("second"))
	again, _ := read(t, open(t, blocked))
	for _, item := range []string{"first", "second"} {
		if got := again.Item("c", "l", item).Status("h"); got != InProgress {
			t.Errorf("%s after it was written: %v, want started", item, got)
		}
	}
}
