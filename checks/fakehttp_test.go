package checks

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"regexp"
	"sync"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
)

// overHTTP answers Docker's API as the engine in memory does, so that a real client can be lied to.
type overHTTP struct{ *fakeEngine }

var route = regexp.MustCompile(`^/v1\.41/(images|containers)/(?:(.+)/)?([^/]+)$`)

func (s overHTTP) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts := route.FindStringSubmatch(r.URL.Path)
	if parts == nil {
		http.NotFound(w, r)
		return
	}
	status, answer, err := s.answer(w, r, parts[1], parts[2], parts[3])
	switch {
	case errdefs.IsNotFound(err):
		status, answer = http.StatusNotFound, map[string]string{"message": err.Error()}
	case errdefs.IsInvalidArgument(err):
		status, answer = http.StatusBadRequest, map[string]string{"message": err.Error()}
	case err != nil:
		status, answer = http.StatusInternalServerError, map[string]string{"message": err.Error()}
	}
	if stream, ok := answer.(io.Reader); ok {
		io.Copy(w, stream)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if answer != nil {
		json.NewEncoder(w).Encode(answer)
	}
}

// answer is what is said of a thing: the status, and what is said as JSON or as it comes.
func (s overHTTP) answer(w http.ResponseWriter, r *http.Request, of, thing, what string) (status int, answer any, err error) {
	ctx := r.Context()
	status = http.StatusOK
	switch of + " " + what {
	case "images json":
		if thing == "" {
			answer, err = s.ImageList(ctx, image.ListOptions{Filters: filtersOf(r)})
			break
		}
		answer, err = s.ImageInspect(ctx, thing)
	case "images history":
		answer, err = s.ImageHistory(ctx, thing)
	case "containers json":
		if thing == "" {
			answer, err = s.ContainerList(ctx, container.ListOptions{Filters: filtersOf(r)})
			break
		}
		answer, err = s.ContainerInspect(ctx, thing)
	case "containers changes":
		answer, err = s.ContainerDiff(ctx, thing)
	case "containers logs":
		answer, err = s.ContainerLogs(ctx, thing, container.LogsOptions{})
	case "containers create":
		var asked struct {
			container.Config
			HostConfig container.HostConfig
		}
		if err = json.NewDecoder(r.Body).Decode(&asked); err == nil {
			status = http.StatusCreated
			answer, err = s.ContainerCreate(ctx, &asked.Config, &asked.HostConfig, nil, nil, r.URL.Query().Get("name"))
		}
	case "containers archive":
		return s.archive(w, r, thing)
	case "containers start":
		status, err = http.StatusNoContent, s.ContainerStart(ctx, thing, container.StartOptions{})
	case "containers wait":
		done, failed := s.ContainerWait(ctx, thing, "")
		select {
		case answer = <-done:
		case err = <-failed:
		}
	default: // DELETE
		q := r.URL.Query()
		status, err = http.StatusNoContent, s.ContainerRemove(ctx, what, container.RemoveOptions{Force: q.Get("force") == "1", RemoveVolumes: q.Get("v") == "1"})
	}
	return status, answer, err
}

func filtersOf(r *http.Request) filters.Args {
	args, _ := filters.FromJSON(r.URL.Query().Get("filters"))
	return args
}

func (s overHTTP) archive(w http.ResponseWriter, r *http.Request, id string) (int, any, error) {
	p := r.URL.Query().Get("path")
	var body io.Reader
	var stat container.PathStat
	var err error
	if r.Method == http.MethodHead {
		stat, err = s.ContainerStatPath(r.Context(), id, p)
	} else {
		body, stat, err = s.CopyFromContainer(r.Context(), id, p)
	}
	if err == nil {
		text, _ := json.Marshal(stat)
		w.Header().Set("X-Docker-Container-Path-Stat", base64.StdEncoding.EncodeToString(text))
	}
	if body == nil {
		return http.StatusOK, nil, err
	}
	return http.StatusOK, body, err
}

// pipes are connections within the test, whose time can be synctest's.
type pipes struct {
	made   chan net.Conn
	closed chan struct{}
	close  func()
}

func newPipes() pipes {
	closed := make(chan struct{})
	return pipes{make(chan net.Conn), closed, sync.OnceFunc(func() { close(closed) })}
}

func (p pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.made <- there:
		return here, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.made:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error { p.close(); return nil }

func (pipes) Addr() net.Addr { return &net.UnixAddr{} }

// pipeClient is a client of a server, and what ends both.
func pipeClient(t *testing.T, h http.Handler) (*client.Client, func()) {
	t.Helper()
	p := newPipes()
	server := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0)}
	go server.Serve(p)
	c, err := client.NewClientWithOpts(client.WithHost("tcp://engine:1"), client.WithVersion("1.41"), client.WithDialContext(p.dial))
	if err != nil {
		t.Fatal(err)
	}
	return c, func() {
		c.Close()
		server.Close()
	}
}
