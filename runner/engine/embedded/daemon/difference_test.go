//go:build linux

package daemon

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/docker/docker/client"

	"capas/internal/enginetest"
	"capas/runner/registry"
)

// fewest is how many docker commands the stories must hold in all.
const fewest = 250

// oracle is the version of the engine that the list of known differences is about.
const oracle = "20.10"

// TestDifference runs every story of testdata/difference with the docker command on this engine and on the one of the environment, and
// compares command by command what was said, where, and with which exit code. What is known to differ stands in known.txt: what differs
// beside that fails, and what no longer does as well.
func TestDifference(t *testing.T) {
	stories := readStories(t)
	known := readKnown(t)
	theirs := enginetest.Client(t)
	v, err := theirs.ServerVersion(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(v.Version, oracle+".") {
		t.Skipf("the engine of the environment is %s, and known.txt is about %s", v.Version, oracle)
	}
	ours := serve(t, t.TempDir()).withBase()
	a, b := newSide(t, theirs, enginetest.Base(t)), newSide(t, ours.client, base)
	t.Run("stories", func(t *testing.T) {
		for name, s := range stories {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s.compare(t, a, b, known)
				known.told(name)
			})
		}
	})
	known.wantAllSeen(t, len(stories))
}

func TestTheStoriesAreMany(t *testing.T) {
	count := 0
	for _, s := range readStories(t) {
		count += s.commands
	}
	if count < fewest {
		t.Errorf("%d docker commands in testdata/difference, want %d", count, fewest)
	}
}

// side is one of the two engines that are compared.
type side struct {
	host     string
	root     string // where it keeps its state
	base     string // the practice base there
	registry string // one of its own: what the other pushed would be there already
	account  registry.Account
}

func newSide(t *testing.T, c *client.Client, base string) *side {
	t.Helper()
	info, err := c.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	address, err := registry.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	s := &side{
		host: c.DaemonHost(), root: info.DockerRootDir, base: base,
		registry: address, account: registry.Account{User: "ana", Password: "secreto-123"},
	}
	m, err := registry.Join(t.Context(), registry.Config{Dir: t.TempDir(), Registry: address, Account: s.account})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Leave(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// compare tells a story on both sides at once.
func (s *story) compare(t *testing.T, a, b *side, known *known) {
	names := s.names(t)
	var told [2][]said
	var telling sync.WaitGroup
	for i, on := range []*side{a, b} {
		teller := newTeller(t, s, on, names)
		telling.Go(func() { told[i] = teller.tell(t.Context()) })
	}
	telling.Wait()
	for i, command := range s.lines {
		for _, d := range differences(told[0][i], told[1][i], known) {
			if !known.command(s.name, command) {
				t.Errorf("$ %s\n%s", command, d)
			}
		}
	}
}

// names gives every variable that a story uses and does not set a random name, the same on both engines.
func (s *story) names(t *testing.T) map[string]string {
	t.Helper()
	names := map[string]string{"BASE": enginetest.Name(t, "base"), "LABEL": enginetest.Label + "=" + enginetest.Name(t, s.name)}
	for _, variable := range s.unset {
		names[variable] = enginetest.Name(t, strings.ToLower(variable))
	}
	return names
}

// begin gives a story a base of its own that carries its label, so that whatever is made from it does, and that has a layer of its own:
// whether a layer goes with an image must not depend on what another story has.
func (r *teller) begin(t *testing.T, base string) {
	t.Helper()
	made := r.line(t.Context(), `printf 'FROM `+base+`\nLABEL %s\nRUN echo %s >/etc/story\n' "$LABEL" "$LABEL" | docker build -q -t $BASE -`)
	if made.err != nil || made.exit != 0 {
		t.Fatalf("making the base: exit %d, %v\n%s", made.exit, made.err, made.stderr)
	}
}

// clean removes what a story made: what carries its label, and the volumes and images that have its names. On the engine of the
// environment others are at work.
func (r *teller) clean(t *testing.T, names map[string]string) {
	ctx := context.WithoutCancel(t.Context())
	all := slices.Sorted(maps.Values(names))
	var filters []string
	for _, name := range all {
		filters = append(filters, "--filter reference="+name, "--filter reference=$REGISTRY/"+name)
	}
	for _, line := range []string{
		"docker rm -fv $(docker ps -aq --filter label=$LABEL)",
		"docker volume rm -f $(docker volume ls -q --filter label=$LABEL) " + strings.Join(all, " "),
		"docker rmi -f $(docker images -q " + strings.Join(filters, " ") + ")",
		"docker rmi -f $(docker images -aq --filter label=$LABEL)",
	} {
		r.line(ctx, line)
	}
}

// workspace makes the folder that a story is told in, with the name of its base where a file says ${BASE}. The files are as old as each
// other: their times are part of a layer.
func workspace(t *testing.T, files map[string][]byte, base string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		content = bytes.ReplaceAll(content, []byte("${BASE}"), []byte(base))
		if err := os.WriteFile(file, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chtimes(name, longAgo, longAgo)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
