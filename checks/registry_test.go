package checks

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/docker/docker/api/types/image"
	dockerregistry "github.com/docker/docker/api/types/registry"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"capas/internal/enginetest"
)

var ana = dockerregistry.AuthConfig{Username: "ana", Password: "secreta"}

// logins are what a docker keeps, by host.
type logins map[string]dockerregistry.AuthConfig

func (l logins) Login(host string) (dockerregistry.AuthConfig, error)  { return l[host], nil }
func (l logins) Reader(host string) (dockerregistry.AuthConfig, error) { return l[host], nil }

func (l logins) Logins() ([]string, error) {
	var hosts []string
	for host := range l {
		hosts = append(hosts, host)
	}
	return hosts, nil
}

// newRegistry is a registry of this test that only Ana may enter.
func newRegistry(t testing.TB) (host string) {
	t.Helper()
	images := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	return serveRegistry(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user != ana.Username || password != ana.Password {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			http.Error(w, `{"errors":[{"code":"UNAUTHORIZED"}]}`, http.StatusUnauthorized)
			return
		}
		images.ServeHTTP(w, r)
	})
}

func serveRegistry(t testing.TB, h http.HandlerFunc) (host string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// stored is a registry with images, and an engine with the same ones.
type stored struct {
	*testing.T
	host   string
	engine *fakeEngine
}

func newStored(t *testing.T) *stored { return &stored{t, newRegistry(t), &fakeEngine{}} }

// image is a new one, on the engine under these names.
func (s *stored) image(names ...string) v1.Image {
	s.Helper()
	img, err := random.Image(64, 2)
	if err == nil {
		img, err = mutate.CreatedAt(img, v1.Time{Time: time.Unix(int64(1_700_000_000+len(s.engine.images)), 0).UTC()})
	}
	if err != nil {
		s.Fatal(err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		s.Fatal(err)
	}
	there := image.InspectResponse{
		ID: id(string(rune('a' + len(s.engine.images)))), RepoTags: names, Os: config.OS, Architecture: config.Architecture,
		Created: config.Created.Format(time.RFC3339Nano),
	}
	for _, d := range config.RootFS.DiffIDs {
		there.RootFS.Layers = append(there.RootFS.Layers, d.String())
	}
	s.engine.images = append(s.engine.images, fakeImage{InspectResponse: there})
	return img
}

// push puts an image into the registry under a name there, "ana/hola:1".
func (s *stored) push(img v1.Image, as string) {
	s.Helper()
	ref, err := name.ParseReference(s.host + "/" + as)
	if err == nil {
		err = remote.Write(ref, img, remote.WithAuth(authn.FromConfig(authn.AuthConfig{Username: ana.Username, Password: ana.Password})))
	}
	if err != nil {
		s.Fatal(err)
	}
}

// ask evaluates a check in which REGISTRY stands for the registry.
func (s *stored) ask(l logins, spec string) []Result {
	s.Helper()
	f := NewFacts(s.engine, Scope{Registries: l, Answered: func(quiz string) bool { return quiz == "filas" }})
	defer f.Close()
	return Evaluate(s.Context(), f, mustParse(s, "- "+strings.ReplaceAll(spec, "REGISTRY", s.host)))
}

func TestKindsOfRegistriesHoldAndFailAsTheirExamplesSay(t *testing.T) {
	s := newStored(t)
	s.push(s.image("hola:1"), "ana/hola:1")
	s.image("hola:2")
	for _, kind := range slices.Concat(registryKinds, askedKinds) {
		for want, spec := range map[Verdict]string{Pass: kind.Holds, Fail: kind.Fails} {
			results := s.ask(logins{s.host: ana}, strings.ReplaceAll(spec, "localhost:5018", "REGISTRY"))
			if got := Overall(results); got != want {
				t.Errorf("%s: got %v, want %v\n%s", spec, got, want, feedback(t, results))
			}
			checkFeedback(t, results)
		}
	}
}

func TestPushedSaysWhatIsThereInstead(t *testing.T) {
	for _, tt := range []struct {
		name, spec string
		local      []string // names on the engine of the image that is pushed
		pushed     string   // its name in the registry
		says       []string // in Spanish
	}{
		{"under the right name here, and not sent", `{pushed: "REGISTRY/ana/sopa:1"}`, []string{"REGISTRY/ana/sopa:1"}, "",
			[]string{"no tiene `REGISTRY/ana/sopa:1`", "docker push REGISTRY/ana/sopa:1"}},
		{"without its name here", `{pushed: "REGISTRY/ana/sopa:1"}`, []string{"sopa:1"}, "",
			[]string{"Lo más parecido es `sopa:1`", "docker tag sopa:1 REGISTRY/ana/sopa:1"}},
		{"no such thing here", `{pushed: "REGISTRY/ana/sopa:1"}`, nil, "", []string{"no hay qué enviar", "`docker tag`"}},
		{"with another tag", `{pushed: "REGISTRY/ana/sopa:1.0"}`, []string{"REGISTRY/ana/sopa:1"}, "ana/sopa:1",
			[]string{"Lo que sí tiene es `REGISTRY/ana/sopa:1`", "docker push REGISTRY/ana/sopa:1.0"}},
		{"without a tag", `{pushed: "REGISTRY/ana/sopa:1"}`, nil, "ana/sopa:latest", []string{"Lo que sí tiene es `REGISTRY/ana/sopa:latest`"}},
		{"under a name one letter off", `{pushed: "REGISTRY/ana/sopa:1"}`, nil, "ana/spoa:1", []string{"Lo que sí tiene es `REGISTRY/ana/spoa:1`"}},
		{"as another user's", `{pushed: "REGISTRY/ana/sopa:1"}`, nil, "eva/sopa:1", []string{"Lo que sí tiene es `REGISTRY/eva/sopa:1`"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStored(t)
			names := make([]string, len(tt.local))
			for i, n := range tt.local {
				names[i] = strings.ReplaceAll(n, "REGISTRY", s.host)
			}
			if img := s.image(names...); tt.pushed != "" {
				s.push(img, tt.pushed)
			}
			results := s.ask(logins{s.host: ana}, tt.spec)
			s.mustSay(Fail, results, tt.says)
		})
	}
}

// However many repositories a registry has, to look for what was pushed instead does not mean to enter it for each of them.
func TestRepositoriesAreLookedIntoTogether(t *testing.T) {
	s := newStored(t)
	img := s.image()
	for _, repository := range []string{"ana/pan", "ana/caldo", "ana/spoa", "eva/pan", "eva/caldo"} {
		s.push(img, repository+":1")
	}
	behind := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: s.host})
	var entered atomic.Int32
	s.host = serveRegistry(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v2/" {
			entered.Add(1)
		}
		behind.ServeHTTP(w, r)
	})
	s.mustSay(Fail, s.ask(logins{s.host: ana}, `{pushed: "REGISTRY/ana/sopa:1"}`), []string{"Lo que sí tiene es `REGISTRY/ana/spoa:1`"})
	if n := entered.Load(); n != 4 { // for the name, its repository, the list of repositories, and all of these
		t.Errorf("entered %d times", n)
	}
}

func (s *stored) mustSay(want Verdict, results []Result, says []string) {
	s.Helper()
	text := strings.ReplaceAll(feedback(s, results), s.host, "REGISTRY")
	if got := Overall(results); got != want {
		s.Errorf("got %v, want %v\n%s", got, want, text)
	}
	for _, words := range says {
		if !strings.Contains(text, words) {
			s.Errorf("nothing says %q:\n%s", words, text)
		}
	}
	checkFeedback(s.T, results)
}

func TestPushedSameComparesTheImageAndNotItsName(t *testing.T) {
	s := newStored(t)
	old := s.image("sopa:1")
	s.image("sopa:2", s.host+"/ana/sopa:latest")
	s.push(old, "ana/sopa:latest")
	s.mustSay(Pass, s.ask(logins{s.host: ana}, `{pushed: "REGISTRY/ana/sopa:latest", same_as: "sopa:1"}`), nil)
	s.mustSay(Fail, s.ask(logins{s.host: ana}, `{pushed: "REGISTRY/ana/sopa:latest", same_as: "sopa:2"}`),
		[]string{"es otra imagen, no `sopa:2`", "Envíala otra vez, ahora que es la buena: `docker push REGISTRY/ana/sopa:latest`"})
	s.image(s.host + "/ana/sopa:3")
	s.push(old, "ana/sopa:3")
	s.mustSay(Fail, s.ask(logins{s.host: ana}, `{pushed: "REGISTRY/ana/sopa:3", same_as: "sopa:1"}`+"\n- {pushed: \"REGISTRY/ana/sopa:3\", same_as: \"sopa:2\"}"),
		[]string{"También en tu Docker `REGISTRY/ana/sopa:3` es el nombre de otra imagen", "docker tag sopa:2 REGISTRY/ana/sopa:3"})
}

func TestLogin(t *testing.T) {
	s := newStored(t)
	s.mustSay(Pass, s.ask(logins{s.host: ana}, `{login: REGISTRY}`), []string{"te conoce: eres `ana`"})
	s.mustSay(Fail, s.ask(logins{}, `{login: REGISTRY}`), []string{"no guarda ningún usuario para `REGISTRY`", "docker login REGISTRY"})
	s.mustSay(Fail, s.ask(logins{"docker.io": ana}, `{login: REGISTRY}`), []string{"Para otros registros sí guarda alguno: `docker.io`"})
	wrong := s.ask(logins{s.host: {Username: "ana", Password: "otra"}}, `{login: REGISTRY}`)
	s.mustSay(Fail, wrong, []string{"no acepta lo que tu Docker guarda para el usuario `ana`"})
	if text := feedback(t, wrong); strings.Contains(text, "otra ") || strings.Contains(text, "secreta") {
		t.Errorf("the password is told:\n%s", text)
	}
}

// TestLoginWithATokenService is how Docker Hub does it: the credentials are for a token, and the token for the registry.
func TestLoginWithATokenService(t *testing.T) {
	s := newStored(t)
	var realm string
	s.host = serveRegistry(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		switch {
		case r.URL.Path == "/token" && user == "ana" && password == "secreta":
			json.NewEncoder(w).Encode(map[string]string{"token": "abc"})
		case r.URL.Path != "/token" && r.Header.Get("Authorization") == "Bearer abc":
			w.WriteHeader(http.StatusOK)
		default:
			w.Header().Set("WWW-Authenticate", `Bearer realm="`+realm+`",service="test"`)
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	realm = "http://" + s.host + "/token"
	s.mustSay(Pass, s.ask(logins{s.host: ana}, `{login: REGISTRY}`), nil)
	s.mustSay(Fail, s.ask(logins{s.host: {Username: "ana", Password: "otra"}}, `{login: REGISTRY}`), []string{"no acepta"})
}

// TestRegistryThatCannotBeAskedIsUnknown spoils all requests from one on: what it says is never a pass nor a fail.
func TestRegistryThatCannotBeAskedIsUnknown(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, `{"errors":[]}`, code) }
	}
	for name, fault := range map[string]struct {
		answer http.HandlerFunc
		says   string
	}{
		"limits":       {status(http.StatusTooManyRequests), "demasiadas seguidas"},
		"refuses":      {status(http.StatusForbidden), "sin iniciar la sesión"},
		"has an error": {status(http.StatusInternalServerError), "ha respondido con un error suyo"},
		"is away":      {status(http.StatusBadGateway), "ha respondido con un error suyo"},
		"hangs up":     {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "no responde"},
	} {
		for _, spec := range []string{`{pushed: "REGISTRY/ana/hola:1"}`, `{pushed: "REGISTRY/ana/hola:1", same_as: "hola:1"}`, `{login: REGISTRY}`} {
			for at := 1; at <= 2; at++ {
				s := newStored(t)
				s.push(s.image("hola:1"), "ana/hola:1")
				right, asked := http.DefaultClient, 0
				behind := s.host
				s.host = serveRegistry(t, func(w http.ResponseWriter, r *http.Request) {
					if asked++; asked >= at {
						fault.answer(w, r)
						return
					}
					relay(right, behind, w, r)
				})
				results := s.ask(logins{s.host: ana}, spec)
				if login := strings.Contains(spec, "login") && name == "refuses" && at == 2; login {
					s.mustSay(Fail, results, nil)
					continue
				}
				if asked < at {
					t.Fatalf("%s: only %d requests", spec, asked)
				}
				s.mustSay(Unknown, results, []string{fault.says})
			}
		}
	}
}

func relay(c *http.Client, host string, w http.ResponseWriter, r *http.Request) {
	ask := r.Clone(r.Context())
	ask.RequestURI, ask.URL.Scheme, ask.URL.Host, ask.Host = "", "http", host, host
	answer, err := c.Do(ask)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	for key, values := range answer.Header {
		w.Header()[key] = values
	}
	w.WriteHeader(answer.StatusCode)
	io.Copy(w, answer.Body)
}

func TestRegistryThatIsNotThereIsUnknown(t *testing.T) {
	s := newStored(t)
	closed := httptest.NewServer(http.NotFoundHandler())
	s.host = strings.TrimPrefix(closed.URL, "http://")
	closed.Close()
	for _, spec := range []string{`{pushed: "REGISTRY/ana/hola:1"}`, `{login: REGISTRY}`} {
		s.mustSay(Unknown, s.ask(logins{s.host: ana}, spec), []string{"no responde", "`capas registry`"})
	}
	s.host = newRegistry(t)
	s.mustSay(Unknown, s.ask(logins{}, `{pushed: "REGISTRY/ana/hola:1"}`), []string{"sin iniciar la sesión", "docker login REGISTRY"})
}

func TestCredentialsThatCannotBeReadAreUnknown(t *testing.T) {
	s := newStored(t)
	f := NewFacts(s.engine, Scope{Registries: broken{}})
	defer f.Close()
	for _, spec := range []string{`- {pushed: "localhost:5018/ana/hola:1"}`, `- {login: "localhost:5018"}`} {
		if got := Overall(Evaluate(t.Context(), f, mustParse(t, spec))); got != Unknown {
			t.Errorf("%s: got %v", spec, got)
		}
	}
}

type broken struct{ logins }

var errHelper = errors.New("docker-credential-x: not found")

func (broken) Login(string) (dockerregistry.AuthConfig, error) {
	return dockerregistry.AuthConfig{}, errHelper
}
func (broken) Reader(string) (dockerregistry.AuthConfig, error) {
	return dockerregistry.AuthConfig{}, errHelper
}

// TestPushedByAnEngine lets a real engine push, and compares what its image store knows with what arrived.
func TestPushedByAnEngine(t *testing.T) {
	c := enginetest.Client(t)
	host := newRegistry(t)
	first, second := enginetest.Name(t, "hola")+":1", enginetest.Name(t, "hola")+":2"
	enginetest.Build(t, first, "FROM scratch\nCOPY a /\n", map[string]string{"a": "a"})
	enginetest.Build(t, second, "FROM scratch\nCOPY a /\n", map[string]string{"a": "b"})
	pushed := host + "/ana/" + first
	if err := c.ImageTag(t.Context(), first, pushed); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.ImageRemove(context.WithoutCancel(t.Context()), pushed, image.RemoveOptions{}) })
	auth, err := json.Marshal(ana)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := c.ImagePush(t.Context(), pushed, image.PushOptions{RegistryAuth: base64.URLEncoding.EncodeToString(auth)})
	if err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(stream)
	if err != nil || strings.Contains(string(said), "errorDetail") {
		t.Fatalf("%v: %s", err, said)
	}
	f := NewFacts(c, Scope{Registries: logins{host: ana}})
	defer f.Close()
	for other, want := range map[string]Verdict{first: Pass, second: Fail} {
		results := Evaluate(t.Context(), f, mustParse(t, "- {pushed: \""+pushed+"\", same_as: \""+other+"\"}"))
		if got := Overall(results); got != want {
			t.Errorf("same as %s: got %v, want %v\n%s", other, got, want, feedback(t, results))
		}
	}
}
