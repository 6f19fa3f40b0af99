//go:build unix

package engine

import (
	"os"
	"path/filepath"
	"testing"
)

// TestNeighboursOfEveryKind has each engine that people install answer where it does, in a home of the test's own.
func TestNeighboursOfEveryKind(t *testing.T) {
	home := filepath.Dir(socketPath(t))
	want := map[string]string{
		".docker/run/docker.sock": "Docker Desktop", ".docker/desktop/docker.sock": "Docker Desktop",
		".orbstack/run/docker.sock": "OrbStack", ".rd/docker.sock": "Rancher Desktop",
		".colima/default/docker.sock": "Colima", ".colima/work/docker.sock": "Colima", ".config/colima/x/docker.sock": "Colima",
		"run/docker.sock": "Docker (rootless)", "run/podman/podman.sock": "Podman",
		".local/share/containers/podman/machine/podman.sock": "Podman", "tmp/podman/podman-machine-default-api.sock": "Podman",
	}
	for path := range want {
		path = filepath.Join(home, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		serve(t, listen(t, "unix", path), newFake())
	}
	deaf := filepath.Join(home, ".colima/deaf/docker.sock") // one that takes the call and says nothing
	if err := os.MkdirAll(filepath.Dir(deaf), 0o755); err != nil {
		t.Fatal(err)
	}
	listen(t, "unix", deaf)
	env := map[string]string{
		"HOME": home, "XDG_RUNTIME_DIR": home + "/run", "TMPDIR": home + "/tmp",
		"DOCKER_HOST": "unix://" + home + "/.rd/docker.sock",
	}
	target, err := Resolve(Options{Env: func(name string) string { return env[name] }})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, n := range target.Neighbours(t.Context()) {
		if rel, err := filepath.Rel(home, n.Host[len("unix://"):]); err == nil && filepath.IsLocal(rel) {
			got[rel] = n.Name
		}
	}
	delete(want, ".rd/docker.sock") // the one that is used
	for path, name := range want {
		if got[path] != name {
			t.Errorf("%s: got %q, want %q", path, got[path], name)
		}
		delete(got, path)
	}
	if len(got) > 0 {
		t.Errorf("and %v", got)
	}
}

func TestAccess(t *testing.T) {
	path := socketPath(t)
	listen(t, "unix", path)
	for mode, everyone := range map[os.FileMode]bool{0o600: false, 0o660: false, 0o666: true} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		for _, host := range []string{path, link(t, path)} {
			got := targetAt(t, "unix://"+host).Access()
			if got.Everyone != everyone || !got.Owner || got.Group == "" || got.Root != (os.Geteuid() == 0) {
				t.Errorf("%v: %+v", mode, got)
			}
		}
	}
	if err := os.Chmod(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if targetAt(t, "unix://"+path).Access().Everyone {
		t.Error("nobody else gets into its folder")
	}
	for _, host := range []string{"tcp://127.0.0.1:1", "unix://" + path + "-none", "ssh://lab"} {
		if got := targetAt(t, host).Access(); got != (Access{Root: os.Geteuid() == 0}) {
			t.Errorf("%s: %+v", host, got)
		}
	}
}

func link(t *testing.T, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, to); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestWhereTheEngineIs(t *testing.T) {
	for host, want := range map[string][2]bool{ // on another machine, and open to whoever gets there
		"unix:///s": {false, false}, "tcp://127.0.0.1:2375": {false, true}, "tcp://lab:2375": {true, true}, "ssh://lab": {true, false},
	} {
		target := targetAt(t, host)
		if got := [2]bool{target.Remote(), target.Open()}; got != want {
			t.Errorf("%s: %v, want %v", host, got, want)
		}
	}
}
