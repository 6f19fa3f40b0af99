//go:build !windows

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"capas/internal/message"
)

// TestALessonOnPlainLines takes a whole lesson by numbers, in both languages and both ways to ask for plain lines. Not one
// escape sequence comes, and in English not one word of the Spanish catalog.
func TestALessonOnPlainLines(t *testing.T) {
	for _, tt := range []struct{ lang, flag, term string }{
		{"es", "--plain", "xterm-256color"},
		{"en", "--lang=en", "dumb"},
	} {
		t.Run(tt.lang, func(t *testing.T) {
			t.Parallel()
			w := newWay(t, os.DirFS("testdata/course"), "small")
			w.env = append(w.env, "TERM="+tt.term)
			cmd := w.command(t, "learn", "small", tt.flag)
			d := converse(t, tt.lang, cmd)
			w.takeLesson(d)
			if code := d.exit(); code != exitDone {
				t.Errorf("exit %d", code)
			}
			if bad := unclean(d.all()); bad != "" {
				t.Errorf("%s in what was said", bad)
			}
			if tt.lang == "en" {
				noSpanish(t, d.all())
			}
		})
	}
}

// takeLesson does everything in the small lesson, with a wrong answer on the way.
func (w *way) takeLesson(d *dialogue) {
	say := d.say.Sayf
	text := lessonTexts[d.say.Lang()]
	d.choose(say("runner.continue"))
	d.choose(say("runner.hint", message.Data{"Number": 1, "Total": 2}))
	d.choose(say("runner.solution"))
	d.until(say("runner.solution-title") + " echo verde > nota.txt " + say("runner.solution-note")[:10])
	w.write("small/nota.txt", "verde\n")
	d.until(say("runner.passed"))
	d.choose(say("runner.continue"))
	d.choose(say("runner.check-now"))
	d.until(fmt.Sprintf("%s:1", w.name))
	w.build()
	d.until(say("runner.passed"))
	d.choose(say("runner.continue"))

	d.choose(text.wrong)
	d.until(say("runner.wrong"))
	d.choose(say("runner.answer-again"))
	d.choose(text.right)
	d.mark(text.all...)
	d.until(say("runner.right"))
	for _, o := range text.order {
		d.choose(o)
	}
	d.answer(say("runner.type-answer"), "dockerfile")
	d.answer(say("runner.type-command"), "docker image ls")
	d.answer(say("runner.type-answer"), w.layers())
	d.choose(say("runner.finish"))
	d.choose(say("runner.leave"))
	d.until(say("runner.goodbye", message.Data{"Command": "capas"}))
}

type lessonText struct {
	right, wrong string
	all, order   []string
}

var lessonTexts = map[string]lessonText{
	"es": {"Con un Dockerfile", "Con un contenedor", []string{"Lo que hace un RUN", "Lo que copia un COPY"}, []string{"Escribir la receta", "Construir la imagen"}},
	"en": {"With a Dockerfile", "With a container", []string{"What a RUN does", "What a COPY copies"}, []string{"Write the recipe", "Build the image"}},
}

func (w *way) write(name, content string) {
	w.t.Helper()
	file := filepath.Join(w.home, "capas", name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func (w *way) layers() string {
	w.t.Helper()
	out, err := exec.Command("docker", "image", "inspect", "--format", "{{len .RootFS.Layers}}", w.values["base"]).Output()
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// noSpanish fails where a text holds a sentence of the Spanish catalog, or a part of one between its values.
func noSpanish(t *testing.T, text string) {
	t.Helper()
	const long = 8 // can be told from a name
	noSpanishFrom(t, text, long)
}

// noSpanishFrom looks for parts of sentences of so many bytes.
func noSpanishFrom(t *testing.T, text string, long int) {
	t.Helper()
	text = strings.Join(strings.Fields(text), " ")
	spanish, english := sentences(t, "es", long), sentences(t, "en", long)
	for s := range spanish {
		if !english[s] && strings.Contains(text, s) {
			t.Errorf("in English it says %q", s)
		}
	}
	said := 0
	for s := range english {
		if strings.Contains(text, s) {
			said++
		}
	}
	if said < 10 {
		t.Errorf("only %d sentences of the English catalog: it does not seem to hold what is said", said)
	}
}

// sentences are the parts of a catalog's sentences that no value takes apart, those of so many bytes.
func sentences(t *testing.T, lang string, long int) map[string]bool {
	t.Helper()
	parts := map[string]bool{}
	files, err := filepath.Glob("../../internal/message/" + lang + "/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no catalog: %v", err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var catalog map[string]any
		if err := yaml.Unmarshal(src, &catalog); err != nil {
			t.Fatal(err)
		}
		for _, v := range catalog {
			forms, ok := v.(map[string]any)
			if !ok {
				forms = map[string]any{"": v}
			}
			for _, form := range forms {
				for _, part := range betweenValues.Split(fmt.Sprint(form), -1) {
					if part = strings.TrimSpace(part); len(part) >= long {
						parts[part] = true
					}
				}
			}
		}
	}
	return parts
}

var betweenValues = regexp.MustCompile("{{.*?}}|`")

// TestEnglishSaysNoSpanish: what every command prints with --lang en.
func TestEnglishSaysNoSpanish(t *testing.T) {
	h := newHouse(t)
	var all strings.Builder
	for _, line := range []string{
		"list", "progress", "learn", "learn small", "show small", "show small 1", "quiz small", "hint small/note", "hint small/note", "solution small/note",
		"check small/note", "check small/one", "show smal", "show small 9", "show small x", "hint small/nota", "--help", "check --help", "lits", "list --jsno", "--set x=1 list", "list x",
		"reset small", "reset small --yes", "progress", "reset --undo", "reset --undo", "reset small/image --yes", "progress --merge nowhere",
		"progress --merge testdata/course/course.yaml", "progress --export --json", "progress --export testdata/course/course.yaml",
	} {
		r := h.run(append(strings.Fields(line), "--lang", "en", "--course", "testdata/course")...)
		all.WriteString(r.out + r.err)
	}
	noSpanish(t, all.String())
}

// TestNarrowAndWide goes through a lesson in terminals of 40 and 80 columns: what is wider than the terminal is a command,
// and that is whole; without colors not one comes.
func TestNarrowAndWide(t *testing.T) {
	for _, columns := range []int{40, 80} {
		t.Run(strconv.Itoa(columns), func(t *testing.T) {
			t.Parallel()
			w := newWay(t, os.DirFS("testdata/course"), "small")
			w.env = append(w.env, "NO_COLOR=1")
			w.columns = columns
			w.start("learn", "small")
			w.screen.Until("Seguir")
			w.fits()
			w.screen.Keys("Enter")
			w.screen.Until("¿Cómo va?")
			w.pick("Pista 1")
			w.screen.Until("lleva una línea a un fichero")
			w.pick("Pista 2")
			w.screen.Until("Con este modelo")
			w.inShell("touch nota.txt")
			w.screen.Until("✗")
			w.pick("Ver la solución")
			w.screen.Until("echo verde > nota.txt")
			w.fits()
			if all := w.screen.All(); !strings.Contains(all, "docker run --rm --interactive --tty --publish 8080:80 --name escaparate "+w.name+":1\n") {
				t.Error("a command is broken")
			}
			w.expect("¡Hecho!", func() { w.inShell("echo verde > nota.txt") })
			w.screen.Until("Seguir")
			w.screen.Keys("Enter")
			w.expect("¡Hecho!", w.build)
			w.screen.Until("¿Qué hacemos?")
			w.screen.Keys("Enter")
			w.screen.Until("Elige una:")
			w.fits()
			w.screen.Keys("C-c")
			w.ended()
			if seq := regexp.MustCompile(`\x1b\[[0-9;]*m`).FindString(w.screen.Styled()); seq != "" {
				t.Errorf("NO_COLOR, and %q", seq)
			}
		})
	}
}

// fits fails where the terminal had to break a line that is no command, no prompt and no single word.
func (w *way) fits() {
	w.t.Helper()
	for line := range strings.Lines(w.screen.All()) {
		line = strings.TrimRight(line, " \n")
		words := strings.Fields(line)
		code := strings.HasPrefix(line, "  ")
		prompt := strings.HasPrefix(line, "? ") || strings.HasPrefix(line, "> ")
		if len([]rune(line)) > w.columns && !code && !prompt && len(words) > 1 {
			w.t.Errorf("wider than %d columns: %q", w.columns, line)
		}
	}
}
