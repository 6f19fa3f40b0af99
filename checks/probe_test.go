package checks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

const twoFiles = "- {image: hola:1, files: {/taller/listo: {exists: true}, /taller/color: {contains: azul}}, run: {cmd: ls /taller}}"

func ownProbes(e *fakeEngine) []string {
	return slices.DeleteFunc(e.probesLeft(), func(name string) bool { return name == "/sonda" })
}

func TestProbesAreGoneAfterCtrlC(t *testing.T) {
	// at each request in turn, from the first to the last, the context ends
	for at := 1; ; at++ {
		e := exampleEngine()
		ctx, cancel := context.WithCancel(t.Context())
		var mu sync.Mutex
		seen := 0
		e.hook = func() {
			mu.Lock()
			defer mu.Unlock()
			if seen++; seen == at {
				cancel()
			}
		}
		f := NewFacts(e, Scope{})
		Evaluate(ctx, f, mustParse(t, twoFiles))
		if err := f.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
		cancel()
		if left := ownProbes(e); len(left) > 0 {
			t.Fatalf("interrupted at request %d: %v are left", at, left)
		}
		if seen < at {
			return
		}
	}
}

func TestProbeWhoseMakingIsNeverAnsweredIsRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := exampleEngine()
		ctx, cancel := context.WithCancel(t.Context())
		slow := slowEngine{fakeEngine: e, made: make(chan struct{})}
		f := NewFacts(slow, Scope{})
		list := mustParse(t, "- {image: hola:1, files: {/taller/listo: {exists: true}}}")
		var done sync.WaitGroup
		done.Go(func() { Evaluate(ctx, f, list) })
		synctest.Wait() // for the engine, which takes its time
		cancel()
		synctest.Wait()
		close(slow.made) // now it makes the container, for nobody
		done.Wait()
		if left := ownProbes(e); len(left) > 0 {
			t.Errorf("%v are left", left)
		}
	})
}

func TestWhoLeavesDoesNotWaitForAnEngineThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		slow := slowEngine{fakeEngine: exampleEngine(), made: make(chan struct{})}
		f := NewFacts(slow, Scope{})
		list := mustParse(t, "- {image: hola:1, files: {/taller/listo: {exists: true}}}")
		var done sync.WaitGroup
		done.Go(func() {
			Evaluate(ctx, f, list)
			_ = f.Close()
		})
		synctest.Wait()
		cancel()
		left := time.Now()
		done.Wait()
		if took := time.Since(left); took > probeHurry {
			t.Errorf("leaving took %v", took)
		}
		close(slow.made)
	})
}

type slowEngine struct {
	*fakeEngine
	made chan struct{}
}

func (e slowEngine) ContainerCreate(ctx context.Context, config *container.Config, host *container.HostConfig, net *network.NetworkingConfig, platform *ocispec.Platform, name string) (container.CreateResponse, error) {
	<-e.made
	return e.fakeEngine.ContainerCreate(context.WithoutCancel(ctx), config, host, net, platform, name)
}

func TestProbesAreGoneAfterAPanic(t *testing.T) {
	e := exampleEngine()
	list := append(mustParse(t, twoFiles), checkFunc(func(ctx context.Context, f *Facts) (Result, error) {
		img, _ := f.image(ctx, "hola:1")
		f.imageFile(ctx, img, "/taller/listo", false)
		panic("a bug of ours")
	}))
	bug := func() (v any) {
		defer func() { v = recover() }()
		Evaluate(t.Context(), NewFacts(e, Scope{}), list)
		return nil
	}()
	if !strings.Contains(fmt.Sprint(bug), "a bug of ours") || !strings.Contains(fmt.Sprint(bug), "probe_test.go") {
		t.Errorf("the panic did not come through with its place: %v", bug)
	}
	if left := ownProbes(e); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
}

func TestCloseTriesAgainWhatCouldNotBeRemoved(t *testing.T) {
	e := exampleEngine()
	f := NewFacts(e, Scope{})
	img, err := f.image(t.Context(), "hola:1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.imageFile(t.Context(), img, "/taller", false); err != nil {
		t.Fatal(err)
	}
	e.down = errors.New("busy")
	if err := f.Close(); !errors.Is(err, e.down) {
		t.Errorf("got %v", err)
	}
	e.down = nil
	if err := f.Close(); err != nil || len(ownProbes(e)) > 0 {
		t.Errorf("got %v, left %v", err, ownProbes(e))
	}
}

func TestProbeThatSomebodyRemovesIsUnknownNotFail(t *testing.T) {
	e := exampleEngine()
	e.hook = func() { // somebody who removes every container, all the time
		e.mu.Lock()
		defer e.mu.Unlock()
		e.containers = nil
	}
	results := ask(t, e, nil, "- {image: hola:1, files: {/taller/listo: {exists: true}}}")
	if got := Overall(results); got != Unknown {
		t.Errorf("got %v\n%s", got, feedback(t, results))
	}
}

func TestSweepRemovesOldProbesOnly(t *testing.T) {
	probe := func(name, label string, created time.Time) *fakeContainer {
		return &fakeContainer{Summary: container.Summary{ID: name, Names: []string{"/" + name}, Labels: map[string]string{ProbeLabel: label}, Created: created.Unix()}}
	}
	now := time.Now()
	old := now.Add(-11 * time.Minute)
	e := &fakeEngine{containers: []*fakeContainer{
		probe("old", fmt.Sprintf("1/%d", old.Unix()), now), // the engine's clock may be another one
		probe("new", fmt.Sprintf("1/%d", now.Unix()), old),
		probe("old-without-time", "1", old),
		probe("new-without-time", "", now),
	}}
	if err := Sweep(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if got, want := e.probesLeft(), []string{"/new", "/new-without-time"}; !slices.Equal(got, want) {
		t.Errorf("left %v, want %v", got, want)
	}
}
