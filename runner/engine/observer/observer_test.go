package observer

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheSocketIsItsOwnersAlone(t *testing.T) {
	path, _ := observe(t, to("/nowhere"))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("mode %04o, want 0600", mode)
	}
}

func TestAFolderThatOthersMayEnterIsRefused(t *testing.T) {
	dir := folder(t)
	if err := os.Chmod(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	o, err := Listen(filepath.Join(dir, "s"), to("/nowhere"), nil, nil)
	if err == nil {
		o.Close()
		t.Fatal("it listens")
	}
	if !strings.Contains(err.Error(), "0750") {
		t.Errorf("%v, want the mode", err)
	}
}

func TestAnEngineThatIsNotThereIsToldInOurWords(t *testing.T) {
	path, s := observe(t, func(context.Context) (net.Conn, error) { return nil, errors.New("apagado") })
	resp, err := client(t, path).Get("http://docker/v1.41/images/base:1/history")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var said struct{ Message string }
	if err := json.NewDecoder(resp.Body).Decode(&said); err != nil {
		t.Fatal(err)
	}
	if said.Message != "sin motor: apagado" || resp.StatusCode != http.StatusBadGateway {
		t.Errorf("%d %q", resp.StatusCode, said.Message)
	}
	r := s.last(t)
	if r.OK() || r.Status != http.StatusBadGateway || r.Verb != "history" || r.Error != "sin motor: apagado" {
		t.Errorf("told: %+v", r)
	}
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	reached := make(chan struct{})
	engine := script(t, func(c net.Conn) {
		close(reached)
		_, _ = io.Copy(io.Discard, c)
	})
	s := &seen{told: make(chan struct{}, 1)}
	path := filepath.Join(folder(t), "s")
	o, err := Listen(path, to(engine), s.note, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, path)
	if _, err := io.WriteString(c, "GET /events HTTP/1.1\r\nHost: docker\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-reached
	s.wait(t, "the request began", func() bool { return s.began() == 1 })
	if err := o.Close(); err != nil {
		t.Error(err)
	}
	if list := s.ended(); len(list) != 1 || !list[0].Broken || list[0].OK() {
		t.Errorf("told: %+v", list)
	}
	if _, err := io.ReadAll(c); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
	if err := o.Close(); err != nil {
		t.Error(err)
	}
}
