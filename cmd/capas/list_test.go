package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestListServesNothing gives the mirror and the registry ports that are taken: whoever opens one says so.
func TestListServesNothing(t *testing.T) {
	at := []string{taken(t), taken(t)}
	home := t.TempDir()
	capas := func(command string) (code int, errs string) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var out, stderr bytes.Buffer
		env := map[string]string{"HOME": home, "XDG_DATA_HOME": home, "XDG_STATE_HOME": home, "XDG_CONFIG_HOME": home}
		args := []string{command, "--set", "mirror=" + at[0], "--set", "registry=" + at[1]}
		code = run(ctx, args, strings.NewReader(""), &out, &stderr, func(name string) string { return env[name] })
		return code, stderr.String()
	}
	if code, errs := capas("list"); code != exitDone || errs != "" {
		t.Errorf("list: exit %d\n%s", code, errs)
	}
	if _, err := os.Stat(filepath.Join(home, "capas", "registry")); !os.IsNotExist(err) {
		t.Errorf("list: the registry's folder: %v", err)
	}
	if code, errs := capas("registry"); code != exitUnknown || !strings.Contains(errs, at[0]) {
		t.Errorf("registry, which opens them: exit %d\n%s", code, errs)
	}
}

// taken is an address at which somebody listens.
func taken(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return strings.Replace(l.Addr().String(), "127.0.0.1", "localhost", 1)
}
