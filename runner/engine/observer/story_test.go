//go:build unix

package observer

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"capas/internal/enginetest"
	"capas/runner/registry"
)

// story is what somebody types, line by line.
type story struct {
	name  string
	lines []string
}

// docker is where a line calls the command.
var docker = regexp.MustCompile(`\bdocker [a-z]`)

func readStories(t *testing.T) (list []story, commands int) {
	t.Helper()
	text, err := os.ReadFile("testdata/commands.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		name, begins := strings.CutPrefix(line, "== ")
		switch {
		case line == "" || line[0] == '#':
		case begins:
			list = append(list, story{name: name})
		case len(list) == 0:
			t.Fatalf("a line before the first story: %s", line)
		default:
			list[len(list)-1].lines = append(list[len(list)-1].lines, line)
			commands += len(docker.FindAllString(line, -1))
		}
	}
	return list, commands
}

// clients are the docker commands of this machine: the one that a learner gets, and others that stand behind it.
func clients(t *testing.T) []string {
	t.Helper()
	var list []string
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		path, err := filepath.EvalSymlinks(filepath.Join(dir, "docker"))
		if err == nil && !slices.Contains(list, path) {
			list = append(list, path)
		}
	}
	switch {
	case len(list) > 0:
	case os.Getenv("CI") != "":
		t.Fatal("CI is set and there is no docker command")
	default:
		t.Skip("there is no docker command")
	}
	return list
}

// plug gives a docker with a home of its own the plugins of this machine's: buildx is one.
func plug(t *testing.T, home string) {
	t.Helper()
	plugins := filepath.Join(os.Getenv("DOCKER_CONFIG"), "cli-plugins")
	if _, err := os.Stat(plugins); os.Getenv("DOCKER_CONFIG") == "" || err != nil {
		return
	}
	if err := os.Symlink(plugins, filepath.Join(home, "cli-plugins")); err != nil {
		t.Fatal(err)
	}
}

// said is what came of a line.
type said struct {
	exit           int
	stdout, stderr string
}

// teller types a story on one side: through a socket, or without it.
type teller struct {
	dir    string
	env    []string
	exits  string // what the lines before have exported
	masked *strings.Replacer
}

// place is where stories are told.
type place struct {
	host     string // of the engine, as in DOCKER_HOST
	docker   string // the command
	registry string
	account  registry.Account
}

const patience = 90 * time.Second

// begin makes an image that the story may do anything with.
func begin(t *testing.T, at place) *teller {
	t.Helper()
	bin, home := t.TempDir(), t.TempDir()
	if err := os.Symlink(at.docker, filepath.Join(bin, "docker")); err != nil {
		t.Fatal(err)
	}
	plug(t, home)
	dir, name, label := t.TempDir(), enginetest.Name(t, "obs"), ""
	for key, value := range enginetest.Labels(t) {
		label = key + "=" + value
	}
	te := &teller{
		dir: dir,
		env: []string{
			"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + home, "DOCKER_CONFIG=" + home, "LC_ALL=C", "TZ=UTC", "DOCKER_HOST=" + at.host,
			"BASE=" + enginetest.Base(t), "N=" + name, "LABEL=" + label,
			"REGISTRY=" + at.registry, "ACCOUNT=" + at.account.User, "PASSWORD=" + at.account.Password,
		},
		masked: strings.NewReplacer(name, "N", label, "LABEL", dir, "WORK", home, "HOME", at.host, "HOST"),
	}
	made := te.line(t, `printf 'FROM %s\nLABEL %s n=%s\n' $BASE $LABEL $N | DOCKER_BUILDKIT=0 docker build -q -t $N -`)
	if made.exit != 0 {
		t.Fatalf("making the image: %+v", made)
	}
	return te
}

// line types one, and returns what was said without what is another each time.
func (te *teller) line(t *testing.T, line string) said {
	t.Helper()
	if strings.HasPrefix(line, "export ") {
		te.exits += line + "; "
		return said{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "sh", "-c", te.exits+line)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = te.dir, te.env, &stdout, &stderr
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	if ctx.Err() != nil || err != nil && !errors.As(err, &exit) {
		t.Errorf("$ %s\n%v, %v", line, err, ctx.Err())
	}
	return said{cmd.ProcessState.ExitCode(), te.mask(stdout.String()), te.mask(stderr.String())}
}

// hidden is what is another each time, and the word that stands for it.
var hidden = []struct {
	pattern *regexp.Regexp
	word    string
}{
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "ID"},
	{regexp.MustCompile(`\b[0-9a-f]{12}\b`), "ID"},
	{regexp.MustCompile(`\b(file|dir|multi):[0-9a-f]+…?`), "$1:ID"},
	{regexp.MustCompile(`\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z| ?[+-]\d\d:?\d\d)?`), "TIME"},
	{regexp.MustCompile(`\b(\d+|About an?|Less than a) (second|minute|hour|day|week|month)s?\b( ago)?`), "TIME"},
	{regexp.MustCompile(`docker-(import|export)-\d+`), "docker-$1-N"},
	{regexp.MustCompile(`\x1b\[\d*m`), ""}, // around each piece of what a RUN says
	{regexp.MustCompile(`buildkit-mount\d+`), "buildkit-mountN"},
	{regexp.MustCompile(`\b\d+(\.\d+)?s done`), "done"},
	{regexp.MustCompile(`(?m)^ID: (Waiting|Preparing|Verifying Checksum|Download complete|Pulling fs layer|Pull complete|Layer already exists|Pushed|Mounted from \S+|Already exists)\n`), ""}, // comes in any order, and if there is time for it
	{regexp.MustCompile(`(?m)^time=\S+ level=error msg="Can't .* closed pipe"\n`), ""},                                                                                                         // comes if the client still writes
	{regexp.MustCompile(`  +`), "  "}, // the width of a column is that of the longest time
}

func (te *teller) mask(text string) string {
	text = te.masked.Replace(text)
	for _, h := range hidden {
		text = h.pattern.ReplaceAllString(text, h.word)
	}
	return text
}
