//go:build !windows

package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"capas/content"
	"capas/lessons"
	"capas/runner/shell"
)

// pupil is a learner who works in the practice shell: the terminal of capas is theirs too.
type pupil struct {
	*way
	shell string
}

// practising is a learner with a shell of their own, whose prompt is a dollar.
func (w *way) practising(name string) *pupil {
	w.t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			w.t.Fatalf("%s is missing", name)
		}
		w.t.Skipf("%s is missing", name)
	}
	for file, text := range map[string]string{
		".bashrc": "PS1='$ '\n", ".zshrc": "PROMPT='$ '\n",
		".config/fish/config.fish":                     "function fish_prompt; echo -n '$ '; end\nset -g fish_greeting\n",
		".local/share/fish/generated_completions/none": "", // else fish reads all manual pages in the background
	} {
		path := filepath.Join(w.home, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			w.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
	w.env = append(w.env, "SHELL="+path)
	w.flags = slices.DeleteFunc(w.flags, func(f string) bool { return f == "--wait" })
	return &pupil{w, name}
}

// prompt waits until the shell can be typed into, on a step.
func (p *pupil) prompt(step int) {
	p.t.Helper()
	want := fmt.Sprintf("(%s %d/%d) $", p.lesson.ID, step, len(p.lesson.Steps))
	p.screen.Eventually("waiting for "+want, func(seen string) bool { return strings.HasSuffix(lastLine(seen), want) })
}

func lastLine(seen string) string {
	lines := strings.Split(strings.TrimRight(seen, "\n "), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// does types a script; what is not fish's own language is given to sh, as a file.
func (p *pupil) does(script string) {
	p.t.Helper()
	script = p.lesson.Expand(script, p.values)
	if p.shell == "fish" && strings.Contains(script, "\n") {
		path := filepath.Join(p.home, "script")
		if err := os.WriteFile(path, []byte(script), 0o644); err != nil {
			p.t.Fatal(err)
		}
		script = "sh " + path
	}
	p.screen.Type(script)
}

// hears does something, and waits until it has been answered with some words, and the shell can be typed into again.
func (p *pupil) hears(step int, script string, words ...string) {
	p.t.Helper()
	p.prompt(step)
	p.expect(p.lesson.Expand(words[0], p.values), func() { p.does(script) })
	for _, w := range words[1:] {
		p.screen.Until(p.lesson.Expand(w, p.values))
	}
	p.prompt(step)
}

// passes does what an exercise asks for.
func (p *pupil) passes(step int, script string) {
	p.t.Helper()
	p.prompt(step)
	p.expect("¡Hecho!", func() { p.does(script) })
}

// expect is that of the way, wherever a line was wrapped. Where capas says that it takes longer, Enter is pressed.
func (p *pupil) expect(words string, do func()) {
	p.t.Helper()
	before := p.count(words)
	do()
	pressed := p.count(busy)
	p.screen.Eventually("waiting for "+words, func(seen string) bool {
		if p.count(words) > before {
			return true
		}
		if now := p.count(busy); now > pressed && strings.HasSuffix(lastLine(seen), "$") {
			pressed = now
			p.screen.Keys("Enter")
		}
		return false
	})
}

const busy = "Todavía lo estoy mirando."

// count is how often the terminal has shown a text.
func (p *pupil) count(text string) int {
	p.t.Helper()
	return strings.Count(unwrapped(p.screen.All()), unwrapped(text))
}

// TestTheWholeWayInThePracticeShell types lesson 40 with its mistakes, in each shell, as a person would: nothing is asked for, and
// what there is to say comes with the prompt. It has the engine to itself, as the other whole way.
func TestTheWholeWayInThePracticeShell(t *testing.T) {
	for _, name := range shell.Names {
		t.Run(name, func(t *testing.T) {
			p := newWay(t, content.DockerImages, "build").practising(name)
			p.start("learn", "build")
			p.screen.Until("Seguir")
			p.screen.Keys("Enter")
			p.folder(1)
			p.recipe(2)
			p.build(3)
			for n := 4; n <= len(p.lesson.Steps); n++ {
				p.step(n)
			}
			p.screen.Until("está completa")
			p.screen.Keys("C-c")
			p.screen.Until("Hasta luego")
			if code := p.ended(); code != exitDone {
				t.Errorf("exit %d", code)
			}
			if list := p.capas("list"); !regexp.MustCompile(`build · .* · completa`).MatchString(list) {
				t.Errorf("capas list after the lesson:\n%s", list)
			}
		})
	}
}

func (p *pupil) folder(step int) {
	p.t.Helper()
	p.prompt(step)
	p.does("mkdir hola")
	p.hears(step, "touch hola/dockerfile", "Hay hola/dockerfile: las mayúsculas y las minúsculas cuentan")
	p.hears(step, "hint", "Pista 1 de 3")
	p.prompt(step)
	p.does("ls hola")
	p.prompt(step)
	if seen := p.screen.Text(); strings.Count(seen, "✗") != 1 {
		p.t.Errorf("a command that changes nothing is answered:\n%s", seen)
	}
	p.passes(step, "mv hola/dockerfile hola/Dockerfile")
}

func (p *pupil) recipe(step int) {
	p.t.Helper()
	p.hears(step, `printf 'FROM ${base}\nRUN mkdr /taller\n' > hola/Dockerfile`, "✓ hola/Dockerfile parte de", "Que en hola/Dockerfile ponga touch")
	p.passes(step, "echo 'RUN touch /taller/listo' >> hola/Dockerfile")
}

func (p *pupil) build(step int) {
	p.t.Helper()
	p.hears(step, "docker build -t "+p.name+"s:1", "A docker build le falta la carpeta", "Hay un Dockerfile en la carpeta hola")
	p.hears(step, "docker build -t "+p.name+"s:1 hola", "hola/Dockerfile:2: en la imagen no hay ningún programa mkdr", "El que sí hay es mkdir")
	p.hears(step, "docker build -t "+p.name+"s:1 hola", "Falla por lo mismo que antes")
	p.does("sed -i s/mkdr/mkdir/ hola/Dockerfile")
	p.hears(step, "docker build -t "+p.name+"s hola", "1 imagen nueva ("+p.name+"s:latest)", "Repite la orden con el nombre exacto: "+p.name+"s:1")
	p.passes(step, "docker build -t "+p.name+"s:1 hola")
	p.items(step, p.lesson.Steps[step-1].Items()[1:])
}

// step does a step by its first mistakes and its solutions.
func (p *pupil) step(n int) {
	p.t.Helper()
	p.screen.Until("paso " + strconv.Itoa(n) + " de " + strconv.Itoa(len(p.lesson.Steps)))
	p.items(n, p.lesson.Steps[n-1].Items())
}

func (p *pupil) items(step int, items []*lessons.Item) {
	p.t.Helper()
	for _, it := range items {
		switch {
		case it.Exercise != nil:
			if m := it.Exercise.Mistakes; len(m) > 0 {
				p.hears(step, m[0].Do, m[0].Says)
			}
			p.passes(step, it.Exercise.Solution)
		case it.Quiz.Kind == lessons.TypeLive:
			p.hears(step, "docker image inspect -f '{{len .RootFS.Layers}} layers' "+it.Quiz.Live.Ref, " layers")
			p.does("quiz")
			p.quiz(it.Quiz)
		default:
			p.quiz(it.Quiz)
		}
	}
	if b := p.lesson.Steps[step-1].Blocks; b[len(b)-1].Item == nil {
		p.screen.Until("¿Qué hacemos?")
		p.screen.Keys("Enter")
	}
}

// inSmall is a pupil at the exercise about an image of the little course, with an engine that can be taken away.
func inSmall(t *testing.T, name string) (*pupil, *relay) {
	w, r := small(t)
	p := w.practising(name)
	p.start("learn", "small", "2")
	p.prompt(2)
	return p, r
}

// inEachShell is that pupil, in one shell after the other.
func inEachShell(t *testing.T, test func(t *testing.T, p *pupil, r *relay)) {
	for _, name := range shell.Names {
		t.Run(name, func(t *testing.T) {
			p, r := inSmall(t, name)
			test(t, p, r)
		})
	}
}

func TestACommandThatTakesTheTerminal(t *testing.T) {
	inEachShell(t, func(t *testing.T, p *pupil, _ *relay) {
		p.does("docker run -it --rm ${base}")
		p.screen.Until("#")
		p.does("echo in $((6*7))")
		p.screen.Until("in 42")
		p.screen.Resize(50, 60)
		p.does("exit")
		p.prompt(2)
		p.does("stty size")
		p.screen.Until("60 50")
		p.prompt(2)
		p.does("printf 'FROM ${base}\\nRUN sleep 300\\n' > Dockerfile")
		p.prompt(2)
		p.does("docker build -t " + p.name + ":1 .")
		p.screen.Until("RUN sleep 300")
		p.screen.Settled()
		p.screen.Keys("C-c")
		p.prompt(2)
		p.never("sleep: not found")
		p.passes(2, p.item("image").Exercise.Solution)
		p.screen.Until("paso 3 de 3")
	})
}

func (p *pupil) item(id string) *lessons.Item { return p.lesson.Item(id) }

// TestWordsOfThePracticeShell goes through what a learner can type beside commands.
func TestWordsOfThePracticeShell(t *testing.T) {
	p, _ := inSmall(t, "bash")
	p.hears(2, "hint", "Pista 1 de 1")
	p.hears(2, "solution", "Escríbela tú: el ejercicio se da por hecho")
	p.hears(2, "again", "Ahora con Docker.")
	p.hears(2, "check", "No hay ninguna imagen llamada "+p.name+":1")
	p.hears(2, "sudo -n docker version >/dev/null", "Con sudo, tu docker no pasa por aquí")
	p.hears(2, "capas check small/image", "No hay ninguna imagen llamada")
	p.hears(2, "capas learn", "Ya estás dentro de capas", "Escribe menu")
	p.does("back")
	p.prompt(1)
	p.does("next")
	p.prompt(2)
	p.does("menu")
	p.screen.Until("¿Qué lección quieres hacer?")
	p.screen.Keys("Enter")
	p.prompt(2)
	p.does("pwd")
	p.screen.Until("capas/small")
	p.prompt(2)
	p.screen.Keys("C-d")
	p.screen.Until("¿Qué lección quieres hacer?")
	p.screen.Keys("C-c")
	p.screen.Until("Hasta luego")
	if code := p.ended(); code != exitDone {
		t.Errorf("exit %d", code)
	}
	if journal := p.journal(); !strings.Contains(journal, `"revealed"`) || !strings.Contains(journal, `"skipped"`) {
		t.Errorf("the journal:\n%s", journal)
	}
}

// TestTheEngineGoesInThePracticeShell: docker says in our words why it was not answered, and nothing counts as a failure.
func TestTheEngineGoesInThePracticeShell(t *testing.T) {
	inEachShell(t, func(t *testing.T, p *pupil, r *relay) {
		r.cut()
		p.hears(2, "docker ps", "Error response from daemon: capas pasa tu orden al motor", "El motor de Docker no está en marcha")
		p.never("✗")
		r.listen()
		p.passes(2, p.item("image").Exercise.Solution)
	})
}

// TestWhoCannotHaveThePracticeShell is told why, and works in another terminal: there is no menu that leads back to it for ever.
func TestWhoCannotHaveThePracticeShell(t *testing.T) {
	for name, tt := range map[string]struct{ env, bashrc, says string }{
		"another shell":             {env: "SHELL=/bin/sh", says: "Tu shell, sh, no sé acompañarla; sé con bash, zsh y fish."},
		"nothing can be written":    {env: "TMPDIR=/nowhere", says: "No puedo acompañar a tu shell: stat /nowhere"},
		"a shell that ends at once": {bashrc: "exit 3\n", says: "Tu shell ha terminado antes de poder escribir en ella"},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := small(t)
			p := w.practising("bash")
			if tt.env != "" {
				p.env = append(p.env, tt.env)
			}
			if tt.bashrc != "" {
				if err := os.WriteFile(filepath.Join(p.home, ".bashrc"), []byte(tt.bashrc), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			p.start("learn", "small", "1")
			p.screen.Until(tt.says)
			p.screen.Until("Trabaja en otra terminal, en la carpeta ~/capas/small")
			p.screen.Until("¿Cómo va?")
			p.inShell("echo verde > nota.txt")
			p.screen.Until("¡Hecho!")
		})
	}
}

// TestAskingIsSeen: what the learner asks the engine for is an exercise of its own. Neither the Tab key counts, which asks too, nor
// somebody else, nor what the engine refuses.
func TestAskingIsSeen(t *testing.T) {
	p := newWay(t, content.DockerImages, "image-and-container").practising("bash")
	completion := cmp.Or(os.Getenv("BASH_COMPLETION"), "/usr/share/bash-completion/bash_completion")
	if err := os.WriteFile(filepath.Join(p.home, ".bashrc"), []byte("PS1='$ '\nsource "+completion+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	const step = 2
	p.start("learn", "image-and-container", strconv.Itoa(step))
	p.prompt(step)
	p.screen.Keys("docker rmi base-", "Tab", "Tab") // completed by asking for the images
	p.screen.Settled()
	if !strings.Contains(p.screen.Text(), p.values["base"]) {
		t.Errorf("the Tab key completes nothing, so that this shows nothing:\n%s", p.screen.Text())
	}
	p.screen.Keys("C-c")
	p.prompt(step)
	if out, err := exec.Command("docker", "images").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p.hears(step, "docker images --filter nothing=so", "y Docker no pudo")
	p.hears(step, "check", "pedido por ti")
	p.never("¡Hecho!")
	p.passes(step, "docker image ls")
	p.screen.Until("Pregunta")
}

// TestAskedExercises: the exercises of the course that are about asking, by what is seen and without their questions: no mistake passes,
// the solution does. It has the engine and the mirror to itself.
func TestAskedExercises(t *testing.T) {
	found := 0
	for _, id := range []string{"image-and-container", "layers", "find-and-pull"} {
		p := newWay(t, content.DockerImages, id).practising("bash")
		p.values = lessons.Values{"base": "localhost:5017/base:1", "mirror": "localhost:5017"}
		p.flags = append(p.flags, "--offline", "--set", "base="+p.values["base"])
		for n, s := range p.lesson.Steps {
			for _, it := range s.Items() {
				if it.Exercise != nil && len(it.Exercise.Unseen()) > 0 {
					found++
					p.asks(n+1, it)
				}
			}
		}
	}
	if found == 0 {
		t.Error("found no exercise")
	}
}

// asks opens a step and does its first exercise, with every mistake before.
func (p *pupil) asks(step int, it *lessons.Item) {
	p.t.Helper()
	p.start("learn", p.lesson.ID, strconv.Itoa(step))
	p.screen.Until(plainWords(p.lesson.Expand(it.Exercise.Goal, p.values)))
	for _, m := range it.Exercise.Mistakes {
		p.prompt(step)
		p.does(m.Do)
		p.screen.Settled()
	}
	p.prompt(step)
	p.never("¡Hecho!")
	p.passes(step, it.Exercise.Solution)
}

// TestThePracticeShellOutlivesCapas: whoever kills capas leaves the learner a shell whose docker works, and what was done is kept.
func TestThePracticeShellOutlivesCapas(t *testing.T) {
	inEachShell(t, func(t *testing.T, p *pupil, _ *relay) {
		if err := syscall.Kill(p.child(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		p.does("docker version -f 'engine {{.Server.Os}}'")
		p.screen.Until("capas ha dejado de funcionar")
		p.does("docker version -f 'engine {{.Server.Os}}'")
		p.screen.Until("engine linux")
		if n := strings.Count(p.screen.All(), "capas ha dejado de funcionar"); n != 1 {
			t.Errorf("it was said %d times", n)
		}
		p.does("exit")
		if code := p.ended(); code != 128+int(syscall.SIGKILL) {
			t.Errorf("exit %d", code)
		}
		p.start("learn")
		p.prompt(2)
	})
}

// child is the capas that the one that was started keeps.
func (p *pupil) child() int {
	p.t.Helper()
	keeper := p.number("pid")
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		p.t.Fatal(err)
	}
	for _, path := range stats {
		stat, _ := os.ReadFile(path)
		_, fields, _ := bytes.Cut(stat, []byte(") "))
		words := strings.Fields(string(fields))
		if len(words) < 2 || words[1] != strconv.Itoa(keeper) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		if err == nil && bytes.Contains(command, []byte("--"+keptFlag)) {
			return pid
		}
	}
	p.t.Fatal("no capas is kept")
	return 0
}
