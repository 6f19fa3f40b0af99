//go:build !windows

package main

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"capas/internal/tmuxtest"
)

// found is what the tests read of «capas doctor --json».
type found struct {
	Verdict  string
	Asked    bool
	Findings []struct {
		Part, ID, Level, Found, Remedy string
		More                           []string
	}
	Facts struct {
		Engine struct {
			Trouble string
			Free    *uint64
		}
		State struct{ Writable bool }
	}
}

// the finding with an id is the worst of those that have it.
func (f found) the(t *testing.T, id string) (level, text string) {
	t.Helper()
	for _, one := range f.Findings {
		if one.ID == id && (level == "" || level == "ok" || one.Level == "problem") {
			level, text = one.Level, one.Found+" "+one.Remedy+" "+strings.Join(one.More, " ")
		}
	}
	if level == "" {
		t.Fatalf("no finding %q in %+v", id, f)
	}
	return level, text
}

func (f found) expect(t *testing.T, id, level string, words ...string) {
	t.Helper()
	got, text := f.the(t, id)
	if got != level {
		t.Errorf("%s is %q, want %q: %s", id, got, level, text)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s: no %q in %s", id, w, text)
		}
	}
}

func read(t *testing.T, a answer, code int) found {
	t.Helper()
	var f found
	if err := json.Unmarshal([]byte(a.out), &f); err != nil || a.code != code || a.err != "" {
		t.Fatalf("exit %d, want %d; %v\n%s%s", a.code, code, err, a.out, a.err)
	}
	return f
}

// The socket is root's alone: what the group is, what it means, and why sudo is no way round.
func TestDoctorWithoutPermission(t *testing.T) {
	s := newStranger(t)
	r := newRelay(t)
	if err := allOf(os.Chmod(filepath.Dir(r.path), 0o755), os.Chmod(r.path, 0o660)); err != nil {
		t.Fatal(err)
	}
	s.host = r.host()
	f := read(t, s.run("doctor", "--json"), exitUnknown)
	f.expect(t, "answer", "problem", "tu usuario no puede hablar con él", "sudo usermod -aG docker $USER", "tanto como root", "«sudo docker»", "rootless")
	if f.Facts.Engine.Trouble != "no permission" || f.Asked {
		t.Errorf("got %+v", f.Facts)
	}

	// in the socket's own group, as after usermod and a new login
	u, err := user.LookupId(strconv.Itoa(nobody))
	if err != nil {
		t.Skip(err)
	}
	if err := os.Chown(r.path, 0, nobody); err != nil {
		t.Fatal(err)
	}
	f = read(t, s.run("doctor", "--json"), exitDone)
	g, err := user.LookupGroupId(u.Gid)
	if err != nil {
		t.Fatal(err)
	}
	f.expect(t, "access", "ok", "está en el grupo «"+g.Name+"»", "tanto como root")

	// open to everybody, as after a chmod that some page advises
	if err := os.Chmod(r.path, 0o666); err != nil {
		t.Fatal(err)
	}
	f = read(t, s.run("doctor", "--json"), exitDone)
	f.expect(t, "access", "warning", "Cualquier usuario", "sudo chmod 660 "+r.path)
}

// A folder that sudo left to root, a file in the way, a configuration that cannot be read.
func TestDoctorAfterSudo(t *testing.T) {
	s := newStranger(t)
	r := newRelay(t)
	if err := allOf(os.Chmod(filepath.Dir(r.path), 0o755), os.Chmod(r.path, 0o666)); err != nil {
		t.Fatal(err)
	}
	s.host = r.host()
	if a := s.run("hint", "small/note"); a.code != exitDone {
		t.Fatal(a.err)
	}
	state := s.home + "/.local/state/capas"
	mine := read(t, s.run("doctor", "--json"), exitDone)
	mine.expect(t, "state", "ok", state)

	for name, spoil := range map[string]func() error{
		"the journal": func() error { return os.Chown(state+"/progress.jsonl", 0, 0) },
		"the folder":  func() error { return allOf(os.Chown(state, 0, 0), os.Chmod(state, 0o755)) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		f := read(t, s.run("doctor", "--json"), exitNotYet)
		f.expect(t, "state", "problem", "tu usuario no tiene permiso", `sudo chown -R "$USER" `+state)
		if f.Facts.State.Writable {
			t.Errorf("%s: it can be written", name)
		}
		err := filepath.WalkDir(state, func(path string, _ fs.DirEntry, err error) error {
			return allOf(err, os.Lchown(path, nobody, nobody))
		})
		if err != nil {
			t.Fatal(err)
		}
	}

	config := s.home + "/.docker/config.json"
	if err := allOf(os.MkdirAll(filepath.Dir(config), 0o755), os.WriteFile(config, []byte("{}"), 0o600)); err != nil {
		t.Fatal(err)
	}
	f := read(t, s.run("doctor", "--json"), exitDone)
	f.expect(t, "config", "warning", config, `sudo chown -R "$USER" `+filepath.Dir(config))
}

// A disk that is full: where progress is kept, and where the engine keeps its data.
func TestDoctorOnAFullDisk(t *testing.T) {
	s := newStranger(t)
	if a := s.run("hint", "small/note"); a.code != exitDone {
		t.Fatal(a.err)
	}
	state := s.home + "/.local/state/capas"
	if err := fullDisk(t, state+"/progress.jsonl"); err != nil {
		if os.Getenv("CI") == "" {
			t.Skipf("no disk of our own: %v", err)
		}
		t.Fatal(err)
	}
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	s.host = pretend(t, map[string]any{"Version": "28.5.2", "ApiVersion": "1.41", "Os": "linux"}, map[string]any{"Driver": "overlay2", "Name": name, "DockerRootDir": state})
	f := read(t, s.run("doctor", "--json"), exitNotYet)
	f.expect(t, "state", "problem", "no queda sitio en el disco", "df -h")
	f.expect(t, "disk", "problem", state, "docker system df")
	if f.Facts.Engine.Free == nil || *f.Facts.Engine.Free != 0 {
		t.Errorf("free: %v", f.Facts.Engine.Free)
	}
}

// pretend is an engine that says this of itself, at a socket that everybody may use.
func pretend(t *testing.T, version, info any) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "engine") // short: it holds a socket
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", dir+"/s")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: engineOf(version, info, nil)}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close(); _ = os.RemoveAll(dir) })
	if err := allOf(os.Chmod(dir, 0o755), os.Chmod(dir+"/s", 0o666)); err != nil {
		t.Fatal(err)
	}
	return "unix://" + dir + "/s"
}

// A context for an engine that speaks TLS, whose certificates are not there.
func TestDoctorWithoutCertificates(t *testing.T) {
	secure := httptest.NewUnstartedServer(engineOf(map[string]any{}, map[string]any{}, nil))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	secure.StartTLS()
	defer secure.Close()
	h := newHouse(t)
	delete(h.env, "DOCKER_HOST")
	err := allOf(writeContext(h.dir, "lab", "tcp://"+secure.Listener.Addr().String()), os.WriteFile(h.dir+"/.docker/config.json", []byte(`{"currentContext":"lab"}`), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	f := read(t, h.run("doctor", "--json"), exitUnknown)
	f.expect(t, "choice", "ok", "contexto «lab»", "docker context use")
	f.expect(t, "answer", "problem", "sólo habla con TLS", "DOCKER_TLS_VERIFY=1", "ca.pem")
	if f.Facts.Engine.Trouble != "tls" {
		t.Errorf("got %+v", f.Facts)
	}

	h.env["DOCKER_HOST"], h.env["DOCKER_TLS_VERIFY"], h.env["DOCKER_CERT_PATH"] = "tcp://"+secure.Listener.Addr().String(), "1", h.dir+"/certs"
	f = read(t, h.run("doctor", "--json"), exitUnknown)
	f.expect(t, "answer", "problem", h.dir+"/certs")
}

// An engine that answers is looked at in no time to speak of, and one that hangs in a bounded one.
func TestDoctorIsQuick(t *testing.T) {
	h := newHouse(t)
	h.env["DOCKER_HOST"] = pretend(t, map[string]any{"Version": "28.5.2", "ApiVersion": "1.41", "Os": "linux"}, map[string]any{"Driver": "overlay2"})
	began := time.Now()
	read(t, h.run("doctor", "--json"), exitDone)
	if took := time.Since(began); took > 5*time.Second { // a busy machine
		t.Errorf("it took %v", took)
	}
}

// TestDoctorOnAScreen reads it as a learner does, on narrow and wide terminals and in both languages.
func TestDoctorOnAScreen(t *testing.T) {
	for _, tt := range []struct {
		columns  int
		env      []string
		says, no string
	}{
		{40, []string{"LANG=es_ES.UTF-8", "TERM=xterm-256color"}, "Ancho: 40 columnas.", "ojo:"},
		{80, []string{"LANG=en_US.UTF-8", "TERM=xterm-256color"}, "Width: 80 columns.", "careful:"},
		{120, []string{"LANG=es_ES.UTF-8", "TERM=dumb"}, "por TERM=dumb", "✗"},
		{30, []string{"LANG=es_ES.UTF-8", "TERM=xterm", "NO_COLOR=1"}, "por NO_COLOR.", "problema:"},
	} {
		t.Run(strconv.Itoa(tt.columns), func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			s := tmuxtest.Open(t, tt.columns, 150, append(tt.env, "HOME="+home, "DOCKER_HOST=unix://"+home+"/nowhere"), "capas doctor; exec cat")
			s.Until(tt.says)
			s.Until(map[bool]string{true: "problem", false: "Hay"}[strings.HasPrefix(tt.env[0], "LANG=en")])
			if strings.Contains(s.All(), tt.no) {
				t.Errorf("%q was shown", tt.no)
			}
			for line := range strings.Lines(s.All()) {
				line = strings.TrimRight(line, "\n ")
				if len([]rune(line)) > tt.columns && strings.Contains(strings.TrimSpace(line), " ") {
					t.Errorf("wider than the terminal: %q", line)
				}
			}
		})
	}
}
