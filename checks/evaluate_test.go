package checks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/client"
)

func TestOverall(t *testing.T) {
	for want, lists := range map[Verdict][][]Verdict{
		Pass:    {{Pass}, {Pass, Pass}},
		Fail:    {{Fail}, {Pass, Fail}, {Unknown, Fail}, {Fail, Unknown, Pass}},
		Unknown: {{}, {Unknown}, {Pass, Unknown}},
	} {
		for _, list := range lists {
			var results []Result
			for _, v := range list {
				results = append(results, Result{Verdict: v})
			}
			if got := Overall(results); got != want {
				t.Errorf("%v: got %v, want %v", list, got, want)
			}
		}
	}
}

func TestVerdictIsWrittenAsAWord(t *testing.T) {
	for v, want := range map[Verdict]string{Unknown: "unknown", Fail: "fail", Pass: "pass"} {
		if got, err := v.MarshalText(); string(got) != want || err != nil {
			t.Errorf("%d is written %q, %v", v, got, err)
		}
	}
}

// checkFunc is a check for tests.
type checkFunc func(context.Context, *Facts) (Result, error)

func (c checkFunc) Eval(ctx context.Context, f *Facts) (Result, error) { return c(ctx, f) }

func TestEvaluateKeepsTheOrder(t *testing.T) {
	var list []Check
	for i := range 100 {
		list = append(list, checkFunc(func(context.Context, *Facts) (Result, error) {
			return Result{Verdict: Verdict(i % 3), Err: fmt.Errorf("%d", i)}, nil
		}))
	}
	for i, r := range Evaluate(t.Context(), NewFacts(exampleEngine(), Scope{}), list) {
		if r.Err.Error() != fmt.Sprint(i) {
			t.Fatalf("result %d is of check %v", i, r.Err)
		}
	}
}

func TestEvaluateAsksNoMoreAtOnceThanItMay(t *testing.T) {
	var now, most atomic.Int32
	check := checkFunc(func(ctx context.Context, f *Facts) (Result, error) {
		most.Store(max(most.Load(), now.Add(1)))
		defer now.Add(-1)
		_, err := f.allContainers(ctx)
		return Result{Verdict: Pass}, err
	})
	Evaluate(t.Context(), NewFacts(exampleEngine(), Scope{}), slices.Repeat([]Check{check}, 200))
	if most.Load() > atOnce {
		t.Errorf("%d at once", most.Load())
	}
}

// everySpec asks all that can be asked of one engine.
func everySpec() string {
	var all strings.Builder
	for _, k := range Kinds() {
		if asksEngine(k) {
			all.WriteString("- " + k.Holds + "\n- " + k.Fails + "\n")
		}
	}
	return all.String()
}

func TestWhatCannotBeAskedIsUnknownAndSaysWhy(t *testing.T) {
	for name, tt := range map[string]struct {
		down error
		want string
	}{
		//lint:ignore SA1019 the only way to make the error that the client makes
		"not running":   {client.ErrorConnectionFailed("unix:///nowhere"), "no está en marcha"},
		"no permission": {fmt.Errorf("dial: %w", syscall.EACCES), "no tiene permiso"},
		"refused":       {fmt.Errorf("an authorization plugin: %w", errdefs.ErrPermissionDenied), "no tiene permiso"},
		"too slow":      {fmt.Errorf("asking: %w", context.DeadlineExceeded), "no ha respondido a tiempo"},
		"interrupted":   {fmt.Errorf("asking: %w", context.Canceled), "se interrumpió"},
		"broken":        {errors.New("500: disk full"), "500: disk full"},
	} {
		t.Run(name, func(t *testing.T) {
			e := exampleEngine()
			e.down = tt.down
			f := NewFacts(e, Scope{Baseline: exampleBaseline()})
			results := Evaluate(t.Context(), f, mustParse(t, everySpec()))
			f.Close()
			for _, r := range results {
				if r.Verdict != Unknown || !errors.Is(r.Err, tt.down) || r.Want.IsZero() || r.Next.IsZero() {
					t.Fatalf("got %v", r)
				}
			}
			if text := feedback(t, results); !strings.Contains(text, tt.want) {
				t.Errorf("nothing says %q:\n%s", tt.want, text)
			}
		})
	}
}

func TestEndedContextIsUnknown(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := NewFacts(exampleEngine(), Scope{Baseline: exampleBaseline()})
	for _, r := range Evaluate(ctx, f, mustParse(t, everySpec())) {
		if r.Verdict != Unknown || !errors.Is(r.Err, context.Canceled) {
			t.Errorf("got %v", r)
		}
	}
}

// deadClient is a client of a socket behind which nobody is.
func deadClient(t *testing.T) *client.Client {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
	c, err := client.NewClientWithOpts(client.WithHost("unix://"+path), client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestEngineDownIsUnknownNotFail(t *testing.T) {
	f := NewFacts(deadClient(t), Scope{Baseline: exampleBaseline()})
	results := Evaluate(t.Context(), f, mustParse(t, everySpec()))
	if err := f.Close(); err != nil {
		t.Errorf("closing, though nothing was made: %v", err)
	}
	for _, r := range results {
		if r.Verdict != Unknown || r.Err == nil {
			t.Errorf("got %v", r)
		}
	}
	if text := feedback(t, results); !strings.Contains(text, "parece que no está en marcha") {
		t.Errorf("nothing says so:\n%s", text)
	}
}

func TestEngineThatNeverAnswersIsUnknownNotFail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path) // takes connections, and nobody accepts them
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := client.NewClientWithOpts(client.WithHost("unix://"+path), client.WithVersion("1.41"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	f := NewFacts(c, Scope{Baseline: exampleBaseline()})
	results := Evaluate(ctx, f, mustParse(t, everySpec()))
	if err := f.Close(); err != nil {
		t.Errorf("closing, though nothing was made: %v", err)
	}
	for _, r := range results {
		if r.Verdict != Unknown {
			t.Errorf("got %v", r)
		}
	}
	if text := feedback(t, results); !strings.Contains(text, "no ha respondido a tiempo") {
		t.Errorf("nothing says so:\n%s", text)
	}
}
