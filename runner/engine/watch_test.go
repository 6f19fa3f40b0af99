package engine

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"

	"capas/checks"
	"capas/internal/enginetest"
)

const longest = 10 * time.Second // for anything that has to happen

func watch(t *testing.T, c source, workspace string) <-chan Change {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	changes, err := Watch(ctx, c, workspace)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		for range changes { // closed once everything has ended
		}
	})
	return changes
}

func expectChange(t *testing.T, changes <-chan Change, want What) Change {
	t.Helper()
	select {
	case c := <-changes:
		if c.What != want {
			t.Fatalf("change %b (%v), want %b", c.What, c.Err, want)
		}
		return c
	case <-time.After(longest):
		t.Fatalf("no change %b", want)
	}
	panic("unreachable")
}

func expectQuiet(t *testing.T, changes <-chan Change) {
	t.Helper()
	select {
	case c := <-changes:
		t.Fatalf("change %b (%v), want none", c.What, c.Err)
	case <-time.After(3 * quiet):
	}
}

func onContainer(action string, labels map[string]string) events.Message {
	return events.Message{Type: events.ContainerEventType, Action: events.Action(action), Actor: events.Actor{ID: "c1", Attributes: labels}}
}

func TestEventsOfTheEngine(t *testing.T) {
	t.Parallel()
	f := newFake()
	path := socketPath(t)
	serve(t, listen(t, "unix", path), f)
	changes := watch(t, clientAt(t, "unix://"+path), "")

	f.happen(t.Context(), onContainer("create", nil))
	f.happen(t.Context(), onContainer("start", nil))
	f.happen(t.Context(), events.Message{Type: events.ImageEventType, Action: events.ActionTag})
	expectChange(t, changes, Engine)
	expectQuiet(t, changes) // they were one change

	probe := map[string]string{checks.ProbeLabel: "x"}
	f.happen(t.Context(), onContainer("create", probe))
	f.happen(t.Context(), onContainer("destroy", probe))
	f.happen(t.Context(), onContainer("archive-path", nil))
	f.happen(t.Context(), onContainer("top: aux", nil))
	expectQuiet(t, changes)

	if asked := f.filters(); !strings.Contains(asked, `"container":true`) || !strings.Contains(asked, `"image":true`) {
		t.Errorf("it asked for %s", asked)
	}
}

func TestTheEngineGoesAndComesBack(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	c := clientAt(t, "unix://"+path)
	f := newFake()
	stop := serve(t, listen(t, "unix", path), f)
	changes := watch(t, c, "")
	for range 3 {
		stop()
		lost := expectChange(t, changes, Lost)
		if lost.Err == nil {
			t.Error("lost without a reason")
		}
		expectKind(t, Diagnose(t.Context(), targetAt(t, "unix://"+path), lost.Err), NotRunning)
		expectQuiet(t, changes) // it is said once, however often it is tried
		stop = serve(t, listen(t, "unix", path), f)
		expectChange(t, changes, Back)
		f.happen(t.Context(), onContainer("die", nil))
		expectChange(t, changes, Engine)
	}
}

func TestAnEngineThatIsNotThereYet(t *testing.T) {
	path := socketPath(t)
	changes := watch(t, clientAt(t, "unix://"+path), "")
	expectChange(t, changes, Lost)
	serve(t, listen(t, "unix", path), newFake())
	expectChange(t, changes, Back)
}

func TestAnEngineThatHangs(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("/_ping", pong)
	mux.HandleFunc("/", hang)
	for name, h := range map[string]http.Handler{"at once": http.HandlerFunc(hang), "when asked for events": mux} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := socketPath(t)
			serve(t, listen(t, "unix", path), h)
			changes := watch(t, clientAt(t, "unix://"+path), "")
			if c := expectChange(t, changes, Lost); !errors.Is(c.Err, context.DeadlineExceeded) {
				t.Errorf("lost for %v", c.Err)
			}
		})
	}
}

// TestEventsThatEndAtOnce shows that an engine which ends every stream is not asked in a busy loop.
func TestEventsThatEndAtOnce(t *testing.T) {
	t.Parallel()
	asked := make(chan time.Time, 100)
	mux := http.NewServeMux()
	mux.HandleFunc("/_ping", pong)
	mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) { asked <- time.Now() })
	path := socketPath(t)
	serve(t, listen(t, "unix", path), mux)
	changes := watch(t, clientAt(t, "unix://"+path), "")
	go func() {
		for range changes {
		}
	}()
	last := <-asked
	for wait := firstWait; wait <= 4*firstWait; wait *= 2 {
		now := <-asked
		if now.Sub(last) < wait {
			t.Errorf("asked again after %v, want %v at least", now.Sub(last), wait)
		}
		last = now
	}
}

func TestTheWorkspace(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	serve(t, listen(t, "unix", path), newFake())
	work := filepath.Join(t.TempDir(), "capas", "build")
	changes := watch(t, clientAt(t, "unix://"+path), work)

	expectQuiet(t, changes)
	put(t, filepath.Join(filepath.Dir(filepath.Dir(work)), "beside"), "x")
	expectQuiet(t, changes) // not in the workspace
	if err := os.MkdirAll(work, 0o755); err != nil {
		t.Fatal(err)
	}
	expectChange(t, changes, Workspace)
	put(t, filepath.Join(work, "Dockerfile"), "FROM scratch")
	expectChange(t, changes, Workspace)
	put(t, filepath.Join(work, "site", "css", "a.css"), "x") // folders made at once
	expectChange(t, changes, Workspace)
	put(t, filepath.Join(work, "site", "css", "a.css"), "y")
	expectChange(t, changes, Workspace)
	if err := os.RemoveAll(work); err != nil {
		t.Fatal(err)
	}
	expectChange(t, changes, Workspace)
	put(t, filepath.Join(work, "Dockerfile"), "FROM scratch")
	expectChange(t, changes, Workspace)
	put(t, filepath.Join(work, "Dockerfile"), "FROM base")
	expectChange(t, changes, Workspace)
	if err := os.Rename(work, work+"2"); err != nil {
		t.Fatal(err)
	}
	expectChange(t, changes, Workspace)
	put(t, filepath.Join(work, "again"), "x")
	expectChange(t, changes, Workspace)
	if err := os.RemoveAll(filepath.Dir(work)); err != nil {
		t.Fatal(err)
	}
	expectChange(t, changes, Workspace)
	put(t, filepath.Join(work, "again"), "x")
	expectChange(t, changes, Workspace)
}

func TestDebounce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		in, out := make(chan Change), make(chan Change)
		go debounce(ctx, in, out)
		expectAfter := func(began time.Time, d time.Duration, what What) {
			t.Helper()
			c := <-out
			if got := time.Since(began); c.What != what || got != d {
				t.Errorf("change %b after %v, want %b after %v", c.What, got, what, d)
			}
		}

		began := time.Now()
		in <- Change{What: Engine}
		time.Sleep(quiet / 2)
		in <- Change{What: Workspace}
		expectAfter(began, quiet/2+quiet, Engine|Workspace)

		began = time.Now() // one that never gets quiet
		go func() {
			for range 40 {
				in <- Change{What: Engine}
				time.Sleep(quiet / 2)
			}
		}()
		expectAfter(began, latest, Engine)
		for time.Since(began) < 40*quiet/2 {
			<-out
		}

		began = time.Now() // news do not wait, and the newest stands for all
		in <- Change{What: Engine}
		in <- Change{What: Lost}
		expectAfter(began, 0, Lost)
		in <- Change{What: Lost}
		in <- Change{What: Back}
		expectAfter(began, 0, Back)
		expectAfter(began, quiet, Engine)

		cancel()
		synctest.Wait()
	})
}

// relay stands in front of the real engine, and can be cut.
func relay(t *testing.T, path, to string) (cut func()) {
	t.Helper()
	l := listen(t, "unix", path)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", to)
			if err != nil {
				_ = near.Close()
				continue
			}
			context.AfterFunc(ctx, func() { _ = near.Close(); _ = far.Close() })
			go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
			go func() { _, _ = io.Copy(near, far); _ = near.Close() }()
		}
	}()
	cut = func() {
		_ = l.Close()
		cancel()
	}
	t.Cleanup(cut)
	return cut
}

// TestTheRealEngineGoesAndComesBack follows a real engine, which other tests use at the same time: what it tells may be theirs.
func TestTheRealEngineGoesAndComesBack(t *testing.T) {
	t.Parallel()
	real := enginetest.Client(t)
	socket, ok := strings.CutPrefix(real.DaemonHost(), "unix://")
	if !ok {
		t.Skipf("the engine is at %s, not at a socket", real.DaemonHost())
	}
	path := socketPath(t)
	cut := relay(t, path, socket)
	changes := watch(t, clientAt(t, "unix://"+path), "")

	image := enginetest.Base(t)
	touch := func() {
		name := enginetest.Name(t, "watch")
		c, err := real.ContainerCreate(t.Context(), &container.Config{Image: image, Cmd: []string{"true"}, Labels: enginetest.Labels(t)}, nil, nil, nil, name)
		if err != nil {
			t.Fatal(err)
		}
		if err := real.ContainerRemove(t.Context(), c.ID, container.RemoveOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	touch()
	expectAmong(t, changes, Engine)
	cut()
	expectAmong(t, changes, Lost)
	relay(t, path, socket)
	expectAmong(t, changes, Back)
	touch()
	expectAmong(t, changes, Engine)
}

// expectAmong passes over what others do on the same engine.
func expectAmong(t *testing.T, changes <-chan Change, want What) {
	t.Helper()
	deadline := time.After(longest)
	for {
		select {
		case c := <-changes:
			if c.What&want != 0 {
				return
			}
		case <-deadline:
			t.Fatalf("no change %b", want)
		}
	}
}
