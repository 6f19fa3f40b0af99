//go:build linux

package sandbox_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"capas/internal/enginetest"
	"capas/runner/engine/embedded/sandbox"
)

// The tests run as root, and again out of TestRootless and TestSubordinateUsers in processes of an ordinary user.
const (
	stageVar    = "CAPAS_SANDBOX_TEST" // how far such a process is on its way
	programsVar = "CAPAS_SANDBOX_PROGRAMS"
)

const (
	withSubordinates = "subordinates" // root, who is about to give nobody subordinate users
	asNobody         = "nobody"
	inside           = "inside"
)

const nobody = 65534

func TestMain(m *testing.M) {
	sandbox.Init()
	switch os.Getenv(stageVar) {
	case withSubordinates:
		os.Exit(exitCode(giveSubordinates()))
	case asNobody:
		os.Exit(exitCode(runInside()))
	}
	code := m.Run()
	for _, f := range atEnd {
		f()
	}
	os.Exit(code)
}

func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return exit.ExitCode()
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// stage is this program again, further on its way.
func stage(name string) *exec.Cmd {
	return &exec.Cmd{
		Path: "/proc/self/exe", Args: os.Args, Dir: "/", Stdout: os.Stdout, Stderr: os.Stderr,
		Env: append(os.Environ(), stageVar+"="+name),
	}
}

// runInside runs this program again in a user namespace.
func runInside() error {
	cmd := stage(inside)
	if err := sandbox.StartRootless(cmd); err != nil {
		return err
	}
	return cmd.Wait()
}

// giveSubordinates runs this program again as nobody, who has subordinate users in this mount namespace.
func giveSubordinates() error {
	list, err := os.CreateTemp("", "subids")
	if err != nil {
		return err
	}
	defer os.Remove(list.Name())
	if _, err := list.WriteString("nobody:300000:65536\n"); err != nil {
		return err
	}
	if err := list.Chmod(0o644); err != nil {
		return err
	}
	for _, path := range []string{"/etc/subuid", "/etc/subgid"} {
		if err := unix.Mount(list.Name(), path, "", unix.MS_BIND, ""); err != nil {
			return &os.PathError{Op: "mount", Path: path, Err: err}
		}
	}
	cmd := stage(asNobody)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	return cmd.Run()
}

// again runs tests in another process, which it may change.
func again(t *testing.T, tests string, run func(*exec.Cmd) ([]byte, error)) {
	t.Helper()
	if os.Getenv(stageVar) != "" {
		t.Skip("this is it")
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can become nobody")
	}
	out, err := run(&exec.Cmd{
		Path: filepath.Join(programs(t), "sandbox.test"),
		Args: []string{"sandbox.test", "-test.v", "-test.count=1", "-test.run=" + tests},
		Dir:  "/", Env: []string{programsVar + "=" + programs(t), "CI=" + os.Getenv("CI"), "PATH=" + os.Getenv("PATH")},
	})
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
	if !bytes.Contains(out, []byte("--- PASS")) {
		t.Error("no test has passed")
	}
}

// An ordinary user who can get no new privileges, and is the only one in the namespace.
func TestRootless(t *testing.T) {
	again(t, lookFlag("test.run"), func(cmd *exec.Cmd) ([]byte, error) {
		cmd.Env = append(cmd.Env, stageVar+"="+asNobody)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		return unprivileged(cmd)
	})
}

// An ordinary user with subordinate ones.
func TestSubordinateUsers(t *testing.T) {
	if _, err := exec.LookPath("newuidmap"); err != nil {
		t.Skip(err)
	}
	for _, path := range []string{"/etc/subuid", "/etc/subgid"} {
		if _, err := os.Stat(path); err != nil {
			t.Skip(err)
		}
	}
	again(t, "User|Owner|Exec|Device|WayOut", func(cmd *exec.Cmd) ([]byte, error) {
		cmd.Env = append(cmd.Env, stageVar+"="+withSubordinates)
		cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
		out, err := cmd.CombinedOutput()
		if err == nil && !bytes.Contains(out, []byte(everyUser)) {
			err = errors.New("there were no subordinate users")
		}
		return out, err
	})
}

// unprivileged runs a command from a thread that can give no new privileges, and that is thrown away.
func unprivileged(cmd *exec.Cmd) (out []byte, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if err = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err == nil {
			out, err = cmd.CombinedOutput()
		}
	}()
	<-done
	return out, err
}

// programs is a folder that everybody can read, with what the tests run.
func programs(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv(programsVar); dir != "" {
		return dir
	}
	dir, err := builtPrograms()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

var builtPrograms = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "sandbox")
	if err != nil {
		return "", err
	}
	atEnd = append(atEnd, func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	program, err := enginetest.Program(runtime.GOARCH)
	if err != nil {
		return "", err
	}
	this, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		return "", err
	}
	for name, content := range map[string][]byte{"box": program, "sandbox.test": this} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o755); err != nil {
			return "", err
		}
	}
	build := exec.Command("go", "build", "-o", dir, "./testdata/attempt")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return dir, nil
})

// atEnd is what the whole run leaves to be done.
var atEnd []func()
