package observer

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

func TestWhatIsAskedInDockersWords(t *testing.T) {
	list := []struct{ ask, verb, images string }{
		{"HEAD /_ping", "", ""},
		{"GET /v1.41/version", "", ""},
		{"GET /v1.41/images/json", "images", ""},
		{"GET /v1.41/images/json?filters=" + url.QueryEscape(`{"reference":{"hola":true}}`), "images", "hola"},
		{"GET /images/json?filters=" + url.QueryEscape(`{"reference":["hola"]}`), "images", "hola"},
		{"GET /images/json?filters=nada", "images", ""},
		{"GET /v1.41/images/hola:1/history", "history", "hola:1"},
		{"GET /v1.51/images/localhost:5000/a/b:1/history", "history", "localhost:5000/a/b:1"},
		{"GET /images/json/history", "history", "json"},
		{"GET /images/history/json", "inspect", "history"},
		{"GET /images/v1.2/json", "inspect", "v1.2"},
		{"GET /v1/images/hola/json", "inspect", "hola"},
		{"GET /images/sha256:ab/json", "inspect", "sha256:ab"},
		{"GET /images/hola@sha256:ab/json", "inspect", "hola@sha256:ab"},
		{"GET /images/hola%3A1/json", "inspect", "hola:1"},
		{"POST /v1.41/images/create?fromImage=localhost:5000/a/b&tag=2", "pull", "localhost:5000/a/b:2"},
		{"POST /images/create?fromImage=hola&tag=sha256:ab", "pull", "hola@sha256:ab"},
		{"POST /images/create?fromImage=hola", "pull", "hola"},
		{"POST /images/create?fromSrc=-&repo=hola&tag=1", "import", "hola:1"},
		{"POST /images/localhost:5000/a/b/push?tag=1", "push", "localhost:5000/a/b:1"},
		{"POST /images/ab12/tag?repo=localhost:5000/a/b&tag=1", "tag", "ab12 localhost:5000/a/b:1"},
		{"POST /images/a/b/tag?repo=c", "tag", "a/b c"},
		{"DELETE /images/localhost:5000/a/b:1?force=1", "rm", "localhost:5000/a/b:1"},
		{"POST /images/prune", "prune", ""},
		{"POST /images/load?quiet=1", "load", ""},
		{"GET /images/get?names=a:1&names=b:1", "save", "a:1 b:1"},
		{"GET /images/a/b:1/get", "save", "a/b:1"},
		{"GET /images/search?term=x", "search", ""},
		{"POST /build?t=a:1&t=b:1", "build", "a:1 b:1"},
		{"POST /build/prune", "builder prune", ""},
		{"POST /build/cancel?id=1", "", ""},
		{"POST /session", "build", ""},
		{"POST /grpc", "", ""},
		{"POST /auth", "login", ""},
		{"POST /commit?container=x&repo=hola&tag=1", "commit", "hola:1"},
		{"GET /containers/json?all=1", "ps", ""},
		{"POST /containers/create", "create", ""},
		{"POST /containers/x/start", "start", ""},
		{"GET /containers/x/json", "container inspect", ""},
		{"GET /containers/x/logs", "logs", ""},
		{"HEAD /containers/x/archive", "", ""},
		{"DELETE /containers/x", "container rm", ""},
		{"POST /containers/prune", "container prune", ""},
		{"POST /containers/x/exec", "exec", ""},
		{"DELETE /volumes/x", "volume rm", ""},
		{"GET /networks", "network ls", ""},
		{"GET /system/df", "system df", ""},
		{"GET /", "", ""},
		{"GET /images", "", ""},
		{"GET /images/", "", ""},
	}
	for _, tt := range list {
		method, target, _ := strings.Cut(tt.ask, " ")
		u, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		verb, images := recognise(method, unversioned(u.Path), u.Query())
		if got := strings.Join(images, " "); verb != tt.verb || got != tt.images {
			t.Errorf("%s: %q of %q, want %q of %q", tt.ask, verb, got, tt.verb, tt.images)
		}
	}
}

func TestWhatMayChangeSomething(t *testing.T) {
	for _, tt := range []struct {
		r    Request
		want bool
	}{
		{Request{Method: "GET", Path: "/images/json", Verb: "images"}, false},
		{Request{Method: "HEAD", Path: "/_ping"}, false},
		{Request{Method: "POST", Path: "/grpc"}, false},
		{Request{Method: "POST", Path: "/session"}, false},
		{Request{Method: "POST", Path: "/auth", Verb: "login"}, false},
		{Request{Method: "POST", Path: "/session", Verb: "build", Session: true}, true},
		{Request{Method: "POST", Path: "/grpc", Verb: "build"}, true},
		{Request{Method: "POST", Path: "/swarm/init"}, true},
		{Request{Method: "DELETE", Path: "/images/x", Verb: "rm"}, true},
	} {
		if got := tt.r.Changes(); got != tt.want {
			t.Errorf("%s %s: %v", tt.r.Method, tt.r.Path, got)
		}
	}
}

// tell has an engine answer a request so, and returns what is told of it.
func tell(t *testing.T, method, target, asked string, status int, answer string) Request {
	t.Helper()
	path, s := observe(t, to(fake(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	})))
	send(t, path, method, target, asked)
	return s.ended()[0]
}

func send(t testing.TB, path, method, target, asked string) string {
	t.Helper()
	req, err := http.NewRequest(method, "http://docker"+target, strings.NewReader(asked))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client(t, path).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return body(t, resp)
}

func TestAStreamEndsAsItsLastMessageSays(t *testing.T) {
	long := `{"status":"` + strings.Repeat("x", 2*mostLine) + `","error":"no"}` + "\r\n"
	for name, tt := range map[string]struct {
		target, answer, failed string
	}{
		"pushed":                     {"/images/x/push?tag=1", `{"status":"a"}` + "\r\n" + `{"status":"done, no error"}` + "\r\n", ""},
		"not pushed":                 {"/images/x/push?tag=1", `{"status":"a"}` + "\r\n" + `{"errorDetail":{"message":"denied"},"error":"denied"}` + "\r\n", "denied"},
		"with the old field alone":   {"/images/x/push?tag=1", `{"error":"denied"}`, "denied"},
		"not pulled":                 {"/images/create?fromImage=x&tag=1", `{"errorDetail":{"message":"sin sitio"},"error":"sin sitio"}` + "\n", "sin sitio"},
		"not loaded":                 {"/images/load", `{"errorDetail":{"message":"roto"}}`, "roto"},
		"a message too long is none": {"/images/load", long + `{"stream":"Loaded"}` + "\n", ""},
		"after one that is too long": {"/images/load", long + `{"error":"roto"}` + "\n", "roto"},
		"no messages":                {"/images/load", "errors\n\n{\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := tell(t, "POST", tt.target, "", http.StatusOK, tt.answer)
			if r.Error != tt.failed || r.OK() != (tt.failed == "") || r.Status != http.StatusOK || !r.Changes() {
				t.Errorf("told of %+v", r)
			}
		})
	}
}

func TestARefusalIsToldInTheEnginesWords(t *testing.T) {
	for answer, want := range map[string]string{
		`{"message":"No such image: x"}` + "\n": "No such image: x",
		"no soy docker\n":                       "no soy docker",
		"":                                      "",
	} {
		r := tell(t, "GET", "/images/x/history", "", http.StatusNotFound, answer)
		if r.Error != want || r.OK() || r.Changes() || r.Images[0] != "x" {
			t.Errorf("%q: told of %+v", answer, r)
		}
	}
}

func TestTheAnswerSaysWhichImage(t *testing.T) {
	id := strings.Repeat("ab", 32)
	for _, tt := range []struct{ method, target, answer, images string }{
		{"GET", "/images/x/json", `{"Id":"sha256:` + id + `","Parent":"sha256:00"}`, "x"},
		{"GET", "/images/x/history", `[{"Comment":"","Id":"` + id + `"},{"Id":"<missing>"}]`, "x"},
		{"DELETE", "/images/ab", `[{"Untagged":"a:1"},{"Untagged":"a@sha256:00"},{"Untagged":"b:1"},{"Deleted":"sha256:` + id + `"},{"Deleted":"sha256:00"}]`, "ab a:1 b:1"},
		{"POST", "/build?t=a:1", `{"stream":"Step 1/1 : FROM x"}` + "\n" + `{"aux":{"ID":"sha256:` + id + `"}}` + "\n" + `{"stream":"Successfully built\n"}`, "a:1"},
		{"POST", "/build?t=a:1&version=2", `{"id":"moby.image.id","aux":{"ID":"sha256:` + id + `"}}` + "\n", "a:1"},
	} {
		r := tell(t, tt.method, tt.target, "", http.StatusOK, tt.answer)
		if got := strings.Join(r.Images, " "); r.ImageID != "sha256:"+id || got != tt.images || !r.OK() {
			t.Errorf("%s: told of %+v", tt.target, r)
		}
	}
}

func TestALoginIsOfItsRegistryAndItsPasswordIsNotTold(t *testing.T) {
	r := tell(t, "POST", "/auth", `{"username":"ana","password":"secreta","serveraddress":"localhost:5018"}`, http.StatusOK, `{"Status":"Login Succeeded"}`)
	if !slices.Equal(r.Images, []string{"localhost:5018"}) || !r.OK() {
		t.Errorf("told of %+v", r)
	}
	if strings.Contains(fmt.Sprintf("%+v", r), "secreta") {
		t.Errorf("the password is told: %+v", r)
	}
}

// lines are messages, one a line, with what a stream says.
func lines(streams ...string) string {
	var all strings.Builder
	for _, text := range streams {
		line, _ := json.Marshal(map[string]string{"stream": text}) // a text never fails
		all.Write(append(line, "\r\n"...))
	}
	return all.String()
}

func TestAClassicBuildThatFails(t *testing.T) {
	answer := lines("Step 1/3 : FROM base:1", "\n", " ---> e19f767013c6\n", "Step 2/3 : RUN echo antes", "\n", " ---> Running in 4963d2d51ea9\n", "antes\n",
		"Removing intermediate container 4963d2d51ea9\n", " ---> cf24e7a1736a\n", "Step 3/3 : RUN echo uno; falla", "\n", " ---> Running in f886f2671957\n",
		"uno\n", "\x1b[91m/bin/sh: falla: ", "not found\n\x1b[0m") +
		`{"errorDetail":{"code":127,"message":"The command '/bin/sh -c falla' returned a non-zero code: 127"},"error":"The command …"}` + "\r\n"
	r := tell(t, "POST", "/build?t=hola:1&dockerfile=otro.docker", "", http.StatusOK, answer)
	if r.OK() || r.Build == nil || r.Verb != "build" {
		t.Fatalf("told of %+v", r)
	}
	b := *r.Build
	if b.BuildKit || b.Dockerfile != "otro.docker" || b.Step != "Step 3/3 : RUN echo uno; falla" || b.Image != "cf24e7a1736a" || b.Code != 127 ||
		!slices.Equal(b.Output, []string{"uno", "/bin/sh: falla: not found"}) || !strings.HasSuffix(b.Error, "code: 127") || r.Error != b.Error {
		t.Errorf("told of %+v", b)
	}
}

func TestOfALongOutputTheEndIsKept(t *testing.T) {
	said := []string{"Step 1/1 : RUN mucho", "\n"}
	for i := range 20_000 {
		said = append(said, fmt.Sprintf("línea %d\n", i))
	}
	r := tell(t, "POST", "/build", "", http.StatusOK, lines(said...))
	if out := r.Build.Output; len(out) != mostLines || out[mostLines-1] != "línea 19999" || out[0] != fmt.Sprintf("línea %d", 20_000-mostLines) {
		t.Errorf("%q", out)
	}
	r = tell(t, "POST", "/build", "", http.StatusOK, lines("Step 1/1 : RUN largo", strings.Repeat("x", 60_000), strings.Repeat("y", 60_000)))
	if out := r.Build.Output; len(out) != 1 || out[0] != strings.Repeat("y", mostOutput) {
		t.Errorf("%d lines, of %d bytes", len(out), len(out[0]))
	}
}

// status is a message about BuildKit's progress.
func status(vertexes, logs [][]byte) string {
	var all []byte
	for _, v := range vertexes {
		all = protowire.AppendBytes(protowire.AppendTag(all, fieldVertex, protowire.BytesType), v)
	}
	for _, l := range logs {
		all = protowire.AppendBytes(protowire.AppendTag(all, fieldLog, protowire.BytesType), l)
	}
	return `{"id":"moby.buildkit.trace","aux":"` + base64.StdEncoding.EncodeToString(all) + `"}` + "\r\n"
}

func aVertex(digest, name, failed string) []byte {
	all := protowire.AppendString(protowire.AppendTag(nil, vertexDigest, protowire.BytesType), digest)
	all = protowire.AppendString(protowire.AppendTag(all, vertexName, protowire.BytesType), name)
	all = protowire.AppendVarint(protowire.AppendTag(all, 4, protowire.VarintType), 1) // cached
	if failed != "" {
		all = protowire.AppendString(protowire.AppendTag(all, vertexError, protowire.BytesType), failed)
	}
	return all
}

func aLog(digest, text string) []byte {
	all := protowire.AppendString(protowire.AppendTag(nil, logVertex, protowire.BytesType), digest)
	return protowire.AppendString(protowire.AppendTag(all, logMessage, protowire.BytesType), text)
}

func TestABuildKitBuildThatFails(t *testing.T) {
	answer := status([][]byte{aVertex("a", "[internal] load build definition", ""), aVertex("b", "[1/2] FROM base:1", "")}, nil) +
		status([][]byte{aVertex("c", "[2/2] RUN falla", "")}, [][]byte{aLog("c", "uno\ndos"), aLog("b", "otra")}) +
		status(nil, [][]byte{aLog("c", " y medio\n")}) +
		status([][]byte{aVertex("c", "[2/2] RUN falla", "exit code: 3"), aVertex("d", "otro", "")}, nil) +
		`{"errorDetail":{"message":"executor failed running [/bin/sh -c falla]: exit code: 3"},"error":"…"}` + "\r\n"
	r := tell(t, "POST", "/build?version=2&t=hola:1", "", http.StatusOK, answer)
	b := *r.Build
	if r.OK() || !b.BuildKit || b.Step != "[2/2] RUN falla" || b.Code != 3 || !slices.Equal(b.Output, []string{"uno", "dos y medio"}) {
		t.Errorf("told of %+v", b)
	}
}

// making is an engine whose containers are made with an id, and whose starts of «no…» fail.
func making(t *testing.T) (string, *seen) {
	return observe(t, to(fake(t, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		switch {
		case strings.Contains(string(text), "nada"):
			http.Error(w, `{"message":"No such image: nada:1"}`, http.StatusNotFound)
		case strings.HasSuffix(r.URL.Path, "/create"):
			w.WriteHeader(http.StatusCreated)
			fmt.Fprintln(w, `{"Id":"c0ffee00","Warnings":[]}`)
		case strings.HasSuffix(r.URL.Path, "/start"):
			w.WriteHeader(http.StatusNoContent)
		}
	})))
}

func TestARunIsTheFirstStartOfWhatWasMade(t *testing.T) {
	for _, ref := range []string{"c0ffee00", "c0ff", "web"} {
		path, s := making(t)
		send(t, path, "POST", "/v1.41/containers/create?name=web", `{"Cmd":["ls"],"Image":"hola:1"}`)
		send(t, path, "POST", "/v1.41/containers/otro/start", "")
		send(t, path, "POST", "/v1.41/containers/"+ref+"/start", "")
		send(t, path, "POST", "/v1.41/containers/"+ref+"/start", "")
		var got []string
		for _, r := range s.ended() {
			got = append(got, r.Verb+" "+strings.Join(r.Images, " "))
		}
		if want := []string{"create hola:1", "start ", "run hola:1", "start "}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", ref, got, want)
		}
	}
}

func TestARunWhoseContainerCannotBeMade(t *testing.T) {
	path, s := making(t)
	send(t, path, "POST", "/containers/create", `{"Image":"nada:1"}`)
	if r := s.last(t); r.Verb != "run" || r.OK() || !slices.Equal(r.Images, []string{"nada:1"}) {
		t.Errorf("told of %+v", r)
	}
}

func TestContainersThatAreNeverStartedAreForgotten(t *testing.T) {
	var made containers
	for i := range 3 * mostMade {
		made.add(container{id: fmt.Sprint(i, "."), image: "x"})
	}
	if _, ok := made.image("0."); ok || len(made.all) != mostMade {
		t.Errorf("%d are kept", len(made.all))
	}
	if _, ok := made.image(fmt.Sprint(3*mostMade-1, ".")); !ok {
		t.Error("the last is forgotten")
	}
}

func TestASessionOfBuildKit(t *testing.T) {
	for name, uuid := range map[string]string{"that a request names": "abc", "that none names": "xyz"} {
		t.Run(name, func(t *testing.T) {
			path, s := observe(t, to(fake(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/session" {
					return
				}
				c, rw, err := w.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer c.Close()
				fmt.Fprint(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
				_, _ = io.Copy(io.Discard, rw)
			})))
			c := dial(t, path)
			fmt.Fprintf(c, "POST /session HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n%s: abc\r\n\r\n", sessionHeader)
			reads(t, c, "HTTP/1.1 101 Switching Protocols\r\n")
			send(t, path, "POST", "/build?version=2&session="+uuid, "")
			if err := c.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			_, _ = io.ReadAll(c)
			list := s.ended()
			if r := list[len(list)-1]; r.Path != "/session" || r.Session != (uuid != "abc") || (r.Verb == "build") != r.Session || !r.OK() {
				t.Errorf("told of %+v", r)
			}
		})
	}
}
