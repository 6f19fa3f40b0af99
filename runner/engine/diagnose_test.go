package engine

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"capas/internal/enginetest"
	"capas/internal/message"
)

// ask asks the engine something, and says why it could not be asked.
func ask(t *testing.T, target Target) Trouble {
	t.Helper()
	c, err := target.Client()
	if err == nil {
		defer c.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		_, err = c.ImageList(ctx, image.ListOptions{})
	}
	if err == nil {
		t.Fatal("it answered")
	}
	return Diagnose(t.Context(), target, err)
}

func expectKind(t *testing.T, got Trouble, want Kind, words ...string) {
	t.Helper()
	if got.Kind != want {
		t.Errorf("kind %v (%v), want %v", got.Kind, got.Err, want)
	}
	expectWords(t, &got, words...)
}

func TestNobodyListens(t *testing.T) {
	path := socketPath(t)
	t.Run("no socket", func(t *testing.T) {
		expectKind(t, ask(t, targetAt(t, "unix://"+path)), NotRunning, path)
	})
	t.Run("a file in the way", func(t *testing.T) {
		file := filepath.Join(filepath.Dir(path), "file")
		put(t, file, "")
		expectKind(t, ask(t, targetAt(t, "unix://"+file+"/s")), NotRunning)
		expectKind(t, ask(t, targetAt(t, "unix://"+file)), NotRunning)
	})
	t.Run("a socket that was left behind", func(t *testing.T) {
		l := listen(t, "unix", path)
		l.(*net.UnixListener).SetUnlinkOnClose(false)
		_ = l.Close()
		expectKind(t, ask(t, targetAt(t, "unix://"+path)), NotRunning)
	})
	t.Run("DOCKER_HOST to a closed port", func(t *testing.T) {
		l := listen(t, "tcp", "127.0.0.1:0")
		_ = l.Close()
		expectKind(t, ask(t, targetAt(t, "tcp://"+l.Addr().String())), NotRunning, l.Addr().String())
	})
	t.Run("DOCKER_HOST to a name that is none", func(t *testing.T) {
		expectKind(t, ask(t, targetAt(t, "tcp://nowhere.invalid:2375")), NoSuchHost, "nowhere.invalid", "unset DOCKER_HOST")
	})
}

func TestItTakesTheCallAndDoesNotAnswer(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{"hangs": hang, "hangs up": hangUp} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := socketPath(t)
			serve(t, listen(t, "unix", path), answer)
			began := time.Now()
			expectKind(t, ask(t, targetAt(t, "unix://"+path)), NoAnswer, path)
			if took := time.Since(began); took > 3*Patience {
				t.Errorf("it took %v", took)
			}
		})
	}
	t.Run("a listener that never accepts", func(t *testing.T) {
		t.Parallel()
		path := socketPath(t)
		listen(t, "unix", path)
		expectKind(t, ask(t, targetAt(t, "unix://"+path)), NoAnswer, path)
	})
}

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func TestSomethingElseAnswers(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"a web page":    func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<h1>hola</h1>") },
		"nothing there": http.NotFound,
		"a locked door": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
	} {
		t.Run(name, func(t *testing.T) {
			l := listen(t, "tcp", "127.0.0.1:0")
			serve(t, l, answer)
			expectKind(t, ask(t, targetAt(t, "tcp://"+l.Addr().String())), NotAnEngine, l.Addr().String())
		})
	}
}

func TestAnErrorOfTheEnginesOwn(t *testing.T) {
	path := socketPath(t)
	mux := http.NewServeMux()
	mux.HandleFunc("/_ping", pong)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, `{"message":"\u001b[31mlayer store is sad"}`)
	})
	serve(t, listen(t, "unix", path), mux)
	expectKind(t, ask(t, targetAt(t, "unix://"+path)), Other, "layer store is sad")
}

func TestItAnswersAgain(t *testing.T) {
	path := socketPath(t)
	target := targetAt(t, "unix://"+path)
	c, err := target.Client()
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.ImageList(t.Context(), image.ListOptions{})
	if !client.IsErrConnectionFailed(err) {
		t.Fatalf("nobody listens, and it says %v", err)
	}
	serve(t, listen(t, "unix", path), newFake())
	expectKind(t, Diagnose(t.Context(), target, err), Passing)
}

func TestTheQuestionsDeadlineIsNotTheDiagnosis(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	path := socketPath(t)
	expectKind(t, Diagnose(ctx, targetAt(t, "unix://"+path), ctx.Err()), NotRunning)
	serve(t, listen(t, "unix", path), newFake())
	expectKind(t, Diagnose(ctx, targetAt(t, "unix://"+path), ctx.Err()), Passing)
}

func TestTLS(t *testing.T) {
	t.Parallel()
	secure := tlsServer(t, tls.NoClientCert)
	strict := tlsServer(t, tls.RequireAnyClientCert)
	plain := listen(t, "tcp", "127.0.0.1:0")
	serve(t, plain, http.HandlerFunc(pong))

	for _, test := range []struct {
		name, address string
		ca            []byte // of the context's TLS files; nil for none
		says          string
	}{
		{name: "a context without certificates", address: secure.Listener.Addr().String(), says: "DOCKER_TLS_VERIFY"},
		{name: "a context without certificates, and a server that wants them", address: strict.Listener.Addr().String(), says: "DOCKER_TLS_VERIFY"},
		{name: "a context without a client's certificate", address: strict.Listener.Addr().String(), ca: authority(strict.Certificate().Raw), says: "ca.pem"},
		{name: "a context with another authority", address: secure.Listener.Addr().String(), ca: authority(selfSigned(t)), says: "ca.pem"},
		{name: "an authority that is none", address: secure.Listener.Addr().String(), ca: []byte("hola"), says: "ca.pem"},
		{name: "an engine without TLS", address: plain.Addr().String(), ca: authority(secure.Certificate().Raw), says: "ca.pem"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := setup{contexts: map[string]string{"lab": "tcp://" + test.address}, config: `{"currentContext":"lab"}`}
			env := s.environment(t)
			if test.ca != nil {
				err := contexts(configDir(env)).ResetTLSMaterial("lab", &store.ContextTLSData{Endpoints: map[string]store.EndpointTLSData{
					docker.DockerEndpoint: {Files: map[string][]byte{"ca.pem": test.ca}},
				}})
				if err != nil {
					t.Fatal(err)
				}
			}
			target, err := Resolve(Options{Env: env})
			if err != nil {
				t.Fatal(err)
			}
			expectKind(t, ask(t, target), TLS, test.says)
		})
	}
}

func authority(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// selfSigned is the certificate of somebody else.
func selfSigned(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestTLSThatIsRight shows that the files of a context are used.
func TestTLSThatIsRight(t *testing.T) {
	secure := tlsServer(t, tls.NoClientCert)
	s := setup{
		files: map[string]string{"ca.pem": string(authority(secure.Certificate().Raw))},
		env:   map[string]string{"DOCKER_HOST": "tcp://" + secure.Listener.Addr().String(), "DOCKER_TLS_VERIFY": "1"},
	}
	target, err := Resolve(Options{Env: s.environment(t)})
	if err != nil {
		t.Fatal(err)
	}
	c, err := target.Client()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Ping(t.Context(), c); err != nil {
		t.Error(err)
	}
}

func TestSSHThatDoesNotGetThrough(t *testing.T) {
	bin := t.TempDir()
	put(t, filepath.Join(bin, "ssh"), "#!/bin/sh\necho 'no route' >&2\nexit 255\n")
	if err := os.Chmod(filepath.Join(bin, "ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	expectKind(t, ask(t, targetAt(t, "ssh://me@lab.example:2222")), SSH, "ssh -p 2222 me@lab.example docker version")
}

func TestClassify(t *testing.T) {
	dial := func(err error) error {
		return &net.OpError{Op: "dial", Net: "unix", Err: os.NewSyscallError("connect", err)}
	}
	for _, test := range []struct {
		host string
		err  error
		want Kind
	}{
		{"unix:///s", dial(syscall.ENOENT), NotRunning},
		{"unix:///s", dial(syscall.ECONNREFUSED), NotRunning},
		{"unix:///s", dial(syscall.ENOTDIR), NotRunning},
		{"unix:///s", dial(syscall.EACCES), NoPermission},
		{"unix:///s", dial(syscall.EPERM), NoPermission},
		{"unix:///s", dial(syscall.EAGAIN), NoAnswer},
		{"tcp://h:1", dial(syscall.ECONNREFUSED), NotRunning},
		{"tcp://h:1", dial(windowsRefused), NotRunning},
		{"tcp://h:1", dial(syscall.EPERM), Unreachable},
		{"tcp://h:1", dial(syscall.EHOSTUNREACH), Unreachable},
		{"tcp://h:1", dial(context.DeadlineExceeded), Unreachable},
		{"tcp://h:1", dial(&net.DNSError{Err: "no such host", IsNotFound: true}), NoSuchHost},
		{"npipe:////./pipe/docker_engine", &os.PathError{Op: "open", Err: os.ErrNotExist}, NotRunning},
		{"npipe:////./pipe/docker_engine", &os.PathError{Op: "open", Err: os.ErrPermission}, NoPermission},
	} {
		if got := (Target{Host: test.host}).classify(test.err); got != test.want {
			t.Errorf("%s, %v: %v, want %v", test.host, test.err, got, test.want)
		}
	}
}

func TestTheRealEngine(t *testing.T) {
	c := enginetest.Client(t)
	answer, err := Ping(t.Context(), c)
	if err != nil || answer.APIVersion == "" {
		t.Fatalf("%+v, %v", answer, err)
	}
	target := targetAt(t, c.DaemonHost())
	mine, err := target.Client()
	if err != nil {
		t.Fatal(err)
	}
	_, err = mine.ImageInspect(t.Context(), enginetest.Name(t, "absent"))
	if got := Diagnose(t.Context(), target, err); got.Kind != Other || !errors.Is(got.Err, err) {
		t.Errorf("a missing image is %v: %v", got.Kind, got.Err)
	}
}

// TestRemedies shows the one thing to type for every kind of machine.
func TestRemedies(t *testing.T) {
	linux, systemd := "/usr/bin/dockerd", "/run/systemd/system"
	for _, test := range []struct {
		name, os, host string
		there          string // paths that exist
		env            map[string]string
		group          string
		member         bool
		kind           Kind
		want           string
	}{
		{name: "linux with systemd", os: "linux", there: linux + " " + systemd, kind: NotRunning, want: "Escribe: sudo systemctl start docker"},
		{name: "linux without", os: "linux", there: linux, kind: NotRunning, want: "Escribe: sudo service docker start"},
		{name: "nothing installed", os: "linux", kind: NotRunning, want: "apt-get install docker.io"},
		{name: "WSL", os: "linux", env: map[string]string{"WSL_DISTRO_NAME": "Ubuntu"}, kind: NotRunning, want: "WSL integration"},
		{name: "a Mac", os: "darwin", kind: NotRunning, want: "Escribe: open -a Docker"},
		{name: "Windows", os: "windows", host: "npipe:////./pipe/docker_engine", kind: NotRunning, want: "Abre Docker Desktop"},
		{name: "Desktop on linux", os: "linux", host: "unix:///home/a/.docker/desktop/docker.sock", kind: NotRunning, want: "Abre Docker Desktop"},
		{name: "Colima", os: "darwin", host: "unix:///Users/a/.colima/default/docker.sock", kind: NotRunning, want: "Escribe: colima start"},
		{name: "OrbStack", os: "darwin", host: "unix:///Users/a/.orbstack/run/docker.sock", kind: NotRunning, want: "Escribe: orb start"},
		{name: "Rancher", os: "darwin", host: "unix:///Users/a/.rd/docker.sock", kind: NotRunning, want: "Abre Rancher Desktop"},
		{name: "Podman", os: "linux", host: "unix:///run/user/1000/podman/podman.sock", kind: NotRunning, want: "systemctl --user start podman.socket"},
		{name: "root's Podman", os: "linux", host: "unix:///run/podman/podman.sock", kind: NotRunning, want: "sudo systemctl start podman.socket"},
		{name: "Podman hangs", os: "linux", host: "unix:///run/user/1000/podman/podman.sock", kind: NoAnswer, want: "systemctl --user restart podman.socket"},
		{name: "Podman on a Mac", os: "darwin", host: "unix:///Users/a/podman.sock", kind: NotRunning, want: "podman machine start"},
		{name: "rootless", os: "linux", host: "unix:///run/user/1000/docker.sock", kind: NotRunning, want: "systemctl --user start docker"},
		{name: "another machine", os: "linux", host: "tcp://192.0.2.1:2375", kind: NotRunning, want: "en esa máquina"},
		{name: "this machine by TCP", os: "linux", host: "tcp://127.0.0.1:2375", there: linux, kind: NotRunning, want: "sudo service docker start"},
		{name: "outside the group", os: "linux", group: "docker", kind: NoPermission, want: "sudo usermod -aG docker $USER"},
		{name: "in the group since", os: "linux", group: "engine", member: true, kind: NoPermission, want: "newgrp engine"},
		{name: "a Mac's socket", os: "darwin", group: "docker", kind: NoPermission, want: "Docker Desktop"},
		{name: "a pipe", os: "windows", host: "npipe:////./pipe/docker_engine", kind: NoPermission, want: "docker-users"},
		{name: "hangs", os: "linux", there: systemd, kind: NoAnswer, want: "sudo systemctl restart docker"},
		{name: "Colima hangs", os: "darwin", host: "unix:///Users/a/.colima/default/docker.sock", kind: NoAnswer, want: "colima restart"},
		{name: "rootless hangs", os: "linux", host: "unix:///run/user/1000/docker.sock", kind: NoAnswer, want: "systemctl --user restart docker"},
		{name: "a Mac hangs", os: "darwin", kind: NoAnswer, want: "Docker Desktop"},
		{name: "another machine hangs", os: "linux", host: "tcp://192.0.2.1:2375", kind: NoAnswer, want: "en su máquina"},
		{name: "out of reach", os: "linux", host: "tcp://192.0.2.1:2375", kind: Unreachable, want: "unset DOCKER_HOST"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.host == "" {
				test.host = "unix:///var/run/docker.sock"
			}
			m := machine{
				os: test.os, env: func(name string) string { return test.env[name] },
				exists: func(path string) bool { return strings.Contains(" "+test.there+" ", " "+path+" ") },
				listed: func(string) (string, bool) { return test.group, test.member },
				other:  func(Target) []Neighbour { return nil },
			}
			reason, remedy := m.words(Target{Host: test.host, Rule: EnvHost}, test.kind, errors.New("boom"))
			trouble := &Trouble{Kind: test.kind, Reason: reason, Remedy: remedy}
			expectWords(t, trouble)
			if got := message.For("es").Say(remedy); !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAnotherEngineIsToldAndNotUsed(t *testing.T) {
	path := socketPath(t)
	serve(t, listen(t, "unix", path), newFake())
	link := path + "-link"
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	list := []Neighbour{at("Docker", path+"-none"), at("Docker", link), at("Colima", path)}
	for _, self := range []string{"unix://" + path, "unix://" + link} {
		if got := answering(t.Context(), distinct(list, self)); len(got) > 0 {
			t.Errorf("the engine itself was taken for another: %+v", got)
		}
	}
	got := answering(t.Context(), distinct(list, "unix://"+path+"-none"))
	if len(got) != 1 || got[0].Name != "Colima" || got[0].Host != "unix://"+link {
		t.Fatalf("got %+v", got)
	}
	m := here(Target{})
	m.other = func(Target) []Neighbour { return got }
	reason, remedy := m.words(Target{Host: "unix:///none"}, NotRunning, nil)
	expectWords(t, &Trouble{Reason: reason, Remedy: remedy}, "Colima", "DOCKER_HOST", path)
}

func TestWordsForEveryKind(t *testing.T) {
	for kind := Other; kind <= Passing; kind++ {
		reason, remedy := here(Target{}).words(Target{Host: "unix:///s"}, kind, nil)
		expectWords(t, &Trouble{Kind: kind, Reason: reason, Remedy: remedy})
	}
	for _, rule := range []Rule{FlagContext, FlagHost, EnvHost, EnvContext, ConfigFile, Default} {
		expectWords(t, &Trouble{Reason: rule.Text(), Remedy: rule.undo()})
	}
}
