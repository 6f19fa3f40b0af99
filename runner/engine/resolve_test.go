package engine

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"
	"github.com/docker/docker/client"

	"capas/internal/message"
)

// setup is a home with docker's configuration.
type setup struct {
	config   string            // of config.json; "" for none
	contexts map[string]string // name to host
	files    map[string]string // anything else, below the configuration
	env      map[string]string // $CONFIG stands for the configuration's folder
}

// environment makes the setup real, and returns how it is seen.
func (s setup) environment(t *testing.T) func(string) string {
	t.Helper()
	home := t.TempDir()
	dir := filepath.Join(home, ".docker")
	if s.config != "" {
		put(t, filepath.Join(dir, "config.json"), s.config)
	}
	for name, host := range s.contexts {
		err := contexts(dir).CreateOrUpdate(store.Metadata{
			Name: name, Metadata: map[string]any{}, Endpoints: map[string]any{docker.DockerEndpoint: docker.EndpointMeta{Host: host}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range s.files {
		put(t, filepath.Join(dir, name), content)
	}
	return func(name string) string {
		if name == "HOME" || name == "USERPROFILE" {
			return home
		}
		return strings.ReplaceAll(s.env[name], "$CONFIG", dir)
	}
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

var two = map[string]string{"colima": "unix:///home/a/.colima/default/docker.sock", "lab": "tcp://lab.example:2375"}

var resolutions = []struct {
	name    string
	setup   setup
	options Options
	want    Target
	warned  bool
}{
	{name: "nothing set", want: Target{Name: "default", Host: client.DefaultDockerHost, Rule: Default}},
	{
		name: "the flag --context wins", options: Options{Context: "lab"},
		setup: setup{contexts: two, config: `{"currentContext":"colima"}`, env: map[string]string{"DOCKER_HOST": "tcp://x:1", "DOCKER_CONTEXT": "colima"}},
		want:  Target{Name: "lab", Host: two["lab"], Rule: FlagContext},
	},
	{
		name: "the flag --host wins", options: Options{Host: "tcp://y"},
		setup: setup{contexts: two, config: `{"currentContext":"colima"}`, env: map[string]string{"DOCKER_HOST": "tcp://x:1", "DOCKER_CONTEXT": "colima"}},
		want:  Target{Name: "default", Host: "tcp://y:2375", Rule: FlagHost},
	},
	{
		name:  "DOCKER_HOST before DOCKER_CONTEXT",
		setup: setup{contexts: two, config: `{"currentContext":"colima"}`, env: map[string]string{"DOCKER_HOST": "tcp://x:1", "DOCKER_CONTEXT": "colima"}},
		want:  Target{Name: "default", Host: "tcp://x:1", Rule: EnvHost},
	},
	{
		name:  "DOCKER_CONTEXT before the current one",
		setup: setup{contexts: two, config: `{"currentContext":"colima"}`, env: map[string]string{"DOCKER_CONTEXT": "lab"}},
		want:  Target{Name: "lab", Host: two["lab"], Rule: EnvContext},
	},
	{
		name:  "the current context",
		setup: setup{contexts: two, config: `{"currentContext":"colima"}`},
		want:  Target{Name: "colima", Host: two["colima"], Rule: ConfigFile},
	},
	{
		name:  "DOCKER_CONTEXT=default is no file",
		setup: setup{contexts: two, config: `{"currentContext":"colima"}`, env: map[string]string{"DOCKER_CONTEXT": "default"}},
		want:  Target{Name: "default", Host: client.DefaultDockerHost, Rule: EnvContext},
	},
	{
		name: "--context default is what the environment says", options: Options{Context: "default"},
		setup: setup{contexts: two, config: `{"currentContext":"colima"}`, env: map[string]string{"DOCKER_HOST": "unix:///e.sock"}},
		want:  Target{Name: "default", Host: "unix:///e.sock", Rule: FlagContext},
	},
	{
		name:  "a configuration elsewhere",
		setup: setup{files: map[string]string{"other/config.json": `{}`}, config: `{"currentContext":"colima"}`, env: map[string]string{"DOCKER_CONFIG": "$CONFIG/other"}},
		want:  Target{Name: "default", Host: client.DefaultDockerHost, Rule: Default},
	},
	{
		name:  "a broken config.json is a warning",
		setup: setup{config: `{"currentContext":`},
		want:  Target{Name: "default", Host: client.DefaultDockerHost, Rule: Default}, warned: true,
	},
	{
		name:  "what can be read of config.json holds",
		setup: setup{contexts: two, config: `{"currentContext":"lab","HttpHeaders":7}`},
		want:  Target{Name: "lab", Host: two["lab"], Rule: ConfigFile}, warned: true,
	},
	{
		name:  "a path alone",
		setup: setup{env: map[string]string{"DOCKER_HOST": "unix://"}},
		want:  Target{Name: "default", Host: "unix:///var/run/docker.sock", Rule: EnvHost},
	},
	{
		name:  "ssh",
		setup: setup{env: map[string]string{"DOCKER_HOST": "ssh://me@lab.example"}},
		want:  Target{Name: "default", Host: "ssh://me@lab.example", Rule: EnvHost},
	},
	{
		name:  "TLS of the environment",
		setup: setup{files: map[string]string{"ca.pem": "any"}, env: map[string]string{"DOCKER_HOST": "lab.example", "DOCKER_TLS_VERIFY": "1"}},
		want:  Target{Name: "default", Host: "tcp://lab.example:2375", Rule: EnvHost},
	},
	{
		name:  "TLS and no host",
		setup: setup{files: map[string]string{"certs/ca.pem": "any"}, env: map[string]string{"DOCKER_TLS": "1", "DOCKER_CERT_PATH": "$CONFIG/certs"}},
		want:  Target{Name: "default", Host: "tcp://localhost:2376", Rule: Default},
	},
}

func TestResolve(t *testing.T) {
	for _, test := range resolutions {
		t.Run(test.name, func(t *testing.T) {
			test.options.Env = test.setup.environment(t)
			got, err := Resolve(test.options)
			if err != nil {
				t.Fatal(err)
			}
			if got.Name != test.want.Name || got.Host != test.want.Host || got.Rule != test.want.Rule || got.Warning.Reason.IsZero() == test.warned {
				t.Errorf("got %q %q by %q (warning %v)", got.Name, got.Host, got.Rule, got.Warning)
			}
		})
	}
}

// TestResolveAsDockerDoes asks the docker command the same.
func TestResolveAsDockerDoes(t *testing.T) {
	t.Parallel()
	command, err := exec.LookPath("docker")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("no docker command here")
	}
	if who, _ := exec.Command(command, "--version").Output(); strings.Contains(string(who), "build capas") {
		t.Skip("the docker command here is that of capas")
	}
	for _, test := range resolutions {
		t.Run(test.name, func(t *testing.T) {
			env := test.setup.environment(t)
			var args []string
			if test.options.Context != "" {
				args = append(args, "--context", test.options.Context)
			}
			if test.options.Host != "" {
				args = append(args, "--host", test.options.Host)
			}
			cmd := exec.Command(command, append(args, "context", "inspect", "--format", "{{json .}}")...)
			cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
			for _, name := range []string{"HOME", "DOCKER_CONFIG", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"} {
				if env(name) != "" {
					cmd.Env = append(cmd.Env, name+"="+env(name))
				}
			}
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			var said struct {
				Name      string
				Endpoints map[string]struct{ Host string }
			}
			if err := json.Unmarshal(out, &said); err != nil {
				t.Fatal(err)
			}
			if host := said.Endpoints["docker"].Host; said.Name != test.want.Name || host != test.want.Host {
				t.Errorf("docker says %q %q, the table %q %q", said.Name, host, test.want.Name, test.want.Host)
			}
		})
	}
}

func TestResolveSaysWhatIsWrong(t *testing.T) {
	for _, test := range []struct {
		name    string
		setup   setup
		options Options
		kind    Kind
		says    []string // in reason and remedy
	}{
		{
			name: "both flags", options: Options{Host: "unix:///x", Context: "lab"},
			kind: BadContext, says: []string{"--host", "--context"},
		},
		{
			name: "an unknown context near one", options: Options{Context: "colmia"}, setup: setup{contexts: two},
			kind: BadContext, says: []string{"«colmia»", "colima, lab, default", "--context colima"},
		},
		{
			name:  "a stale current context near one",
			setup: setup{contexts: two, config: `{"currentContext":"labs"}`},
			kind:  BadContext, says: []string{"«labs»", "docker context use lab"},
		},
		{
			name:  "a stale current context far from any",
			setup: setup{contexts: two, config: `{"currentContext":"desktop-linux"}`},
			kind:  BadContext, says: []string{"«desktop-linux»", "docker context use default"},
		},
		{
			name:  "an unknown DOCKER_CONTEXT near one",
			setup: setup{contexts: two, env: map[string]string{"DOCKER_CONTEXT": "Lab"}},
			kind:  BadContext, says: []string{"DOCKER_CONTEXT", "export DOCKER_CONTEXT=lab"},
		},
		{
			name:  "an unknown DOCKER_CONTEXT far from any",
			setup: setup{env: map[string]string{"DOCKER_CONTEXT": "production"}},
			kind:  BadContext, says: []string{"unset DOCKER_CONTEXT"},
		},
		{
			name:  "a context of control sequences",
			setup: setup{env: map[string]string{"DOCKER_CONTEXT": "\x1b]0;x\x07"}},
			kind:  BadContext, says: []string{"«»"},
		},
		{
			name:  "a host that is none",
			setup: setup{env: map[string]string{"DOCKER_HOST": "http://lab"}},
			kind:  BadHost, says: []string{"«http://lab»", "DOCKER_HOST", "unset DOCKER_HOST"},
		},
		{
			name:  "TLS without certificates",
			setup: setup{env: map[string]string{"DOCKER_HOST": "tcp://lab:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "$CONFIG/certs"}},
			kind:  TLS, says: []string{"certs", "ca.pem"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.options.Env = test.setup.environment(t)
			_, err := Resolve(test.options)
			var trouble *Trouble
			if !errors.As(err, &trouble) {
				t.Fatalf("got %v", err)
			}
			if trouble.Kind != test.kind {
				t.Errorf("kind %v, want %v", trouble.Kind, test.kind)
			}
			expectWords(t, trouble, test.says...)
			if again := Diagnose(t.Context(), Target{}, err); again.Kind != test.kind || again.Reason.ID != trouble.Reason.ID {
				t.Errorf("diagnosed as %v", again.Kind)
			}
		})
	}
}

// expectWords looks for words in the Spanish lines, and for two lines in every language.
func expectWords(t *testing.T, trouble *Trouble, words ...string) {
	t.Helper()
	for _, lang := range message.Languages {
		p := message.For(lang)
		for _, line := range []string{p.Say(trouble.Reason), p.Say(trouble.Remedy)} {
			if line == "" || strings.ContainsAny(line, "\n\x1b") || strings.Contains(line, "<no value>") {
				t.Errorf("%s: %q is not a line", lang, line)
			}
		}
	}
	es := message.For("es")
	both := es.Say(trouble.Reason) + "\n" + es.Say(trouble.Remedy)
	for _, word := range words {
		if !strings.Contains(both, word) {
			t.Errorf("%q is not in\n%s", word, both)
		}
	}
}

func TestABrokenContextFile(t *testing.T) {
	s := setup{contexts: two, config: `{"currentContext":"lab"}`}
	env := s.environment(t)
	files, err := filepath.Glob(filepath.Join(configDir(env), "contexts", "meta", "*", "meta.json"))
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		put(t, file, "{")
	}
	_, err = Resolve(Options{Env: env})
	var trouble *Trouble
	if !errors.As(err, &trouble) || trouble.Kind != BadContext {
		t.Fatalf("got %v", err)
	}
	expectWords(t, trouble, "«lab»", "docker context use default")
}

func TestCustomHeaders(t *testing.T) {
	for _, test := range []struct {
		value string
		want  map[string]string
		bad   bool
	}{
		{value: "", want: map[string]string{"From": "file"}},
		{value: `x-one=1,"x-two=a,b"`, want: map[string]string{"X-One": "1", "X-Two": "a,b"}},
		{value: "x-one", bad: true},
		{value: "=1", bad: true},
		{value: `"x`, bad: true},
	} {
		s := setup{config: `{"HttpHeaders":{"From":"file"}}`, env: map[string]string{"DOCKER_CUSTOM_HEADERS": test.value}}
		target, err := Resolve(Options{Env: s.environment(t)})
		if err != nil {
			t.Fatal(err)
		}
		got, err := target.customHeaders()
		if (err != nil) != test.bad || len(got) != len(test.want) {
			t.Errorf("%q: %v, %v", test.value, got, err)
		}
		for name, value := range test.want {
			if got[name] != value {
				t.Errorf("%q: %v", test.value, got)
			}
		}
	}
}
