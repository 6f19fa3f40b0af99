//go:build !windows

package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/creack/pty"

	"capas/content"
	"capas/internal/message"
	"capas/lessons"
	"capas/runner/render"
)

// TestALessonReadAloud is a learner who hears: lesson 40 from its opening to its end on plain lines, on a real engine, with a
// mistake, hints, a solution and wrong answers. What is heard is read from the top to the bottom and nothing else: it holds
// no escape sequence, no cursor movement, and no sign that would say something only to the eye. The words are kept in
// testdata, in both languages of the program; the lesson is in Spanish in both.
func TestALessonReadAloud(t *testing.T) {
	for _, tt := range []struct{ lang, flag, term string }{
		{"es", "--plain", "xterm-256color"},
		{"en", "--lang=en", "dumb"},
	} {
		t.Run(tt.lang, func(t *testing.T) {
			t.Parallel()
			w := newWay(t, content.DockerImages, "build")
			w.env = append(w.env, "TERM="+tt.term)
			d := converse(t, tt.lang, w.command(t, "learn", "build", tt.flag))
			r := &reading{way: w, dialogue: d}
			r.lesson()
			if code := d.exit(); code != exitDone {
				t.Errorf("exit %d", code)
			}
			heard := r.heard()
			onlyWords(t, heard)
			everyPromptTells(t, d.say, heard)
			if tt.lang == "en" {
				noSpanishFrom(t, r.ofTheProgram(heard), 15) // shorter ones are words of the lesson too
			}
			golden(t, "testdata/aloud/"+tt.lang+".txt", r.settled(heard))
		})
	}
}

// reading is a learner with a dialogue, and a shell of their own.
type reading struct {
	*way
	*dialogue
	cuts []cut
}

// cut is a part of what was heard whose length is up to the engine: what was told while something was not done yet.
type cut struct{ from, to int }

func (r *reading) lesson() {
	say := r.say.Sayf
	r.choose(say("runner.continue"))
	for n, step := range r.way.lesson.Steps {
		for i, it := range step.Items() {
			if it.Quiz != nil {
				r.quiz(it.Quiz)
			} else {
				r.exercise(it, n+i == 0)
			}
		}
		if n == len(r.way.lesson.Steps)-1 {
			r.choose(say("runner.finish"))
		} else {
			r.choose(say("runner.continue"))
		}
	}
	r.choose(say("runner.leave"))
	r.until(say("runner.goodbye", message.Data{"Command": "capas"}))
}

// exercise does one, the first with everything that there is to hear.
func (r *reading) exercise(it *lessons.Item, first bool) {
	r.dialogue.t.Helper()
	say := r.say.Sayf
	hint := func(n int) string {
		return say("runner.hint", message.Data{"Number": n, "Total": len(it.Exercise.Hints)})
	}
	r.choose(hint(1))
	if first {
		r.choose(say("runner.check-now"))
		r.choose(hint(2))
		r.prompted(hint(3))
		r.does(it.Exercise.Mistakes[0].Do, "\n\n"+r.word("render.fail"), "mv Dockerfile hola/Dockerfile") // in every language
		r.choose(say("runner.solution"))
		r.shell("rm -rf hola")
	}
	r.prompted(say("runner.check-now"))
	r.does(it.Exercise.Solution, "\n\n"+r.word("render.pass"), say("runner.passed"))
}

func (r *reading) word(id string) string { return strings.TrimSpace(r.say.Say(message.Text{ID: id})) }

// prompted waits until a menu with an option has been told, and something can be typed.
func (r *reading) prompted(option string) {
	r.dialogue.t.Helper()
	r.hear("the option "+option, func(news string) int {
		asked := strings.LastIndex(news, r.asks())
		if asked < 0 {
			return 0
		}
		if _, ok := numbersOf([]string{option}, r.all()[:r.read+asked]); !ok || !strings.HasSuffix(news, ": ") {
			return 0
		}
		return len(news)
	})
}

func (r *reading) asks() string {
	asks, _, _ := strings.Cut(r.say.Sayf("prompt.number", message.Data{"Default": 1}), " (")
	return asks
}

// does types a script in the learner's shell and waits for a report that begins like that and holds some words. What was
// told before it is cut out: how often somebody is told that it is not done yet depends on how long the engine takes.
func (r *reading) does(script, begins, words string) {
	r.dialogue.t.Helper()
	from := len(r.all())
	r.shell(script)
	r.until(words)
	all := r.all()
	if to := strings.LastIndex(all[:from+max(0, strings.Index(onOneLine(all[from:]), words))], begins); to > from {
		r.cuts = append(r.cuts, cut{from, to})
	}
}

// onOneLine is a text of the same length whose lines are not broken.
func onOneLine(text string) string { return strings.ReplaceAll(text, "\n", " ") }

// shell runs a script as if it was typed in a terminal, in the folder of the lesson.
func (r *reading) shell(script string) {
	r.dialogue.t.Helper()
	cmd := exec.Command("bash", "-c", r.way.lesson.Expand(script, r.values))
	cmd.Dir = filepath.Join(r.home, "capas", r.way.lesson.ID)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, r.env...)
	tty, err := pty.Start(cmd)
	if err != nil {
		r.dialogue.t.Fatal(err)
	}
	defer tty.Close()
	_, _ = io.Copy(io.Discard, tty)
	_ = cmd.Wait() // a mistake may fail
}

// quiz answers wrong where there is something to choose from, and then right.
func (r *reading) quiz(q *lessons.Quiz) {
	r.dialogue.t.Helper()
	say := r.say.Sayf
	switch q.Kind {
	case lessons.ChooseOne:
		wrong := slices.IndexFunc(q.Choices, func(c lessons.Choice) bool { return !c.Right })
		right := slices.IndexFunc(q.Choices, func(c lessons.Choice) bool { return c.Right })
		r.choose(r.option(q.Choices[wrong]))
		r.choose(say("runner.answer-again"))
		r.choose(r.option(q.Choices[right]))
	case lessons.ChooseAll:
		var right []string
		for _, c := range q.Choices {
			if c.Right {
				right = append(right, r.option(c))
			}
		}
		r.dialogue.mark(right...)
	case lessons.Order:
		for _, c := range q.Choices[:len(q.Choices)-1] {
			r.choose(r.option(c))
		}
	case lessons.TypeLive:
		r.dialogue.answer(say("runner.type-answer"), r.live(q.Live))
	case lessons.TypeAnswer:
		r.dialogue.answer(say("runner.type-answer"), q.Answers[0])
	default:
		r.dialogue.answer(say("runner.type-command"), q.Answers[0])
	}
	r.until(r.word("render.pass") + " " + say("runner.right"))
}

func (r *reading) option(c lessons.Choice) string {
	return render.Words(r.way.lesson.Expand(c.Text, r.values))
}

// heard is all that was said, in order.
func (r *reading) heard() string {
	all := r.all()
	for _, c := range slices.Backward(r.cuts) {
		all = all[:c.from] + all[c.to:]
	}
	return all
}

// ofTheProgram is what was heard without the texts of the lesson, as far as they stand by themselves.
func (r *reading) ofTheProgram(heard string) string {
	page, err := os.ReadFile(filepath.Join(r.home, "course", r.way.lesson.File))
	if err != nil {
		r.dialogue.t.Fatal(err)
	}
	spanish := strings.Join(strings.Fields(strings.ReplaceAll(r.way.lesson.Expand(string(page), r.values), "`", "")), " ")
	var out []string
	for _, paragraph := range regexp.MustCompile(`\n\s*\n`).Split(heard, -1) {
		if words := strings.Join(strings.Fields(paragraph), " "); !strings.Contains(spanish, words) {
			out = append(out, words)
		}
	}
	return strings.Join(out, "\n")
}

// settled is what was heard with what differs from run to run made the same, names and the order of choices, and without
// what others do on the engine at the same time.
func (r *reading) settled(heard string) string {
	for _, name := range []string{r.name, r.values["base"]} {
		heard = strings.ReplaceAll(heard, name, random.ReplaceAllStringFunc(name, func(s string) string { return strings.Repeat("0", len(s)) }))
	}
	since, _, _ := strings.Cut(r.say.Sayf("checks.difference.since", message.Data{"What": "|"}), "|")
	heard = regexp.MustCompile(`(?m)^`+since+`(?:.+\n)+`).ReplaceAllString(heard, "")
	return r.unshuffled(heard)
}

var random = regexp.MustCompile(`[0-9a-f]{6,}`)

// unshuffled puts the choices of each quiz in the order of the alphabet, and says for a number typed which of them it is.
func (r *reading) unshuffled(heard string) string {
	lines := strings.Split(heard, "\n")
	numbered := regexp.MustCompile(`^(\d+)\. (.*)$`)
	for i := 0; i < len(lines); i++ {
		from := i
		for i < len(lines) && numbered.MatchString(lines[i]) {
			i++
		}
		if i == from || !r.isQuiz(lines[from-1]) {
			continue
		}
		choices := slices.Clone(lines[from:i])
		if at := strings.LastIndex(lines[i], ": "); at > 0 {
			lines[i] = lines[i][:at+2] + typedChoices(choices, lines[i][at+2:])
		}
		for n, c := range choices {
			choices[n] = numbered.FindStringSubmatch(c)[2]
		}
		slices.Sort(choices)
		for n, c := range choices {
			lines[from+n] = strconv.Itoa(n+1) + ". " + c
		}
	}
	return strings.Join(lines, "\n")
}

// typedChoices are the choices that numbers name.
func typedChoices(choices []string, numbers string) string {
	var words []string
	for _, n := range strings.Split(numbers, ", ") {
		i, err := strconv.Atoi(n)
		if err != nil || i > len(choices) {
			return numbers
		}
		_, text, _ := strings.Cut(choices[i-1], ". ")
		words = append(words, "("+text+")")
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// isQuiz reports whether a line is the title of choices that are shuffled.
func (r *reading) isQuiz(title string) bool {
	order, _, _ := strings.Cut(r.say.Sayf("runner.order", message.Data{"Number": 1, "Total": 7}), "1")
	return title == r.say.Sayf("runner.choose-one") || title == r.say.Sayf("runner.choose-all") || strings.HasPrefix(title, order)
}

// heardSigns are all the characters beside letters, digits and blanks that may be heard. Each stands next to words that say what
// it says to the eye: the hyphen and the number before an item of a list, the dot between two parts of a line, quotation
// marks. The rest is written in code and in names. None of them is drawn: no box, no arrow, no check mark, no cross.
const heardSigns = ".,:;¿?¡!()«»“”…·-" + `'"/\_=<>|&$#@{}[]+*~^%` + "º"

func onlyWords(t *testing.T, heard string) {
	t.Helper()
	for n, line := range strings.Split(heard, "\n") {
		for _, c := range line {
			if c == ' ' || unicode.IsDigit(c) || unicode.Is(unicode.Latin, c) || strings.ContainsRune(heardSigns, c) {
				continue
			}
			t.Errorf("line %d: the character %q (%U): %q", n+1, c, c, line)
		}
	}
}

// everyPromptTells wants each line in which something was typed to say what can be.
func everyPromptTells(t *testing.T, say *message.Printer, heard string) {
	t.Helper()
	number, _, _ := strings.Cut(say.Sayf("prompt.number", message.Data{"Default": 1}), " (")
	line, _ := strings.CutPrefix(say.Sayf("prompt.line", message.Data{"Title": ""}), " ")
	told := 0
	for _, l := range strings.Split(heard, "\n") {
		if strings.Contains(l, number) || strings.Contains(l, line) || strings.HasPrefix(l, say.Sayf("prompt.numbers")) {
			told++
		}
	}
	const least = 30 // a lesson of six steps asks more often
	if told < least {
		t.Errorf("%d prompts tell what can be typed: it does not seem to be the lesson", told)
	}
	for _, typed := range regexp.MustCompile(`(?m)^.*: \d+(?:, \d+)*$`).FindAllString(heard, -1) {
		if !strings.Contains(typed, number) && !strings.Contains(typed, line) && !strings.HasPrefix(typed, say.Sayf("prompt.numbers")) {
			t.Errorf("it does not say what can be typed: %q", typed)
		}
	}
}

// golden compares a text with a file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a, b := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for n := range max(len(a), len(b)) {
		if n >= len(a) || n >= len(b) || a[n] != b[n] {
			t.Fatalf("%s, line %d (go test -update rewrites it):\ngot:\n%s\nwant:\n%s", file, n+1, around(a, n), around(b, n))
		}
	}
}

func around(lines []string, n int) string {
	from, to := min(max(0, n-3), len(lines)), min(n+4, len(lines))
	var out strings.Builder
	for i, l := range lines[from:to] {
		fmt.Fprintf(&out, "%5d %s\n", from+i+1, l)
	}
	return out.String()
}
