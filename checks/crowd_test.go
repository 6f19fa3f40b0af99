//go:build !windows

package checks

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
)

// crowded is the fake engine of the examples with that many more images and containers of somebody else's, behind a real socket
// and asked by the real client.
type crowded struct {
	*client.Client
	requests, bytes atomic.Int64 // that were answered
}

func crowd(t testing.TB, images, containers int) *crowded {
	t.Helper()
	e := exampleEngine()
	for n := range images {
		e.images = append(e.images, fakeImage{InspectResponse: image.InspectResponse{
			ID: fmt.Sprintf("sha256:%064x", n+1), RepoTags: []string{fmt.Sprintf("ajena-%d:1", n)}, Os: "linux", Architecture: "amd64",
			RootFS: image.RootFS{Layers: []string{"uno"}}, Config: config(func(c *dockerspec.DockerOCIImageConfig) { c.Labels = map[string]string{"autora": "Eva"} }),
		}})
	}
	for n := range containers {
		e.containers = append(e.containers, &fakeContainer{Summary: container.Summary{
			ID: fmt.Sprintf("%064x", n+1), Names: []string{fmt.Sprintf("/ajeno-%d", n)}, Image: fmt.Sprintf("ajena-%d:1", n%images),
			ImageID: fmt.Sprintf("sha256:%064x", n%images+1), State: "exited", Command: "sh", Labels: map[string]string{"autora": "Eva"},
		}})
	}
	dir, err := os.MkdirTemp("", "crowd") // short: it holds a socket
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	c := &crowded{}
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: c.counting(overHTTP{e})}}
	server.Start()
	c.Client, err = client.NewClientWithOpts(client.WithHost("unix://"+l.Addr().String()), client.WithVersion("1.41"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Close()
		server.Close()
		_ = os.RemoveAll(dir)
	})
	return c
}

func (c *crowded) counting(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.requests.Add(1)
		h.ServeHTTP(countedBody{w, &c.bytes}, r)
	})
}

type countedBody struct {
	http.ResponseWriter
	bytes *atomic.Int64
}

func (w countedBody) Write(p []byte) (int, error) {
	w.bytes.Add(int64(len(p)))
	return w.ResponseWriter.Write(p)
}

// thirtySpec are the examples of all kinds that look at images, into them, and at containers.
func thirtySpec() string {
	var spec strings.Builder
	for _, kind := range slices.Concat(imageKinds, configKinds, fileKinds, sameKinds, containerKinds) {
		fmt.Fprintf(&spec, "- %s\n", kind.Holds)
	}
	return spec.String()
}

func thirtyChecks(t testing.TB) []Check {
	t.Helper()
	list := mustParse(t, thirtySpec())
	if len(list) < 30 {
		t.Fatalf("%d checks are no thirty", len(list))
	}
	return list
}

// look evaluates checks, with what changed since the attempt began where that is wanted, and says how many requests and bytes of
// answers it took.
func (c *crowded) look(t testing.TB, list []Check, want Verdict, since bool) (requests, size int64) {
	t.Helper()
	requests, size = c.requests.Load(), c.bytes.Load()
	f := NewFacts(c, Scope{Baseline: exampleBaseline()})
	results := Evaluate(t.Context(), f, list)
	if since {
		if _, err := f.Difference(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if got := Overall(results); got != want {
		t.Fatalf("got %v, want %v\n%s", got, want, feedback(t, results))
	}
	return c.requests.Load() - requests, c.bytes.Load() - size
}

// What nobody asked about costs nothing: neither a request nor a byte.
func TestACrowdIsNotAskedAbout(t *testing.T) {
	list := thirtyChecks(t)
	fewRequests, fewBytes := crowd(t, 20, 5).look(t, list, Pass, false)
	manyRequests, manyBytes := crowd(t, 2000, 500).look(t, list, Pass, false)
	if fewRequests != manyRequests || fewBytes != manyBytes {
		t.Errorf("%d checks took %d requests and %d bytes; on an engine with a crowd %d requests and %d bytes", len(list), fewRequests, fewBytes, manyRequests, manyBytes)
	}
}

// Where something is missing both lists are asked for once, to find what was meant and what changed, and no container one by one.
func TestACrowdIsListedOnce(t *testing.T) {
	for _, spec := range []string{"- image: hola:3", "- container: {image: hola:3}", "- container: {name: wab}", "- {container: {image: nada:1}, count: 2}", `- same: ["hola:1", "hola:3"]`} {
		few, _ := crowd(t, 20, 5).look(t, mustParse(t, spec), Fail, true)
		many, _ := crowd(t, 2000, 500).look(t, mustParse(t, spec), Fail, true)
		if few != many {
			t.Errorf("%s: %d requests, and on an engine with a crowd %d", spec, few, many)
		}
	}
}
