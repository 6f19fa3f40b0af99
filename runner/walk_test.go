package runner

import (
	"context"
	"slices"
	"strings"
	"testing"

	"capas/internal/message"
	"capas/runner/progress"
	"capas/runner/prompt"
)

const steps = "\n## Primero\n\nUno.\n\n## Segundo\n\n" + "```quiz q1\n¿Sí?\n\n= sí\n```\n" + "\n## Tercero\n\nTres.\n\n## Cuarto\n\n" + "```quiz q2\n¿No?\n\n= no\n```\n"

func TestLessonFromItsBeginningToItsEnd(t *testing.T) {
	tu, out := tutor(t, steps, "Uno", "Seguir", "Seguir", "sí", "Seguir", "Seguir", "no", "Terminar", "Salir")
	if err := tu.Learn(t.Context(), "", Here); err != nil {
		t.Fatal(err)
	}
	expect(t, out.String(), "Hola.", "paso 1 de 4", "paso 2 de 4", "Correcto", "paso 4 de 4", "está completa", "Hasta luego")
	rows, err := tu.Rows()
	if err != nil || rows[0].Status != "done" {
		t.Errorf("rows %+v, error %v", rows, err)
	}
}

func TestGoesOnWhereTheLearnerLeft(t *testing.T) {
	tu, _ := tutor(t, steps, "Uno", "Seguir", "Seguir", "sí", "Seguir", "leave")
	if err := tu.Learn(t.Context(), "", Here); err != nil {
		t.Fatal(err)
	}
	l := readLesson(t, tu)
	if n, err := tu.Position(l); err != nil || n != 3 {
		t.Fatalf("position %d, error %v, want 3", n, err)
	}
	// A step that comes before it in a newer version of the lesson moves the learner along.
	l.Steps = append(l.Steps[:1:1], l.Steps...)
	if n, err := tu.Position(l); err != nil || n != 4 {
		t.Errorf("position in the longer lesson %d, error %v, want 4", n, err)
	}
}

func TestBeginsAtAStep(t *testing.T) {
	tu, out := tutor(t, steps, "leave")
	if err := tu.Learn(t.Context(), "uno", 3); err != nil {
		t.Fatal(err)
	}
	expect(t, out.String(), "paso 3 de 4", "Hasta luego")
}

func TestBackAndAgain(t *testing.T) {
	tu, out := tutor(t, steps, "Uno", "Seguir", "Seguir", "sí", "Repetir", "sí", "Paso anterior", "leave")
	if err := tu.Learn(t.Context(), "", Here); err != nil {
		t.Fatal(err)
	}
	expect(t, out.String(), "paso 2 de 4", "Correcto", "paso 2 de 4", "Correcto", "paso 1 de 4")
}

func TestExerciseThatCannotBeAskedCanBeSkipped(t *testing.T) {
	exercise := "\n## Paso\n\n```exercise e1\ngoal: Crea `a`\nchecks:\n  - file: a\nhints: [una]\nsolution: touch a\n```\n"
	tu, out := tutor(t, exercise, "Uno", "Seguir", "Saltar", "Terminar", "Salir")
	if err := tu.Learn(t.Context(), "", Here); err != nil {
		t.Fatal(err)
	}
	expect(t, out.String(), "Crea a", "no se pudo preguntar", "no está en marcha", "con 0 de 1 hechos")
	state, err := tu.State()
	if err != nil {
		t.Fatal(err)
	}
	l := readLesson(t, tu)
	if got := state.Item("prueba", "uno", "e1").Status(l.Item("e1").Hash()); got != progress.SkippedOver {
		t.Errorf("status %v, want skipped", got)
	}
}

// pages is a pager that notes what it shows, and the learner leaves over the one that says a word.
type pages struct {
	shown []string
	after []int
	until string
}

func (p *pages) Page(_ context.Context, text string, after int) error {
	p.shown, p.after = append(p.shown, text), append(p.after, after)
	if p.until != "" && strings.Contains(text, p.until) {
		return prompt.ErrLeft
	}
	return nil
}

// TestAStepIsRead: the prose of a step is shown as one text before what is asked after it, what is done already along with it.
func TestAStepIsRead(t *testing.T) {
	step := "\n## Paso\n\nAntes.\n\n```quiz q1\n¿Sí?\n\n= sí\n```\n\nEntre medias.\n\n```quiz q2\n¿No?\n\n= no\n```\n\nDespués.\n"
	tu, out := tutor(t, step, "Uno", "Seguir", "sí", "no", "Paso anterior", "Seguir", "Terminar", "Salir")
	p := &pages{}
	tu.Pager = p
	if err := tu.Learn(t.Context(), "", Here); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, text := range p.shown {
		got = append(got, strings.Join(strings.Fields(text), " "))
	}
	want := []string{
		"Uno Hola.", "Uno · paso 1 de 1 Paso Antes.", "Entre medias.", "Después.", "Uno Hola.",
		"Uno · paso 1 de 1 Paso Antes. bien: Pregunta ya contestada. Entre medias. bien: Pregunta ya contestada. Después.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("read %q,\nwant %q", got, want)
	}
	if p.after[0] != rowsOfMenu || p.after[1] != rowsOfQuiz+1 {
		t.Errorf("rows after %d", p.after)
	}
	expect(t, out.String(), "¿Sí?", "Correcto", "¿No?", "está completa")
}

func TestLeavingOverAText(t *testing.T) {
	tu, out := tutor(t, steps, "Uno", "Seguir")
	tu.Pager = &pages{until: "Primero"}
	if err := tu.Learn(t.Context(), "", Here); err != nil {
		t.Fatal(err)
	}
	expect(t, out.String(), "Hasta luego")
}

// TestALessonInAnotherLanguage says so once.
func TestALessonInAnotherLanguage(t *testing.T) {
	tu, out := tutor(t, steps, "Uno", "Go on", "See the lessons", "Uno", "leave")
	tu.Lang, tu.Say = "en", message.For("en")
	if err := tu.Learn(t.Context(), "", Here); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "So far this lesson is only in Spanish; capas itself goes on in English.\n"); n != 1 {
		t.Errorf("said %d times, want once:\n%s", n, out)
	}
}
