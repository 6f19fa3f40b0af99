package enginetest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"capas/runner/box"
)

// Base returns the name of the practice base, which has /bin/sh and core utilities. It is built from the sources as they stand,
// and stays on the engine: its name carries a digest of the program, so that the next test finds it.
func Base(t testing.TB) string {
	t.Helper()
	c := Client(t)
	arch, err := box.Arch(t.Context(), c)
	if err != nil {
		t.Fatalf("enginetest: %v", err)
	}
	program, err := Program(arch)
	if err != nil {
		t.Fatalf("enginetest: building the practice base's program: %v", err)
	}
	sum := sha256.Sum256(program)
	ref := "capas-test-base:" + hex.EncodeToString(sum[:6])
	err = box.EnsureOf(t.Context(), c, ref, box.Config{Arch: arch, Program: program, Labels: map[string]string{Label: "base"}})
	if err != nil {
		t.Fatalf("enginetest: %v", err)
	}
	return ref
}

// Program builds the practice base's program for an architecture, or finds what was built of the same sources in the user's cache.
func Program(arch string) ([]byte, error) { return builds(arch) }

var builds = func() func(string) ([]byte, error) {
	var mu sync.Mutex
	done := map[string][]byte{}
	return func(arch string) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		if p := done[arch]; p != nil {
			return p, nil
		}
		p, err := program(arch)
		done[arch] = p
		return p, err
	}
}()

func program(arch string) ([]byte, error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	sources, err := digestOf(root, "go.mod", "go.sum", "runner/box/program")
	if err != nil {
		return nil, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	built := filepath.Join(cache, "capas", "box", arch+"-"+sources)
	if p, err := os.ReadFile(built); err == nil {
		return p, nil
	}
	if err := compile(root, arch, built); err != nil {
		return nil, err
	}
	return os.ReadFile(built)
}

// compile puts the program in place by a rename: another test process may be building the same.
func compile(root, arch, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	temp := to + "." + random(3)
	defer os.Remove(temp)
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", temp, "./runner/box/program")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return os.Rename(temp, to)
}

// moduleRoot is found from the folder of the test that runs.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod above the test's folder: %w", fs.ErrNotExist)
		}
	}
}

func digestOf(root string, paths ...string) (string, error) {
	h := sha256.New()
	for _, path := range paths {
		err := filepath.WalkDir(filepath.Join(root, path), func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(name)
			fmt.Fprintf(h, "%s %d\n%s", filepath.Base(name), len(text), text)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}
