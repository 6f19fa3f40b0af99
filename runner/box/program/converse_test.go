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
	dir, err := os.MkdirTemp("", "sh") // t.TempDir's name would fill the line that the prompt stands in
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	x := &terminal{t: t, cmd: exec.Command(filepath.Join(ours, "sh"))}
	x.cmd.Dir = dir
	x.cmd.Env = []string{"PATH=" + ours + ":/usr/bin:/bin"}
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

const ctrlC, ctrlD, ctrlZ = "\x03", "\x04", "\x1a"

func TestCtrlCEndsTheCommandAndNotTheShell(t *testing.T) {
	for _, command := range []string{"sleep 100", "cat", "while true; do true; done", "sleep 100 | cat", "read x", "(sleep 100)", "x=$(sleep 100)", "sh -c 'sleep 100'"} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			x := start(t)
			x.send("echo rea''dy; " + command + "\n")
			x.expect("ready\r\n")
			x.send(ctrlZ + ctrlC) // what Ctrl-Z stopped, Ctrl-C could not end
			x.expect("# ")
			x.send("echo still he''re $?\n")
			x.expect("still here 130")
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

func TestLinesAreEdited(t *testing.T) {
	const show = "printf '<%s>' "
	for _, tc := range []struct{ name, keys, want string }{
		{"arrows", show + "ac\x1b[Db", "<abc>"},
		{"arrows as applications have them", show + "ac\x1bODb\x1bOCd", "<abcd>"},
		{"beginning and end", "rintf '<%s>' \x01p\x05a", "<a>"},
		{"home and end", "rintf '<%s>' \x1b[1~p\x1b[4~a", "<a>"},
		{"home and end of other terminals", "rintf '<%s>' \x1b[Hp\x1b[Fa", "<a>"},
		{"the line up to here", "garbage\x15" + show + "a", "<a>"},
		{"the line from here", show + "a garbage\x1b[1;5D\x0b", "<a>"},
		{"a word", show + "a garbage\x17b", "<a><b>"},
		{"a word to the left", show + "b c\x1bb\x1bba ", "<a><b><c>"},
		{"backspace", show + "ab\x7fc", "<ac>"},
		{"delete", show + "abc\x1b[D\x1b[D\x1b[3~", "<ac>"},
		{"letters of two bytes", show + "cañón\x7f\x7f\x7f\x7fñón\x1b[D\x1b[D\x1b[Dn", "<cnñón>"},
		{"earlier lines", "echo; " + show + "uno\n" + show + "dos\n\x1b[A\x1b[A\x1b[B\x1b[B\x1b[A\x1b[A", "\r\n<uno>"},
		{"back to a new line", show + "uno\n" + show + "a\x1b[A\x1b[B", "<a>"},
		{"a key without meaning", show + "a\x1b[15~\x1bx\x1b[Zb", "<ab>"},
		{"a file", "echo > larga-historia\n" + show + "lar\t", "<larga-historia>"},
		{"a command", "whoa\t; " + show + "a", "<a>"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			x := start(t)
			x.send(tc.keys + "\n")
			x.expect("\n" + tc.want)
			x.expect("# ")
			x.send("exit\n")
			x.ends(0)
		})
	}
}

func TestConstructsOfSeveralLines(t *testing.T) {
	x := start(t)
	for _, line := range []string{"for i in 1 2", "do", "echo \"<$i>\"", "done"} {
		x.send(line + "\n")
	}
	x.expect("> ")
	x.expect("> ")
	x.expect("> ")
	x.expect("<1>\r\n<2>\r\n")
	x.expect("# ")
	x.send("cat <<FIN\n")
	x.expect("> ")
	x.send("es $((1+1))\n")
	x.expect("> ")
	x.send("FIN\n")
	x.expect("es 2\r\n")
}

func TestWhatIsTypedAheadIsNotLost(t *testing.T) {
	x := start(t)
	x.send("echo rea''dy; sleep 0.3; read a\n")
	x.expect("ready\r\n")
	x.send("u''no\necho \"<$a>\"\n")
	x.expect("\n<u''no>\r\n")
}

func TestBackgroundOfAConversation(t *testing.T) {
	x := start(t)
	x.send("sleep 100 & echo \"<$!>\"\n")
	x.expect("\n<")
	x.expect("# ")
	x.send("echo rea''dy; sleep 100\n")
	x.expect("ready\r\n")
	x.send(ctrlC)
	x.expect("# ")
	x.send("kill -0 $! && echo ali''ve; kill %1; wait $!; echo \"<$?>\"\n")
	x.expect("alive\r\n")
	x.expect("<143>\r\n")
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
