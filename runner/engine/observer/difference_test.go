//go:build unix

package observer

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"capas/internal/enginetest"
	"capas/runner/registry"
)

// fewest is how many docker commands the stories must hold in all.
const fewest = 100

// each is the story that every docker command of the machine tells, since only some have BuildKit: the others are told by the learner's.
const each = "buildkit"

// TestDockerBehavesTheSame types every story through the socket and without it, and compares what docker says, where, and its exit code.
func TestDockerBehavesTheSame(t *testing.T) {
	t.Parallel()
	stories, commands := readStories(t)
	if commands < fewest {
		t.Errorf("%d docker commands in the stories, want %d", commands, fewest)
	}
	engine := enginetest.Client(t)
	path, seen := observe(t, engine.Dialer())
	bare := place{host: engine.DaemonHost(), account: registry.Account{User: "ana", Password: "secreto-123"}}
	bare.registry = serveRegistry(t, bare.account)
	var telling sync.WaitGroup
	for i, docker := range clients(t) {
		for _, s := range stories {
			if i > 0 && s.name != each {
				continue
			}
			observed, bare := bare, bare
			observed.host, observed.docker, bare.docker = "unix://"+path, docker, docker
			telling.Go(func() { // all at once: they wait for the engine most of the time
				t.Run(s.name+filepath.Dir(docker), func(t *testing.T) { s.compare(t, observed, bare) })
			})
		}
	}
	telling.Wait()
	seen.wait(t, "all that began has ended", func() bool { return len(seen.ended()) == seen.began() })
	if len(seen.verbs()) == 0 {
		t.Error("nothing was told")
	}
}

func serveRegistry(t *testing.T, account registry.Account) (address string) {
	t.Helper()
	address, err := registry.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	m, err := registry.Join(t.Context(), registry.Config{Dir: t.TempDir(), Registry: address, Account: account})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Leave(); err != nil {
			t.Error(err)
		}
	})
	return address
}

// compare tells a story on both sides at once.
func (s story) compare(t *testing.T, observed, bare place) {
	var told [2][]said
	var telling sync.WaitGroup
	for i, at := range []place{bare, observed} {
		te := begin(t, at)
		telling.Go(func() {
			for _, line := range s.lines {
				told[i] = append(told[i], te.line(t, line))
			}
		})
	}
	telling.Wait()
	for i, line := range s.lines {
		a, b := told[0][i], told[1][i]
		if a.exit != b.exit {
			t.Errorf("$ %s\nexit code %d, and through the socket %d", line, a.exit, b.exit)
		}
		for _, d := range [][]byte{
			diff.Diff("output", []byte(a.stdout), "output through the socket", []byte(b.stdout)),
			diff.Diff("errors", []byte(a.stderr), "errors through the socket", []byte(b.stderr)),
		} {
			if d != nil {
				t.Errorf("$ %s\n%s", line, d)
			}
		}
		t.Logf("$ %s\n%d\n%s%s", line, a.exit, a.stdout, a.stderr)
	}
}
