//go:build unix

package progress

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The tests of this file run the test binary again as another program: what it does there is named by role.

const (
	role    = "CAPAS_TEST_ROLE"
	argDir  = "CAPAS_TEST_DIR"
	argName = "CAPAS_TEST_NAME"

	writers, each = 8, 200
	merges        = 20
	nobody        = 65534
)

var roles = map[string]func(*Journal) error{
	"write many": func(j *Journal) error {
		for n := range each {
			if err := j.Append(started(fmt.Sprintf("w%s-%d", os.Getenv(argName), n))); err != nil {
				return err
			}
		}
		return nil
	},
	"merge and reset": func(j *Journal) error {
		for n := range merges {
			item := fmt.Sprintf("m%s-%d", os.Getenv(argName), n)
			e := started(item)
			e.ID, e.Time = item, time.Date(2026, 1, 2, 3, 4, n, 0, time.UTC)
			text, err := json.Marshal(e)
			if err != nil {
				return err
			}
			if _, err := j.Merge(bytes.NewReader(text)); err != nil {
				return err
			}
			if _, err := j.Reset("c", "l", "none"); err != nil {
				return err
			}
		}
		return nil
	},
	"merge for ever": func(j *Journal) error {
		for n := 0; ; n++ {
			var all []Entry
			for i := range 100 {
				e := started(fmt.Sprintf("m%d-%d", n, i))
				e.ID, e.Time = e.Item, time.Date(2026, 1, 2, 3, n, i, 0, time.UTC)
				all = append(all, e)
			}
			if _, err := j.Merge(bytes.NewReader(journalOf(all...))); err != nil {
				return err
			}
			fmt.Println(n)
		}
	},
	"merge on a full disk": func(j *Journal) error {
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 300, Max: 300}); err != nil {
			return err
		}
		_, err := j.Merge(bytes.NewReader(journalOf(story(Started, Failed, Passed)...)))
		if err := expectError(err, full); err != nil {
			return err
		}
		_, err = j.Reset("c", "l", "")
		return expectError(err, full)
	},
	"write for ever": func(j *Journal) error {
		for n := 0; ; n++ {
			if err := j.Append(started("i" + strconv.Itoa(n))); err != nil {
				return err
			}
			fmt.Println(n)
		}
	},
	"write on a full disk": func(j *Journal) error {
		info, err := os.Stat(j.Path())
		if err != nil {
			return err
		}
		signal.Ignore(syscall.SIGXFSZ)
		limit := uint64(info.Size() + 20) // a part of the line fits
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
			return err
		}
		return expectError(j.Append(started("two")), full)
	},
	"write as nobody": func(j *Journal) error {
		if err := becomeNobody(); err != nil {
			return err
		}
		return expectError(j.Append(started("two")), denied)
	},
	"read as nobody": func(j *Journal) error {
		if err := becomeNobody(); err != nil {
			return err
		}
		_, _, err := j.Read()
		return expectError(err, denied)
	},
	"read a torn line as nobody": func(j *Journal) error {
		if err := becomeNobody(); err != nil {
			return err
		}
		s, problems, err := j.Read()
		if err != nil || len(problems) != 1 || s.Item("c", "l", "one").Status("h") != InProgress {
			return fmt.Errorf("problems %v, error %v", problems, err)
		}
		return nil
	},
}

func TestMain(m *testing.M) {
	f := roles[os.Getenv(role)]
	if f == nil {
		os.Exit(m.Run())
	}
	if err := f(&Journal{dir: os.Getenv(argDir)}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// becomeNobody gives up what root may do, which file modes do not hold back.
func becomeNobody() error {
	if os.Getuid() != 0 {
		return nil
	}
	return errors.Join(syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody))
}

func expectError(err error, want cause) error {
	var e *Error
	if !errors.As(err, &e) || e.cause() != want {
		return fmt.Errorf("got %v, want cause %d", err, want)
	}
	return nil
}

func program(t *testing.T, as string, j *Journal, name string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), role+"="+as, argDir+"="+j.dir, argName+"="+name)
	cmd.Stderr = os.Stderr
	return cmd
}

// public is a directory that everybody can enter, as t.TempDir is not.
func public(t *testing.T) *Journal {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return open(t, filepath.Join(dir, "capas"))
}

func TestManyProgramsOnOneJournal(t *testing.T) {
	j := open(t, t.TempDir())
	var wg sync.WaitGroup
	for w := range writers {
		cmd := program(t, "write many", j, strconv.Itoa(w))
		wg.Go(func() {
			if err := cmd.Run(); err != nil {
				t.Errorf("writer %d: %v", w, err)
			}
		})
	}
	wg.Wait()
	expectEvery(t, j, writers, each)
}

// Programs that rewrite the journal beside programs that add to it: every entry of all is there in the end, in order.
func TestMergesAndResetsBesideWriters(t *testing.T) {
	j := open(t, t.TempDir())
	var wg sync.WaitGroup
	for w := range writers {
		as := []string{"write many", "merge and reset"}[w%2]
		cmd := program(t, as, j, strconv.Itoa(w))
		wg.Go(func() {
			if err := cmd.Run(); err != nil {
				t.Errorf("%s %d: %v", as, w, err)
			}
		})
	}
	wg.Wait()
	s, problems := read(t, j)
	if len(problems) > 0 {
		t.Errorf("problems: %v", problems)
	}
	expect := func(item string) {
		if s.Item("c", "l", item).Status("h") != InProgress {
			t.Errorf("%s is lost", item)
		}
	}
	for w := range writers {
		for n := range each {
			if w%2 == 0 {
				expect(fmt.Sprintf("w%d-%d", w, n))
			} else if n < merges {
				expect(fmt.Sprintf("m%d-%d", w, n))
			}
		}
	}
	want := writers/2*each + writers/2*merges*2
	if n := strings.Count(contents(t, j.Path()), "\n"); n != want {
		t.Errorf("%d lines, want %d", n, want)
	}
	if kept, _ := filepath.Glob(filepath.Join(j.dir, "progress-*.jsonl")); len(kept) != writers/2*merges {
		t.Errorf("%d journals are kept, want %d", len(kept), writers/2*merges)
	}
	expectOrder(t, j)
}

// expectOrder fails where a line stands before one that is older.
func expectOrder(t *testing.T, j *Journal) {
	t.Helper()
	entries, _ := parse("", []byte(contents(t, j.Path())))
	if !slices.IsSortedFunc(entries, order) {
		t.Error("the lines are not in the order of time")
	}
}

// A merge is there whole or not at all, at whatever moment it is killed.
func TestKilledWhileMerging(t *testing.T) {
	j := open(t, t.TempDir())
	write(t, j, started("one"))
	for round := range 10 {
		cmd := program(t, "merge for ever", j, "")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		last := -1
		for lines := bufio.NewScanner(out); last < round && lines.Scan(); {
			last++
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		s, problems := read(t, j)
		if len(problems) > 0 || s.Item("c", "l", "one").Status("h") != InProgress {
			t.Fatalf("round %d: what was there is lost, or %v", round, problems)
		}
		for n := range round + 60 {
			first, last := s.Item("c", "l", fmt.Sprintf("m%d-0", n)), s.Item("c", "l", fmt.Sprintf("m%d-99", n))
			if first.Status("h") != last.Status("h") || n <= round && last.Status("h") != InProgress {
				t.Fatalf("round %d: merge %d is there in part, or was said to be kept and is lost", round, n)
			}
		}
	}
}

func TestAFullDiskWhileMergingOrResetting(t *testing.T) {
	j := open(t, t.TempDir())
	write(t, j, started("one"), started("two"), started("three"))
	before := contents(t, j.Path())
	if err := program(t, "merge on a full disk", j, "").Run(); err != nil {
		t.Fatal(err)
	}
	if after := contents(t, j.Path()); after != before {
		t.Errorf("the journal was\n%sand is\n%s", before, after)
	}
	if names, err := os.ReadDir(j.dir); err != nil || len(names) != 2 {
		t.Errorf("something else is left there: %v, %v", names, err)
	}
}

func TestKilledWhileAppending(t *testing.T) {
	j := open(t, t.TempDir())
	for round := range 20 {
		cmd := program(t, "write for ever", j, "")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		last := -1
		lines := bufio.NewScanner(out)
		for last < round && lines.Scan() { // kill it at another moment each time
			last++
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			last++
		}
		_ = cmd.Wait()
		s, problems := read(t, j)
		for _, p := range problems {
			if !p.Torn {
				t.Errorf("round %d: %+v", round, p)
			}
		}
		for n := range last + 1 {
			if s.Item("c", "l", "i"+strconv.Itoa(n)).Status("h") != InProgress {
				t.Errorf("round %d: entry %d was said to be kept, and is lost", round, n)
			}
		}
	}
}

func TestAFullDiskLosesNothingThatWasThere(t *testing.T) {
	j := open(t, t.TempDir())
	write(t, j, started("one"))
	before := contents(t, j.Path())
	if err := program(t, "write on a full disk", j, "").Run(); err != nil {
		t.Fatal(err)
	}
	if after := contents(t, j.Path()); after != before {
		t.Errorf("the journal was\n%sand is\n%s", before, after)
	}
	write(t, j, started("two"))
	if s, problems := read(t, j); len(problems) > 0 || s.Item("c", "l", "two").Status("h") != InProgress {
		t.Errorf("once there is room: %v", problems)
	}
}

func TestSomebodyElsesJournal(t *testing.T) {
	for _, test := range []struct {
		name, role string
		file, lock fs.FileMode
		dir        fs.FileMode
		leaveTorn  bool
	}{
		{name: "a journal that is read-only", role: "write as nobody", file: 0o444, lock: 0o666, dir: 0o777},
		{name: "a directory that is read-only", role: "write as nobody", file: 0o444, lock: 0o444, dir: 0o555},
		{name: "a journal that is secret", role: "read as nobody", file: 0o000, lock: 0o600, dir: 0o755},
		{name: "a directory that is secret", role: "read as nobody", file: 0o644, lock: 0o644, dir: 0o000},
		{name: "a torn journal that is read-only", role: "read a torn line as nobody", file: 0o444, lock: 0o444, dir: 0o555, leaveTorn: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := public(t)
			write(t, j, started("one"))
			if test.leaveTorn {
				torn := contents(t, j.Path()) + `{"id":"half`
				if err := os.WriteFile(j.Path(), []byte(torn), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			before := contents(t, j.Path())
			modes := []struct {
				path string
				mode fs.FileMode
			}{{j.Path(), test.file}, {j.Path() + ".lock", test.lock}, {j.dir, test.dir}}
			for _, m := range modes {
				if err := os.Chmod(m.path, m.mode); err != nil {
					t.Fatal(err)
				}
			}
			t.Cleanup(func() { _ = os.Chmod(j.dir, 0o700); _ = os.Chmod(j.Path(), 0o600) })
			if out, err := program(t, test.role, j, "").Output(); err != nil {
				t.Errorf("%v %s", err, out)
			}
			_ = os.Chmod(j.dir, 0o700)
			_ = os.Chmod(j.Path(), 0o600)
			if after := contents(t, j.Path()); after != before {
				t.Errorf("the journal was %q and is %q", before, after)
			}
		})
	}
}
