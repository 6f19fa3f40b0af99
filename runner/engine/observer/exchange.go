package observer

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// How much is kept of a body: of a request that says which image, and of an answer that says which one it was or what went wrong.
const (
	mostAsked    = 256 << 10
	mostAnswered = 64 << 10
)

// exchange is a request and its answer, as they pass.
type exchange struct {
	Request
	o       *Observer
	hijacks bool   // it may ask for the connection itself
	session string // of BuildKit: the one that it is, or belongs to
	of      string // the container that is started, or the name of the one to be made

	mu    sync.Mutex // the two directions are looked at side by side
	state state
	asked asked
	kept  keeper // of the answer
	calls *calls // of BuildKit, where the connection is taken over for them
}

// state is how far the answer is.
type state int

const (
	waiting state = iota
	plain         // it is one, and the connection stays what it was
	taken         // the connection is now another's
)

// asked is what the body of a request says.
type asked struct {
	Image         string // of a container to be made
	ServerAddress string `json:"serveraddress"` // of a registry to log into
}

// keeper takes what passes of an answer, and keeps what is needed of it.
type keeper interface {
	io.Writer
	finish(r *Request)
}

const sessionHeader = "X-Docker-Expose-Session-Uuid"

func newExchange(o *Observer, req *http.Request) *exchange {
	path, query := unversioned(req.URL.Path), req.URL.Query()
	e := &exchange{o: o, Request: Request{Method: req.Method, Path: path, Began: time.Now()}}
	e.Verb, e.Images = recognise(req.Method, path, query)
	e.hijacks = hijacks(req, path)
	switch {
	case path == "/grpc":
		e.calls = newCalls(o)
	case path == "/session":
		e.Session, e.session = true, req.Header.Get(sessionHeader)
	case e.Verb == "build":
		e.Build = &Build{BuildKit: query.Get("version") == "2", Dockerfile: query.Get("dockerfile")}
		e.session = query.Get("session")
		o.sessions.use(e.session)
	case e.Verb == "create":
		e.of = query.Get("name")
	case e.Verb == "start":
		e.of = strings.TrimSuffix(strings.TrimPrefix(path, "/containers/"), "/start")
		if image, ok := o.made.image(e.of); ok {
			e.Verb, e.Images = "run", []string{image}
		}
	}
	return e
}

// hijacks reports whether the connection itself may be asked for: as HTTP has it, or as docker did before.
func hijacks(req *http.Request, path string) bool {
	return req.Header.Get("Upgrade") != "" || req.Method == http.MethodPost && (strings.HasSuffix(path, "/attach") ||
		strings.HasPrefix(path, "/exec/") && strings.HasSuffix(path, "/start") || path == "/session" || path == "/grpc")
}

// readBody reads a request's body to its end.
func (e *exchange) readBody(body io.Reader) error {
	if e.Verb != "create" && e.Verb != "login" {
		_, err := io.Copy(io.Discard, body)
		return err
	}
	text := head{most: mostAsked}
	_, err := io.Copy(&text, body)
	e.mu.Lock()
	defer e.mu.Unlock()
	_ = json.Unmarshal(text.kept, &e.asked) // the engine says what is wrong with it
	return err
}

// answer notes an answer's header, and reports whether it makes the connection another's.
func (e *exchange) answer(resp *http.Response) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.Status = resp.StatusCode
	e.state = plain
	if resp.StatusCode == http.StatusSwitchingProtocols || e.hijacks && isRaw(resp) {
		e.state = taken
	}
	return e.state == taken
}

// isRaw reports whether an answer without the upgrade of HTTP is one all the same: Docker's own, of old.
func isRaw(resp *http.Response) bool {
	return resp.StatusCode == http.StatusOK && resp.ContentLength < 0 && len(resp.TransferEncoding) == 0
}

// refused reports whether an answer came that leaves the connection as it was.
func (e *exchange) refused() bool { return e.is(plain) }

// taken reports whether the connection is another's now.
func (e *exchange) taken() bool { return e.is(taken) }

func (e *exchange) is(s state) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.state == s
}

// readAnswer reads an answer's body to its end. Where it says before that all was in vain, failed is called.
func (e *exchange) readAnswer(resp *http.Response, failed func()) error {
	e.kept = e.keeper(failed)
	_, err := io.Copy(e.kept, resp.Body)
	return err
}

func (e *exchange) keeper(failed func()) keeper {
	switch {
	case e.Status >= http.StatusBadRequest:
		return &refusal{head{most: mostAnswered}}
	case e.Build != nil:
		return newBuilding(failed)
	}
	switch e.Verb {
	case "pull", "push", "import", "load":
		return newReports(failed)
	case "inspect", "history":
		return &identified{head{most: mostAnswered}}
	case "rm":
		return &removed{head{most: mostAnswered}}
	case "create":
		return &created{head: head{most: mostAnswered}}
	}
	return nothing{}
}

// finish is for the end of an answer.
func (e *exchange) finish(broken bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.Ended, e.Broken = time.Now(), broken
	if e.kept != nil {
		e.kept.finish(&e.Request)
	}
	switch e.Verb {
	case "login":
		e.Images = named(e.asked.ServerAddress, "")
	case "create":
		e.finishCreate()
	case "run":
		if e.OK() {
			e.o.made.forget(e.of)
		}
	case "build":
		if e.Session && e.o.sessions.used(e.session) { // what it builds is told by the request that it belongs to
			e.Verb, e.Session = "", false
		}
	}
}

// finishCreate keeps which image a container is of. One that could not be made was hardly asked for by name: «docker run» was.
func (e *exchange) finishCreate() {
	e.Images = named(e.asked.Image, "")
	if c, ok := e.kept.(*created); ok && e.OK() {
		e.o.made.add(container{id: c.id, name: e.of, image: e.asked.Image})
		return
	}
	if e.Status >= http.StatusBadRequest {
		e.Verb = "run"
	}
}

// containers are those that were made and not started yet.
type containers struct {
	mu  sync.Mutex
	all []container
}

type container struct{ id, name, image string }

// mostMade bounds those that are never started.
const mostMade = 1000

func (c *containers) add(one container) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.all) == mostMade {
		c.all = c.all[1:]
	}
	c.all = append(c.all, one)
}

func (c *containers) find(ref string) int {
	return slices.IndexFunc(c.all, func(one container) bool {
		return one.id != "" && strings.HasPrefix(one.id, ref) || one.name != "" && one.name == strings.TrimPrefix(ref, "/")
	})
}

// image is that of the container that ref names, by its name or the beginning of its id.
func (c *containers) image(ref string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at := c.find(ref); at >= 0 && ref != "" {
		return c.all[at].image, true
	}
	return "", false
}

func (c *containers) forget(ref string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at := c.find(ref); at >= 0 {
		c.all = slices.Delete(c.all, at, at+1)
	}
}

// sessions are those of BuildKit that a request to build has named.
type sessions struct {
	mu  sync.Mutex
	all []string
}

const mostSessions = 100

func (s *sessions) use(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id == "" {
		return
	}
	if len(s.all) == mostSessions {
		s.all = s.all[1:]
	}
	s.all = append(s.all, id)
}

func (s *sessions) used(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.all, id)
}
