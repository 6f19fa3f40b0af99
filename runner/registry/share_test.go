package registry_test

import (
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"capas/runner/registry"
)

func walk(fsys fs.FS, see func(path string, size int64)) {
	fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				see(path, info.Size())
			}
		}
		return nil // files come and go
	})
}

// status is what an address answers; 0 where nothing does.
func status(method, url string) int {
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		return 0
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestTheNextOneServesWhenTheFirstLeaves(t *testing.T) {
	c := fresh(t)
	other := elsewhere(t, c)
	second := join(t, c)
	if got := status("GET", "http://"+c.Registry+"/v2/"); got != http.StatusUnauthorized {
		t.Fatalf("the first answers %d", got)
	}
	other.Process.Kill()
	other.Wait()
	eventually(t, "the second serves", func() bool { return status("GET", "http://"+c.Mirror+"/v2/") == http.StatusOK })
	if err := second.Leave(); err != nil {
		t.Error(err)
	}
	if got := status("GET", "http://"+c.Mirror+"/v2/"); got != 0 {
		t.Errorf("answers %d after the last has left", got)
	}
}

func TestAPortThatIsTaken(t *testing.T) {
	c := fresh(t)
	l, err := net.Listen("tcp", strings.Replace(c.Registry, "localhost", "127.0.0.1", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = registry.Join(t.Context(), c)
	if taken := new(registry.TakenError); !errors.As(err, &taken) || taken.Address != c.Registry {
		t.Fatalf("error %v, want a TakenError", err)
	}
	if got := status("GET", "http://"+c.Mirror+"/v2/"); got != 0 {
		t.Errorf("the mirror answers %d where the registry cannot", got)
	}
	l.Close()
	join(t, c)
}

func TestOtherAddressesThanThoseServed(t *testing.T) {
	c := fresh(t)
	join(t, c)
	other := c
	other.Registry = freePort(t)
	_, err := registry.Join(t.Context(), other)
	if elsewhere := new(registry.ElsewhereError); !errors.As(err, &elsewhere) || elsewhere.Registry != c.Registry {
		t.Errorf("error %v, want an ElsewhereError", err)
	}
}

func TestLocal(t *testing.T) {
	for address, want := range map[string]bool{
		"localhost:5018": true, "127.0.0.1:1": true, "[::1]:80": true,
		"docker.io": false, "localhost": false, "localhost:0": false, "localhost:99999": false, "192.168.1.4:5018": false, "registry.test:5018": false, "": false,
	} {
		if got := registry.Local(address); got != want {
			t.Errorf("Local(%q) = %v", address, got)
		}
	}
}

func TestAccountIsMadeOnce(t *testing.T) {
	dir := t.TempDir()
	first, err := registry.OpenAccount(dir)
	if err != nil || first.User == "" || len(first.Password) < 10 {
		t.Fatalf("account %+v, %v", first, err)
	}
	again, err := registry.OpenAccount(dir)
	if err != nil || again != first {
		t.Errorf("then %+v, %v", again, err)
	}
	walk(os.DirFS(dir), func(path string, _ int64) {
		if info, err := os.Stat(dir + "/" + path); err == nil && !strings.HasSuffix(path, ".lock") && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
	})
	os.WriteFile(dir+"/account.json", []byte("{"), 0o600)
	if _, err := registry.OpenAccount(dir); err == nil || !strings.Contains(err.Error(), "account.json") {
		t.Errorf("a broken account: %v", err)
	}
}
