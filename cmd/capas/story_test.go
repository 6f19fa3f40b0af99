package main

import (
	"errors"
	"flag"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"capas/internal/enginetest"
)

var update = flag.Bool("update", false, "rewrite the golden files of the stories")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"capas": main})
}

// Stories in testdata/*.txtar need no engine, those in testdata/engine do.
func TestStories(t *testing.T) { runStories(t, "testdata", nil) }

func TestStoriesWithAnEngine(t *testing.T) {
	runStories(t, "testdata/engine", func(env *testscript.Env) {
		env.Setenv("BASE", enginetest.Base(t))
		env.Setenv("NAME", enginetest.Name(t, "story"))
	})
}

func runStories(t *testing.T, dir string, more func(*testscript.Env)) {
	if found, _ := filepath.Glob(dir + "/*.txtar"); len(found) == 0 {
		t.Fatalf("found no stories in %s", dir)
	}
	testscript.Run(t, testscript.Params{
		Dir:           dir,
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir+"/home")
			env.Setenv("XDG_STATE_HOME", env.WorkDir+"/state")
			env.Setenv("CAPAS_WORKSPACE", env.WorkDir+"/work")
			env.Setenv("LANG", "es_ES.UTF-8")
			for _, name := range []string{"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"} {
				env.Setenv(name, os.Getenv(name))
			}
			if more != nil {
				more(env)
			}
			return os.MkdirAll(env.WorkDir+"/home", 0o755)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"deaf":  deaf,
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
