package checks

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/client"
)

// fault is what goes wrong with one request.
type fault struct {
	answer func(w http.ResponseWriter, r *http.Request, right http.Handler)
	says   string // in the learner's words
	more   reach  // what it happens to besides that request, and the same asked again
}

type reach int

const (
	only      reach = iota
	likeIt          // whatever is asked in the same way, of other things
	afterward       // whatever comes after it
)

// faults are what engines and what stands before them have been seen to do.
var faults = map[string]fault{
	"refuses":                 {answer: says(http.StatusForbidden, "authorization denied by plugin"), says: "no tiene permiso"},
	"wants a login":           {answer: says(http.StatusUnauthorized, "who are you?"), says: "no tiene permiso"},
	"has an error":            {answer: says(http.StatusInternalServerError, "no space left on device"), says: "ha respondido con un error suyo: no space left on device"},
	"is starting":             {answer: says(http.StatusServiceUnavailable, "not ready"), says: "ha respondido con un error suyo: not ready"},
	"finds a conflict":        {answer: says(http.StatusConflict, "busy"), says: "ha respondido con un error suyo: busy"},
	"does not like it":        {answer: says(http.StatusBadRequest, "bad parameter"), says: "ha respondido con un error suyo: bad parameter"},
	"is newer":                {answer: says(http.StatusBadRequest, "client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version"), says: "no acepta la versión"},
	"is older":                {answer: says(http.StatusBadRequest, "client version 1.41 is too new. Maximum supported API version is 1.24"), says: "no acepta la versión"},
	"hangs up":                {answer: hangUp, says: "se cortó"},
	"dies":                    {answer: hangUp, says: "se cortó", more: afterward},
	"hangs up in the middle":  {answer: cut, says: "se cortó"},
	"never answers":           {answer: hang, says: "no ha respondido a tiempo"},
	"stops in the middle":     {answer: stop, says: "no ha respondido a tiempo"},
	"is a web site":           {answer: writes("text/html", "<html><body>Welcome!</body></html>"), says: "no es una respuesta de Docker"},
	"says something else":     {answer: writes("application/json", "{}"), says: "no es una respuesta de Docker"},
	"says a number":           {answer: writes("application/json", "12345678"), says: "no es una respuesta de Docker"},
	"cannot do that":          {answer: says(http.StatusNotImplemented, "not implemented"), says: "no sabe responder", more: likeIt},
	"knows no such question":  {answer: says(http.StatusNotFound, "page not found"), says: "no sabe responder", more: likeIt},
	"is Podman without it":    {answer: plain(http.StatusNotFound, "Not Found"), says: "no sabe responder", more: likeIt},
	"says nothing but no":     {answer: plain(http.StatusNotFound, ""), says: "no sabe responder", more: likeIt},
	"knows no such method":    {answer: says(http.StatusMethodNotAllowed, "Method Not Allowed"), says: "no sabe responder", more: likeIt},
	"is not the one it was":   {answer: says(http.StatusNotFound, "no such thing"), says: "desapareció"},
	"is redirected to nobody": {answer: says(http.StatusBadGateway, "dial tcp: no route to host"), says: "ha respondido con un error suyo"},
}

func says(status int, text string) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"message":%q}`, text)
	}
}

func plain(status int, text string) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(status)
		io.WriteString(w, text)
	}
}

func writes(kind, text string) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", kind)
		io.WriteString(w, text)
	}
}

func hangUp(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }

func hang(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
	io.Copy(io.Discard, r.Body) // only then does the server see that nobody listens any more
	<-r.Context().Done()
}

func cut(w http.ResponseWriter, r *http.Request, right http.Handler) {
	beginning(w, r, right)
	hangUp(w, r, right)
}

func stop(w http.ResponseWriter, r *http.Request, right http.Handler) {
	beginning(w, r, right)
	hang(w, r, right)
}

// beginning answers as is right, but no more than the first eighth of it.
func beginning(w http.ResponseWriter, r *http.Request, right http.Handler) {
	all := httptest.NewRecorder()
	right.ServeHTTP(all, r)
	if all.Body.Len() == 0 || r.Method == http.MethodHead {
		return
	}
	for key, values := range all.Header() {
		w.Header()[key] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(all.Body.Len()))
	w.WriteHeader(all.Code)
	w.Write(all.Body.Bytes()[:all.Body.Len()/8])
	w.(http.Flusher).Flush()
}

// faulty stands before an engine and spoils the answer to one request. It notes what is asked.
type faulty struct {
	engine http.Handler
	fault  fault
	at     request // no request where all go well

	mu      sync.Mutex
	asked   []request
	spoiled bool
}

// request is one question: how it is asked, and of what.
type request struct{ way, of string }

func (q request) String() string { return q.way + " " + q.of }

var probeName = regexp.MustCompile(`capas-probe-[a-z0-9]+`)

// requestOf makes two requests equal that ask the same, of different probes too.
func requestOf(r *http.Request) request {
	parts := route.FindStringSubmatch(r.URL.Path)
	if r.Method == http.MethodDelete {
		return request{"DELETE", "probe"}
	}
	way := strings.Join([]string{r.Method, parts[1], parts[3]}, " ")
	if parts[2] == "" {
		way += " all"
	}
	return request{way, probeName.ReplaceAllString(parts[2], "probe") + " " + r.URL.Query().Get("path")}
}

func (f *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f.spoils(requestOf(r)) {
		f.fault.answer(w, r, f.engine)
		return
	}
	f.engine.ServeHTTP(w, r)
}

func (f *faulty) spoils(q request) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(f.asked, q) {
		f.asked = append(f.asked, q)
	}
	spoils := q == f.at || f.fault.more == likeIt && q.way == f.at.way || f.fault.more == afterward && f.spoiled
	f.spoiled = f.spoiled || spoils
	return spoils
}

// through asks checks of the example engine while something stands before it.
func (f *faulty) through(t *testing.T, spec string) []Result {
	t.Helper()
	f.engine = overHTTP{exampleEngine()}
	c, end := pipeClient(t, f)
	defer end()
	facts := NewFacts(c, Scope{Baseline: exampleBaseline()})
	results := Evaluate(t.Context(), facts, mustParse(t, spec))
	_ = facts.Close() // what cannot be removed is for Sweep
	return results
}

// TestWhatGoesWrongIsUnknown spoils, for every kind of condition, each request of both its examples in each way.
func TestWhatGoesWrongIsUnknown(t *testing.T) {
	for _, kind := range Kinds() {
		if !asksEngine(kind) {
			continue
		}
		t.Run(kind.Name(), func(t *testing.T) {
			for _, spec := range []string{"- " + kind.Holds, "- " + kind.Fails} {
				synctest.Test(t, func(t *testing.T) { spoilEach(t, spec) })
			}
		})
	}
}

func spoilEach(t *testing.T, spec string) {
	well := &faulty{}
	right := Overall(well.through(t, spec))
	if len(well.asked) == 0 {
		t.Errorf("%s asks nothing of the engine", spec)
	}
	for _, q := range well.asked {
		for name, fault := range faults {
			f := &faulty{fault: fault, at: q}
			results := f.through(t, spec)
			if !f.spoiled {
				t.Fatalf("%s: %v was not asked again", spec, q)
			}
			if wrong := judge(results, right, name, q, spec); wrong != "" {
				t.Errorf("%s\nthe engine %s at %q: %s\n%s", spec, name, q, wrong, feedback(t, results))
			}
			mutedFeedback(t, results)
		}
	}
}

// mutedFeedback is checkFeedback, of thousands.
func mutedFeedback(t *testing.T, results []Result) {
	t.Helper()
	for _, r := range results {
		if r.Verdict == Unknown && (r.Err == nil || r.Want.IsZero() || r.Got.IsZero() || r.Next.IsZero()) {
			t.Errorf("unknown, without its reason or its remedy: %v", r)
		}
	}
}

// judge says what is wrong with a verdict; "" where nothing is.
func judge(results []Result, right Verdict, name string, q request, spec string) string {
	got := Overall(results)
	switch {
	case doesNotMatter(name, q):
		if got != right {
			return fmt.Sprintf("got %v, want %v all the same", got, right)
		}
		return ""
	case name == "is not the one it was":
		return judgeMissing(got, q, spec)
	case isText(name, q):
		return ""
	case got != Unknown:
		return fmt.Sprintf("got %v", got)
	case !strings.HasPrefix(q.way, "HEAD ") && !saysIn(results, faults[name].says): // no words come with the answer to HEAD
		return fmt.Sprintf("nothing says %q", faults[name].says)
	}
	return ""
}

// doesNotMatter reports whether all is known without that answer: what is made is removed after all was seen, how a container
// ended is asked once more, whatever waiting for its end said, and an error is what an engine says of a path that leads through a file.
func doesNotMatter(name string, q request) bool {
	waited := q.way == "POST containers wait" && slices.Contains([]string{"never answers", "stops in the middle", "says something else"}, name)
	underFile := name == "has an error" && strings.HasPrefix(q.way, "HEAD ") && strings.Contains(q.of, "/taller/color/")
	return q.way == "DELETE" || waited || underFile
}

// isText reports whether anything at all is an answer: what a container wrote to a terminal has no form.
func isText(name string, q request) bool {
	return q == request{"GET containers logs", "222 "} && slices.Contains([]string{"is a web site", "says something else", "says a number"}, name)
}

// judgeMissing is for a thing that the engine does not have: that is what a learner has not done yet, or a change meanwhile. Where
// it is wanted so it passes, and a container was made from an image even if that is no more.
func judgeMissing(got Verdict, q request, spec string) string {
	wanted := strings.Contains(spec, "exists: false") || strings.Contains(spec, "gone: true")
	of := strings.Contains(spec, "container:") && q.way == "GET images json"
	if got == Pass && !wanted && !of {
		return "got pass"
	}
	return ""
}

func saysIn(results []Result, text string) bool {
	return slices.ContainsFunc(results, func(r Result) bool { return strings.Contains(printers[0].Say(r.Got), text) })
}

func TestBaselineAndDifferenceOfWhatGoesWrongAreErrors(t *testing.T) {
	for name, fault := range faults {
		for _, way := range []string{"GET images json all", "GET containers json all"} {
			synctest.Test(t, func(t *testing.T) {
				f := &faulty{engine: overHTTP{exampleEngine()}, fault: fault, at: request{way, " "}}
				c, end := pipeClient(t, f)
				defer end()
				if b, err := TakeBaseline(t.Context(), c); err == nil {
					t.Errorf("the engine %s at %s: baseline %v", name, way, b)
				}
				if text, err := NewFacts(c, Scope{Baseline: exampleBaseline()}).Difference(t.Context()); err == nil {
					t.Errorf("the engine %s at %s: difference %v", name, way, text)
				}
			})
		}
	}
}

// TestWorkspaceThatCannotBeLookedAtIsUnknown is the same for the kinds that ask no engine.
func TestWorkspaceThatCannotBeLookedAtIsUnknown(t *testing.T) {
	asked := 0
	for _, kind := range Kinds() {
		if !asksWorkspace(kind) {
			continue
		}
		asked++
		for name, dir := range map[string]string{"none": "", "gone": t.TempDir() + "/gone"} {
			for _, spec := range []string{"- " + kind.Holds, "- " + kind.Fails} {
				results := Evaluate(t.Context(), NewFacts(deadClient(t), Scope{Workspace: dir}), mustParse(t, spec))
				if got := Overall(results); got != Unknown {
					t.Errorf("%s, workspace %s: got %v\n%s", spec, name, got, feedback(t, results))
				}
				checkFeedback(t, results)
			}
		}
	}
	if asked == 0 {
		t.Error("no kind asks the workspace")
	}
}

// TestSocketThatIsNotForThisUser refuses as the system does where the learner is not in the group docker.
func TestSocketThatIsNotForThisUser(t *testing.T) {
	refuse := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "unix", Err: os.NewSyscallError("connect", syscall.EACCES)}
	}
	c, err := client.NewClientWithOpts(client.WithHost("unix:///var/run/docker.sock"), client.WithAPIVersionNegotiation(), client.WithDialContext(refuse))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	results := Evaluate(t.Context(), NewFacts(c, Scope{Baseline: exampleBaseline()}), mustParse(t, everySpec()))
	for _, r := range results {
		if r.Verdict != Unknown {
			t.Errorf("got %v", r)
		}
	}
	if text := feedback(t, results); !strings.Contains(text, "no tiene permiso") {
		t.Errorf("nothing says so:\n%s", text)
	}
}

func TestUnknownText(t *testing.T) {
	//lint:ignore SA1019 the only way to make the error that the client makes
	unreachable := client.ErrorConnectionFailed("unix:///nowhere")
	for want, errs := range map[string][]error{
		"se cortó":                {syscall.ECONNRESET, syscall.EPIPE, io.EOF, io.ErrUnexpectedEOF, fmt.Errorf("reading: %w", windowsReset)},
		"no está en marcha":       {unreachable},
		"no tiene permiso":        {syscall.EACCES, errdefs.ErrPermissionDenied},
		"se interrumpió":          {context.Canceled},
		"ya no está: alguien":     {errProbeLost},
		"sin su historia":         {errNoHistory},
		"preguntar: one two":      {fmt.Errorf("doing: %w", fmt.Errorf("one\n two"))},
		strings.Repeat("x", 200):  {fmt.Errorf("%s", strings.Repeat("x", 300))},
		"no es una respuesta":     {errNonsense},
		"no acepta la versión":    {fmt.Errorf("listing: %w", errVersion)},
		"no sabe responder":       {errdefs.ErrNotImplemented},
		"ha respondido con un er": {errdefs.ErrUnavailable, errdefs.ErrResourceExhausted},
	} {
		for _, err := range errs {
			got, next := unknownText(err)
			if said := printers[0].Say(got); !strings.Contains(said, want) || printers[1].Say(next) == "" {
				t.Errorf("%v: says %q, want %q", err, said, want)
			}
		}
	}
}
