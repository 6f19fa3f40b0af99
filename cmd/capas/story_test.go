package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"capas/internal/enginetest"
	"capas/runner/engine/embedded"
)

var update = flag.Bool("update", false, "rewrite the golden files of the stories")

func TestMain(m *testing.M) {
	embedded.Init()
	if filepath.Base(os.Args[0]) == dockerName { // a story links to this program by that name
		main()
	}
	testscript.Main(m, programs)
}

// programs are what stories and tests run by these names.
var programs = map[string]func(){"capas": main}

// Stories in testdata/*.txtar need no engine, those in testdata/engine do.
func TestStories(t *testing.T) { runStories(t, "testdata", nil) }

func TestStoriesWithAnEngine(t *testing.T) {
	runStories(t, "testdata/engine", func(env *testscript.Env) {
		env.Setenv("BASE", enginetest.Base(t))
		env.Setenv("NAME", enginetest.Name(t, "story"))
		env.Setenv("LABEL", enginetest.Label+"="+enginetest.Labels(t)[enginetest.Label])
		env.Setenv("ENGINE", enginetest.Client(t).DaemonHost())
		env.Setenv("MIRROR", freeAddress(t))
		env.Setenv("REGISTRY", freeAddress(t))
	})
}

// freeAddress is one of this machine that nobody listens at.
func freeAddress(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprintf("localhost:%d", l.Addr().(*net.TCPAddr).Port)
}

func runStories(t *testing.T, dir string, more func(*testscript.Env)) {
	if found, _ := filepath.Glob(dir + "/*.txtar"); len(found) == 0 {
		t.Fatalf("found no stories in %s", dir)
	}
	self, err := exec.LookPath("capas")
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Dir(self)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           dir,
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir+"/home")
			env.Setenv("XDG_STATE_HOME", env.WorkDir+"/state")
			env.Setenv("CAPAS_WORKSPACE", env.WorkDir+"/work")
			env.Setenv("LANG", "es_ES.UTF-8")
			env.Setenv("BIN", bin)
			env.Setenv("SELF", program)
			for _, name := range []string{"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"} {
				env.Setenv(name, os.Getenv(name))
			}
			if more != nil {
				more(env)
			}
			return os.MkdirAll(env.WorkDir+"/home", 0o755)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exits,
			"deaf":     deaf,
			"says":     says,
			"pretends": pretends,
			"context":  dockerContext,
		},
		Condition: func(name string) (bool, error) {
			if name != "root" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			return os.Geteuid() == 0, nil
		},
	})
}

// exits runs a program that must end with a code: exits 3 capas check …
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var failed *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &failed) {
		got = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s ended with %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// deaf opens a socket that takes every call and never answers, and points the variable at it: deaf DOCKER_HOST
func deaf(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: deaf VARIABLE")
	}
	dir, err := os.MkdirTemp("", "deaf") // short: it holds a socket
	ts.Check(err)
	l, err := net.Listen("unix", dir+"/s")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close(); _ = os.RemoveAll(dir) })
	ts.Setenv(args[0], "unix://"+dir+"/s")
}

// says looks for a text in what the program printed last, wherever its lines were broken: says 'Todo está bien.'
func says(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: says TEXT")
	}
	text := strings.Join(strings.Fields(ts.ReadFile("stdout")), " ")
	if strings.Contains(text, args[0]) == neg {
		ts.Fatalf("%q, found: %v, in\n%s", args[0], neg, text)
	}
}

// pretends opens a socket behind which an engine says of itself what a file holds, and points the variable at it: a JSON object with
// "version" and "info", as the engine's API has them, in which $NAMES stand for the environment and $MACHINE for the name of this
// machine. What follows are headers of its ping: pretends DOCKER_HOST engine.json Builder-Version=2
func pretends(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: pretends VARIABLE FILE [HEADER=VALUE…]")
	}
	name, err := os.Hostname()
	ts.Check(err)
	text := os.Expand(ts.ReadFile(args[1]), func(key string) string {
		if key == "MACHINE" {
			return name
		}
		return ts.Getenv(key)
	})
	var says struct{ Version, Info json.RawMessage }
	ts.Check(json.Unmarshal([]byte(text), &says))
	dir, err := os.MkdirTemp("", "engine") // short: it holds a socket
	ts.Check(err)
	l, err := net.Listen("unix", dir+"/s")
	ts.Check(err)
	s := &http.Server{Handler: engineOf(says.Version, says.Info, args[2:])}
	go func() { _ = s.Serve(l) }()
	ts.Defer(func() { _ = s.Close(); _ = os.RemoveAll(dir) })
	ts.Setenv(args[0], "unix://"+dir+"/s")
}

// engineOf says of itself what it is given; headers are those of its ping.
func engineOf(version, info any, headers []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.41")
		for _, h := range headers {
			key, value, _ := strings.Cut(h, "=")
			w.Header().Set(key, value)
		}
		switch path.Base(r.URL.Path) {
		case "version":
			_ = json.NewEncoder(w).Encode(version)
		case "info":
			_ = json.NewEncoder(w).Encode(info)
		}
	})
}

// dockerContext keeps a context as «docker context create» does: context lab tcp://lab.example:2376
func dockerContext(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: context NAME HOST")
	}
	ts.Check(writeContext(ts.Getenv("HOME"), args[0], args[1]))
}

func writeContext(home, name, host string) error {
	dir := filepath.Join(home, ".docker", "contexts", "meta", fmt.Sprintf("%x", sha256.Sum256([]byte(name))))
	meta, err := json.Marshal(map[string]any{"Name": name, "Metadata": map[string]any{}, "Endpoints": map[string]any{"docker": map[string]any{"Host": host}}})
	return errors.Join(err, os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "meta.json"), meta, 0o644))
}
