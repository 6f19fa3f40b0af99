//go:build !windows

package main

import (
	"bytes"
	"errors"
	"io/fs"
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
	"capas/internal/enginetest"
	"capas/internal/tmuxtest"
	"capas/lessons"
	"capas/runner/render"
)

// TestTheWholeWay is a learner from an empty home: the menu, lesson 40, every exercise typed in a second terminal with
// mistakes on the way, hints, quizzes, a program killed in the middle, and at the end a list that shows the lesson done.
// It has the engine to itself: what another test builds meanwhile would be what the feedback on a mistake finds nearest.
func TestTheWholeWay(t *testing.T) {
	w := newWay(t, content.DockerImages, "build")
	w.start()
	w.screen.Until("¿Qué lección quieres hacer?")
	for range w.place {
		w.screen.Keys("Down")
	}
	w.screen.Keys("Enter")
	w.screen.Until("Seguir")
	w.screen.Keys("Enter")
	for n, step := range w.lesson.Steps {
		w.screen.Until("paso " + strconv.Itoa(n+1) + " de " + strconv.Itoa(len(w.lesson.Steps)))
		for _, it := range step.Items() {
			w.item(it)
		}
		if n == 1 {
			w.killAndGoOn("paso 2 de")
		}
		w.screen.Until("¿Qué hacemos?")
		w.screen.Keys("Enter")
	}
	w.screen.Until("está completa")
	w.screen.Keys("C-c")
	w.screen.Until("Hasta luego")
	if list := w.capas("list"); !regexp.MustCompile(`build · .* · completa`).MatchString(list) {
		t.Errorf("capas list after the lesson:\n%s", list)
	}
}

// way is a learner with two terminals: capas in the first, a shell of their own in the second.
type way struct {
	t      *testing.T
	lesson *lessons.Lesson
	place  int // of the lesson in the course, from 0
	values lessons.Values
	env    []string
	flags  []string
	engine string // DOCKER_HOST of capas alone; "" for that of everybody
	home   string
	name   string // of images, in the place of the lesson's own: a learner may have taken it on this engine
	screen *tmuxtest.Screen

	columns int // of the screen
}

// newWay is a learner before a lesson of a course. Its base is an image of this test alone: the engine's cache would give
// what is built of a shared one to other tests too, and their containers would count.
func newWay(t *testing.T, files fs.FS, lesson string) *way {
	base := enginetest.Name(t, "base") + ":1"
	enginetest.Build(t, base, "FROM "+enginetest.Base(t)+"\n", nil) // its label is inherited, so that all goes with it
	w := &way{t: t, columns: 80, home: t.TempDir(), name: enginetest.Name(t, "hola"), values: lessons.Values{"base": base, "color": "verde"}}
	dir := w.course(files)
	course, err := lessons.Open(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	if w.lesson, err = course.Lesson("es", lesson); err != nil {
		t.Fatal(err)
	}
	w.place = slices.Index(course.Order, lesson)
	w.env = []string{"HOME=" + w.home, "LANG=es_ES.UTF-8", "TERM=xterm-256color", "DOCKER_CONFIG=" + filepath.Join(w.home, ".docker")}
	if host := os.Getenv("DOCKER_HOST"); host != "" {
		w.env = append(w.env, "DOCKER_HOST="+host)
	}
	w.flags = []string{"--wait", "--course", dir, "--set", "base=" + base, "--set", "color=verde"}
	return w
}

// course is a copy of one with names of our own.
func (w *way) course(files fs.FS) string {
	w.t.Helper()
	dir := filepath.Join(w.home, "course")
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return errors.Join(err, os.MkdirAll(filepath.Join(dir, path), 0o755))
		}
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, path), bytes.ReplaceAll(text, []byte("hola-capa"), []byte(w.name)), 0o644)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return dir
}

// start opens capas in a new terminal. How it ended, and how it left the terminal, stands in files of the home afterwards.
func (w *way) start(args ...string) {
	w.t.Helper()
	_ = os.Remove(w.home + "/ended")
	w.t.Cleanup(w.gone) // after its terminal
	env := slices.Clone(w.env)
	if w.engine != "" {
		env = append(env, "DOCKER_HOST="+w.engine)
	}
	command := "exec capas " + strings.Join(append(args, w.flags...), " ") + " 2>" + w.home + "/errors"
	w.screen = tmuxtest.Open(w.t, w.columns, 100, env, "trap : INT; sh -c 'echo $$ >"+w.home+"/pid; "+command+"'; code=$?; "+
		"stty -a >"+w.home+"/stty; echo $code >"+w.home+"/code; mv "+w.home+"/code "+w.home+"/ended; exec cat")
}

// gone waits until no capas is left that could write into the home.
func (w *way) gone() {
	w.t.Helper()
	if _, err := os.Stat(w.home + "/pid"); err == nil {
		w.eventually("capas has ended", func() bool { return !alive(w.number("pid")) })
	}
}

// alive knows one that has ended and that nobody asked how.
func alive(pid int) bool {
	status, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	return syscall.Kill(pid, 0) == nil && !strings.Contains(string(status), "(zombie)")
}

// ended waits until capas has ended and returns its exit code.
func (w *way) ended() int {
	w.t.Helper()
	w.screen.Eventually("waiting for the end", func(string) bool {
		_, err := os.Stat(w.home + "/ended")
		return err == nil
	})
	return w.number("ended")
}

// number is what stands in a file of the home.
func (w *way) number(file string) int {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.home, file))
	if err != nil {
		w.t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// item does one exercise or quiz.
func (w *way) item(it *lessons.Item) {
	w.t.Helper()
	if it.Quiz != nil {
		w.quiz(it.Quiz)
		return
	}
	w.screen.Until("¿Cómo va?")
	w.pick("Pista 1")
	w.screen.Until(plainWords(it.Exercise.Hints[0]))
	if len(it.Exercise.Mistakes) > 0 {
		m := it.Exercise.Mistakes[0]
		w.inShell(m.Do)
		w.pick("Comprobar ahora")
		w.screen.Until(w.lesson.Expand(m.Says, w.values))
	}
	w.expect("¡Hecho!", func() { w.inShell(it.Exercise.Solution) })
}

// expect does something and waits until the program has said some words once more.
func (w *way) expect(words string, do func()) {
	w.t.Helper()
	before := strings.Count(w.screen.All(), words)
	do()
	w.screen.Eventually("waiting for "+words, func(string) bool { return strings.Count(w.screen.All(), words) > before })
}

// inShell types a script in a fresh shell of the second terminal and waits for its end.
func (w *way) inShell(script string) {
	w.t.Helper()
	dir := filepath.Join(w.home, "capas", w.lesson.ID)
	shell := tmuxtest.Open(w.t, 80, 40, append(w.env, "PS1=$ ", "HISTFILE=", "PWD="+dir), "cd "+dir+" && exec bash --norc --noprofile -i")
	for line := range strings.Lines(w.lesson.Expand(script, w.values)) {
		shell.Settled()
		shell.Type(line)
	}
	shell.Prompt("$")
}

// pick moves through the menu on the screen to an option, and takes it.
func (w *way) pick(option string) {
	w.t.Helper()
	var steps int
	w.screen.Eventually("waiting for the option "+option, func(seen string) bool {
		var ok bool
		steps, ok = distance(seen, option)
		return ok
	})
	for range steps {
		w.screen.Keys("Down")
	}
	w.screen.Eventually("moving to the option "+option, func(seen string) bool {
		left, ok := distance(seen, option)
		return ok && left == 0
	})
	w.screen.Keys("Enter")
}

// distance is how far below the marked option of the last menu on the screen another one is.
func distance(seen, option string) (int, bool) {
	_, menu, ok := cutLast(seen, "[flechas")
	if !ok {
		return 0, false
	}
	lines := strings.Split(strings.TrimRight(menu, "\n "), "\n")[1:]
	at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(strings.TrimLeft(l, "> "), option) })
	marked := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, ">") })
	if at < 0 || marked < 0 {
		return 0, false
	}
	if at < marked {
		return 0, false
	}
	options := 0
	for _, l := range lines[marked:at] {
		if !strings.HasPrefix(l, "   ") { // a long option goes on in the next line
			options++
		}
	}
	return options, true
}

// quiz answers right, but for a first wrong choice where there is one to choose from.
func (w *way) quiz(q *lessons.Quiz) {
	w.t.Helper()
	w.expect("Correcto.", func() { w.answer(q) })
}

func (w *way) answer(q *lessons.Quiz) {
	w.t.Helper()
	switch q.Kind {
	case lessons.ChooseOne:
		wrong := slices.IndexFunc(q.Choices, func(c lessons.Choice) bool { return !c.Right })
		w.screen.Until("Elige una")
		w.pickChoice(q.Choices[wrong].Text)
		w.screen.Until("No es eso")
		w.screen.Until(plainWords(q.Choices[wrong].Feedback))
		w.pick("Contestar otra vez")
		right := slices.IndexFunc(q.Choices, func(c lessons.Choice) bool { return c.Right })
		w.pickChoice(q.Choices[right].Text)
	case lessons.ChooseAll:
		w.screen.Until("Marca todas")
		w.mark(q.Choices)
	case lessons.Order:
		for i, c := range q.Choices[:len(q.Choices)-1] {
			w.screen.Until("puesto " + strconv.Itoa(i+1))
			w.pickChoice(c.Text)
		}
	case lessons.TypeLive:
		w.screen.Until("Tu respuesta")
		w.screen.Type(w.live(q.Live))
	default:
		w.screen.Eventually("waiting for the question", func(seen string) bool {
			return strings.Contains(seen, "Tu respuesta") || strings.Contains(seen, "Escribe la orden")
		})
		w.screen.Type(w.lesson.Expand(q.Answers[0], w.values))
	}
}

func (w *way) pickChoice(text string) {
	w.t.Helper()
	w.pick(firstWords(w.lesson.Expand(text, w.values)))
}

// mark marks the right choices with the space bar, from the top of the menu down.
func (w *way) mark(choices []lessons.Choice) {
	w.t.Helper()
	seen := w.screen.Until("[flechas")
	_, menu, _ := cutLast(seen, "[flechas")
	for _, line := range strings.Split(menu, "\n")[1:] {
		for _, c := range choices {
			if !strings.Contains(line, firstWords(w.lesson.Expand(c.Text, w.values))) {
				continue
			}
			if c.Right {
				w.screen.Keys("Space")
			}
			w.screen.Keys("Down")
		}
	}
	w.screen.Keys("Enter")
}

// live asks the real docker command for what a quiz wants to know.
func (w *way) live(l *lessons.Live) string {
	w.t.Helper()
	formats := map[string]string{"layers": "{{len .RootFS.Layers}}", "id": "{{.Id}}", "size": "{{.Size}}"}
	out, err := exec.Command("docker", "image", "inspect", "--format", formats[l.Kind], w.lesson.Expand(l.Ref, w.values)).Output()
	if err != nil {
		w.t.Fatalf("asking docker for %s of %s: %v", l.Kind, l.Ref, err)
	}
	return strings.TrimSpace(string(out))
}

// killAndGoOn kills the program without warning, starts it again and expects it where it was.
func (w *way) killAndGoOn(where string) {
	w.t.Helper()
	if err := syscall.Kill(w.number("pid"), syscall.SIGKILL); err != nil {
		w.t.Fatal(err)
	}
	w.start()
	w.screen.Until(where)
}

// capas runs the program in a pipe.
func (w *way) capas(args ...string) string {
	w.t.Helper()
	cmd := exec.Command("capas", append(args, w.flags...)...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, w.env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("capas %q: %v\n%s", args, err, out)
	}
	return string(out)
}

func cutLast(text, sep string) (before, after string, found bool) {
	i := strings.LastIndex(text, sep)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(sep):], true
}

// firstWords is the beginning of a text as a menu shows it, short enough for one line.
func firstWords(text string) string {
	words := strings.Fields(render.Words(text))
	return strings.Join(words[:min(len(words), 5)], " ")
}

// plainWords is the beginning of Markdown as a page shows it.
func plainWords(text string) string {
	words := strings.Fields(strings.ReplaceAll(text, "`", ""))
	return strings.Join(words[:min(len(words), 6)], " ")
}
