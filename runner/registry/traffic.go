package registry

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// verb is what happened to a layer or to a manifest.
type verb string

const (
	sent    verb = "sent"    // the engine sent a layer
	mounted verb = "mounted" // the engine said in which other repository the layer is
	fetched verb = "fetched" // the engine took a layer
	pushed  verb = "pushed"  // the engine sent a manifest: the push is complete
	asked   verb = "asked"   // the engine took a manifest: a pull begins
	noRoom  verb = "no room" // the engine sent something, and the disk was full
)

// event is one line of the traffic's file.
type event struct {
	Time       time.Time            `json:"time"`
	Part       Part                 `json:"part"`
	Verb       verb                 `json:"verb"`
	Repository string               `json:"repository"`
	Reference  string               `json:"reference,omitempty"` // of a manifest: a tag or a digest
	Digest     digest.Digest        `json:"digest,omitempty"`
	From       string               `json:"from,omitempty"` // the repository that a layer was mounted from
	Config     digest.Digest        `json:"config,omitempty"`
	Layers     []ocispec.Descriptor `json:"layers,omitempty"` // of a manifest
}

// UserAgent is that of requests which are not traffic: what capas itself asks.
const UserAgent = "capas"

// recorder writes what it sees to the traffic's file. A file that cannot be written costs the view, never a push.
type recorder struct {
	path string
	mu   sync.Mutex
}

func (rec *recorder) add(e event) {
	e.Time = time.Now().UTC()
	line, err := json.Marshal(e)
	if err != nil {
		return
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	f, err := os.OpenFile(rec.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return
	}
	if st.Size() > maxTraffic && f.Truncate(0) != nil {
		return
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		f.Truncate(st.Size()) // half a line would spoil the next one
	}
}

// maxTraffic is the size at which the file begins anew: some thousands of pushes.
const maxTraffic = 8 << 20

// target is what a request is about.
type target struct{ repository, kind, reference string }

// The kinds of targets.
const (
	uploads   = "blobs/uploads"
	blobs     = "blobs"
	manifests = "manifests"
)

// targetOf reads a path of the registry's API; what is about no repository is the zero value.
func targetOf(path string) target {
	rest, ok := strings.CutPrefix(path, "/v2/")
	if !ok {
		return target{}
	}
	for _, kind := range []string{uploads, blobs, manifests} {
		if i := strings.LastIndex(rest, "/"+kind+"/"); i > 0 {
			return target{rest[:i], kind, rest[i+len(kind)+2:]}
		}
	}
	return target{}
}

// watch notes what h answers.
func (rec *recorder) watch(part Part, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.UserAgent(), UserAgent) {
			h.ServeHTTP(w, r)
			return
		}
		answer := &answer{ResponseWriter: w}
		var body bytes.Buffer
		if targetOf(r.URL.Path).kind == manifests {
			r.Body = io.NopCloser(io.TeeReader(r.Body, &body)) // the registry reads at most 4 MB of it
			answer.keep = &body
		}
		h.ServeHTTP(answer, r)
		if e, ok := happened(r.Method, r.URL, answer.status, body.Bytes()); ok {
			e.Part = part
			rec.add(e)
		}
	})
}

// happened tells an event from a request that was answered.
func happened(method string, u *url.URL, status int, manifest []byte) (event, bool) {
	t, query := targetOf(u.Path), u.Query()
	switch {
	case t.kind == manifests && method == http.MethodPut && status == http.StatusCreated:
		return manifestEvent(pushed, t, manifest)
	case t.kind == manifests && method == http.MethodHead && status == http.StatusOK:
		return event{Verb: asked, Repository: t.repository, Reference: t.reference}, true
	case t.kind == manifests && method == http.MethodGet && status == http.StatusOK:
		return manifestEvent(asked, t, manifest)
	case t.kind == uploads && status == http.StatusCreated && query.Has("mount"):
		return event{Verb: mounted, Repository: t.repository, Digest: digest.Digest(query.Get("mount")), From: query.Get("from")}, true
	case t.kind == uploads && status == http.StatusCreated:
		return event{Verb: sent, Repository: t.repository, Digest: digest.Digest(query.Get("digest"))}, true
	case t.kind == blobs && method == http.MethodGet && status < 300:
		return event{Verb: fetched, Repository: t.repository, Digest: digest.Digest(t.reference)}, true
	}
	return event{}, false
}

// manifestEvent has no layers where the manifest is the index of several platforms: those of one come before it or after it.
func manifestEvent(v verb, t target, body []byte) (event, bool) {
	var m ocispec.Manifest
	if err := json.Unmarshal(body, &m); err != nil {
		return event{}, false
	}
	return event{Verb: v, Repository: t.repository, Reference: t.reference, Digest: digest.FromBytes(body), Config: m.Config.Digest, Layers: m.Layers}, true
}

// answer remembers the status, and the body where there is somewhere to keep it.
type answer struct {
	http.ResponseWriter
	status int
	keep   *bytes.Buffer
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if a.keep != nil && a.status == http.StatusOK {
		a.keep.Write(p)
	}
	return a.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
