package observer

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	dockerclient "github.com/docker/docker/client"
)

// TestAnEngineBehindTLS is dialled as the docker client does, and ends of directions pass there too.
func TestAnEngineBehindTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		fmt.Fprint(c, "HTTP/1.1 101 UPGRADED\r\n\r\n")
		text, err := io.ReadAll(rw)
		if err != nil {
			t.Error(err)
		}
		if _, err := c.Write(text); err != nil {
			t.Error(err)
		}
		if err := c.(*tls.Conn).CloseWrite(); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	engine, err := dockerclient.NewClientWithOpts(dockerclient.WithHost("tcp://"+server.Listener.Addr().String()), dockerclient.WithHTTPClient(server.Client()))
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	path, s := observe(t, engine.Dialer())
	c := dial(t, path)
	if _, err := io.WriteString(c, upgrade); err != nil {
		t.Fatal(err)
	}
	reads(t, c, "HTTP/1.1 101 UPGRADED\r\n\r\n")
	if _, err := io.WriteString(c, "hola"); err != nil {
		t.Fatal(err)
	}
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	reads(t, c, "hola")
	ends(t, c)
	if r := s.last(t); r.Verb != "attach" || !r.OK() {
		t.Errorf("told of %+v", r)
	}
}

// wholeOnly is a connection to an engine that cannot end one direction alone.
type wholeOnly struct{ net.Conn }

func TestAConnectionThatEndsOnlyAsAWhole(t *testing.T) {
	engine := fake(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hola") })
	path, s := observe(t, func(ctx context.Context) (net.Conn, error) {
		c, err := to(engine)(ctx)
		return wholeOnly{c}, err
	})
	for range 3 {
		if got := send(t, path, "GET", "/images/x/history", ""); got != "hola" {
			t.Errorf("%q", got)
		}
	}
	if list := s.ended(); len(list) != 3 || !list[2].OK() {
		t.Errorf("told of %+v", list)
	}
}
