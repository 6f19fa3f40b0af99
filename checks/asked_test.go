package checks

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"capas/internal/message"
)

// askSeen evaluates a check where the learner was seen to ask for a list of things.
func askSeen(t *testing.T, e *fakeEngine, spec string, asked ...Asked) []Result {
	t.Helper()
	data, err := json.Marshal(asked) // as an attempt keeps them
	if err != nil {
		t.Fatal(err)
	}
	kept := []Asked{}
	if err := json.Unmarshal(data, &kept); err != nil {
		t.Fatal(err)
	}
	if kept == nil {
		kept = []Asked{}
	}
	f := NewFacts(e, Scope{Baseline: exampleBaseline(), Asked: kept})
	results := Evaluate(t.Context(), f, mustParse(t, "- "+spec))
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	checkFeedback(t, results)
	return results
}

func history(name string) Asked { return Asked{Verb: "history", Images: []string{name}} }

func TestAskedCountsUnderEveryNameOfTheImage(t *testing.T) {
	for name, tt := range map[string]struct {
		spec string
		a    Asked
		want Verdict
	}{
		"by its name":                  {`{asked: history, of: "hola:1", unseen: q}`, history("hola:1"), Pass},
		"with docker.io before it":     {`{asked: history, of: "hola:1", unseen: q}`, history("docker.io/library/hola:1"), Pass},
		"by another name":              {`{asked: history, of: "hola:1", unseen: q}`, history("hola"), Pass},
		"by its id":                    {`{asked: history, of: "hola:1", unseen: q}`, history(id("a")), Pass},
		"by the beginning of its id":   {`{asked: history, of: "hola:1", unseen: q}`, history(strings.TrimPrefix(id("a"), "sha256:")[:12]), Pass},
		"the engine said which":        {`{asked: history, of: "hola:1", unseen: q}`, Asked{Verb: "history", Images: []string{"otra@x"}, ID: id("a")}, Pass},
		"of any image":                 {`{asked: history, unseen: q}`, history("base:1"), Pass},
		"of another image":             {`{asked: history, of: "hola:1", unseen: q}`, history("hola:2"), Fail},
		"of one that is not there":     {`{asked: history, of: "hola:1", unseen: q}`, history("nada:1"), Fail},
		"something else":               {`{asked: history, of: "hola:1", unseen: q}`, Asked{Verb: "inspect", Images: []string{"hola:1"}}, Fail},
		"in vain":                      {`{asked: history, of: "hola:1", unseen: q}`, Asked{Verb: "history", Images: []string{"hola:1"}, Failed: true, Error: "no"}, Fail},
		"the whole list":               {`{asked: images, of: "hola:1", unseen: q}`, Asked{Verb: "images"}, Pass},
		"a list of a repository":       {`{asked: images, of: "hola:2", unseen: q}`, Asked{Verb: "images", Images: []string{"hola"}}, Pass},
		"a list of a pattern":          {`{asked: images, of: "hola:2", unseen: q}`, Asked{Verb: "images", Images: []string{"ho*:2"}}, Pass},
		"a list of others":             {`{asked: images, of: "hola:2", unseen: q}`, Asked{Verb: "images", Images: []string{"base"}}, Fail},
		"all tags pulled":              {`{asked: pull, of: "hola:2", unseen: q}`, Asked{Verb: "pull", Images: []string{"docker.io/library/hola"}}, Pass},
		"tagged from":                  {`{asked: tag, of: "hola:1", unseen: q}`, Asked{Verb: "tag", Images: []string{"hola:1", "hola:9"}}, Pass},
		"tagged to":                    {`{asked: tag, of: "hola:9", unseen: q}`, Asked{Verb: "tag", Images: []string{"hola:1", "docker.io/library/hola:9"}}, Pass},
		"removed by its name":          {`{asked: rm, of: "vieja:1", unseen: q}`, Asked{Verb: "rm", Images: []string{"vieja:1"}}, Pass},
		"removed by its id":            {`{asked: rm, of: "vieja:1", unseen: q}`, Asked{Verb: "rm", Images: []string{strings.TrimPrefix(id("e"), "sha256:")[:12]}}, Pass},
		"removed, as the engine said":  {`{asked: rm, of: "vieja:1", unseen: q}`, Asked{Verb: "rm", Images: []string{"x"}, ID: id("e")}, Pass},
		"another removed":              {`{asked: rm, of: "vieja:1", unseen: q}`, Asked{Verb: "rm", Images: []string{"hola:2"}}, Fail},
		"logged in":                    {`{asked: login, of: "localhost:5018", unseen: q}`, Asked{Verb: "login", Images: []string{"localhost:5018"}}, Pass},
		"logged in at Docker Hub":      {`{asked: login, of: docker.io, unseen: q}`, Asked{Verb: "login", Images: []string{"https://index.docker.io/v1/"}}, Pass},
		"logged in elsewhere":          {`{asked: login, of: "localhost:5018", unseen: q}`, Asked{Verb: "login", Images: []string{"localhost:5017"}}, Fail},
		"a session that made it":       {`{asked: build, of: "hola:1", unseen: q}`, Asked{Verb: "build", Session: true}, Pass},
		"a session that made another":  {`{asked: build, of: "base:1", unseen: q}`, Asked{Verb: "build", Session: true, Began: time.Now()}, Fail},
		"a session that made none":     {`{asked: build, of: "nada:1", unseen: q}`, Asked{Verb: "build", Session: true}, Fail},
		"a session that made some":     {`{asked: build, unseen: q}`, Asked{Verb: "build", Session: true, Began: time.Now()}, Pass},
		"all that has no name, pruned": {`{asked: prune, unseen: q}`, Asked{Verb: "prune"}, Pass},
	} {
		t.Run(name, func(t *testing.T) {
			if results := askSeen(t, exampleEngine(), tt.spec, tt.a); Overall(results) != tt.want {
				t.Errorf("%v, want %v\n%s", Overall(results), tt.want, feedback(t, results))
			}
		})
	}
}

func TestASessionThatNamesTheSameImageAgainCounts(t *testing.T) {
	began := time.Now()
	e := exampleEngine()
	spec, session := `{asked: build, of: "base:1", unseen: q}`, Asked{Verb: "build", Session: true, Began: began}
	for _, tt := range []struct {
		tagged time.Time
		want   Verdict
	}{{began.Add(-time.Hour), Fail}, {began.Add(time.Second), Pass}} {
		e.images[0].Metadata.LastTagTime = tt.tagged
		if results := askSeen(t, e, spec, session); Overall(results) != tt.want {
			t.Errorf("tagged at %v, began at %v: %v, want %v", tt.tagged, began, Overall(results), tt.want)
		}
	}
}

func TestAskedSaysWhatWasAskedInstead(t *testing.T) {
	const spec = `{asked: history, of: "hola:1", unseen: q}`
	for name, tt := range map[string]struct {
		asked []Asked
		says  []string // in Spanish, in English
	}{
		"nothing":       {nil, []string{"aún no has pedido", "not asked Docker"}},
		"another image": {[]Asked{history("hola:2")}, []string{"Has pedido `docker history hola:2`", "You asked for `docker history hola:2`"}},
		"another command": {
			[]Asked{{Verb: "images"}, {Verb: "container inspect"}, {}},
			[]string{"es `docker images`, y hace falta otra cosa", "is `docker images`, and something else is wanted"},
		},
		"in vain": {
			[]Asked{{Verb: "history", Images: []string{"hla:1"}, Failed: true, Error: "No such image: hla:1\nand more"}},
			[]string{"`docker history hla:1`, y Docker no pudo: No such image: hla:1 |", "Docker could not do it: No such image: hla:1 |"},
		},
		"cut off": {
			[]Asked{{Verb: "history", Images: []string{"hola:1"}, Failed: true, Stopped: true}},
			[]string{"se cortó", "was cut off"},
		},
		"the right command is told before a later one": {
			[]Asked{history("hola:2"), {Verb: "ps"}},
			[]string{"Has pedido `docker history hola:2`", "You asked for `docker history hola:2`"},
		},
		"an id": {[]Asked{{Verb: "rm", Images: []string{id("c"), "hola:2"}}}, []string{"`docker image rm " + shortID(id("c")) + "`", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			results := askSeen(t, exampleEngine(), spec, tt.asked...)
			said := feedback(t, results)
			for _, says := range append(tt.says, "Escribe aquí `docker history hola:1`", "Type `docker history hola:1` here") {
				if !strings.Contains(said, says) {
					t.Errorf("it does not say %q:\n%s", says, said)
				}
			}
			if Overall(results) != Fail {
				t.Errorf("%v", Overall(results))
			}
		})
	}
}

func TestASessionWithoutAnImageSaysSo(t *testing.T) {
	results := askSeen(t, exampleEngine(), `{asked: build, of: "nada:1", unseen: q}`, Asked{Verb: "build", Session: true})
	if said := feedback(t, results); !strings.Contains(said, "no salió la imagen") || !strings.Contains(said, "`docker build -t nada:1 .`") {
		t.Errorf("it says:\n%s", said)
	}
}

func TestAskedOfAnEngineThatIsDownIsUnknown(t *testing.T) {
	e := exampleEngine()
	e.down = errors.New("abajo")
	if results := askSeen(t, e, `{asked: history, of: "hola:1", unseen: q}`, history(id("a"))); Overall(results) != Unknown {
		t.Errorf("%v\n%s", Overall(results), feedback(t, results))
	}
	if results := askSeen(t, e, `{asked: history, of: "hola:1", unseen: q}`, history("hola:1")); Overall(results) != Pass {
		t.Errorf("the engine need not be asked: %v\n%s", Overall(results), feedback(t, results))
	}
}

func TestALongReasonIsCut(t *testing.T) {
	a := Asked{Verb: "pull", Images: []string{"x"}, Failed: true, Error: strings.Repeat("ñ", 1000)}
	if said := message.For("es").Say(a.notMet()); len([]rune(said)) > 300 || !strings.HasSuffix(said, "ñ…") {
		t.Errorf("%q", said)
	}
}

func TestTheQuizCountsWhereNobodySaw(t *testing.T) {
	for _, tt := range []struct {
		asked []Asked
		want  Verdict
	}{{nil, Pass}, {[]Asked{}, Fail}} {
		f := NewFacts(exampleEngine(), Scope{Asked: tt.asked, Answered: func(string) bool { return true }})
		if got := Overall(Evaluate(t.Context(), f, mustParse(t, `- {asked: pull, unseen: q}`))); got != tt.want {
			t.Errorf("%v: %v, want %v", tt.asked, got, tt.want)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
