package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"capas/internal/enginetest"
)

// hostile holds what could steer a terminal: as bytes, as YAML, as HTML and as bytes that are no text.
var hostile = []string{
	"\x1b]0;title\x07", "\x1b[2J", "\x1b", "\u009b2J", "\u009d0;title\u009c", "\u202egnp.exe", "\u2066x", "\x7f", "\r", "\b", "\x00", "\xff\x9b2J",
	`\e]0;title\a`, `\x1b[2J`, `\u009b2J`, `\u202e`, `\N`, `\0`,
	"&#27;[2J", "&#x1b;[2J", "&#155;2J", "&#x202e;", "&bsol;e",
}

// hostileCourse has a mark @place@ wherever an author can write.
var hostileCourse = map[string]string{
	"course.yaml": `id: trap
version: "1@version@"
language: es
title: {es: "Un curso @course-title@"}
summary: {es: "Un curso @course-summary@"}
vars:
  base: "img@value@"
lessons: [x]
`,
	"es/10-x.md": `---
id: x
title: "Una lección @title@"
summary: "Algo @summary@"
minutes: 1
vars:
  palabra: {pick: ["uno @pick@", "uno @pick@"]}
---
Al abrir ${palabra} @opening@

## Un paso @heading@

Texto @prose@, ` + "`código @code@`" + `, [enlace @link@](http://x/@href@), ![dibujo @alt@](x.png) <b>@html@</b>

| a @cell@ | b |
|---|---|
| 1 | 2 |

    sangrado @indented@

` + "```sh @info@\nls @fence@\n```\n\n```exercise ex\n" + `goal: "Haz algo @goal@"
checks:
  - file: "nota@path@.txt"
    contains: "algo @contains@"
hints: ["Pista @hint@"]
solution: "ls @solution@"
mistakes:
  - do: "ls @do@"
    says: "algo @says@"
` + "```\n\n```quiz one\n" + `Pregunta @question@

- [x] Sí @choice@
  > Bien @feedback@
- [ ] No

> Porque @explanation@
` + "```\n\n```quiz two\nEscribe\n\n= respuesta @answer@\n```\n\n```quiz three\nEscribe\n\n$ docker images @command@\n```\n",
}

var place = regexp.MustCompile(`@[a-z-]+@`)

// TestHostileCourses: whatever stands wherever, it is refused with its place, or printed as clean text.
func TestHostileCourses(t *testing.T) {
	t.Parallel()
	var places []string
	for _, name := range slices.Sorted(maps.Keys(hostileCourse)) {
		places = append(places, place.FindAllString(hostileCourse[name], -1)...)
	}
	if len(places) == 0 {
		t.Fatal("found no places")
	}
	shown, refused := 0, 0
	for _, at := range append(places, "nowhere") {
		for _, text := range hostile {
			dir := writeCourse(t, at, text)
			if h := lookAtAll(t, dir, fmt.Sprintf("%q at %s", text, at)); h {
				refused++
			} else {
				shown++
			}
		}
	}
	if shown == 0 || refused == 0 {
		t.Errorf("%d courses shown and %d refused: want some of both", shown, refused)
	}
}

func writeCourse(t *testing.T, at, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(dir+"/es", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range hostileCourse {
		content = place.ReplaceAllStringFunc(strings.ReplaceAll(content, at, text), func(string) string { return "" })
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// lookAtAll gives a course to every command, and reports whether it was refused.
func lookAtAll(t *testing.T, course, what string) (refused bool) {
	t.Helper()
	h := newHouse(t)
	for n, line := range []string{
		"list", "show x", "progress --json", // what is refused, is refused by these
		"list --json", "progress", "learn x", "show x --json", "quiz x --json", "hint x/ex", "hint x/ex --json", "solution x/ex", "check x/ex", "check x/ex --json",
	} {
		if refused && n >= 3 {
			return true
		}
		r := h.run(append(strings.Fields(line), "--course", course)...)
		if bad := unclean(r.out + r.err); bad != "" {
			t.Errorf("%s: capas %s: %s\n%q", what, line, bad, r.out+r.err)
		}
		if r.code == exitNotYet && strings.Contains(r.err, "capas: error: ") {
			refused = true
			if !placeOfError.MatchString(r.err) {
				t.Errorf("%s: capas %s: no file, line and column:\n%s", what, line, r.err)
			}
		}
	}
	return refused
}

var placeOfError = regexp.MustCompile(`^capas: error: (course\.yaml|es/10-[a-z]+\.md):\d+:\d+: `)

// TestHostileArguments: what is typed is said back cleanly.
func TestHostileArguments(t *testing.T) {
	h := newHouse(t)
	course := writeCourse(t, "nowhere", "")
	for _, text := range hostile {
		for _, args := range [][]string{
			{text}, {"show", text}, {"show", "x", text}, {"check", "x/" + text}, {"check", text + "/ex"}, {"hint", text}, {"list", text}, {"--lang", text}, {"--" + text},
			{"-" + text}, {"--set", text}, {"--set", text + "=x"}, {"list", "--set", "base=" + text}, {"show", "x", "--set", "base=" + text},
			{"check", "x/ex", "--host", text}, {"check", "x/ex", "--host", "unix:///" + text}, {"check", "x/ex", "--host", "tcp://" + text}, {"check", "x/ex", "--context", text},
			{"list", "--course", text}, {"check", "x/ex", "--workspace", h.dir + "/" + text}, {"list", "--json=" + text},
		} {
			if !slices.Contains(args, "--course") {
				args = append(args, "--course", course)
			}
			r := h.run(args...)
			if bad := unclean(r.out + r.err); bad != "" {
				t.Errorf("capas %q: %s\n%q", args, bad, r.out+r.err)
			}
			if strings.Contains(r.err, "capas: error: ") {
				twoLines(t, r.err)
			}
		}
	}
}

// TestCoursesThatAreNone: each ends with two lines, and with the place where there is one.
func TestCoursesThatAreNone(t *testing.T) {
	noise := make([]byte, 100_000)
	for i := range noise {
		noise[i] = byte(rand.N(256))
	}
	lesson := place.ReplaceAllString(hostileCourse["es/10-x.md"], "")
	write := func(name string, content []byte) func(string) error {
		return func(dir string) error { return os.WriteFile(filepath.Join(dir, name), content, 0o644) }
	}
	for _, tt := range []struct {
		name  string
		spoil func(dir string) error
		code  int
		says  string
	}{
		{"ten megabytes", write("es/10-x.md", bytes.Repeat([]byte("palabra "), 10<<20/8)), exitNotYet, `es/10-x\.md:\d+:\d+: `},
		{"ten megabytes of lines", write("es/10-x.md", []byte(lesson+strings.Repeat("una línea\n", 1<<20))), exitNotYet, `es/10-x\.md:\d+:\d+: `},
		{"a line of a megabyte", write("es/10-x.md", []byte(lesson+strings.Repeat("x", 1<<20))), exitNotYet, `es/10-x\.md:\d+:\d+: `},
		{"noise", write("es/10-x.md", noise), exitNotYet, `es/10-x\.md:\d+:\d+: `},
		{"noise for a course", write("course.yaml", noise), exitNotYet, `course\.yaml:\d+:\d+: `},
		{"nothing", write("es/10-x.md", nil), exitNotYet, `es/10-x\.md:1:1: `},
		{"an unknown check", write("es/10-x.md", []byte(strings.Replace(lesson, "- file:", "- fiel:", 1))), exitNotYet, `es/10-x\.md:\d+:\d+: .*file`},
		{"an alias in YAML", write("course.yaml", []byte("a: &a [*a]\n")), exitNotYet, `course\.yaml:1:4: `},
		{"no course.yaml", func(dir string) error { return os.Remove(dir + "/course.yaml") }, exitUsage, `course\.yaml`},
		{"a folder for course.yaml", func(dir string) error {
			_ = os.Remove(dir + "/course.yaml")
			return os.Mkdir(dir+"/course.yaml", 0o755)
		}, exitUnknown, `course\.yaml`},
		{"no lessons", func(dir string) error { return os.RemoveAll(dir + "/es") }, exitUsage, ``},
		{"a link to itself", func(dir string) error {
			_ = os.Remove(dir + "/es/10-x.md")
			return os.Symlink("10-x.md", dir+"/es/10-x.md")
		}, exitUnknown, `es/10-x\.md`},
		{"a folder linked to itself", func(dir string) error {
			_ = os.RemoveAll(dir + "/es")
			return os.Symlink("es", dir+"/es")
		}, exitUnknown, `es`},
		{"no folder", os.RemoveAll, exitUsage, `course\.yaml`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := writeCourse(t, "nowhere", "")
			if err := tt.spoil(dir); err != nil {
				t.Fatal(err)
			}
			h := newHouse(t)
			r := h.run("show", "x", "--course", dir)
			if r.code != tt.code || !regexp.MustCompile(tt.says).MatchString(r.err) || r.out != "" {
				t.Errorf("exit %d, want %d and %s:\n%s%s", r.code, tt.code, tt.says, r.out, short(r.err))
			}
			twoLines(t, r.err)
			if bad := unclean(r.err); bad != "" {
				t.Errorf("%s: %q", bad, short(r.err))
			}
			if len(r.err) > 2000 {
				t.Errorf("%d bytes of error", len(r.err))
			}
		})
	}
}

func short(text string) string { return text[:min(len(text), 1000)] }

// house is a learner's home for runs of the program within the test.
type house struct {
	t   *testing.T
	dir string
	env map[string]string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	dir := t.TempDir()
	return &house{t, dir, map[string]string{
		"LANG": "es_ES.UTF-8", "HOME": dir, "XDG_STATE_HOME": dir + "/state", "CAPAS_WORKSPACE": dir + "/work", "DOCKER_HOST": "unix://" + dir + "/nowhere",
	}}
}

// answer is what a run of the program said.
type answer struct {
	code     int
	out, err string
}

func (h *house) run(args ...string) answer {
	h.t.Helper()
	var out, errs bytes.Buffer
	code := run(h.t.Context(), args, strings.NewReader(""), &out, &errs, func(name string) string { return h.env[name] })
	return answer{code, out.String(), errs.String()}
}

// unclean says what of a text is none, or could steer a terminal.
func unclean(text string) string {
	if !utf8.ValidString(text) {
		return "bytes that are no text"
	}
	for _, r := range text {
		if r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return fmt.Sprintf("the character %U", r)
		}
	}
	return ""
}

func twoLines(t *testing.T, said string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(said, "\n"), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "capas: error: ") || !strings.HasPrefix(lines[1], "capas: hint: ") {
		t.Errorf("want two lines, an error and a hint:\n%s", said)
	}
}

// TestHostileEngine: labels, files, logs and names that steer a terminal come back clean in what checks say.
func TestHostileEngine(t *testing.T) {
	const trap = "a\x1b]0;title\x07b\x1b[2Jc\u009b31md\u202ee"
	name := enginetest.Name(t, "trap")
	enginetest.Build(t, name+":1", "FROM "+enginetest.Base(t)+"\nLABEL trap=\""+trap+"\"\nENV TRAP=\""+trap+"\"\nUSER root\nCOPY trap /trap/"+"\nCMD [\"cat\", \"/trap/trap\"]\n", map[string]string{"trap": trap + "\n"})
	enginetest.Run(t, name+":1", name)
	dir := t.TempDir()
	if err := os.Mkdir(dir+"/es", 0o755); err != nil {
		t.Fatal(err)
	}
	items := map[string]string{
		"label":      "image: " + name + ":1\n    config: {labels: {trap: good}}",
		"env":        "image: " + name + ":1\n    config: {env: {TRAP: good}}",
		"history":    "image: " + name + ":1\n    history: [RUN touch good]",
		"content":    "image: " + name + ":1\n    files: {/trap/trap: {contains: good}}",
		"command":    "image: " + name + ":1\n    config: {cmd: [good]}",
		"ran":        "image: " + name + ":1\n    run: {stdout: good}",
		"log":        "container: " + name + "\n    logs: good",
		"dockerfile": "dockerfile: Dockerfile\n    instructions: [FROM, RUN good]",
		"base":       "dockerfile: Dockerfile\n    base: good:1",
		"broken":     "dockerfile: Broken\n    base: good:1",
		"file":       "file: nota.txt\n    contains: good",
		"near":       "file: notas.txt",
		"folder":     "file: carpeta/nota.txt",
	}
	lesson := "---\nid: x\ntitle: X\n---\n## Paso\n"
	for _, id := range slices.Sorted(maps.Keys(items)) {
		lesson += "\n```exercise " + id + "\ngoal: Algo\nchecks:\n  - " + items[id] + "\nhints: [Algo]\nsolution: ls\n```\n"
	}
	h := newHouse(t)
	h.env["DOCKER_HOST"] = os.Getenv("DOCKER_HOST")
	for file, content := range map[string]string{
		dir + "/course.yaml":                                 "id: trap\nversion: \"1\"\nlanguage: es\ntitle: {es: Trampa}\nlessons: [x]\n",
		dir + "/es/10-x.md":                                  lesson,
		h.dir + "/work/x/Dockerfile":                         "FROM " + trap + "\nRUN echo " + trap + "\nLABEL a=\"" + trap + "\"\n",
		h.dir + "/work/x/Broken":                             "FROM x\n" + trap + " x\n",
		h.dir + "/work/x/nota.txt":                           trap,
		h.dir + "/work/x/notas" + trap + ".txt":              "",
		h.dir + "/work/x/carpeta" + trap + "/nota.txt":       "",
		h.dir + "/work/x/" + trap + "/" + trap + "/nota.txt": "",
	} {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), fs.FileMode(0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for id := range items {
		for _, flag := range []string{"--plain", "--json", "--lang=en"} {
			r := h.run("check", "x/"+id, "--course", dir, flag)
			if bad := unclean(r.out + r.err); bad != "" {
				t.Errorf("%s %s: %s\n%q", id, flag, bad, r.out+r.err)
			}
			if r.code != exitNotYet {
				t.Errorf("%s %s: exit %d\n%s%s", id, flag, r.code, r.out, r.err)
			}
		}
	}
}
