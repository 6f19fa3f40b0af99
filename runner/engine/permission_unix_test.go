//go:build unix

package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"capas/internal/message"
)

const (
	asNobody = "CAPAS_TEST_SOCKET"
	nobody   = 65534
)

// TestMain is another program where the test runs it again: one without root's rights, which asks an engine at a socket.
func TestMain(m *testing.M) {
	path := os.Getenv(asNobody)
	if path == "" {
		os.Exit(m.Run())
	}
	if err := becomeNobody(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	target, err := Resolve(Options{Host: "unix://" + path})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	c, err := target.Client()
	if err == nil {
		_, err = Ping(context.Background(), c)
	}
	trouble := Diagnose(context.Background(), target, err)
	p := message.For("es")
	fmt.Printf("%v\n%s\n%s\n", trouble.Kind, p.Say(trouble.Reason), p.Say(trouble.Remedy))
}

func becomeNobody() error {
	if os.Getuid() != 0 {
		return nil
	}
	return errors.Join(syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody))
}

func TestNoPermissionOnTheSocket(t *testing.T) {
	path := socketPath(t)
	serve(t, listen(t, "unix", path), newFake())
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), asNobody+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("no permission\nEl motor de Docker está en marcha, pero tu usuario no puede hablar con él: %s es sólo para el grupo «docker».\n", path)
	if got := string(out); len(got) < len(want) || got[:len(want)] != want {
		t.Errorf("got %q", got)
	}
}
