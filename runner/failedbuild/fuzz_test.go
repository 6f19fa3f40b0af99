package failedbuild

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"capas/internal/message"
)

// FuzzExplain lets anything stand in the command, in the Dockerfile, and in what docker says. What is said of it can be printed.
func FuzzExplain(f *testing.F) {
	f.Add("docker build .", "FROM base:1\nCOPY salud.txt /\n", "", "", "")
	f.Add("docker build -t Hola .", "FORM a\n", "", "", "")
	f.Add("cd hola && DOCKER_BUILDKIT=1 sudo docker -H x buildx build -tag a{b,c} --target x -f $F \"$D\" .", "ARG A=${B:-c}\nFROM $A AS x\nFROM x\nCOPY --from=y a /\n", "", "", "*\n!a\n")
	f.Add("docker build .", "FROM a\nRUN [\"x\", \"y\"\n", "Step 2/2 : RUN [\"x\", \"y\"", "The command '/bin/sh -c [' returned a non-zero code: 127\n\x1b[91msh: [x,: not found", "")
	f.Add("docker build .", "FROM a\nWORKDIR ../..\nENV x=$x$x\nCOPY ../$x [a-z /\nADD * \\\n # c\n b\nUSER a:b\nRUN <<E\n\xff\nE\n", "COPY ../$x [a-z /", "requires buildkit", "[\n")
	f.Add("docker build\\\n  -t a:b:c '.'", "FROM a # x\nSHELL x\nHEALTHCHECK\nSTOPSIGNAL x\nEXPOSE 1-0\nONBUILD RUN x\n", "", "unknown flag: --x", "#\n")
	f.Fuzz(func(t *testing.T, command, dockerfile, step, words, ignore string) {
		dir := workspace(t, map[string]string{"Dockerfile": dockerfile, "saludo.txt": "x", "hola/Dockerfile": dockerfile, ".dockerignore": ignore})
		said := strings.Split(words, "\n")
		began := time.Now()
		defer func() {
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
		}()
		e, ok := Explain(t.Context(), Build{Command: command, Dir: dir, Home: dir, Step: step, Error: said[0], Output: said[1:]})
		if ok == e.isNone() {
			t.Fatalf("%v and %v", ok, e)
		}
		for _, lang := range message.Languages {
			for _, text := range []message.Text{e.What, e.Found, e.Near, e.Next} {
				line := message.For(lang).Say(text)
				if strings.ContainsFunc(line, unicode.IsControl) || strings.Contains(line, "<no value>") || strings.ContainsFunc(line, func(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }) {
					t.Errorf("%s: %q", lang, line)
				}
			}
		}
	})
}

// TestHostileInput goes through what costs most. Each would not end, or end the program, if nothing bounded it.
func TestHostileInput(t *testing.T) {
	for name, in := range map[string]struct{ command, dockerfile string }{
		"a long line":          {"docker build " + strings.Repeat("(", 1<<20), ""},
		"many braces":          {"docker build " + strings.Repeat("{a,b}", 20), ""},
		"nested braces":        {"docker build " + strings.Repeat("{a,", 800) + strings.Repeat("}", 800), ""},
		"doubled arguments":    {"docker build .", "ARG A=xxxxxxxx\n" + strings.Repeat("ARG A=$A$A\n", 1500) + "FROM $A\nCOPY $A /\n"},
		"many variables":       {"docker build .", "FROM a\n" + many("ENV X%=1\n", 1500)},
		"many stages":          {"docker build .", strings.Repeat("FROM a AS b\nFROM b AS a\n", 900)},
		"stages after each":    {"docker build .", "FROM a AS s0\n" + chain(900)},
		"nested variables":     {"docker build .", "FROM a\nCOPY " + strings.Repeat("${a:-", 8000) + " /\n"},
		"a nested script":      {"docker build .", "FROM a\nRUN " + strings.Repeat("$(", 30000) + "\n"},
		"a pattern of stars":   {"docker build .", "FROM a\nCOPY " + strings.Repeat("*a", 500) + " /\n"},
		"patterns that ignore": {"docker build .", "FROM a\n" + strings.Repeat("COPY saludo.txt /\n", 1500)},
	} {
		t.Run(name, func(t *testing.T) {
			dir := workspace(t, map[string]string{"Dockerfile": in.dockerfile, "saludo.txt": "x", ".dockerignore": strings.Repeat("**/*?x[a-c]*\n", 1000)})
			for _, step := range []string{"", "COPY x /", "RUN x"} {
				Explain(t.Context(), Build{Command: in.command, Dir: dir, Step: step})
			}
		})
	}
}

func many(line string, n int) string {
	var lines []string
	for i := range n {
		lines = append(lines, strings.ReplaceAll(line, "%", strings.Repeat("y", i%50)+string(rune('a'+i%26))+strings.Repeat("z", i/50)))
	}
	return strings.Join(slices.Compact(lines), "")
}

func chain(n int) string {
	var out strings.Builder
	name := "s0"
	for i := range n {
		next := name + "x"
		if i%20 == 0 {
			next = "s" + strings.Repeat("y", i/20+1)
		}
		out.WriteString("FROM " + name + " AS " + next + "\nCOPY saludo.txt /\n")
		name = next
	}
	return out.String()
}
