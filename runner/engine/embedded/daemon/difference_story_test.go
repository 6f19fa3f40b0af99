//go:build linux

package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"

	"capas/runner/registry"
)

// patience is how long one line of a story may take on a machine that does much else.
const patience = 2 * time.Minute

// apiVersion is the one that both engines speak: the older one's newest.
const apiVersion = "1.41"

// longAgo is the time of every file that a story begins with.
var longAgo = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// given are the variables that a story finds set, beside one with a random name for every other that it uses.
var given = []string{"BASE", "LABEL", "REGISTRY", "PORT", "USER", "PASSWORD", "PWD"}

// variable is a name that a story may use; others are the shell's own.
var variable = regexp.MustCompile(`^[A-Z]+$`)

// story is a shell script of docker commands, and the files that it finds.
type story struct {
	name     string
	lines    []string // one a command
	commands int      // those that are docker's
	unset    []string
	files    map[string][]byte
}

func readStories(t *testing.T) map[string]*story {
	t.Helper()
	files, err := filepath.Glob("testdata/difference/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no stories: %v", err)
	}
	stories := map[string]*story{}
	for _, file := range files {
		s, err := readStory(file)
		if err != nil {
			t.Fatal(err)
		}
		stories[s.name] = s
	}
	return stories
}

func readStory(file string) (*story, error) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		return nil, err
	}
	s := &story{name: strings.TrimSuffix(filepath.Base(file), ".txtar"), files: map[string][]byte{}}
	for _, f := range archive.Files {
		s.files[f.Name] = f.Data
	}
	script, err := syntax.NewParser().Parse(bytes.NewReader(archive.Comment), file)
	if err != nil {
		return nil, err
	}
	for _, stmt := range script.Stmts {
		s.lines = append(s.lines, string(archive.Comment[stmt.Pos().Offset():stmt.End().Offset()]))
	}
	s.study(script)
	return s, nil
}

// study counts the docker commands of a script and finds the variables that it leaves to others.
func (s *story) study(script *syntax.File) {
	set := slices.Clone(given)
	syntax.Walk(script, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CallExpr:
			if len(n.Args) > 0 && n.Args[0].Lit() == "docker" {
				s.commands++
			}
		case *syntax.Assign:
			set = append(set, n.Name.Value)
		case *syntax.ForClause:
			if each, ok := n.Loop.(*syntax.WordIter); ok {
				set = append(set, each.Name.Value)
			}
		case *syntax.ParamExp:
			name := n.Param.Value
			if variable.MatchString(name) && !slices.Contains(set, name) && !slices.Contains(s.unset, name) {
				s.unset = append(s.unset, name)
			}
		}
		return true
	})
}

// said is what came of one line.
type said struct {
	exit           int
	stdout, stderr string
	err            error // of the shell that ran it
}

// teller runs a story on one engine.
type teller struct {
	story          *story
	masks          *strings.Replacer
	shell          *interp.Runner
	stdout, stderr bytes.Buffer
}

func newTeller(t *testing.T, s *story, on *side, names map[string]string) *teller {
	t.Helper()
	dir, home, port := workspace(t, s.files, names["BASE"]), t.TempDir(), freePort(t)
	r := &teller{story: s, masks: strings.NewReplacer(
		on.registry, "REGISTRY", "127.0.0.1:"+port, "127.0.0.1:PORT", `"`+port+`"`, `"PORT"`, dir, "WORK", home, "HOME", on.host, "HOST", on.root, "ROOT",
	)}
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "LC_ALL=C", "TZ=UTC",
		"DOCKER_HOST=" + on.host, "DOCKER_CONFIG=" + home, "DOCKER_BUILDKIT=0", "DOCKER_API_VERSION=" + apiVersion,
		"REGISTRY=" + on.registry, "USER=" + on.account.User, "PASSWORD=" + on.account.Password, "PORT=" + port,
	}
	for name, value := range names {
		env = append(env, name+"="+value)
	}
	var err error
	r.shell, err = interp.New(interp.Dir(dir), interp.Env(expand.ListEnviron(env...)), interp.StdIO(nil, &r.stdout, &r.stderr))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.clean(t, names) })
	r.begin(t, on.base)
	return r
}

func freePort(t *testing.T) string {
	t.Helper()
	address, err := registry.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(address)
	return port
}

func (r *teller) tell(ctx context.Context) []said {
	var all []said
	for _, line := range r.story.lines {
		result := r.line(ctx, line)
		result.stdout, result.stderr = mask(r.masks.Replace(result.stdout)), mask(r.masks.Replace(result.stderr))
		all = append(all, result)
	}
	return all
}

// line runs one command. What it sets is there for the next.
func (r *teller) line(ctx context.Context, line string) said {
	r.stdout.Reset()
	r.stderr.Reset()
	script, err := syntax.NewParser().Parse(strings.NewReader(line), "")
	if err != nil {
		return said{err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = r.shell.Run(ctx, script)
	if ctx.Err() != nil {
		err = fmt.Errorf("it took more than %v: %w", patience, ctx.Err())
	}
	result := said{stdout: r.stdout.String(), stderr: r.stderr.String()}
	if exit := interp.ExitStatus(0); errors.As(err, &exit) {
		result.exit = int(exit)
		return result
	}
	result.err = err
	return result
}
