//go:build linux

package embedded_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/client"

	"capas/runner/engine/embedded"
	"capas/runner/engine/embedded/embeddedtest"
)

func TestMain(m *testing.M) { embeddedtest.Main(m) }

func join(t testing.TB, h embedded.Home) *embedded.Member {
	t.Helper()
	m, err := h.Join(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func status(t testing.TB, h embedded.Home) embedded.Status {
	t.Helper()
	s, err := h.Status()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ping(t testing.TB, h embedded.Home) error {
	t.Helper()
	c, err := client.NewClientWithOpts(client.WithHost(h.Host()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.Ping(t.Context())
	return err
}

// eventually polls until something holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); <-time.After(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

func TestTheEngineIsThereForThoseWhoUseIt(t *testing.T) {
	h := embeddedtest.Home(t)
	if s := status(t, h); s.Running {
		t.Fatalf("it runs before anybody wants it: %+v", s)
	}
	first := join(t, h)
	pid := status(t, h).PID
	second := join(t, h)
	if s := status(t, h); !s.Running || s.PID != pid || s.Bytes == 0 {
		t.Errorf("the second found %+v, the first process %d", s, pid)
	}
	if err := first.Leave(); err != nil {
		t.Error(err)
	}
	if err := ping(t, h); err != nil {
		t.Errorf("it left one who uses it: %v", err)
	}
	if err := second.Leave(); err != nil {
		t.Error(err)
	}
	eventually(t, "it is gone", func() bool { return !status(t, h).Running })
	if err := ping(t, h); err == nil {
		t.Error("it answers after its end")
	}
	third := join(t, h)
	if err := ping(t, h); err != nil {
		t.Error(err)
	}
	if err := third.Leave(); err != nil {
		t.Error(err)
	}
}

func TestManyWhoWantItAtOnceShareOne(t *testing.T) {
	h := embeddedtest.Home(t)
	errs := make(chan error)
	const many = 8
	for range many {
		go func() {
			m, err := h.Join(context.Background())
			if err == nil {
				err = errors.Join(ping(t, h), m.Leave())
			}
			errs <- err
		}()
	}
	for range many {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestStopAndReset(t *testing.T) {
	h := embeddedtest.Home(t)
	if ran, err := h.Stop(t.Context()); err != nil || ran {
		t.Errorf("stopping what does not run: %v, %v", ran, err)
	}
	m := join(t, h)
	defer m.Leave()
	if ran, err := h.Stop(t.Context()); err != nil || !ran {
		t.Errorf("%v, %v", ran, err)
	}
	if s := status(t, h); s.Running {
		t.Errorf("it runs after its end: %+v", s)
	}
	if err := h.Reset(t.Context(), true); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(h.Dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its folder is still there: %v", err)
	}
	if err := h.Reset(t.Context(), true); err != nil {
		t.Errorf("once more: %v", err)
	}
}

func TestNobodyElseOpensTheSocket(t *testing.T) {
	h := embeddedtest.Home(t)
	defer join(t, h).Leave()
	socket := strings.TrimPrefix(h.Host(), "unix://")
	for path, want := range map[string]os.FileMode{socket: 0o600, filepath.Dir(socket): 0o700, h.Dir: 0o700} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
	}
}

func TestWhatCannotStartSaysWhy(t *testing.T) {
	h := embeddedtest.Home(t)
	if err := os.MkdirAll(h.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.Dir, "engine.version"), []byte("99\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := h.Join(t.Context())
	var failed *embedded.FailedError
	if !errors.As(err, &failed) || !strings.Contains(failed.Last, "version 99") {
		t.Errorf("%v, want the reason of the one that was started", err)
	}
}

func TestAnEngineWithoutItsFolderEnds(t *testing.T) {
	h := embeddedtest.Home(t)
	m := join(t, h)
	pid := status(t, h).PID
	if err := os.RemoveAll(h.Dir); err != nil {
		t.Fatal(err)
	}
	if err := m.Leave(); err != nil {
		t.Error(err)
	}
	eventually(t, "it has ended", func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) })
}
