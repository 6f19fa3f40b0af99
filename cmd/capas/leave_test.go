//go:build !windows

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"capas/internal/enginetest"
	"capas/runner/progress"
)

// places are where a learner can be. Each is shown by some words, and found again by others after a new start.
var places = []struct {
	name, lesson string
	args         []string
	step         int      // where the learner was before
	answered     []string // by then
	keys         []string // from there, one after another once something stands still
	shows, again string
	busy         string // label of a container that runs by then
}{
	{name: "menu", lesson: "small", shows: "¿Qué lección quieres hacer?", again: "¿Qué lección quieres hacer?"},
	{name: "opening", lesson: "small", args: []string{"learn", "small"}, shows: "¿Qué hacemos?", again: "Antes de empezar"},
	{name: "waiting", lesson: "small", step: 1, shows: "¿Cómo va?", again: "paso 1 de 3"},
	{name: "choose one", lesson: "small", step: 3, shows: "Elige una:", again: "¿Con qué se construye"},
	{name: "choose all", lesson: "small", step: 3, answered: quizzes[:1], shows: "Marca todas", again: "¿Qué se queda"},
	{name: "put in order", lesson: "small", step: 3, answered: quizzes[:2], shows: "puesto 1", again: "¿En qué orden?"},
	{name: "type an answer", lesson: "small", step: 3, answered: quizzes[:3], shows: "Tu respuesta:", again: "¿Cómo se llama"},
	{name: "type a command", lesson: "small", step: 3, answered: quizzes[:4], shows: "Escribe la orden:", again: "¿Con qué orden"},
	{name: "type what the engine knows", lesson: "small", step: 3, answered: quizzes[:5], shows: "Tu respuesta:", again: "¿Cuántas capas"},
	{name: "after a wrong answer", lesson: "small", step: 3, answered: quizzes[:3], keys: []string{"x", "Enter"}, shows: "Contestar otra vez", again: "¿Cómo se llama"},
	{name: "while a scene is built", lesson: "slow", step: 1, shows: "Preparo el ejercicio", again: "paso 1 de 2", busy: enginetest.Label},
	{name: "while it watches", lesson: "slow", step: 2, shows: "¿Cómo va?", again: "paso 2 de 2", busy: "capas.probe"},
	{name: "while it checks", lesson: "slow", step: 2, keys: []string{"Enter"}, shows: "Comprobar ahora", again: "paso 2 de 2", busy: "capas.probe"},
}

var quizzes = []string{"one", "all", "order", "answer", "command", "live"}

// TestLeaving leaves from everywhere in every way: at once, the terminal in order, nothing of ours left running, and the
// next start on the same step.
func TestLeaving(t *testing.T) {
	ways := map[string]func(*way){
		"Ctrl-C":  func(w *way) { w.screen.Keys("C-c") },
		"SIGTERM": func(w *way) { w.signal(syscall.SIGTERM) },
		"SIGHUP":  func(w *way) { w.signal(syscall.SIGHUP) },
	}
	everyway := []string{"menu", "waiting", "while it checks"}
	for how, leave := range ways {
		for n, p := range places {
			if how != "Ctrl-C" && !slices.Contains(everyway, p.name) {
				continue
			}
			t.Run(how+" "+p.name, func(t *testing.T) {
				t.Parallel()
				w := placed(t, n)
				began := time.Now()
				leave(w)
				w.ended()
				w.atOnce(p.name, began)
				w.leftInOrder()
				w.start()
				w.screen.Until(p.again)
			})
		}
	}
}

// TestTheWindowIsClosed: the terminal goes away under capas.
func TestTheWindowIsClosed(t *testing.T) {
	for n, p := range places {
		if p.name != "waiting" && p.name != "while it checks" {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			w := placed(t, n)
			w.screen.Close()
			w.gone()
			w.noProbes()
			w.start()
			w.screen.Until(p.again)
		})
	}
}

// TestLeavingACommand: a command in a pipe that is left while it asks says so, and is no answer.
func TestLeavingACommand(t *testing.T) {
	for item, busy := range map[string]string{"slow-scene": enginetest.Label, "slow-check": "capas.probe"} {
		t.Run(item, func(t *testing.T) {
			t.Parallel()
			w := newWay(t, os.DirFS("testdata/course"), "slow")
			cmd := w.command(t, "check", "slow/"+item)
			said := new(bytes.Buffer)
			cmd.Stderr = said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			w.eventually("a container runs", func() bool { return len(w.containers("label="+busy, "status=running")) > 0 })
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != exitUnknown || !strings.Contains(said.String(), "capas: error: La pregunta a Docker se interrumpió") {
				t.Errorf("exit %d\n%s", code, said)
			}
			w.noProbes()
		})
	}
}

// placed is a learner in one of the places.
func placed(t *testing.T, n int) *way {
	t.Helper()
	p := places[n]
	w := newWay(t, os.DirFS("testdata/course"), p.lesson)
	if p.step > 0 {
		w.wasAt(p.step, p.answered...)
	}
	w.start(p.args...)
	for _, key := range p.keys {
		w.screen.Settled()
		w.screen.Keys(key)
	}
	w.screen.Until(p.shows)
	if p.busy != "" {
		w.eventually("a container runs", func() bool { return len(w.containers("label="+p.busy, "status=running")) > 0 })
	}
	return w
}

// wasAt writes a journal of somebody who left on a step, with some of its quizzes answered.
func (w *way) wasAt(step int, answered ...string) {
	w.t.Helper()
	j, err := progress.Open(filepath.Join(w.home, ".local/state/capas"))
	if err != nil {
		w.t.Fatal(err)
	}
	entries := []progress.Entry{{Verb: progress.Started}}
	for _, id := range answered {
		entries = append(entries, progress.Entry{Item: id, Hash: w.lesson.Item(id).Hash(), Verb: progress.Answered})
	}
	for _, e := range entries {
		e.Course, e.Lesson, e.Step = "small-course", w.lesson.ID, step
		if err := j.Append(e); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *way) signal(s syscall.Signal) {
	w.t.Helper()
	if err := syscall.Kill(w.number("pid"), s); err != nil {
		w.t.Fatal(err)
	}
}

// leftInOrder looks at what capas left behind.
func (w *way) leftInOrder() {
	w.t.Helper()
	stty, err := os.ReadFile(filepath.Join(w.home, "stty"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, mode := range []string{"icanon", "echo", "isig", "icrnl", "opost"} {
		if !regexp.MustCompile(`(^|\s)` + mode + `\b`).Match(stty) {
			w.t.Errorf("the terminal is not %s:\n%s", mode, stty)
		}
	}
	if !w.screen.Cursor() {
		w.t.Error("the cursor is hidden")
	}
	errs, _ := os.ReadFile(filepath.Join(w.home, "errors"))
	if strings.Contains(string(errs), "panic") || strings.Contains(string(errs), "goroutine") {
		w.t.Errorf("standard error:\n%s", errs)
	}
	w.noProbes()
}

func (w *way) noProbes() {
	w.t.Helper()
	if left := w.containers("label=capas.probe"); len(left) > 0 {
		w.t.Errorf("probes are left: %v", left)
	}
}

// containers are those of images of this test.
func (w *way) containers(filters ...string) []string {
	w.t.Helper()
	args := []string{"ps", "-aq", "--filter", "label=" + enginetest.Label + "=" + enginetest.Labels(w.t)[enginetest.Label]}
	for _, f := range filters {
		args = append(args, "--filter", f)
	}
	out, err := exec.Command("docker", args...).Output()
	if err != nil {
		w.t.Fatalf("docker %q: %v", args, err)
	}
	return strings.Fields(string(out))
}

// eventually waits for something that no screen shows.
func (w *way) eventually(what string, ok func() bool) {
	w.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); !ok(); {
		select {
		case <-tick.C:
		case <-late:
			w.t.Fatalf("waited in vain until %s", what)
		}
	}
}
