package dockercli

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestLinkIsThisProgram(t *testing.T) {
	for name, before := range map[string]func(link string) error{
		"nothing":         func(string) error { return nil },
		"a file":          func(link string) error { return os.WriteFile(link, nil, 0o755) },
		"a link nowhere":  func(link string) error { return os.Symlink("/nowhere/capas", link) },
		"this very link":  func(link string) error { return Link(filepath.Dir(link)) },
		"another program": func(link string) error { return os.Symlink("/bin/sh", link) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data", "bin")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := before(filepath.Join(dir, fileName())); err != nil {
				t.Skip(err)
			}
			if err := Link(dir); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", dir)
			found, err := exec.LookPath("docker")
			if err != nil || !Linked(found) {
				t.Errorf("the shell finds %q, %v", found, err)
			}
			if all, err := os.ReadDir(dir); err != nil || len(all) != 1 {
				t.Errorf("the folder has %v, %v", all, err)
			}
		})
	}
}

func TestWhatIsNotThisProgramIsNotLinked(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "docker")
	if err := os.WriteFile(other, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{other, filepath.Join(dir, "missing")} {
		if Linked(file) {
			t.Errorf("%s counts as this program", file)
		}
	}
}

func TestLinkSaysWhyItCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Link(filepath.Join(file, "bin")); err == nil {
		t.Error("a folder within a file was made")
	}
}
