package registry_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"capas/internal/enginetest"
	"capas/runner/registry"
)

// smallDisk is a folder on a disk of its own. The test is skipped where none can be mounted, and fails where CI is set.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		if os.Getenv("CI") == "" {
			t.Skipf("no disk of our own: %v", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, 0) })
	return dir
}

// fill leaves so many bytes free, and returns the file that takes the rest.
func fill(t *testing.T, dir string, free int64) string {
	t.Helper()
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "filler")
	if err := os.WriteFile(name, make([]byte, int64(disk.Bavail)*disk.Bsize-free), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestPushOntoAFullDisk(t *testing.T) {
	for name, free := range map[string]int64{"in the middle of a layer": 1 << 20, "from the beginning": 0} {
		t.Run(name, func(t *testing.T) {
			c := empty(t)
			c.Dir, c.Mirror = smallDisk(t, "32m"), ""
			join(t, c)
			d := newDocker(t)
			d.login(c)
			there := d.named(small(t, "antes"), c.Registry+"/ana/antes:1")
			d.run("push", there)
			filler := fill(t, c.Dir, free)

			wanted := d.named(enginetest.Base(t), c.Registry+"/ana/base:1")
			d.refused("the disk of this registry is full: make room and push again", "push", wanted)
			if left := uploads(c.Dir); len(left) > 0 {
				t.Errorf("what does not help to free the disk: %v", left)
			}
			whole(t, c, "ana/antes:1")
			if err := os.Remove(filler); err != nil {
				t.Fatal(err)
			}
			d.run("push", wanted)
			whole(t, c, "ana/base:1")
			whole(t, c, "ana/antes:1")
			told(t, c)
		})
	}
}

// told wants the transfers to say that the first push of the base found no room.
func told(t *testing.T, c registry.Config) {
	t.Helper()
	all, err := registry.Transfers(c.Dir)
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	for _, tr := range all {
		said += tr.Repository + map[bool]string{true: " full, ", false: ", "}[tr.Full]
	}
	if want := "ana/antes, ana/base full, ana/base, "; said != want {
		t.Errorf("transfers: %s\nwant %s", said, want)
	}
}

func TestServingFromAFullDisk(t *testing.T) {
	c := empty(t)
	c.Dir = smallDisk(t, "1m")
	filler := fill(t, c.Dir, 0)
	if _, err := registry.Join(t.Context(), c); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("error %v, want that there is no room", err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if _, err := registry.Join(t.Context(), c); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "base:1") {
		t.Errorf("error %v, want that there is no room for the practice base", err)
	}
	c.Mirror = ""
	join(t, c)
}
