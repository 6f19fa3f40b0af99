package runner

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"capas/lessons"
	"capas/runner/progress"
)

// did writes down that items were done, as they are asked now, or with an old hash.
func did(t *testing.T, tu *Tutor, step int, hash string, items ...string) {
	t.Helper()
	l := readLesson(t, tu)
	for _, id := range items {
		h := hash
		if h == "" {
			h = l.Item(id).Hash()
		}
		if err := tu.Journal.Append(progress.Entry{Course: "prueba", Lesson: "uno", Item: id, Step: step, Verb: progress.Answered, Hash: h}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatHasChangedIsOfferedBeforeGoingOn(t *testing.T) {
	tu, out := tutor(t, steps, "Comprobarlo otra vez", "sí", "Terminar", "Salir")
	did(t, tu, 2, "of before", "q1")
	did(t, tu, 4, "", "q2")
	rows, err := tu.Rows()
	if err != nil || rows[0].Done != 1 || rows[0].Changed != 1 || rows[0].Status != "started" {
		t.Errorf("rows %+v, %v", rows, err)
	}
	if err := tu.Learn(t.Context(), "", Here); err != nil {
		t.Fatal(err)
	}
	expect(t, out.String(), "ahora pide otra cosa: q1", "paso 2 de 4", "ha cambiado desde que lo hiciste", "¿Sí?", "Correcto", "paso 4 de 4", "está completa")
	state, err := tu.State()
	if err != nil {
		t.Fatal(err)
	}
	it := state.Item("prueba", "uno", "q1")
	if it.Status(readLesson(t, tu).Item("q1").Hash()) != progress.DoneAnswered || it.Status("of before") != progress.DoneAnswered {
		t.Errorf("its history is lost: %+v", it)
	}
}

func TestWhatHasChangedCanWait(t *testing.T) {
	for name, c := range map[string]struct{ answers, says []string }{
		"go on":         {[]string{"Seguir por donde iba", "Terminar", "Salir"}, []string{"paso 4 de 4", "con 1 de 2 hechos", "q1", "capas quiz uno", "Hasta luego"}},
		"the menu":      {[]string{"Ver las lecciones", "Salir"}, []string{"Prueba", "Hasta luego"}},
		"leave":         {[]string{"Salir"}, []string{"q1", "Hasta luego"}},
		"Ctrl-C":        {[]string{"leave"}, []string{"q1", "Hasta luego"}},
		"the step back": {[]string{"Comprobarlo otra vez", "no", "Paso anterior", "leave"}, []string{"No es eso", "paso 1 de 4", "Hasta luego"}},
	} {
		t.Run(name, func(t *testing.T) {
			tu, out := tutor(t, steps, c.answers...)
			did(t, tu, 2, "of before", "q1")
			did(t, tu, 4, "", "q2")
			if err := tu.Learn(t.Context(), "", Here); err != nil {
				t.Fatal(err)
			}
			expect(t, out.String(), c.says...)
			if left := tu.Ask.(*learner).answers; len(left) > 0 {
				t.Errorf("never asked: %q", left)
			}
		})
	}
}

// One that stands on the step where the learner goes on, or after it, comes by itself.
func TestWhatHasChangedAheadIsNotOffered(t *testing.T) {
	tu, out := tutor(t, steps, "no", "Terminar", "Salir")
	did(t, tu, 2, "", "q1")
	did(t, tu, 4, "of before", "q2")
	if err := tu.Learn(t.Context(), "", Here); err != nil {
		t.Fatal(err)
	}
	expect(t, out.String(), "paso 4 de 4", "ha cambiado", "Correcto", "está completa")
	if strings.Contains(out.String(), "Antes de seguir") {
		t.Error("it was offered")
	}
}

// A typed answer is another word in another language: whoever answered in one has not to answer again in the other.
func TestDoneInAnotherLanguageIsDone(t *testing.T) {
	tu, _ := tutor(t, steps)
	course, err := lessons.Open(fstest.MapFS{
		"course.yaml":  {Data: []byte(courseFile)},
		"es/10-uno.md": {Data: []byte(front + steps)},
		"en/10-one.md": {Data: []byte(front + strings.ReplaceAll(steps, "= sí", "= yes"))},
	})
	if err != nil {
		t.Fatal(err)
	}
	did(t, tu, 2, "", "q1")
	did(t, tu, 4, "of before", "q2")
	tu.Course, tu.Lang = course, "en"
	state, err := tu.State()
	if err != nil {
		t.Fatal(err)
	}
	l := readLesson(t, tu)
	if got := tu.status(state, l, l.Item("q1")); l.Lang != "en" || got != progress.DoneAnswered {
		t.Errorf("in %s: %v", l.Lang, got)
	}
	if got := tu.status(state, l, l.Item("q2")); got != progress.Changed {
		t.Errorf("one that has changed: %v", got)
	}
	rows, err := tu.Rows()
	if err != nil || rows[0].Done != 1 || rows[0].Changed != 1 {
		t.Errorf("rows %+v, %v", rows, err)
	}
}

// A lesson that cannot be read any more is still in the list.
func TestListWithABrokenLesson(t *testing.T) {
	tu, _ := tutor(t, steps)
	did(t, tu, 2, "", "q1")
	course, err := lessons.Open(fstest.MapFS{
		"course.yaml":  {Data: []byte(courseFile)},
		"es/10-uno.md": {Data: []byte(front + strings.ReplaceAll(steps, "= sí", ""))},
	})
	if err != nil {
		t.Fatal(err)
	}
	tu.Course = course
	if rows, err := tu.Rows(); err != nil || rows[0].Done != 1 {
		t.Errorf("rows %+v, %v", rows, err)
	}
}

func TestWhatComesNext(t *testing.T) {
	for name, c := range map[string]struct {
		done, skipped []string
		item          string // "-": nothing
	}{
		"nothing done": {nil, nil, "q1"},
		"one done":     {[]string{"q1"}, nil, "q2"},
		"one skipped":  {nil, []string{"q1"}, "q1"},
		"all":          {[]string{"q1", "q2"}, nil, "-"},
	} {
		t.Run(name, func(t *testing.T) {
			tu, out := tutor(t, steps)
			tu.Command = "capas"
			did(t, tu, 2, "", c.done...)
			for _, id := range c.skipped {
				tu.Skip(readLesson(t, tu), readLesson(t, tu).Item(id))
			}
			s, err := tu.Progress()
			if err != nil {
				t.Fatal(err)
			}
			tu.ShowProgress(s)
			if c.item == "-" {
				expect(t, out.String(), "No te queda nada por hacer")
				if s.Next != nil {
					t.Errorf("next is %+v", s.Next)
				}
				return
			}
			if want := (Next{"uno", "Uno", c.item, "capas learn uno"}); s.Next == nil || *s.Next != want {
				t.Errorf("next is %+v, want %+v", s.Next, want)
			}
			expect(t, out.String(), "Lo siguiente: "+c.item, "capas learn uno")
		})
	}
}

func TestTimeInWords(t *testing.T) {
	tu, _ := tutor(t, steps)
	for after, want := range map[time.Duration]string{
		time.Second: "menos de 1 min", 31 * time.Second: "1 min", 59 * time.Minute: "59 min",
		59*time.Minute + 31*time.Second: "1 h 0 min", 25*time.Hour + 5*time.Minute: "25 h 5 min",
	} {
		if got := tu.Say.Say(timeWords(int(after.Seconds()))); got != want {
			t.Errorf("%v: %q, want %q", after, got, want)
		}
	}
}

func TestResetAsks(t *testing.T) {
	for answer, says := range map[string][]string{
		"No":    {"«Uno»", "1 de 2", "Todo sigue como estaba"},
		"leave": {"«Uno»", "Todo sigue como estaba"},
		"Sí":    {"«Uno»", "vuelve a estar sin empezar", "progress-", "capas reset --undo"},
	} {
		t.Run(answer, func(t *testing.T) {
			tu, out := tutor(t, steps, answer)
			did(t, tu, 2, "", "q1")
			p, err := tu.Part("uno")
			if err != nil {
				t.Fatal(err)
			}
			done, err := tu.Reset(t.Context(), p, false)
			if err != nil || done != (answer == "Sí") {
				t.Errorf("done %v, %v", done, err)
			}
			expect(t, out.String(), says...)
			if rows, err := tu.Rows(); err != nil || (rows[0].Done == 0) != done {
				t.Errorf("rows %+v, %v", rows, err)
			}
		})
	}
}

// What an attempt made stays known as the course's, so that the next one does not take it for the learner's own.
func TestResetEndsAttempts(t *testing.T) {
	for part, want := range map[string]int{"q1": 1, "uno/q1": 1, "uno": 2, "": 3} {
		t.Run(part, func(t *testing.T) {
			tu, _ := tutor(t, steps)
			did(t, tu, 2, "", "q1", "q2")
			for lesson, items := range map[string][]string{"uno": {"q1", "q2"}, "gone": {"g"}} {
				for _, it := range items {
					a := &progress.Attempt{Lesson: lesson, Item: it, Hash: "h", Began: time.Now(), Made: []string{it + ":1"}}
					if err := tu.Attempts.Save("prueba", a); err != nil {
						t.Fatal(err)
					}
				}
			}
			p, err := tu.Part(part)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tu.Reset(t.Context(), p, true); err != nil {
				t.Fatal(err)
			}
			attempts, err := tu.Attempts.All("prueba")
			if err != nil {
				t.Fatal(err)
			}
			forgotten := 0
			for _, a := range attempts {
				forgotten += one(a.Forgotten())
			}
			if forgotten != want || !tu.made("q1:1") || !tu.made("g:1") {
				t.Errorf("%d attempts are forgotten, want %d", forgotten, want)
			}
		})
	}
}

func TestMergeNamesNoBrokenLineTooMuch(t *testing.T) {
	tu, out := tutor(t, steps)
	var noise bytes.Buffer
	tu.Noise = &noise
	m, err := tu.Merge(strings.NewReader(strings.Repeat("\x1b[31m\n", 9)+`{"id":"a","time":"2026-01-02T03:04:05Z","verb":"started"}`), "the file \x1b[31m")
	if err != nil {
		t.Fatal(err)
	}
	tu.ShowMerged(m, "the file \x1b[31m")
	if got := strings.Count(noise.String(), "\n"); got != mostLines+1 || strings.Contains(noise.String()+out.String(), "\x1b") {
		t.Errorf("%d lines are told:\n%s%s", got, noise.String(), out)
	}
}
