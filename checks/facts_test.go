package checks

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/docker/docker/api/types/container"
)

const tenAssertions = `
- image: hola:1
  from: base:1
  layers: ">= 3"
  size: "< 20MB"
  history: RUN touch
  config: {workdir: /taller, user: app}
  files:
    /taller/listo: {exists: true, type: file, mode: "0644"}
    /taller/color: {contains: azul, owner: "1000", size: "> 0"}
`

func TestTenAssertionsAskEachThingOnce(t *testing.T) {
	e := exampleEngine()
	results := ask(t, e, nil, tenAssertions)
	if len(results) < 10 || Overall(results) != Pass {
		t.Fatalf("%d results\n%s", len(results), feedback(t, results))
	}
	want := map[string]int{
		"inspect hola:1": 1, "inspect base:1": 1, "history": 1, "create": 1,
		"HEAD /taller/listo": 1, "GET /taller/color": 1, "remove": 1,
	}
	if got := e.asked(); !maps.Equal(got, want) {
		t.Errorf("asked %v\nwant  %v", got, want)
	}
}

func TestOnlyWhatIsNeededIsAsked(t *testing.T) {
	for spec, want := range map[string][]string{
		"- image: hola:1":              {"inspect hola:1"},
		"- {image: hola:1, layers: 3}": {"inspect hola:1"},
		"- {image: hola:3, layers: 3, files: {/a: {exists: true}}}":              {"images", "inspect hola:3"},
		"- {images: {reference: 'hola:*'}, count: 2}\n- images: {label: autora}": {"images"},
		"- container: {name: web}":                                         {"container"},
		"- container: {name: caf}":                                         {"containers", "containers name", "images"},
		"- {container: {name: web}, state: running}":                       {"container"},
		"- {container: {label: papel, image: hola:1}, count: 1}":           {"containers label", "inspect hola:1"},
		"- {container: {image: hola:1}, count: 2}":                         {"containers ancestor", "inspect hola:1"},
		"- container: {image: hola:3}":                                     {"container", "containers", "images", "inspect hola:3"},
		"- container: {name: wab}":                                         {"container", "containers"},
		"- {container: {name: tarea}, exit: 0, logs: listo}":               {"container", "logs"},
		"- {image: hola:1, files: {/nada/x: {exists: true, mode: '600'}}}": {"GET /nada", "HEAD /", "HEAD /nada", "HEAD /nada/x", "HEAD /taller/x", "HEAD /x", "create", "history", "inspect hola:1", "remove"},
	} {
		e := exampleEngine()
		ask(t, e, nil, spec)
		if got := slices.Sorted(maps.Keys(e.asked())); !slices.Equal(got, want) {
			t.Errorf("%s\nasked %v\nwant  %v", spec, got, want)
		}
	}
}

// ending is an engine on which a container ends while its containers are listed.
type ending struct {
	Engine
	lists atomic.Int32
}

func (e *ending) ContainerList(ctx context.Context, opts container.ListOptions) ([]container.Summary, error) {
	if e.lists.Add(1) == 1 {
		return nil, errors.New("Error response from daemon: read /proc/4321/cgroup: no such process")
	}
	return e.Engine.ContainerList(ctx, opts)
}

func TestAContainerThatEndsMeanwhileHidesNoOther(t *testing.T) {
	e := &ending{Engine: exampleEngine()}
	if results := ask(t, e, nil, "- container: {label: papel}"); Overall(results) != Pass || e.lists.Load() != 2 {
		t.Errorf("after %d lists: %s", e.lists.Load(), feedback(t, results))
	}
}

// Podman says more of the moments between two states than Docker does.
func TestStatesOfPodman(t *testing.T) {
	for said, state := range map[string]string{"configured": "created", "initialized": "created", "stopping": "running", "stopped": "exited"} {
		for _, which := range []string{"name: tarea", "image: hola:1"} {
			e := exampleEngine()
			for _, c := range e.containers {
				c.State = said
			}
			spec := "- {container: {" + which + "}, state: " + state + "}"
			if state == "exited" {
				spec += "\n- {container: {" + which + "}, exit: 0}"
			}
			if results := ask(t, e, nil, spec); Overall(results) != Pass {
				t.Errorf("%s of one that is %s: %s", spec, said, feedback(t, results))
			}
		}
	}
}

// alike is an engine on which several ids begin as a name does.
type alike struct{ Engine }

func (alike) ContainerInspect(context.Context, string) (container.InspectResponse, error) {
	return container.InspectResponse{}, errors.New("Error response from daemon: multiple IDs found with provided prefix: db")
}

func TestANameThatBeginsIDs(t *testing.T) {
	if results := ask(t, alike{&fakeEngine{}}, nil, "- container: {name: db}"); Overall(results) != Fail {
		t.Error(feedback(t, results))
	}
}

func TestMemoAsksOnceForMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memo[int]
		var asked atomic.Int32
		answer := make(chan int)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				got, err := m.get(t.Context(), "k", func(context.Context) (int, error) { asked.Add(1); return <-answer, nil })
				if got != 7 || err != nil {
					t.Errorf("got %d, %v", got, err)
				}
			})
		}
		synctest.Wait()
		answer <- 7
		all.Wait()
		if asked.Load() != 1 {
			t.Errorf("asked %d times", asked.Load())
		}
	})
}

func TestMemoLetsWhoeverStillWaitsAskAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memo[int]
		impatient, stop := context.WithCancel(t.Context())
		go m.get(impatient, "k", func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
		synctest.Wait()
		var got int
		var err error
		var patient sync.WaitGroup
		patient.Go(func() { got, err = m.get(t.Context(), "k", func(context.Context) (int, error) { return 7, nil }) })
		synctest.Wait()
		stop()
		patient.Wait()
		if got != 7 || err != nil {
			t.Errorf("the one that waited got %d, %v", got, err)
		}
	})
}

func TestMemoDoesNotWaitLongerThanItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memo[int]
		never := make(chan int)
		go m.get(t.Context(), "k", func(context.Context) (int, error) { return <-never, nil })
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		var err error
		var impatient sync.WaitGroup
		impatient.Go(func() { _, err = m.get(ctx, "k", nil) })
		synctest.Wait()
		cancel()
		impatient.Wait()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		never <- 1
	})
}

func TestMemoKeepsAnErrorAndSurvivesAPanic(t *testing.T) {
	var m memo[int]
	broken := errors.New("broken")
	if _, err := m.get(t.Context(), "k", func(context.Context) (int, error) { return 0, broken }); err != broken {
		t.Errorf("got %v", err)
	}
	if _, err := m.get(t.Context(), "k", nil); err != broken { // asking again would call nil
		t.Errorf("the second time: %v", err)
	}
	func() {
		defer func() { recover() }()
		m.get(t.Context(), "p", func(context.Context) (int, error) { panic("a bug") })
	}()
	if got, err := m.get(t.Context(), "p", func(context.Context) (int, error) { return 7, nil }); got != 7 || err != nil {
		t.Errorf("after a panic: %d, %v", got, err)
	}
}

func TestWhatIsNeverAnsweredIsUnknownInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memo[int]
		asked := 0
		for range 2 {
			_, err := m.get(t.Context(), "", func(ctx context.Context) (int, error) {
				asked++
				<-ctx.Done()
				return 0, ctx.Err()
			})
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		}
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
}
