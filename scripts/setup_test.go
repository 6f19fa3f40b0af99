//go:build linux

// Package scripts_test runs the set-up script on machines made up of stubs: what it says, what it calls, how it ends.
package scripts_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The commands of the machine. Each writes down that it was called. The engine answers once something has started it.
var stubs = map[string]string{
	"docker": `case "$1" in context) echo default; exit ;; esac
		[ -z "$REFUSES" ] || { echo "permission denied while trying to connect"; exit 1; }
		[ -e "$MACHINE/started" ] || { echo "Cannot connect to the Docker daemon"; exit 1; }`,
	"apt-get": `[ -z "$NO_NETWORK" ] || exit 100
		case "$*" in *docker.io*) mv "$MACHINE/later/docker" "$MACHINE/bin/docker" ;; esac`,
	"apt-cache":  `exit 1`,
	"sudo":       `"$@"`,
	"id":         `case "$1" in -u) echo "$USER_ID" ;; -un) echo ana ;; esac`,
	"systemctl":  `[ -n "$BROKEN" ] || : > "$MACHINE/started"`,
	"service":    `[ -n "$BROKEN" ] || : > "$MACHINE/started"`,
	"dockerd":    `echo "no space left on device"`,
	"pidof":      `exit 1`,
	"journalctl": `echo "no space left on device"`,
	"sleep":      ``,
	"tmux":       ``,
	"git":        ``,
	"zsh":        ``,
	"fish":       ``,
}

func TestSetup(t *testing.T) {
	if _, err := os.Stat("/etc/debian_version"); err != nil {
		t.Skip("the script sets up Debian and Ubuntu")
	}
	for _, tc := range []struct {
		name   string
		lacks  []string // commands that the machine does not have
		runs   bool     // the engine answers from the start
		env    []string
		args   []string
		status int
		says   []string // none: nothing is said
		calls  []string // what was called and changes the machine, by its beginning
	}{
		{name: "an engine answers", runs: true},
		{name: "an engine answers, and all that tests need is there", runs: true, args: []string{"--test"}},
		{name: "nobody to ask", lacks: []string{"docker"}, status: 3, says: []string{"docker.io", "start", "YES=1 make setup"}},
		{name: "in Spanish", lacks: []string{"docker"}, env: []string{"LANG=es_ES.UTF-8"}, status: 3, says: []string{"Voy a instalar con apt-get: docker.io", "escribe: YES=1 make setup"}},
		{name: "yes", lacks: []string{"docker"}, env: []string{"YES=1"}, says: []string{"docker.io", "answers"}, calls: []string{"apt-get update", "apt-get install -y -q docker.io", "start"}},
		{name: "in CI", lacks: []string{"docker"}, env: []string{"CI=true"}, says: []string{"answers"}, calls: []string{"apt-get update", "apt-get install", "start"}},
		{name: "installed and not running", env: []string{"YES=1"}, says: []string{"not running", "answers"}, calls: []string{"start"}},
		{name: "not root", env: []string{"YES=1", "USER_ID=1000"}, says: []string{"answers"}, calls: []string{"sudo", "start"}},
		{name: "not root, and no sudo", lacks: []string{"sudo"}, env: []string{"YES=1", "USER_ID=1000"}, status: 3, says: []string{"as root"}},
		{name: "no permission", runs: true, env: []string{"YES=1", "REFUSES=1", "USER_ID=1000"}, status: 3, says: []string{"no permission", "usermod -aG docker ana"}},
		{name: "another engine was chosen", env: []string{"YES=1", "DOCKER_HOST=tcp://127.0.0.1:1"}, status: 3, says: []string{"tcp://127.0.0.1:1", "does not answer"}},
		{name: "nothing can be installed", lacks: []string{"docker"}, env: []string{"YES=1", "NO_NETWORK=1"}, status: 3, says: []string{"could not install: docker.io"}, calls: []string{"apt-get update", "apt-get install"}},
		{name: "the engine does not start", env: []string{"YES=1", "BROKEN=1"}, status: 3, says: []string{"did not get to answer", "no space left on device"}, calls: []string{"start"}},
		{name: "tests lack tmux", runs: true, lacks: []string{"tmux"}, args: []string{"--test"}, status: 3, says: []string{"tmux", "YES=1 make test"}},
		{name: "tests get tmux", runs: true, lacks: []string{"tmux"}, args: []string{"--test"}, env: []string{"YES=1"}, says: []string{"tmux"}, calls: []string{"apt-get update", "apt-get install -y -q tmux"}},
		{name: "tests lack bash-completion", runs: true, args: []string{"--test"}, env: []string{"BASH_COMPLETION=/nowhere", "YES=1"}, says: []string{"bash-completion"}, calls: []string{"apt-get update", "apt-get install -y -q bash-completion"}},
		{name: "a learner needs no tmux", runs: true, lacks: []string{"tmux"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newMachine(t, tc.lacks)
			if tc.runs {
				m.write(t, "started", "")
			}
			said, status := m.setup(t, tc.args, tc.env)
			if status != tc.status {
				t.Errorf("exit status %d, want %d; it said:\n%s", status, tc.status, said)
			}
			for _, want := range tc.says {
				if !strings.Contains(said, want) {
					t.Errorf("%q is not said in:\n%s", want, said)
				}
			}
			if len(tc.says) == 0 && said != "" {
				t.Errorf("it said:\n%s", said)
			}
			m.called(t, tc.calls, tc.status == 0)
		})
	}
}

// machine is a folder with the commands that a script finds there.
type machine struct{ dir string }

func newMachine(t *testing.T, lacks []string) machine {
	t.Helper()
	m := machine{t.TempDir()}
	for name, body := range stubs {
		dir := "bin"
		if slices.Contains(lacks, name) {
			dir = "later"
		}
		m.write(t, filepath.Join(dir, name), "#!/bin/sh\necho "+name+` "$@" >>"$MACHINE/calls"`+"\n"+body+"\n")
	}
	for _, name := range []string{"sh", "dirname", "env", "timeout", "setsid", "tail", "mkdir", "mv", "rm"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(m.dir, "bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func TestSetupForgetsTheNumberOfADeadEngine(t *testing.T) {
	if _, err := os.Stat("/etc/debian_version"); err != nil {
		t.Skip("the script sets up Debian and Ubuntu")
	}
	m := newMachine(t, nil)
	m.write(t, "docker.pid", "1")
	if said, status := m.setup(t, nil, []string{"YES=1"}); status != 0 {
		t.Fatalf("exit status %d:\n%s", status, said)
	}
	if _, err := os.Stat(filepath.Join(m.dir, "docker.pid")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the number is still there: %v", err)
	}
}

func (m machine) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(m.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

func (m machine) setup(t *testing.T, args, env []string) (said string, status int) {
	t.Helper()
	cmd := exec.Command("./setup", args...)
	cmd.Env = append([]string{"PATH=" + filepath.Join(m.dir, "bin"), "MACHINE=" + m.dir, "HOME=" + m.dir, "USER_ID=0", "LANG=C", "DOCKER_PIDFILE=" + m.dir + "/docker.pid", "BASH_COMPLETION=" + m.dir + "/bin/sh"}, env...)
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// called compares what was called, of that which changes something. "start" is whatever starts the engine on this machine;
// where that does not help another may be tried.
func (m machine) called(t *testing.T, want []string, once bool) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(m.dir, "calls"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var got []string
	for call := range strings.Lines(string(text)) {
		call = strings.TrimSpace(call)
		switch name, _, _ := strings.Cut(call, " "); name {
		case "apt-get", "sudo":
			got = append(got, call)
		case "systemctl", "service", "dockerd":
			got = append(got, "start")
		}
	}
	if !once {
		got = slices.Compact(got)
	}
	ok := len(got) == len(want)
	for i := 0; ok && i < len(want); i++ {
		ok = strings.HasPrefix(got[i], want[i])
	}
	if !ok {
		t.Errorf("called %q, want %q", got, want)
	}
}
