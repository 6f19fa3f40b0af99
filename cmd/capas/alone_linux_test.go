package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestNothingButTheProgram goes from a machine that has nothing at all, no shell, no /etc, no /sys and no docker, to the first exercise
// that is passed: as an ordinary user who can get no new privileges.
func TestNothingButTheProgram(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make such a machine")
	}
	t.Parallel()
	m := newMachine(t)
	m.must("doctor")
	mirror := freeAddress(t)
	d := converse(t, "es", m.command("learn", "image-and-container", "1", "--plain", "--set=mirror="+mirror, "--set=registry="+freeAddress(t)))
	d.until("¿Cómo va?")
	m.must("docker", "pull", mirror+"/base:1")
	d.choose("Ya lo he hecho: contestar a la pregunta")
	d.choose("sha256: y un número larguísimo")
	d.until("¡Hecho!")
	if out := m.must("docker", "run", "--rm", mirror+"/base:1", "id", "-u"); out != "0\n" {
		t.Errorf("a container said %q", out)
	}
}

// machine is a folder that is all that a program sees of the disk.
type machine struct {
	t    *testing.T
	root string
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t, t.TempDir()}
	for dir, mode := range map[string]os.FileMode{"bin": 0o755, "dev": 0o755, "proc": 0o755, "tmp": 0o777 | os.ModeSticky} {
		if err := os.Mkdir(filepath.Join(m.root, dir), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(m.root, dir), mode); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-o", filepath.Join(m.root, "bin", "capas"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Cleanup(func() { m.run("engine", "stop") })
	return m
}

// command is one of capas there.
func (m *machine) command(args ...string) *exec.Cmd {
	cmd := exec.Command("alone", append([]string{m.root}, args...)...)
	cmd.Env = []string{"HOME=/tmp/nobody", "LANG=es_ES.UTF-8", "TERM=dumb", "PATH=/bin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS}
	return cmd
}

func (m *machine) run(args ...string) (string, error) {
	out, err := m.command(args...).Output()
	return string(out), err
}

func (m *machine) must(args ...string) string {
	m.t.Helper()
	out, err := m.run(args...)
	if err != nil {
		m.t.Fatalf("capas %q: %v\n%s", args, err, out)
	}
	m.t.Logf("capas %q:\n%s", args, out)
	return out
}

func init() { programs["alone"] = alone }

// alone becomes nobody in a root folder, the first argument, and then capas with the others. It has a mount namespace of its own.
func alone() {
	if err := becomeAlone(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "alone:", err)
		os.Exit(100)
	}
}

func becomeAlone(root string, args []string) error {
	runtime.LockOSThread()
	for _, m := range []struct {
		source, target string
		flags          uintptr
	}{
		{"", "/", unix.MS_REC | unix.MS_PRIVATE},
		{root, root, unix.MS_BIND},
		{"/dev", filepath.Join(root, "dev"), unix.MS_BIND | unix.MS_REC},
		{"/proc", filepath.Join(root, "proc"), unix.MS_BIND | unix.MS_REC},
	} {
		if err := unix.Mount(m.source, m.target, "", m.flags, ""); err != nil {
			return fmt.Errorf("mounting %s: %w", m.target, err)
		}
	}
	if err := os.Chdir(root); err != nil {
		return err
	}
	// Not by chroot: whoever is in one gets no user namespace.
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leaving the old root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("giving up new privileges: %w", err)
	}
	if err := syscall.Setgroups(nil); err != nil {
		return err
	}
	if err := syscall.Setgid(nobody); err != nil {
		return err
	}
	if err := syscall.Setuid(nobody); err != nil {
		return err
	}
	return syscall.Exec("/bin/capas", append([]string{"capas"}, args...), os.Environ())
}
