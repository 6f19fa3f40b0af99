//go:build linux

package sandbox_test

import (
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

// The tests run twice: as root, and again out of TestRootless as an ordinary user who can get no new privileges.
const (
	stageVar    = "CAPAS_SANDBOX_TEST" // how far a run of this program is on its way to the rootless tier
	programsVar = "CAPAS_SANDBOX_PROGRAMS"
)

const (
	asNobody = "nobody"
	inside   = "inside"
)

func TestMain(m *testing.M) {
	sandbox.Init()
	if os.Getenv(stageVar) == asNobody {
		os.Exit(runInside())
	}
	if os.Getenv(engineVar) != "" {
		beEngine(os.Args[1])
	}
	code := m.Run()
	for _, f := range atEnd {
		f()
	}
	os.Exit(code)
}

// runInside runs this program again in a user namespace.
func runInside() int {
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: os.Args, Stdout: os.Stdout, Stderr: os.Stderr,
		Env: append(os.Environ(), stageVar+"="+inside),
	}
	err := sandbox.StartRootless(cmd)
	if err == nil {
		err = cmd.Wait()
	}
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

// TestRootless runs all the others again.
func TestRootless(t *testing.T) {
	if os.Getenv(stageVar) != "" {
		t.Skip("this is it")
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can become nobody")
	}
	args := []string{os.Args[0], "-test.v=true", "-test.count=1"}
	for _, name := range []string{"test.run", "test.short"} {
		if f := lookFlag(name); f != "" {
			args = append(args, "-"+name+"="+f)
		}
	}
	var cmd *exec.Cmd
	out, err := unprivileged(func() *exec.Cmd {
		cmd = &exec.Cmd{
			Path: "/proc/self/exe", Args: args, Dir: "/",
			Env:         []string{stageVar + "=" + asNobody, programsVar + "=" + programs(t), "CI=" + os.Getenv("CI")},
			SysProcAttr: &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}},
		}
		return cmd
	}())
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
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
func programs(t *testing.T) string {
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
	if err := os.WriteFile(filepath.Join(dir, "box"), program, 0o755); err != nil {
		return "", err
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
