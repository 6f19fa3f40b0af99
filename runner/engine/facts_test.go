package engine

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"capas/internal/enginetest"
	"capas/internal/message"
)

func TestExamine(t *testing.T) {
	for _, test := range []struct {
		name, version, info string
		want                Facts
	}{
		{
			name:    "the classic store",
			version: `{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12","Os":"linux","Arch":"amd64","Components":[{"Name":"Engine"}]}`,
			info:    `{"Driver":"overlay2","DriverStatus":[["Backing Filesystem","extfs"]],"DockerRootDir":"/var/lib/docker","Name":"lab","OperatingSystem":"Debian"}`,
			want: Facts{Product: "Docker", Version: "20.10.24", OldestAPI: "1.12", NewestAPI: "1.41", OS: "linux", Arch: "amd64",
				Driver: "overlay2", Data: "/var/lib/docker", Machine: "lab", System: "Debian"},
		},
		{
			name:    "containerd's store, without root",
			version: `{"Platform":{"Name":"Docker Engine - Community"},"Version":"29.0.1","ApiVersion":"1.52","MinAPIVersion":"1.44","Os":"linux","Arch":"arm64"}`,
			info: `{"Driver":"overlayfs","DriverStatus":[["driver-type","io.containerd.snapshotter.v1"]],"SecurityOptions":["name=seccomp,profile=builtin","name=rootless"],
				"DockerRootDir":"/home/a/.local/share/docker"}`,
			want: Facts{Product: "Docker", Platform: "Docker Engine - Community", Version: "29.0.1", OldestAPI: "1.44", NewestAPI: "1.52", OS: "linux", Arch: "arm64",
				Driver: "overlayfs", Containerd: true, Rootless: true, Data: "/home/a/.local/share/docker"},
		},
		{
			name:    "Podman",
			version: `{"Version":"4.3.1","ApiVersion":"1.41","MinAPIVersion":"1.24","Components":[{"Name":"Podman Engine","Version":"4.3.1"},{"Name":"Conmon"}]}`,
			info:    `{"Driver":"overlay"}`,
			want:    Facts{Product: "Podman", Version: "4.3.1", OldestAPI: "1.24", NewestAPI: "1.41", Driver: "overlay"},
		},
		{name: "one that says nothing", version: `{}`, info: `{}`, want: Facts{Product: "Docker"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := socketPath(t)
			serve(t, listen(t, "unix", path), tells(test.version, test.info))
			got, err := Examine(t.Context(), targetAt(t, "unix://"+path))
			if err != nil {
				t.Fatal(err)
			}
			test.want.API, test.want.BuildKit, test.want.OS = "1.41", true, "linux" // as its ping says
			test.want.NewestAPI = cmp.Or(test.want.NewestAPI, "1.41")
			if got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

// A Podman on a busy machine is slow to tell everything; that is not one that hangs.
func TestExamineALateAnswer(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("/_ping", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", "Libpod/4.3.1 (linux)")
		pong(w, r)
	})
	mux.HandleFunc("/v1.41/version", hang)
	mux.HandleFunc("/v1.41/info", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"Driver":"overlay"}`)) })
	path := socketPath(t)
	serve(t, listen(t, "unix", path), mux)
	got, err := Examine(t.Context(), targetAt(t, "unix://"+path))
	if want := (Facts{Product: "Podman", Version: "4.3.1", OS: "linux", API: "1.41", NewestAPI: "1.41", Driver: "overlay", Late: true}); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestExamineSaysWhatIsWrong(t *testing.T) {
	sad := http.NewServeMux()
	sad.HandleFunc("/_ping", pong)
	sad.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte(`{"message":"layer store is sad"}`))
	})
	stuck := http.NewServeMux()
	stuck.HandleFunc("/_ping", pong)
	stuck.HandleFunc("/", hang)
	for name, test := range map[string]struct {
		answer http.Handler
		kind   Kind
		says   string
	}{
		"an error of its own":                  {sad, Other, "docker version"},
		"it answers a ping and nothing else":   {stuck, NoAnswer, "no contesta"},
		"it hangs":                             {http.HandlerFunc(hang), NoAnswer, "no contesta"},
		"nobody listens, and others stay away": {nil, NotRunning, "no está en marcha"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := socketPath(t)
			if test.answer != nil {
				serve(t, listen(t, "unix", path), test.answer)
			}
			_, err := Examine(t.Context(), targetAt(t, "unix://"+path))
			var trouble *Trouble
			if !errors.As(err, &trouble) {
				t.Fatalf("got %v", err)
			}
			expectKind(t, *trouble, test.kind, test.says)
			if said := message.For("es").Say(trouble.Remedy); strings.Contains(said, "También") || strings.Contains(said, "capas doctor") {
				t.Errorf("it says %q", said)
			}
		})
	}
}

// TestExamineTheRealEngine asks the docker command the same, of whichever engine the environment names.
func TestExamineTheRealEngine(t *testing.T) {
	host := enginetest.Client(t).DaemonHost()
	got := Facts{Late: true}
	for began := time.Now(); got.Late && time.Since(began) < time.Minute; {
		var err error
		if got, err = Examine(t.Context(), targetAt(t, host)); err != nil {
			t.Fatal(err)
		}
	}
	var want struct {
		Server struct{ Version, Os, Arch, ApiVersion, MinAPIVersion string }
	}
	dockerSays(t, &want, host, "version", "--format", "{{json .}}")
	var info struct{ Driver, DockerRootDir, Name, OperatingSystem string }
	dockerSays(t, &info, host, "info", "--format", "{{json .}}")
	if got.Version != want.Server.Version || got.NewestAPI != want.Server.ApiVersion || got.OldestAPI != want.Server.MinAPIVersion || got.OS != want.Server.Os {
		t.Errorf("got %+v, docker says %+v", got, want)
	}
	if got.Driver != info.Driver || got.Data != info.DockerRootDir || got.Machine != info.Name || got.System != info.OperatingSystem {
		t.Errorf("got %+v, docker says %+v", got, info)
	}
}

func dockerSays(t *testing.T, into any, host string, args ...string) {
	t.Helper()
	out, err := exec.Command("docker", append([]string{"--host", host}, args...)...).Output()
	if err != nil {
		t.Fatalf("docker %v: %v", args, err)
	}
	if err := json.Unmarshal(out, into); err != nil {
		t.Fatal(err)
	}
}

// TestAVersionThatTheEngineDoesNotSpeak is a DOCKER_API_VERSION that was left behind.
func TestAVersionThatTheEngineDoesNotSpeak(t *testing.T) {
	host := enginetest.Client(t).DaemonHost()
	target := targetAt(t, host, "DOCKER_API_VERSION", "1.999")
	facts, err := Examine(t.Context(), target)
	if facts.Product == "Podman" { // takes any
		return
	}
	var trouble *Trouble
	if !errors.As(err, &trouble) {
		t.Fatalf("got %v", err)
	}
	expectKind(t, *trouble, Other, "1.999", "unset DOCKER_API_VERSION")
	expectKind(t, ask(t, target), Other, "1.999", "unset DOCKER_API_VERSION")
}

func TestContexts(t *testing.T) {
	s := setup{
		contexts: map[string]string{"lab": "tcp://lab.example:2375", "plain": "", "colima": "unix:///c.sock"},
		files: map[string]string{
			"contexts/meta/broken/meta.json":  "{",
			"contexts/meta/nothing/meta.json": `{"Name":"nothing"}`, // not where docker would look for one of that name
			"contexts/meta/empty/note":        "",
		},
	}
	target, err := Resolve(Options{Env: s.environment(t)})
	if err != nil {
		t.Fatal(err)
	}
	var names, hosts []string
	broken := 0
	for _, c := range target.Contexts() {
		if c.Err != nil {
			broken++
			continue
		}
		names, hosts = append(names, c.Name), append(hosts, c.Host)
	}
	if want := []string{"default", "colima", "lab", "plain"}; !slices.Equal(names, want) || broken != 2 {
		t.Errorf("got %v and %d broken, want %v", names, broken, want)
	}
	if hosts[1] != "unix:///c.sock" || hosts[3] != hosts[0] {
		t.Errorf("hosts %v", hosts)
	}
	_, err = Resolve(Options{Context: "labs", Env: s.environment(t)})
	var trouble *Trouble
	if !errors.As(err, &trouble) {
		t.Fatal(err)
	}
	expectWords(t, trouble, "colima, lab, plain, default", "--context lab") // what is broken hides nothing
}

func TestTurnTo(t *testing.T) {
	colima := Neighbour{"Colima", "unix:///home/a/.colima/default/docker.sock"}
	for _, test := range []struct {
		options Options
		setup   setup
		to      Neighbour
		want    string
	}{
		{setup: setup{}, to: colima, want: "export DOCKER_HOST=" + colima.Host},
		{setup: setup{contexts: two}, to: colima, want: "docker context use colima"},
		{setup: setup{contexts: two, config: `{"currentContext":"lab"}`}, to: colima, want: "docker context use colima"},
		{setup: setup{contexts: two, config: `{"currentContext":"lab"}`}, to: at("Docker", "/var/run/docker.sock"), want: "docker context use default"},
		{setup: setup{contexts: two, env: map[string]string{"DOCKER_HOST": "unix:///x"}}, to: colima, want: "export DOCKER_HOST=" + colima.Host},
		{setup: setup{contexts: two, env: map[string]string{"DOCKER_CONTEXT": "lab"}}, to: colima, want: "export DOCKER_HOST=" + colima.Host},
		{setup: setup{env: map[string]string{"DOCKER_HOST": "unix:///x"}}, to: at("Docker", "/var/run/docker.sock"), want: "unset DOCKER_HOST"},
		{setup: setup{contexts: two, env: map[string]string{"DOCKER_CONTEXT": "lab"}}, to: at("Docker", "/var/run/docker.sock"), want: "unset DOCKER_CONTEXT"},
		{setup: setup{contexts: two, config: `{"currentContext":"lab"}`, env: map[string]string{"DOCKER_HOST": "unix:///x"}}, to: at("Docker", "/var/run/docker.sock"),
			want: "export DOCKER_HOST=unix:///var/run/docker.sock"},
		{options: Options{Host: "unix:///x"}, setup: setup{contexts: two}, to: colima, want: "--host " + colima.Host},
	} {
		test.options.Env = test.setup.environment(t)
		target, err := Resolve(test.options)
		if err != nil {
			t.Fatal(err)
		}
		if got := target.TurnTo(test.to); got != test.want {
			t.Errorf("by %s: %q, want %q", target.Rule, got, test.want)
		}
	}
}
