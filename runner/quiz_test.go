package runner

import (
	"testing"

	"capas/lessons"
)

const quizzes = "\n## Preguntas\n\n" +
	"```quiz one\n¿Qué es una imagen?\n\n- [x] Una plantilla\n- [ ] Un contenedor\n  > Un contenedor sale de ella.\n\n> Como una clase.\n```\n\n" +
	"```quiz all\n¿Qué añade capas?\n\n- [x] RUN\n- [x] COPY\n- [ ] ENV\n  > ENV sólo configura.\n```\n\n" +
	"```quiz order\n¿En qué orden?\n\n1. Escribir\n2. Construir\n3. Arrancar\n```\n\n" +
	"```quiz typed\n¿Cómo se llama la etiqueta por defecto?\n\n= latest\n```\n\n" +
	"```quiz command\n¿Cómo se construye?\n\n$ docker build -t web:1 .\n```\n"

func TestQuizzesOfEveryKind(t *testing.T) {
	tu, out := tutor(t, quizzes,
		"Un contenedor", "Contestar", "Una plantilla",
		"RUN + ENV", "Contestar", "RUN + COPY",
		"Construir", "Contestar", "Escribir", "Construir",
		"LATEST ",
		"docker build -t web:1", "Contestar", "docker image build . --tag=web:1",
	)
	done, err := tu.AskQuizzes(t.Context(), readLesson(t, tu))
	if err != nil || !done {
		t.Fatalf("done %v, error %v; on the screen:\n%s", done, err, out)
	}
	expect(t, out.String(),
		"No es eso", "Un contenedor sale de ella", "Correcto", "Como una clase",
		"Correcto", // which of the two mistakes among ENV and COPY is told first depends on how they were shuffled
		"«Construir» no va en el puesto 1", "Correcto",
		"Correcto",
		"No es eso", "punto", "Correcto",
		"están contestadas")
	expect(t, out.String(), "ENV sólo configura")
	expect(t, out.String(), "Falta por marcar: COPY")
}

func TestAnswerThatIsShownIsNoAnswer(t *testing.T) {
	tu, out := tutor(t, "\n## Preguntas\n\n```quiz one\n¿Sí?\n\n- [x] Claro\n- [ ] Nunca\n  > No.\n```\n", "Nunca", "Ver la respuesta")
	done, err := tu.AskQuizzes(t.Context(), readLesson(t, tu))
	if err != nil || done {
		t.Fatalf("done %v, error %v", done, err)
	}
	expect(t, out.String(), "La respuesta es", "Claro", "Quedan preguntas")
}

// A question that needs the engine is never answered wrong because the engine is away.
func TestLiveValueWithoutAnEngineIsNotWrong(t *testing.T) {
	tu, out := tutor(t, "\n## Preguntas\n\n```quiz live\n¿Cuántas?\n\n? layers hola:1\n```\n", "Saltar")
	done, err := tu.AskQuizzes(t.Context(), readLesson(t, tu))
	if err != nil || done {
		t.Fatalf("done %v, error %v", done, err)
	}
	expect(t, out.String(), "no se pudo preguntar", "no está en marcha")
	state, err := tu.State()
	if err != nil {
		t.Fatal(err)
	}
	if n := state.Item("prueba", "uno", "live").Failures; n != 0 {
		t.Errorf("%d failures", n)
	}
}

func TestRetryAsksOnlyWhatWasMissed(t *testing.T) {
	tu, out := tutor(t, quizzes+"\n```quiz drawn draw=5\nuno\n```\n")
	l := readLesson(t, tu)
	drawn := l.Item("drawn")
	questions, err := tu.draw(drawn.Quiz)
	if err != nil || len(questions) != 5 {
		t.Fatalf("drew %d, error %v", len(questions), err)
	}
	right := map[string][]string{
		"one": {"Una plantilla"}, "all": {"RUN + COPY"}, "order": {"Escribir", "Construir"},
		"typed": {"latest"}, "command": {"docker build -t web:1 ."},
	}
	var answers []string
	for _, q := range questions {
		if q.item.ID == "typed" {
			answers = append(answers, "otra cosa")
			continue
		}
		answers = append(answers, right[q.item.ID]...)
	}
	tu.Ask = &learner{t, append(answers, "latest")}
	missed, _, _, err := tu.askAll(t.Context(), l, drawn, 1, questions)
	if err != nil || len(missed) != 1 || missed[0].item.ID != "typed" {
		t.Fatalf("missed %v, error %v", missed, err)
	}
	missed, _, _, err = tu.askAll(t.Context(), l, drawn, 1, missed)
	if err != nil || len(missed) != 0 {
		t.Fatalf("missed again %v, error %v; on the screen:\n%s", missed, err, out)
	}
}

func TestScrambledIsNeverInOrder(t *testing.T) {
	choices := []lessons.Choice{{Text: "a"}, {Text: "b"}}
	for range 50 {
		if got := scrambled(choices); got[0].Text == "a" {
			t.Fatal("in the right order")
		}
	}
}
