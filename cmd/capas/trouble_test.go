//go:build !windows

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// small is a learner before the course of these tests, whose capas sees the engine through a relay.
func small(t *testing.T) (*way, *relay) {
	t.Helper()
	t.Parallel()
	w := newWay(t, os.DirFS("testdata/course"), "small")
	r := newRelay(t)
	w.engine = r.host()
	return w, r
}

// toTheNote opens the lesson and goes on to its first exercise.
func (w *way) toTheNote() {
	w.t.Helper()
	w.start("learn", "small")
	w.screen.Until("Seguir")
	w.screen.Keys("Enter")
	w.screen.Until("¿Cómo va?")
}

// never fails where the terminal has shown a text.
func (w *way) never(text string) {
	w.t.Helper()
	if seen := w.screen.All(); strings.Contains(seen, text) {
		w.t.Errorf("%q was shown:\n%s", text, seen)
	}
}

// A learner works on while the engine is gone; it is told once, by itself, and is never a wrong answer.
func TestTheEngineGoesAndComesBack(t *testing.T) {
	w, r := small(t)
	w.toTheNote()
	r.cut()
	w.screen.Until("El motor de Docker no está en marcha")
	w.screen.Until("Escribe:") // the remedy
	w.inShell("echo verde > nota.txt")
	w.never("✗")
	w.never("¡Hecho!")
	r.listen()
	w.screen.Until("Docker vuelve a responder")
	w.screen.Until("¡Hecho!")
	if journal := w.journal(); strings.Contains(journal, `"failed"`) || !strings.Contains(journal, `"passed"`) {
		t.Errorf("the journal:\n%s", journal)
	}
	if n := strings.Count(w.screen.All(), "no está en marcha"); n != 1 {
		t.Errorf("told %d times that the engine is gone", n)
	}
}

// An attempt that is under way is gone on with without an engine, and the engine is seen when it comes.
func TestGoingOnBeforeTheEngineIsThere(t *testing.T) {
	w, r := small(t)
	w.toTheNote()
	w.screen.Keys("C-c")
	w.ended()
	r.cut()
	w.start()
	w.screen.Until("El motor de Docker no está en marcha")
	w.inShell("echo verde > nota.txt")
	r.listen()
	w.screen.Until("Docker vuelve a responder")
	w.screen.Until("¡Hecho!")
}

// An exercise that could not begin begins by itself once the engine is there.
func TestBeginningBeforeTheEngineIsThere(t *testing.T) {
	w, r := small(t)
	r.cut()
	w.start("learn", "small")
	w.screen.Until("Seguir")
	w.screen.Keys("Enter")
	w.screen.Until("El motor de Docker no está en marcha")
	w.screen.Until("Volver a intentarlo")
	r.listen()
	w.screen.Until("Docker vuelve a responder")
	w.screen.Until("¿Cómo va?")
	w.never("✗")
}

// An engine that takes calls and does not answer them is told within a bounded time, and can be left at once.
func TestTheEngineHangs(t *testing.T) {
	w, r := small(t)
	w.toTheNote()
	r.freeze()
	w.inShell("touch nota.txt") // something to look at
	w.screen.Until("acepta la llamada y no contesta")
	w.never("✗")
	r.thaw()
	w.screen.Until("Docker vuelve a responder")
	r.freeze()
	w.pick("Comprobar ahora")
	began := time.Now()
	w.screen.Keys("C-c")
	w.ended()
	w.atOnce("while checking", began)
}

// patience is how long a command may take to find out that an engine which answered stopped answering.
const patience = 90 * time.Second

// An engine that hangs in the middle of an evaluation is unknown, within a bounded time. One that hangs after it has told all
// that was asked is no reason to doubt it.
func TestTheEngineHangsWhileItIsAsked(t *testing.T) {
	w, _ := small(t)
	w.build()
	if out, err := w.command(t, "check", "small/image").CombinedOutput(); err != nil { // begins the attempt
		t.Fatalf("%v\n%s", err, out)
	}
	var all sync.WaitGroup
	for request, want := range map[string]int{
		"HEAD /_ping":        exitUnknown,
		"/containers/create": exitUnknown,
		"/images/hola":       exitUnknown,
		"/images/json":       exitDone, // for a remark
		"DELETE /v":          exitDone,
	} {
		r := newRelay(t)
		caught := r.freezeAt(request)
		all.Go(func() {
			began := time.Now()
			cmd := w.command(t, "check", "small/image", "--host", r.host())
			errs := new(bytes.Buffer)
			cmd.Stderr = errs
			_ = cmd.Run()
			if got := cmd.ProcessState.ExitCode(); got != want {
				t.Errorf("%s: exit %d, want %d\n%s", request, got, want, errs)
			}
			if want == exitUnknown {
				twoLines(t, errs.String())
			}
			if took := time.Since(began); took > patience {
				t.Errorf("%s: took %v", request, took)
			}
			<-caught
		})
	}
	all.Wait()
}

// Ctrl-C while an engine hangs waits for nothing.
func TestCtrlCWhileTheEngineHangs(t *testing.T) {
	w, _ := small(t)
	w.build()
	for _, request := range []string{"HEAD /_ping", "/containers/create", "/images/hola", "/images/json", "DELETE /v"} {
		r := newRelay(t)
		caught := r.freezeAt(request)
		cmd := w.command(t, "check", "small/image", "--host", r.host())
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-caught
		began := time.Now()
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		w.atOnce(request, began)
	}
}

// build makes the image that the exercise asks for.
func (w *way) build() {
	w.t.Helper()
	dir := filepath.Join(w.home, "built")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/Dockerfile", []byte("FROM "+w.values["base"]+"\nRUN touch /hecho\n"), 0o644); err != nil {
		w.t.Fatal(err)
	}
	if out, err := exec.Command("docker", "build", "-q", "-t", w.name+":1", dir).CombinedOutput(); err != nil {
		w.t.Fatalf("docker build: %v\n%s", err, out)
	}
}

// command is capas in a pipe, in front of this way's engine. It ends with the test.
func (w *way) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "capas", append(args, w.flags...)...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, w.env...)
	if w.engine != "" {
		cmd.Env = append(cmd.Env, "DOCKER_HOST="+w.engine)
	}
	return cmd
}

func (w *way) journal() string {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.home, ".local/state/capas/progress.jsonl"))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// atOnce is for a learner who left a moment ago.
func (w *way) atOnce(when string, began time.Time) {
	w.t.Helper()
	const most = 10 * time.Second // five for what cannot be removed, and as much for a busy machine
	if took := time.Since(began); took > most {
		w.t.Errorf("%s: leaving took %v", when, took)
	}
}
