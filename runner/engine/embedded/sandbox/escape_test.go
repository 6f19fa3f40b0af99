//go:build linux

package sandbox_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/moby/sys/userns"
	"golang.org/x/sys/unix"

	"capas/runner/engine/embedded/sandbox"
)

// attempt runs one line of testdata/attempt as a container's first program.
func attempt(t *testing.T, root, line string) string {
	t.Helper()
	out, code := run(t, attemptSpec(t, root, line))
	if code != 0 {
		t.Errorf("attempt %s: exit code %d", line, code)
	}
	return strings.TrimSpace(out)
}

func attemptSpec(t *testing.T, root, line string) sandbox.Spec {
	t.Helper()
	return sandbox.Spec{
		Root: root, Command: command(append([]string{"/attempt"}, strings.Fields(line)...)...), Mounts: []sandbox.Mount{tool(t)},
	}
}

func tool(t *testing.T) sandbox.Mount {
	t.Helper()
	return sandbox.Mount{Source: filepath.Join(programs(t), "attempt"), Target: "/attempt", ReadOnly: true}
}

func TestNoWayOut(t *testing.T) {
	root := newRoot(t)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	victim := exec.Command(filepath.Join(programs(t), "attempt"), "wait")
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	defer victim.Wait()
	defer victim.Process.Kill()
	for _, tc := range []struct{ line, want string }{
		{"read " + secret, "ENOENT"},
		{"read /.." + secret, "ENOENT"},
		{"read /proc/1/root/../.." + secret, "ENOENT"},
		{"read /proc/1/cwd/../.." + secret, "ENOENT"},
		{"write /proc/1/root/../../" + secret, "ENOENT"},
		{"chroot " + secret, "ENOENT"},
		{fmt.Sprintf("kill %d", victim.Process.Pid), "ESRCH"},
		{fmt.Sprintf("trace %d", victim.Process.Pid), "ESRCH"},
		{"user", "EPERM"},
		{"mount /tmp", "EPERM"},
		{"unmount /proc/keys", "EPERM"},
		{"writable /proc/sys", "EPERM"},
		{"write /proc/sys/kernel/hostname", "EROFS"},
		{"write /sys/new", "EROFS"},
	} {
		if got := attempt(t, root, tc.line); got != tc.want {
			t.Errorf("attempt %s: %s, want %s", tc.line, got, tc.want)
		}
	}
	if err := victim.Process.Signal(unix.Signal(0)); err != nil {
		t.Errorf("the process on the machine: %v", err)
	}
}

func TestUnconfinedProgramMayMakeEveryCall(t *testing.T) {
	spec := attemptSpec(t, newRoot(t), "user")
	spec.Unconfined = true
	if out, _ := run(t, spec); out != "EINVAL\n" { // because it has threads: the kernel itself has been asked
		t.Errorf("a new user namespace: %s", out)
	}
}

// A device node can be made by root alone, and opens nothing anywhere.
func TestDevicesOfTheMachineDoNotOpen(t *testing.T) {
	root := newRoot(t)
	disk := diskOf(t, "/")
	refused := "EACCES"
	if userns.RunningInUserNS() {
		refused = "EPERM" // the node itself
	}
	for _, place := range []string{"/tmp/disk", "/dev/disk", "/dev/shm/disk", "/volume/disk"} {
		spec := attemptSpec(t, root, "device "+place+" "+disk)
		spec.Mounts = append(spec.Mounts, sandbox.Mount{Source: t.TempDir(), Target: "/volume"})
		if out, _ := run(t, spec); strings.TrimSpace(out) != refused {
			t.Errorf("opening the machine's disk as %s: %s, want %s", place, out, refused)
		}
	}
}

// diskOf is the number of the device that a folder is on, as "major minor".
func diskOf(t *testing.T, folder string) string {
	t.Helper()
	var s unix.Stat_t
	if err := unix.Stat(folder, &s); err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(int(unix.Major(s.Dev))) + " " + strconv.Itoa(int(unix.Minor(s.Dev)))
}

// An image chooses where its files lead: not onto the machine.
func TestLinksOfAnImageStayInside(t *testing.T) {
	root, outside := newRoot(t), t.TempDir()
	for link, target := range map[string]string{"etc/hosts": "made", "volume": "", "work": "cwd"} {
		if err := os.Symlink(strings.Repeat("../", 20)+filepath.Join(outside, target), filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	hosts := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(hosts, []byte("127.0.0.1 localhost\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := sandbox.Start(sandbox.Spec{
		Root: root, Command: sandbox.Command{Args: []string{"true"}, Env: []string{pathVar}, Dir: "/work/deeper"},
		Mounts: []sandbox.Mount{{Source: hosts, Target: "/etc/hosts"}, {Source: t.TempDir(), Target: "/volume/inside"}},
	})
	if err == nil {
		p.Wait()
		p.Close()
	}
	entries, err := os.ReadDir(outside)
	if err != nil || len(entries) > 0 {
		t.Errorf("on the machine there is %v (%v)", entries, err)
	}
}

// The engine's program is in a container for a moment, before it becomes the container's. An image may name it as its own program.
func TestEngineCannotBeWritten(t *testing.T) {
	_, pid := newEngine(t, newRoot(t), "0", "/proc/self/exe", "wait")
	var s unix.Statfs_t
	if err := unix.Statfs(filepath.Join("/proc", strconv.Itoa(pid), "exe"), &s); err != nil {
		t.Fatal(err)
	}
	if s.Flags&unix.ST_RDONLY == 0 {
		t.Error("the engine's program is on a mount that can be written")
	}
}

// A container is a machine that lets nobody make containers: it has no rights, or a user namespace has none with its /proc.
func TestReasonWhyNot(t *testing.T) {
	root := newRoot(t)
	if got := attempt(t, root, "probe"); got != string(sandbox.ReasonConfined) {
		t.Errorf("root in a container: %s, want %s", got, sandbox.ReasonConfined)
	}
	if sandbox.SingleUser() {
		return
	}
	spec := attemptSpec(t, root, "probe")
	spec.Unconfined, spec.User = true, sandbox.User{UID: 1000, GID: 1000}
	if got, _ := run(t, spec); got != string(sandbox.ReasonConfined)+"\n" {
		t.Errorf("a user in a container: %s, want %s", got, sandbox.ReasonConfined)
	}
}
