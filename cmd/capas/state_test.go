//go:build !windows

package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"capas/internal/message"
)

const nobody = 65534

// stranger is a learner without root's rights, in a home that they can read: with a capas and a course of their own.
type stranger struct {
	t     *testing.T
	home  string
	state string // XDG_STATE_HOME; the home's own where it is ""
	host  string
}

// newStranger skips where the test itself has no rights that it could do without.
func newStranger(t *testing.T) *stranger {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can become somebody else")
	}
	home, err := os.MkdirTemp("", "capas-nobody-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := copyFile(filepath.Join(home, "bin", "capas"), self, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(home+"/course", os.DirFS("testdata/course")); err != nil {
		t.Fatal(err)
	}
	s := &stranger{t: t, home: home, host: "unix://" + home + "/nowhere"}
	err = filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if err := os.Chmod(path, 0o755); err != nil {
				return err
			}
		}
		return os.Lchown(path, nobody, nobody)
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func copyFile(to, from string, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}

func (s *stranger) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(s.t.Context(), s.home+"/bin/capas", append(args, "--course", s.home+"/course")...)
	cmd.Dir = s.home
	cmd.Env = []string{"HOME=" + s.home, "LANG=es_ES.UTF-8", "TERM=xterm", "DOCKER_HOST=" + s.host, "PATH=" + os.Getenv("PATH")}
	if s.state != "" {
		cmd.Env = append(cmd.Env, "XDG_STATE_HOME="+s.state)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	return cmd
}

func (s *stranger) run(args ...string) answer { s.t.Helper(); return finish(s.t, s.command(args...)) }

func finish(t *testing.T, cmd *exec.Cmd) answer {
	t.Helper()
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("%v did not run", cmd.Args)
	}
	return answer{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// TestNoPermissionOnTheSocket: the socket is there, and is root's alone.
func TestNoPermissionOnTheSocket(t *testing.T) {
	s := newStranger(t)
	r := newRelay(t)
	if err := os.Chmod(filepath.Dir(r.path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(r.path, 0o600); err != nil {
		t.Fatal(err)
	}
	s.host = r.host()
	a := s.run("check", "small/note")
	if a.code != exitUnknown || a.out != "" {
		t.Errorf("exit %d, said %q", a.code, a.out)
	}
	twoLines(t, a.err)
	for _, want := range []string{"tu usuario no puede hablar con él", "usermod -aG docker"} {
		if !strings.Contains(a.err, want) {
			t.Errorf("no %q in\n%s", want, a.err)
		}
	}
	if a := s.run("check", "small/note", "--json"); !strings.Contains(a.out, `"verdict": "unknown"`) || !strings.Contains(a.out, "usermod") {
		t.Errorf("as JSON:\n%s", a.out)
	}
	if err := os.Chmod(r.path, 0o666); err != nil {
		t.Fatal(err)
	}
	if a := s.run("check", "small/note"); a.code != exitNotYet {
		t.Errorf("with permission: exit %d\n%s", a.code, a.err)
	}
}

// A lesson goes on to its end although nothing can be kept; that is told once, and what was there stays.
func TestProgressThatCannotBeKept(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(s *stranger, journal string) error
		says  string
	}{
		{"a journal that is read-only", func(_ *stranger, journal string) error { return os.Chmod(journal, 0o444) }, "tu usuario no tiene permiso"},
		{"a folder that is read-only", func(_ *stranger, journal string) error {
			return allOf(os.Chmod(journal, 0o444), os.Chown(journal, 0, 0), os.Chmod(filepath.Dir(journal), 0o555))
		}, "tu usuario no tiene permiso"},
		{"a disk that is full", func(s *stranger, journal string) error {
			return fullDisk(s.t, journal)
		}, "no queda sitio"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStranger(t)
			if a := s.run("hint", "small/note"); a.code != exitDone {
				t.Fatal(a.err)
			}
			journal := s.home + "/.local/state/capas/progress.jsonl"
			if err := tt.spoil(s, journal); err != nil {
				if tt.says == "no queda sitio" && os.Getenv("CI") == "" {
					t.Skipf("no disk of our own: %v", err)
				}
				t.Fatal(err)
			}
			before := contents(t, journal)
			d := converse(t, "es", s.command("learn", "small", "--plain", "--wait"))
			skip(d)
			if code := d.exit(); code != exitDone {
				t.Errorf("exit %d", code)
			}
			if n := strings.Count(unwrapped(d.all()), tt.says); n != 1 {
				t.Errorf("told %d times", n)
			}
			if after := contents(t, journal); after != before {
				t.Errorf("the journal was\n%sand is\n%s", before, after)
			}
		})
	}
}

// What cannot be read is not taken for an empty journal: nothing begins anew, and nothing promises that it goes on.
func TestProgressThatCannotBeRead(t *testing.T) {
	s := newStranger(t)
	if a := s.run("hint", "small/note"); a.code != exitDone {
		t.Fatal(a.err)
	}
	journal := s.home + "/.local/state/capas/progress.jsonl"
	if err := os.Chown(journal, 0, 0); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"list"}, {"learn", "small"}, {"show", "small"}} {
		a := s.run(args...)
		if a.code != exitUnknown || strings.Contains(a.err, "la lección sigue") {
			t.Errorf("capas %v: exit %d\n%s%s", args, a.code, a.out, a.err)
		}
		twoLines(t, a.err)
	}
}

func allOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// skip goes through the small lesson without an engine, from its first exercise on, and leaves.
func skip(d *dialogue) {
	d.t.Helper()
	say := d.say.Sayf
	d.choose(say("runner.skip"))
	d.choose(say("runner.continue"))
	d.choose(say("runner.skip"))
	d.choose(say("runner.continue"))
	d.choose(lessonTexts["es"].right)
	d.mark(lessonTexts["es"].all...)
	d.until(say("runner.right"))
	for _, o := range lessonTexts["es"].order {
		d.choose(o)
	}
	d.answer(say("runner.type-answer"), "Dockerfile")
	d.answer(say("runner.type-command"), "docker images")
	d.choose(say("runner.skip")) // what the engine knows
	d.choose(say("runner.finish"))
	d.choose(say("runner.leave"))
	d.until(say("runner.goodbye", message.Data{"Command": "capas"})[:12])
}

func contents(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func unwrapped(text string) string { return strings.Join(strings.Fields(text), " ") }

// A journal cut at any byte is told, loses nothing but the line that was cut, and takes the next one.
func TestAJournalCutAnywhere(t *testing.T) {
	h := newHouse(t)
	for range 2 {
		if r := h.run("hint", "small/note", "--course", "testdata/course"); r.code != exitDone {
			t.Fatal(r.err)
		}
	}
	journal := h.dir + "/state/capas/progress.jsonl"
	whole := contents(t, journal)
	for cut := range len(whole) {
		kept := whole[:cut]
		if err := os.WriteFile(journal, []byte(kept), 0o600); err != nil {
			t.Fatal(err)
		}
		entries := strings.Count(kept+"\n", "}\n")
		torn := !strings.HasSuffix(kept+"\n", "}\n") && kept != "" && !strings.HasSuffix(kept, "\n")
		r := h.run("hint", "small/note", "--json", "--course", "testdata/course")
		want := fmt.Sprintf(`"number": %d,`, min(entries+1, 2))
		if r.code != exitDone || !strings.Contains(r.out, want) {
			t.Fatalf("cut at %d: exit %d, want %s:\n%s%s", cut, r.code, want, r.out, r.err)
		}
		if told := strings.Count(r.err, "quedó a medias"); torn != (told == 1) {
			t.Fatalf("cut at %d: told %d times:\n%s", cut, told, r.err)
		}
		if now := contents(t, journal); !strings.HasPrefix(now, kept) || strings.Count(now, "\n") != strings.Count(kept, "\n")+1+btoi(cut > 0 && !strings.HasSuffix(kept, "\n")) {
			t.Fatalf("cut at %d: the journal is\n%s", cut, now)
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestWhereProgressIsKept: by the XDG specification a path that is relative does not count.
func TestWhereProgressIsKept(t *testing.T) {
	for _, tt := range []struct {
		name string
		env  []string
		file string // below the home; "" where there is none to know
	}{
		{"as usual", nil, ".local/state/capas/progress.jsonl"},
		{"XDG_STATE_HOME", []string{"XDG_STATE_HOME=HOME/elsewhere"}, "elsewhere/capas/progress.jsonl"},
		{"a relative XDG_STATE_HOME", []string{"XDG_STATE_HOME=elsewhere"}, ".local/state/capas/progress.jsonl"},
		{"an empty XDG_STATE_HOME", []string{"XDG_STATE_HOME="}, ".local/state/capas/progress.jsonl"},
		{"no HOME, and XDG_STATE_HOME", []string{"HOME=", "XDG_STATE_HOME=HOME/elsewhere"}, "elsewhere/capas/progress.jsonl"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			home := t.TempDir()
			course, err := filepath.Abs("testdata/course")
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("capas", "hint", "small/note", "--course", course)
			cmd.Dir = home
			cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "DOCKER_HOST=unix:///nowhere"}
			for _, e := range tt.env {
				cmd.Env = append(cmd.Env, strings.ReplaceAll(e, "HOME/", home+"/"))
			}
			if a := finish(t, cmd); a.code != exitDone || a.err != "" {
				t.Errorf("exit %d: %s%s", a.code, a.out, a.err)
			}
			var found []string
			_ = filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
				if err == nil && d.Name() == "progress.jsonl" {
					found = append(found, strings.TrimPrefix(path, home+"/"))
				}
				return nil
			})
			if len(found) != 1 || found[0] != tt.file {
				t.Errorf("found %v, want %s", found, tt.file)
			}
		})
	}
}

// TestNowhereToLive: without HOME the home is the one that the system knows; where that is none, it is told and the lesson goes on.
func TestNowhereToLive(t *testing.T) {
	s := newStranger(t)
	u, err := user.LookupId(strconv.Itoa(nobody))
	if err != nil {
		t.Skip(err)
	}
	for _, line := range []string{"list", "show small", "hint small/note", "solution small/note"} {
		cmd := s.command(strings.Fields(line)...)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "DOCKER_HOST=" + s.host}
		a := finish(t, cmd)
		if a.code != exitDone || a.out == "" {
			t.Errorf("capas %s: exit %d\n%s%s", line, a.code, a.out, a.err)
		}
		writes := strings.Contains(line, "/")
		if told := strings.Count(a.err, "No puedo guardar tu progreso en "+filepath.Join(u.HomeDir, ".local/state/capas")); writes != (told == 1) {
			t.Errorf("capas %s: told %d times\n%s", line, told, a.err)
		}
	}
}

// Two learners, or one in two windows, on one journal and one lesson: both go on, and no line is lost.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	w := newWay(t, os.DirFS("testdata/course"), "small")
	w.toTheNote()
	other := *w
	other.start()
	other.screen.Until("¿Cómo va?")
	other.pick("Pista 1")
	w.pick("Pista 1")
	other.screen.Until("lleva una línea")
	w.screen.Until("Con este modelo") // the second, for the first was given
	w.inShell("echo verde > nota.txt")
	for _, one := range []*way{w, &other} {
		one.screen.Until("¡Hecho!")
		one.screen.Until("¿Qué hacemos?")
		one.screen.Keys("C-c")
		one.screen.Until("Hasta luego")
	}
	lines := regexp.MustCompile(`"verb":"(\w+)"`).FindAllStringSubmatch(w.journal(), -1)
	count := map[string]int{}
	for _, l := range lines {
		count[l[1]]++
	}
	if count["hinted"] != 2 || count["passed"] != 2 {
		t.Errorf("%v in the journal:\n%s", count, w.journal())
	}
	if list := w.capas("list"); !strings.Contains(list, "1 de 8") {
		t.Errorf("capas list:\n%s", list)
	}
}
