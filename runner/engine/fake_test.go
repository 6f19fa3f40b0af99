package engine

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/client"
)

// socketPath is a short one: the system takes no more than a hundred letters. Everybody may go there.
func socketPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "capas")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "s")
}

func listen(t *testing.T, network, address string) net.Listener {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// serve answers at a listener until the test ends, or stop is called.
func serve(t *testing.T, l net.Listener, h http.Handler) (stop func()) {
	t.Helper()
	s := &http.Server{Handler: h}
	go func() { _ = s.Serve(l) }()
	stop = func() { _ = s.Close() }
	t.Cleanup(stop)
	return stop
}

// targetAt is what a learner with this DOCKER_HOST has.
func targetAt(t *testing.T, host string, env ...string) Target {
	t.Helper()
	s := setup{env: map[string]string{"DOCKER_HOST": host}}
	for i := 0; i < len(env); i += 2 {
		s.env[env[i]] = env[i+1]
	}
	target, err := Resolve(Options{Env: s.environment(t)})
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func clientAt(t *testing.T, host string) *client.Client {
	t.Helper()
	c, err := targetAt(t, host).Client()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func pong(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Api-Version", "1.41")
	w.Header().Set("Ostype", "linux")
}

// hang takes a question and keeps it.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// fake is an engine of which the test says what happens on it.
type fake struct {
	*http.ServeMux
	happens chan events.Message
	mu      sync.Mutex
	asked   []string // the filters of each question for events
}

func newFake() *fake {
	f := &fake{ServeMux: http.NewServeMux(), happens: make(chan events.Message)}
	f.HandleFunc("/_ping", pong)
	f.HandleFunc("/v1.41/events", f.events)
	return f
}

func (f *fake) events(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.asked = append(f.asked, r.URL.Query().Get("filters"))
	f.mu.Unlock()
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	for {
		select {
		case m := <-f.happens:
			_ = json.NewEncoder(w).Encode(m)
			w.(http.Flusher).Flush()
		case <-r.Context().Done():
			return
		}
	}
}

// tells is an engine that says this of itself, as JSON.
func tells(version, info string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/_ping", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Builder-Version", "2")
		pong(w, r)
	})
	mux.HandleFunc("/v1.41/version", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, version) })
	mux.HandleFunc("/v1.41/info", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, info) })
	return mux
}

// filters are those of the first question for events.
func (f *fake) filters() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked[0]
}

// happen returns once the event is on its way to whoever follows.
func (f *fake) happen(ctx context.Context, m events.Message) {
	select {
	case f.happens <- m:
	case <-ctx.Done():
	}
}

func tlsServer(t *testing.T, auth tls.ClientAuthType) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(pong))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{ClientAuth: auth}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}
