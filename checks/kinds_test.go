package checks

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

func mustParse(t testing.TB, spec string) []Check {
	t.Helper()
	n, err := strictyaml.Parse([]byte(spec))
	if err != nil {
		t.Fatalf("%s: %v", spec, err)
	}
	list, err := Parse(n)
	if err != nil {
		t.Fatalf("%s: %v", spec, err)
	}
	return list
}

func ask(t testing.TB, e Engine, b *Baseline, spec string) []Result {
	t.Helper()
	f := NewFacts(e, Scope{Baseline: b, Workspace: exampleWorkspace(t)})
	results := Evaluate(t.Context(), f, mustParse(t, spec))
	if err := f.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
	return results
}

// asksWorkspace reports whether a kind needs no engine.
func asksWorkspace(k Kind) bool { return k.Subject == "dockerfile" || k.Subject == "file" }

// asksEngine leaves out the kinds that ask a workspace, a registry or the learner.
func asksEngine(k Kind) bool {
	return !asksWorkspace(k) && !slices.Contains([]string{"pushed", "login", "asked"}, k.Subject)
}

// exampleWorkspace is the folder that the examples of Kinds are about.
func exampleWorkspace(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "hola"), 0o755); err != nil {
		t.Fatal(err)
	}
	recipe := "FROM base:1\nRUN mkdir /taller\nRUN cd /taller && touch listo\nRUN touch /taller/listo\nCMD ls /taller\n"
	if err := os.WriteFile(filepath.Join(dir, "hola", "Dockerfile"), []byte(recipe), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

var printers = []*message.Printer{message.For("es"), message.For("en")}

// feedback is all feedback in both languages, one result a line. It fails the test where a sentence is missing.
func feedback(t testing.TB, results []Result) string {
	t.Helper()
	var out strings.Builder
	for _, r := range results {
		for _, p := range printers {
			line := r.Verdict.String()
			for _, text := range []message.Text{r.Want, r.Got, r.Near, r.Next} {
				line += " | " + p.Say(text)
			}
			out.WriteString(line + "\n")
		}
	}
	if strings.Contains(out.String(), "<no value>") {
		t.Errorf("a sentence lacks a value:\n%s", out.String())
	}
	return out.String()
}

func TestEveryKindHoldsAndFailsAsItsExamplesSay(t *testing.T) {
	for _, kind := range Kinds() {
		if !asksEngine(kind) && !asksWorkspace(kind) {
			continue // see registry_test.go
		}
		t.Run(kind.Name(), func(t *testing.T) {
			e := exampleEngine()
			holds := ask(t, e, exampleBaseline(), "- "+kind.Holds)
			if got := Overall(holds); got != Pass {
				t.Errorf("the example that holds: %v\n%s", got, feedback(t, holds))
			}
			fails := ask(t, e, exampleBaseline(), "- "+kind.Fails)
			if got := Overall(fails); got != Fail {
				t.Errorf("the example that fails: %v\n%s", got, feedback(t, fails))
			}
			checkFeedback(t, slices.Concat(holds, fails))
			if left := e.probesLeft(); !slices.Equal(left, []string{"/sonda"}) {
				t.Errorf("probes left: %v", left)
			}
		})
	}
}

// checkFeedback sees to it that a learner is never left without what was wanted, what is there and what to do.
func checkFeedback(t *testing.T, results []Result) {
	t.Helper()
	text := feedback(t, results)
	t.Log("\n" + text)
	for _, r := range results {
		switch {
		case r.Want.IsZero() || r.Got.IsZero():
			t.Errorf("nothing wanted or nothing found:\n%s", text)
		case r.Verdict == Pass && !(r.Near.IsZero() && r.Next.IsZero()):
			t.Errorf("passed, and more to do:\n%s", text)
		case r.Verdict != Pass && !r.Blocked && r.Next.IsZero():
			t.Errorf("not passed, and nothing to do next:\n%s", text)
		case (r.Verdict == Unknown) != (r.Err != nil):
			t.Errorf("unknown without a reason, or a reason without it: %v", r)
		}
	}
}

func TestEveryKeyHasAKind(t *testing.T) {
	var keys []string
	for _, k := range Kinds() {
		keys = append(keys, k.Name())
	}
	var want []string
	for _, part := range imageParts {
		if part.key != "config" && part.key != "files" && part.key != "run" {
			want = append(want, "image "+part.key)
		}
	}
	for _, part := range configParts {
		want = append(want, "image config "+part.key)
	}
	for _, part := range fileParts {
		want = append(want, "image files "+part.key)
	}
	for _, part := range containerParts {
		want = append(want, "container "+part.key)
	}
	want = append(want, "images count", "images gone", "pushed same_as")
	for subject := range subjects {
		documented := slices.ContainsFunc(Kinds(), func(k Kind) bool { return k.Subject == subject })
		if !documented {
			t.Errorf("no kind documents %q", subject)
		}
	}
	for _, w := range want {
		if !slices.Contains(keys, w) {
			t.Errorf("no kind documents %q", w)
		}
	}
}
