//go:build linux

package sandbox_test

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"capas/runner/box"
	"capas/runner/engine/embedded/sandbox"
)

func lookFlag(name string) string { return flag.Lookup(name).Value.String() }

const pathVar = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// newRoot is the practice base as a folder.
func newRoot(t testing.TB) string {
	t.Helper()
	if _, err := sandbox.Probe(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	root := t.TempDir()
	for _, dir := range []string{"bin", "dev", "etc", "proc", "root", "sys", "tmp"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program, err := os.ReadFile(filepath.Join(programs(t), "box"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "bin/sh"), program, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range box.Utilities {
		if err := os.Link(filepath.Join(root, "bin/sh"), filepath.Join(root, "bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func shell(script string) sandbox.Command { return command("sh", "-c", script) }

func command(args ...string) sandbox.Command {
	return sandbox.Command{Args: args, Env: []string{pathVar}}
}

func start(t testing.TB, spec sandbox.Spec) *sandbox.Process {
	t.Helper()
	p, err := sandbox.Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Signal(unix.SIGKILL)
		p.Wait()
		p.Close()
	})
	return p
}

func execIn(t testing.TB, p *sandbox.Process, c sandbox.Command) *sandbox.Process {
	t.Helper()
	e, err := p.Exec(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		e.Signal(unix.SIGKILL)
		e.Wait()
		e.Close()
	})
	return e
}

// output is all that a process wrote to its standard output, with its exit code.
func output(t *testing.T, p *sandbox.Process) (string, int) {
	t.Helper()
	out, err := io.ReadAll(p.Stdout)
	if err != nil {
		t.Fatal(err)
	}
	return string(out), p.Wait().Code
}

func run(t *testing.T, spec sandbox.Spec) (string, int) {
	t.Helper()
	return output(t, start(t, spec))
}

func TestExitCode(t *testing.T) {
	root := newRoot(t)
	for script, want := range map[string]int{"exit 0": 0, "exit 3": 3, "exit 255": 255, "nope": 127} {
		if _, got := run(t, sandbox.Spec{Root: root, Command: shell(script)}); got != want {
			t.Errorf("%s: exit code %d, want %d", script, got, want)
		}
	}
}

func TestWhatCannotBeStarted(t *testing.T) {
	root := newRoot(t)
	for name, content := range map[string]string{"text": "no program", "empty": ""} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, sandbox.Spec{Root: root, Command: waiting()})
	for _, tc := range []struct{ name, want string }{
		{"nope", `exec: "nope": executable file not found in $PATH`},
		{"/nope", `exec: "/nope": stat /nope: no such file or directory`},
		{"/text", `exec: "/text": permission denied`},
		{"/tmp", `exec: "/tmp": is a directory`},
		{"", `no command specified`},
	} {
		c := command(tc.name)
		if tc.name == "" {
			c.Args = nil
		}
		if _, err := sandbox.Start(sandbox.Spec{Root: root, Command: c}); err == nil || err.Error() != tc.want {
			t.Errorf("Start(%q): %v, want %s", tc.name, err, tc.want)
		}
		if _, err := p.Exec(c); err == nil || err.Error() != tc.want {
			t.Errorf("Exec(%q): %v, want %s", tc.name, err, tc.want)
		}
	}
}

// waiting is a program that ends with its input.
func waiting() sandbox.Command {
	c := command("cat")
	c.Stdin = true
	return c
}

func TestEndOfInputReachesTheProgram(t *testing.T) {
	p := start(t, sandbox.Spec{Root: newRoot(t), Command: waiting()})
	for _, p := range []*sandbox.Process{execIn(t, p, waiting()), p} {
		if _, err := io.WriteString(p.Stdin, "hola"); err != nil {
			t.Fatal(err)
		}
		if err := p.Stdin.Close(); err != nil {
			t.Fatal(err)
		}
		if out, code := output(t, p); out != "hola" || code != 0 {
			t.Errorf("%q, exit code %d; want hola, 0", out, code)
		}
	}
}

func TestExecEndsWithTheContainer(t *testing.T) {
	p := start(t, sandbox.Spec{Root: newRoot(t), Command: waiting()})
	e := execIn(t, p, waiting())
	if err := p.Signal(unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*sandbox.Process{p, e} {
		if code := p.Wait().Code; code != 128+9 {
			t.Errorf("exit code %d, want 137", code)
		}
	}
}
