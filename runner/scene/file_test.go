package scene

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"capas/lessons"
)

func TestFile(t *testing.T) {
	for _, tt := range []struct{ name, path string }{
		{"in the workspace", "Dockerfile"},
		{"in a folder", "app/static/index.html"},
		{"in a folder that is there", "there/a.txt"},
		{"by a way about", "app/../b.txt"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "there"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := makeFile(t, dir, tt.path, "hola\n"); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(filepath.Join(dir, tt.path)); err != nil || string(got) != "hola\n" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestFileOfTheLearnerIsKept(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "Dockerfile")
	if err := os.WriteFile(mine, []byte("FROM mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &Scene{Workspace: dir, Renew: true}
	err := s.Make(t.Context(), []lessons.SceneEntry{{File: &lessons.SceneFile{Path: "Dockerfile", Content: "FROM scene\n"}}})
	if got, _ := os.ReadFile(mine); err != nil || string(got) != "FROM mine\n" {
		t.Errorf("%q, %v; want it as it was", got, err)
	}
}

func TestFileOutOfTheWorkspaceIsRefused(t *testing.T) {
	for _, tt := range []struct{ name, path, link string }{
		{name: "above", path: "../out.txt"},
		{name: "above by a way about", path: "app/../../out.txt"},
		{name: "absolute", path: "/out.txt"},
		{name: "through a link to a folder", path: "link/out.txt", link: ".."},
		{name: "through a link to a folder, deeper", path: "link/new/out.txt", link: ".."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			outside := t.TempDir()
			dir := filepath.Join(outside, "workspace")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if tt.link != "" {
				if err := os.Symlink(tt.link, filepath.Join(dir, "link")); err != nil {
					t.Fatal(err)
				}
			}
			if err := makeFile(t, dir, tt.path, "x"); err == nil {
				t.Error("not refused")
			}
			if made := files(t, outside); len(made) > 0 {
				t.Errorf("made %q", made)
			}
		})
	}
}

// A link that leads out is the learner's own file: kept, and not written through.
func TestFileThatIsALinkOut(t *testing.T) {
	outside := t.TempDir()
	dir := filepath.Join(outside, "workspace")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../out.txt", filepath.Join(dir, "a.txt")); err != nil {
		t.Fatal(err)
	}
	if err := makeFile(t, dir, "a.txt", "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(outside, "out.txt")); !os.IsNotExist(err) {
		t.Errorf("written through the link: %v", err)
	}
}

func TestFileWithoutWorkspace(t *testing.T) {
	if err := makeFile(t, filepath.Join(t.TempDir(), "none"), "a.txt", "x"); err == nil {
		t.Error("no error")
	}
}

func makeFile(t *testing.T, workspace, path, content string) error {
	t.Helper()
	s := &Scene{Workspace: workspace}
	return s.Make(t.Context(), []lessons.SceneEntry{{File: &lessons.SceneFile{Path: path, Content: content}}})
}

func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if d.Type().IsRegular() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
