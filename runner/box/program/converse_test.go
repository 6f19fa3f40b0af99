//go:build linux

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// terminal is a shell with somebody at it.
type terminal struct {
	t    *testing.T
	cmd  *exec.Cmd
	pty  *os.File
	mu   sync.Mutex
	text bytes.Buffer // since the last expect
}

func start(t *testing.T) *terminal {
	t.Helper()
	ours := bin(t)
	dir := t.TempDir()
	x := &terminal{t: t, cmd: exec.Command(filepath.Join(ours, "sh"))}
	x.cmd.Dir = dir
	x.cmd.Env = []string{"PATH=" + ours + ":/usr/bin:/bin"}
	var err error
	if x.pty, err = pty.Start(x.cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.cmd.Process.Kill(); x.pty.Close() })
	go func() {
		for b := make([]byte, 1024); ; {
			n, err := x.pty.Read(b)
			x.mu.Lock()
			x.text.Write(b[:n])
			x.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	x.expect("# ")
	return x
}

func (x *terminal) send(keys string) {
	x.t.Helper()
	if _, err := x.pty.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
}

// expect waits until the text is on the screen, and forgets what came up to it.
func (x *terminal) expect(want string) {
	x.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		x.mu.Lock()
		_, after, found := strings.Cut(x.text.String(), want)
		if found {
			x.text.Reset()
			x.text.WriteString(after)
		}
		x.mu.Unlock()
		if found {
			return
		}
	}
	x.t.Fatalf("%q did not come; on the screen:\n%s", want, x.text.String())
}

func (x *terminal) ends(status int) {
	x.t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- x.cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		x.t.Fatal("the shell goes on")
	}
	if got := x.cmd.ProcessState.ExitCode(); got != status {
		x.t.Errorf("exit status %d, want %d", got, status)
	}
}

const ctrlC, ctrlD = "\x03", "\x04"

func TestCtrlCEndsTheCommandAndNotTheShell(t *testing.T) {
	for _, command := range []string{"sleep 100", "cat", "while true; do true; done", "sleep 100 | cat", "read x", "(sleep 100)", "x=$(sleep 100)", "sh -c 'sleep 100'"} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			x := start(t)
			x.send("echo rea''dy; " + command + "\n")
			x.expect("ready\r\n")
			x.send(ctrlC)
			if command == "read x" {
				x.send("\n") // what waits for a line in the shell itself gets one
			}
			x.expect("# ")
			x.send("echo still he''re\n")
			x.expect("still here")
			x.expect("# ")
			x.send("exit\n")
			x.ends(0)
		})
	}
}

func TestCtrlCGivesUpTheLine(t *testing.T) {
	x := start(t)
	x.send("echo not th" + ctrlC)
	x.expect("# ")
	x.send("if true\n")
	x.expect("> ")
	x.send(ctrlC)
	x.expect("# ")
	x.send("echo a''b\n")
	x.expect("ab")
	x.expect("# ")
	x.send("echo 'uno\n")
	x.expect("> ")
	x.send("dos'\n")
	x.expect("uno\r\ndos\r\n")
}

func TestWaysOutOfAConversation(t *testing.T) {
	for _, tc := range []struct {
		name, keys string
		status     int
	}{
		{"exit", "exit\n", 0},
		{"exit with a status", "exit 3\n", 3},
		{"exit after a failure", "false\nexit\n", 1},
		{"end of input", ctrlD, 0},
		{"end of input after a failure", "false\n" + ctrlD, 1},
		{"a mistake is not one", "fi\n(\n" + ctrlC + "exit 5\n", 5},
		{"set -e", "set -e\nfalse\n", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			x := start(t)
			x.send(tc.keys)
			x.ends(tc.status)
		})
	}
}

func TestSignalsEndAnythingThatDoesNotTalk(t *testing.T) {
	ours := bin(t)
	for _, args := range [][]string{{"sh", "-c", "echo ready; while true; do true; done"}, {"sh", "-c", "echo ready; sleep 100; true"}, {"cat"}} {
		for signal, status := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
			t.Run(args[0]+" "+signal.String(), func(t *testing.T) {
				t.Parallel()
				cmd := exec.Command(filepath.Join(ours, args[0]), args[1:]...)
				cmd.Env = []string{"PATH=" + ours}
				in, _ := cmd.StdinPipe()
				out, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				in.Write([]byte("ready\n"))
				if _, err := out.Read(make([]byte, 6)); err != nil {
					t.Fatal(err)
				}
				cmd.Process.Signal(signal)
				cmd.Wait()
				if got := cmd.ProcessState.ExitCode(); got != status {
					t.Errorf("exit status %d, want %d", got, status)
				}
			})
		}
	}
}

func TestAPipeIsReadALineAtATime(t *testing.T) {
	ours := bin(t)
	for _, tc := range []struct{ script, want string }{
		{"read x\nuno\necho \"<$x>\"\n", "<uno>\n"},
		{"echo a\ncat\nthe rest\nis text\n", "a\nthe rest\nis text\n"},
		{"echo a\nexit 3\necho b\n", "a\nexit status 3"},
		{"echo a\nset -e\nfalse\necho b\n", "a\nexit status 1"},
		{"echo a\nfi\necho b\n", "a\nexit status 2"},
		{"for i in 1 2\ndo echo $i\ndone\ncat <<E\nx\nE\necho a \\\nb\n", "1\n2\nx\na b\n"},
		{"trap 'echo bye' EXIT\necho hi", "hi\nbye\n"},
		{"false", "exit status 1"},
		{"", ""},
	} {
		cmd := exec.Command(filepath.Join(ours, "sh"))
		cmd.Env = []string{"PATH=" + ours}
		cmd.Stdin = strings.NewReader(tc.script)
		out, err := cmd.Output()
		got := string(out)
		if err != nil {
			got += err.Error()
		}
		if got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.script, got, tc.want)
		}
	}
}
