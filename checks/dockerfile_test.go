package checks

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

func TestDockerfile(t *testing.T) {
	const two = "FROM golang:1.26 AS build\nRUN go build\nFROM scratch\nCOPY --from=build /app /app\n"
	for _, tc := range []struct {
		name, content, asks, verdicts string
		es, en                        string // a part of what is said
	}{
		{"is read", "FROM a\n", "", "pass", "`Dockerfile` está ahí, y docker lo entiende.", "docker understands it"},

		{"in order", "FROM a\nWORKDIR /x\nRUN touch  /x/listo\n", "instructions: [FROM, RUN touch /x]", "pass pass", "Tiene, por orden: FROM, WORKDIR, RUN.", "It has, in order: FROM, WORKDIR, RUN."},
		{"small letters", "from a\nrun x\n", "instructions: [FROM, RUN]", "pass pass", "", ""},
		{"continued", "FROM a\nRUN mkdir /x && \\\n  # y\n  touch /x/listo\n", "instructions: RUN touch", "pass pass", "", ""},
		{"in a here-document", "FROM a\nRUN <<EOF\ntouch x\nEOF\n", "instructions: [RUN touch x]", "pass pass", "", ""},
		{"missing", "FROM a\n", "instructions: [FROM, RUN]", "pass fail", "Añade `RUN` debajo de `FROM`, que está en la línea 1.", "Add `RUN` below `FROM`, which is on line 1."},
		{"missing from the start", "FROM a\n", "instructions: [LABEL]", "pass fail", "Añade `LABEL`.", "Add `LABEL`."},
		{"once where twice", "FROM a\nRUN x\n", "instructions: [RUN, RUN]", "pass fail", "Añade `RUN` debajo de `RUN`, que está en la línea 2.", "Add `RUN` below `RUN`"},
		{"with another text", "FROM a\nRUN mkdir x\n", "instructions: [RUN touch]", "pass fail", "Hay un `RUN` en la línea 2, pero en él no aparece `touch`.", "There is a `RUN` on line 2, but `touch` is not in it."},
		{"in another order", "FROM a\nCMD x\nRUN y\n", "instructions: [RUN, CMD]", "pass fail", "`CMD` está en la línea 2, demasiado pronto: el orden importa.\nBaja la línea 2: va debajo de `RUN`, que está en la línea 3.", "Move line 2 down: it goes below `RUN`, which is on line 3."},

		{"base", "FROM docker.io/library/ubuntu:24.04\n", "base: ubuntu:24.04", "pass pass", "Parte de `docker.io/library/ubuntu:24.04` (línea 1).", "It begins from"},
		{"base by default", "FROM ubuntu\n", "base: ubuntu:latest", "pass pass", "", ""},
		{"base pinned", "FROM ubuntu:24.04@sha256:" + strings.Repeat("0", 64) + "\n", "base: ubuntu:24.04", "pass pass", "", ""},
		{"base of an argument", "ARG V=24.04\nARG IMAGE=ubuntu:${V}\nFROM $IMAGE\n", "base: ubuntu:24.04", "pass pass", "", ""},
		{"base of an argument's own default", "FROM ubuntu:${V:-24.04}\n", "base: ubuntu:24.04", "pass pass", "", ""},
		{"base of an argument without value", "ARG IMAGE\nFROM $IMAGE\n", "base: ubuntu:24.04", "pass fail", "Parte de `$IMAGE` (línea 2), y `IMAGE` no tiene valor.", "`IMAGE` has no value"},
		{"base of the last stage", two, "base: scratch", "pass pass", "", ""},
		{"base of the stage that it begins from", "FROM ubuntu:24.04 AS Base\nFROM base\nRUN x\n", "base: ubuntu:24.04", "pass pass", "", ""},
		{"another base", "FROM debian:12\n", "base: ubuntu:24.04", "pass fail", "Parte de `debian:12` (línea 1).\nPon `ubuntu:24.04` detrás de `FROM` en la línea 1.", "Put `ubuntu:24.04` after `FROM` on line 1."},
		{"base without its tag", "FROM ubuntu\n", "base: ubuntu:24.04", "pass fail", "El nombre está bien, pero sin otra etiqueta docker toma `latest`.", "docker takes `latest`"},
		{"base in capitals", "FROM Ubuntu:24.04\n", "base: ubuntu:24.04", "pass fail", "los nombres de imagen van en minúsculas", "small letters"},

		{"stages", two, "stages: \">= 2\"", "pass pass", "Hay 2 etapas.", "2 stages"},
		{"too few stages", "FROM a\n", "stages: 2", "pass fail", "Hay 1 etapa.\nCada `FROM` abre una etapa: añade la que falta.", "add the one that is missing"},
		{"too many stages", two, "stages: 1", "pass fail", "quita la que sobra", "take away the one too many"},

		{"rules kept", "FROM a:1\n", "avoid: [latest-base, sudo]", "pass pass pass", "En `Dockerfile` se cumple.", "`Dockerfile` keeps to it."},
		{"a rule broken", "FROM a\n", "avoid: latest-base", "pass fail", "En `Dockerfile`, la línea 1 no lo cumple.\nPon detrás de `FROM` el nombre con la etiqueta de una versión.", "line 1 does not keep to it"},
		{"a rule broken twice", "FROM a:1\nRUN x\nRUN y\nRUN z\n", "avoid: [many-runs]", "pass fail", "no lo cumplen las líneas 3, 4.", "lines 3, 4 do not keep to it"},

		{"not readable", "FORM a\n", "base: a\nstages: 1\ninstructions: FROM\navoid: sudo", "fail fail(blocked) fail(blocked) fail(blocked) fail(blocked)", "¿Querías escribir `FROM`? Corrige la línea 1.", "Did you mean `FROM`? Mend line 1."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := workspace(t, map[string]string{"Dockerfile": tc.content})
			results, err := evalIn(t, dir, "dockerfile: Dockerfile\n"+tc.asks, parseDockerfile)
			if err != nil || verdicts(results) != tc.verdicts {
				t.Fatalf("%s, error %v; want %s\n%s", verdicts(results), err, tc.verdicts, said("en", results))
			}
			if got := said("es", results); !strings.Contains(got, tc.es) {
				t.Errorf("es: %s\nwant %s", got, tc.es)
			}
			if got := said("en", results); !strings.Contains(got, tc.en) {
				t.Errorf("en: %s\nwant %s", got, tc.en)
			}
		})
	}
}

func TestNoDockerfile(t *testing.T) {
	dir := workspace(t, map[string]string{"dockerfile": "FROM a\n"})
	results, err := evalIn(t, dir, "dockerfile: Dockerfile\nstages: 1", parseDockerfile)
	if err != nil || verdicts(results) != "fail fail(blocked)" || !strings.Contains(said("es", results), "Hay `dockerfile`: las mayúsculas") {
		t.Errorf("%s, %v\n%s", verdicts(results), err, said("es", results))
	}
	results, err = evalIn(t, "", "dockerfile: Dockerfile\nstages: 1", parseDockerfile)
	if err == nil || verdicts(results) != "unknown unknown" {
		t.Errorf("%s, %v", verdicts(results), err)
	}
}

func TestDockerfileThatDockerCannotRead(t *testing.T) {
	for _, tc := range []struct{ content, es string }{
		{"FROM a\n" + strings.Repeat("\n", maxDockerfileLines), "Tiene más de 2000 líneas"},
		{"", "El fichero está vacío. ¿Lo has guardado?"},
		{" \n\n", "El fichero está vacío."},
		{"# FROM a\n", "En el fichero sólo hay comentarios."},
		{"\xff\xfeF\x00R\x00", "No es texto corriente"},
		{"ARG A=1\n", "No hay ningún `FROM`"},
		{"# x\nRUN x\nFROM a\n", "Línea 2: `RUN` está antes que `FROM`"},
		{"FROM a\nRUM x\n", "Línea 2: `RUM` no es una instrucción de Dockerfile.\n¿Querías escribir `RUN`?"},
		{"FROM:a\n", "Detrás de `FROM` va un espacio."},
		{"FROM a\nCMD[\"x\"]\n", "Detrás de `CMD` va un espacio."},
		{"FROM a\ncd /app\n", "ponle delante `RUN`, así: `RUN cd /app`."},
		{"FROM a\nRUN mkdir x &&\n  touch x/y\n", "La línea 2 queda a medias: para seguir en la siguiente, termínala con `\\`."},
		{"FROM a\nHola\n", "Cada línea empieza por una instrucción: ADD, ARG, CMD"},
		{"FROM\n", "Línea 1: a `FROM` le falta lo que va detrás."},
		{"FROM a\nRUN\n", "Línea 2: a `RUN` le falta lo que va detrás."},
		{"FROM ubuntu 24.04\n", "únelas con dos puntos: `FROM ubuntu:24.04`."},
		{"FROM a as b c\n", "docker no entiende este `FROM`"},
		{"FROM a\nCOPY x\n", "`COPY` dice qué copiar, pero no adónde."},
		{"FROM a\nRUN <<EOF\nx\n", "Línea 2: el texto que se abre con `<<` no se cierra nunca."},
		{"FROM a\nCOPY --form=b x y\n", "Línea 2: `COPY` no tiene ninguna opción `--form`.\n¿Querías escribir `--from`? Corrige la línea 2."},
		{"FROM a\nCOPY --zzzzzzzz=b x y\n", "Línea 2: `COPY` no tiene ninguna opción `--zzzzzzzz`.\nQuítala de la línea 2."},
		{"FROM a\nENV x\n", "Línea 2: `ENV x` dice un nombre, y le falta el valor.\nDáselo detrás de un `=`: `ENV x=…`"},
		{"FROM a\nENV x=hola mundo\n", "Línea 2: a `mundo` le falta un `=`: lo que pone `ENV` son pares de nombre y valor.\nUn valor con espacios va entre comillas: `ENV x=\"hola mundo\"`."},
		{"FROM a\nLABEL x=\"y\" z\n", "Línea 2: a `z` le falta un `=`: lo que pone `LABEL` son pares de nombre y valor.\nUn valor con espacios va entre comillas: `LABEL NAME=\"…\"`."},
		{"FROM a # b\n", "Línea 1: `#` sólo abre un comentario al principio de una línea.\nEscribe `FROM a` en la línea 1."},
		{"FROM a\nSHELL sh -c\n", "Escribe `SHELL [\"sh\", \"-c\"]` en la línea 2."},
		{"FROM a\nHEALTHCHECK --timeout=3s cat x\n", "Escribe `HEALTHCHECK --timeout=3s CMD cat x` en la línea 2."},
		{"# escape=x\nFROM a\n", "Línea 1: docker no entiende lo que pone."},
		{"FROM a\nRUN " + strings.Repeat("x", 70_000) + "\n", "docker no entiende lo que pone"},
	} {
		name := tc.content[:min(len(tc.content), 40)]
		d, problem := readDockerfile(tc.content)
		if d != nil || problem == nil {
			t.Errorf("%q: it was read", name)
			continue
		}
		got := message.For("es").Say(problem.text()) + "\n" + message.For("es").Say(problem.Next)
		if !strings.Contains(got, tc.es) {
			t.Errorf("%q:\n got %s\nwant %s", name, got, tc.es)
		}
		if message.For("en").Say(problem.text()) == "" || message.For("en").Say(problem.Next) == "" {
			t.Errorf("%q: nothing said in English", name)
		}
	}
}

func TestDockerfileErrorsSayWhatIsWrongAndWhere(t *testing.T) {
	for _, tc := range []struct{ entry, want string }{
		{"dockerfile: a/", "1:13: a/ is a folder (it ends in /): name the file, a/Dockerfile"},
		{"dockerfile: ../a", "within the workspace"},
		{"dockerfile: a\nbas: b", `2:1: unknown key "bas" in dockerfile check (did you mean "base"?)`},
		{"dockerfile: a\ninstructions: [FROM, RUNN x]", `2:22: unknown instruction "RUNN" (did you mean "RUN"?)`},
		{"dockerfile: a\ninstructions: \"\"", `unknown instruction ""`},
		{"dockerfile: a\ninstructions: []", "at least one"},
		{"dockerfile: a\navoid: [sudo, latest]", `2:15: unknown rule "latest" (known: latest-base, apt-no-clean`},
		{"dockerfile: a\navoid: sodo", `2:8: unknown rule "sodo" (did you mean "sudo"?)`},
		{"dockerfile: a\nbase: A b", "is no name of an image"},
		{"dockerfile: a\nstages: many", "is no bound"},
	} {
		n, err := strictyaml.Parse([]byte(tc.entry))
		must(t, err)
		list, err := parseDockerfile(n)
		var place *strictyaml.Error
		if list != nil || !errors.As(err, &place) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", tc.entry, err, tc.want)
		}
	}
}

func TestDockerfileRulesHoldTheirOwnExamples(t *testing.T) {
	if len(dockerfileRules) == 0 {
		t.Fatal("found no rules")
	}
	for _, r := range dockerfileRules {
		good, _ := readDockerfile(r.good)
		bad, _ := readDockerfile(r.bad)
		if good == nil || bad == nil {
			t.Errorf("%s: an example that cannot be read", r.name)
			continue
		}
		if lines := r.find(good); len(lines) > 0 {
			t.Errorf("%s: lines %v of the good example break it", r.name, lines)
		}
		if lines := r.find(bad); len(lines) == 0 || slices.Contains(lines, 0) {
			t.Errorf("%s: lines %v of the bad example break it", r.name, lines)
		}
		for _, lang := range message.Languages {
			if p := message.For(lang); p.Say(r.says) == "" || p.Say(r.next) == "" {
				t.Errorf("%s: nothing said in %s", r.name, lang)
			}
		}
	}
}

func TestDockerfileRules(t *testing.T) {
	for _, tc := range []struct {
		rule, content string
		lines         []int
	}{
		{"latest-base", "ARG V=latest\nFROM a:$V\n", []int{2}},
		{"latest-base", "FROM a:1 AS b\nFROM b\nFROM scratch\nFROM c@sha256:" + strings.Repeat("0", 64) + "\n", nil},
		{"latest-base", "FROM localhost:5000/a\n", []int{1}},
		{"apt-no-clean", "FROM a\nRUN <<EOF\napt update\napt -y install x\nEOF\n", []int{2}},
		{"apt-no-clean", "FROM a\nRUN apt-get install x\nRUN rm -rf /var/lib/apt/lists/*\n", []int{2}},
		{"apt-no-clean", "FROM a\nRUN --mount=type=cache,target=/var/lib/apt apt-get install x\n", nil},
		{"apt-no-clean", "FROM a\nRUN echo apt-get install x\n", nil},
		{"apt-update-alone", "FROM a\nRUN [\"apt-get\", \"update\"]\n", []int{2}},
		{"add-for-copy", "FROM a\nADD https://example.com/x /x\nADD $X /x\nADD a.TGZ /\nADD x y /z/\n", []int{5}},
		{"cd-in-run", "FROM a\nRUN (true && cd /x; ls)\nRUN echo cd\n", []int{2}},
		{"cd-in-run", "FROM a\nRUN cd 'unclosed\n", nil},
		{"sudo", "FROM a\nRUN if true; then sudo ls; fi\n", []int{2}},
		{"root-user", "FROM a AS b\nUSER 0:0\nFROM b\nRUN x\n", []int{2}},
		{"root-user", "FROM a\nUSER root\nFROM b\n", nil},
		{"many-runs", "FROM a\nRUN x\nFROM b\nRUN y\nENV z=1\nRUN w\n", nil},
	} {
		i := slices.IndexFunc(dockerfileRules, func(r dockerfileRule) bool { return r.name == tc.rule })
		d, problem := readDockerfile(tc.content)
		if i < 0 || problem != nil {
			t.Fatalf("%s: %q: %v", tc.rule, tc.content, problem)
		}
		if lines := dockerfileRules[i].find(d); !slices.Equal(lines, tc.lines) {
			t.Errorf("%s: %q: lines %v, want %v", tc.rule, tc.content, lines, tc.lines)
		}
	}
}

// TestDockerfileThatIsMeantToHarm goes through what costs the parsers most. Each would end the program, or not end, if nothing bounded it.
func TestDockerfileThatIsMeantToHarm(t *testing.T) {
	fill := func(before, part, after string) string {
		n := (maxDockerfileSize - len(before) - len(after)) / len(part)
		if lines := strings.Count(part, "\n"); lines > 0 {
			n = min(n, (maxDockerfileLines-strings.Count(before+after, "\n"))/lines)
		}
		return before + strings.Repeat(part, n) + after
	}
	for name, content := range map[string]string{
		"a long here-document":   fill("FROM a\nRUN <<E\n", strings.Repeat("x", 31)+"\n", "E\n"),
		"ONBUILD of ONBUILD":     fill("FROM a\n", "ONBUILD ", "RUN x"),
		"nested variables":       fill("FROM ", strings.Repeat("${a:-", 1000)+"\\\n", "x"),
		"nested commands":        "FROM a\nRUN " + strings.Repeat("$(", maxScriptSize/2-1),
		"nested subshells":       "FROM a\nRUN " + strings.Repeat("(", maxScriptSize/1-1),
		"arguments that double":  fill("ARG A=xxxxxxxx\n", "ARG A=$A$A\n", "FROM $A"),
		"a word of arguments":    fill("ARG A="+strings.Repeat("x", maxWordSize)+"\nFROM ", strings.Repeat("$A", 1000)+"\\\n", ""),
		"many arguments":         fill("", "ARG A=b\n", "FROM $A\n"),
		"many stages":            fill("", "FROM a AS b\nFROM b AS a\n", ""),
		"many FROM of arguments": fill("ARG A=b\n", "FROM $A\n", ""),
	} {
		t.Run(name, func(t *testing.T) {
			d, problem := readDockerfile(content)
			if problem != nil {
				return
			}
			for _, r := range dockerfileRules {
				r.find(d)
			}
			dockerfileBase{ref: "a:1"}.judge(d)
		})
	}
}

func FuzzReadDockerfile(f *testing.F) {
	for _, r := range dockerfileRules {
		f.Add(r.good)
		f.Add(r.bad)
	}
	for _, seed := range []string{
		"# escape=`\n# syntax=x\nFROM a\n", "ARG A=${B:-c}\nFROM ${A%x}\n", "FROM a\nRUN <<-\"EOF\" cat <<B\n\tx\n\tEOF\nB\n",
		"FROM a\nONBUILD ONBUILD RUN x\nHEALTHCHECK --interval=1s CMD x\nSHELL [\"x\"]\nENV a=\"b\\\"\nLABEL x\n", "\ufeff#\n \\\n",
		"FROM a AS b\nFROM b AS b\nUSER 0\nADD <<EOF /x\nEOF\nVOLUME [\"\"]\nEXPOSE\nSTOPSIGNAL\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		if len(content) > maxDockerfileSize {
			return
		}
		d, problem := readDockerfile(content)
		if (d == nil) == (problem == nil) {
			t.Fatalf("%v and %v", d, problem)
		}
		es := message.For("es")
		if problem != nil {
			es.Say(problem.text())
			es.Say(problem.Next)
			return
		}
		for _, r := range dockerfileRules {
			r.find(d)
		}
		es.Say(dockerfileBase{ref: "a:1"}.judge(d).Got)
		es.Say(dockerfileInstructions{wanted: []wantedInstruction{{word: "RUN", text: "x"}}}.judge(d).Got)
	})
}
