//go:build linux

package sandbox_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"capas/runner/engine/embedded/sandbox"
)

// readLine is the next line of a process.
func readLine(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	line, err := r.ReadString('\n')
	if err != nil {
		t.Fatalf("%q, %v", line, err)
	}
	return strings.TrimRight(line, "\r\n")
}

func TestSignals(t *testing.T) {
	p := start(t, attemptSpec(t, newRoot(t), "wait"))
	if got := readLine(t, bufio.NewReader(p.Stdout)); got != "ready" {
		t.Fatal(got)
	}
	if got, _ := output(t, execIn(t, p, command("/attempt", "kill", "1"))); got != "done\n" {
		t.Errorf("killing the first process from within: %s", got)
	}
	if err := p.Signal(unix.SIGUSR1); err != nil { // and still it does as it is asked from without
		t.Fatal(err)
	}
	if code := p.Wait().Code; code != 7 {
		t.Errorf("exit code %d, want 7", code)
	}
	if err := p.Signal(unix.SIGTERM); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("a signal afterwards: %v", err)
	}
}

func TestTerminal(t *testing.T) {
	root := newRoot(t)
	p := start(t, sandbox.Spec{Root: root, Command: waiting(), Mounts: []sandbox.Mount{tool(t)}})
	for name, begin := range map[string]func(c sandbox.Command) *sandbox.Process{
		"first": func(c sandbox.Command) *sandbox.Process {
			return start(t, sandbox.Spec{Root: root, Command: c, Mounts: []sandbox.Mount{tool(t)}})
		},
		"later": func(c sandbox.Command) *sandbox.Process { return execIn(t, p, c) },
	} {
		t.Run(name, func(t *testing.T) {
			c := command("/attempt", "size")
			c.Terminal, c.Size = true, sandbox.Size{Rows: 30, Cols: 100}
			p := begin(c)
			p.Terminal().SetDeadline(time.Now().Add(time.Minute))
			out := bufio.NewReader(p.Stdout)
			if got := readLine(t, out); got != "30 100" {
				t.Errorf("size at first %s", got)
			}
			if err := p.Resize(sandbox.Size{Rows: 50, Cols: 132}); err != nil {
				t.Fatal(err)
			}
			if got := readLine(t, out); got != "50 132" {
				t.Errorf("size then %s", got)
			}
			if err := p.Signal(unix.SIGKILL); err != nil {
				t.Fatal(err)
			}
			if rest, err := io.ReadAll(out); err != nil {
				t.Errorf("at the end %q, %v", rest, err)
			}
		})
	}
}

// As at "docker run -it": a shell that lives on when what it runs is interrupted.
func TestInterruptAtATerminal(t *testing.T) {
	c := command("sh")
	c.Terminal = true
	p := start(t, sandbox.Spec{Root: newRoot(t), Command: c})
	p.Terminal().SetDeadline(time.Now().Add(time.Minute))
	for _, step := range []struct{ keys, screen string }{
		{"", "# "},
		{"echo con''sole > /dev/console; echo rea''dy; sleep 100\n", "console\r\nready\r\n"},
		{"\x03", "# "},
		{"exit 4\n", ""},
	} {
		if _, err := io.WriteString(p.Stdin, step.keys); err != nil {
			t.Fatal(err)
		}
		expect(t, p.Stdout, step.screen)
	}
	if code := p.Wait().Code; code != 4 {
		t.Errorf("exit code %d, want 4", code)
	}
}

// expect reads until a text has come.
func expect(t *testing.T, r io.Reader, text string) {
	t.Helper()
	var seen strings.Builder
	for b := make([]byte, 1); !strings.HasSuffix(seen.String(), text); seen.Write(b) {
		if _, err := r.Read(b); err != nil {
			t.Fatalf("%q, %v; want %q", seen.String(), err, text)
		}
	}
}

func TestProcesses(t *testing.T) {
	p := start(t, sandbox.Spec{Root: newRoot(t), Command: waiting()})
	e := execIn(t, p, waiting())
	got, err := e.Processes()
	if err != nil {
		t.Fatal(err)
	}
	first := p.Pid()
	want := []int{first, e.Pid()}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("processes %v, want %v", got, want)
	}
	p.Stdin.Close()
	p.Wait()
	if got, err := p.Processes(); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("afterwards %v, %v", got, err)
	}
	if p.Pid() != first {
		t.Errorf("its number is %d afterwards, and was %d", p.Pid(), first)
	}
}

// openFiles counts this process's descriptors.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// Containers at the same time do not hold each other's streams open, and leave no descriptor here.
func TestManyAtOnce(t *testing.T) {
	root := newRoot(t)
	p := start(t, sandbox.Spec{Root: root, Command: command("true")}) // for what is opened once
	p.Wait()
	p.Close()
	before := openFiles(t)
	var group sync.WaitGroup
	for range 12 {
		group.Go(func() { startAndEnd(t, root) })
	}
	group.Wait()
	if after := openFiles(t); after > before {
		t.Errorf("%d descriptors, before %d", after, before)
	}
}

// startAndEnd ends a container's first program by the end of its input, and so the one in its terminal.
func startAndEnd(t *testing.T, root string) {
	p, err := sandbox.Start(sandbox.Spec{Root: root, Command: waiting()})
	if err != nil {
		t.Error(err)
		return
	}
	defer p.Close()
	if _, err := p.Exec(command("nope")); err == nil {
		t.Error("a program that is not there was started")
	}
	c := command("cat")
	c.Terminal = true
	later, err := p.Exec(c)
	if err != nil {
		t.Error(err)
		return
	}
	defer later.Close()
	p.Stdin.Close()
	if status := p.Wait(); status != (sandbox.Status{}) {
		t.Errorf("the first ended with %+v", status)
	}
	if status := later.Wait(); status.Code != 128+9 {
		t.Errorf("the later ended with %+v", status)
	}
}

const everyUser = "every user is there"

func TestUserThatIsNotThere(t *testing.T) {
	if !sandbox.SingleUser() {
		t.Skip(everyUser)
	}
	p := start(t, sandbox.Spec{Root: newRoot(t), Command: waiting()})
	c := command("true")
	c.User = sandbox.User{UID: 1000}
	_, err := sandbox.Start(sandbox.Spec{Root: newRoot(t), Command: c})
	var unmapped *sandbox.UnmappedError
	if !errors.As(err, &unmapped) || unmapped.ID != 1000 {
		t.Errorf("Start: %v", err)
	}
	if _, err := p.Exec(c); !errors.As(err, &unmapped) {
		t.Errorf("Exec: %v", err)
	}
}

// With one user every change of owner succeeds, and nothing is changed.
func TestOwnershipIsPretended(t *testing.T) {
	root := newRoot(t)
	want := "0"
	if !sandbox.SingleUser() {
		want = "33"
	}
	got := say(t, sandbox.Spec{Root: root}, "touch /f && chown 33:33 /f && ls -n /f | while read m l u rest; do echo $u; done")
	if got != want {
		t.Errorf("owner %q, want %q", got, want)
	}
}

func TestDialReachesOnlyTheContainer(t *testing.T) {
	here, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer here.Close()
	root := newRoot(t)
	p := start(t, sandbox.Spec{Root: root, Command: waiting()})
	if conn, err := p.Dial(t.Context(), "tcp", here.Addr().String()); !errors.Is(err, unix.ECONNREFUSED) {
		t.Errorf("a server of the machine: %v, %v", conn, err)
	}
	p = start(t, sandbox.Spec{Root: root, Command: waiting(), Network: sandbox.NetworkHost})
	conn, err := p.Dial(t.Context(), "tcp", here.Addr().String())
	if err != nil {
		t.Fatalf("in the machine's network: %v", err)
	}
	conn.Close()

	served := start(t, attemptSpec(t, root, "serve hola"))
	address := readLine(t, bufio.NewReader(served.Stdout))
	conn, err = served.Dial(t.Context(), "tcp", address)
	if err != nil {
		t.Fatalf("a server of the container: %v", err)
	}
	defer conn.Close()
	if got, err := io.ReadAll(conn); string(got) != "hola" || err != nil {
		t.Errorf("it says %q, %v", got, err)
	}
}

// newEngine starts another process that has a container, and says the number of its first.
func newEngine(t *testing.T, args ...string) (engine *exec.Cmd, pid int) {
	t.Helper()
	engine = exec.Command(filepath.Join(programs(t), "attempt"), append([]string{"engine"}, args...)...)
	engine.Stderr = os.Stderr
	out, err := engine.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		engine.Process.Kill()
		engine.Wait()
	})
	if pid, err = strconv.Atoi(readLine(t, bufio.NewReader(out))); err != nil {
		t.Fatal(err)
	}
	return engine, pid
}

// awaitEnd waits for a process that is nobody's child here.
func awaitEnd(pidfd int) error {
	for {
		switch n, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, 60_000); {
		case errors.Is(err, unix.EINTR):
		case err == nil && n == 0:
			return os.ErrDeadlineExceeded
		default:
			return err
		}
	}
}

func TestNothingIsLeftOfAKilledEngine(t *testing.T) {
	root := newRoot(t)
	for _, uid := range []string{"0", "1000"} {
		if uid != "0" && sandbox.SingleUser() {
			continue
		}
		engine, pid := newEngine(t, root, uid, "/bin/cat")
		first, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(first)
		engine.Process.Kill()
		if err := awaitEnd(first); err != nil {
			t.Errorf("the container of user %s lives on: %v", uid, err)
		}
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil || strings.Contains(string(mounts), root) {
		t.Errorf("mounts of the container are left (%v)", err)
	}
}
