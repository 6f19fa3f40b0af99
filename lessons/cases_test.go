package lessons_test

import (
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"capas/lessons"
)

var update = flag.Bool("update", false, "rewrite what the cases in testdata want")

// courseVars are those of the course that every case belongs to.
var courseVars = lessons.Vars{
	"base":   {Online: "ubuntu:24.04", Offline: "${mirror}/base:1"},
	"mirror": {Value: "localhost:5000"},
	"user":   {Value: "ana"},
}

const caseFile = "es/10-case.md"

// TestCases reads the archives in testdata: NAME.md is a lesson, NAME.want what becomes of it.
func TestCases(t *testing.T) {
	cases := 0
	for _, name := range archives(t) {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		var out []txtar.File
		for _, f := range archive.Files {
			if lesson, ok := strings.CutSuffix(f.Name, ".md"); ok {
				got := outcome(f.Data)
				out = append(out, f, txtar.File{Name: lesson + ".want", Data: []byte(got)})
				want[lesson] = got
				cases++
			}
		}
		if *update {
			archive.Files = out
			if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		for _, f := range archive.Files {
			if lesson, ok := strings.CutSuffix(f.Name, ".want"); ok {
				t.Run(filepath.Base(name)+"/"+lesson, func(t *testing.T) {
					if got := want[lesson]; got != string(f.Data) {
						t.Errorf("got:\n%s\nwant:\n%s", got, f.Data)
					}
				})
				delete(want, lesson)
			}
		}
		for lesson := range want {
			t.Errorf("%s: %s.md without %s.want: run go test -update and read what it wrote", name, lesson, lesson)
		}
	}
	if cases == 0 {
		t.Fatal("found no cases")
	}
}

func archives(t testing.TB) []string {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("found no cases: %v", err)
	}
	return names
}

// sources are the lessons of every case and of every course under content, by name.
func sources(t testing.TB) map[string][]byte {
	found := map[string][]byte{}
	for _, name := range archives(t) {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if strings.HasSuffix(f.Name, ".md") {
				found[name+"/"+f.Name] = f.Data
			}
		}
	}
	err := fs.WalkDir(os.DirFS("../content"), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".md") {
			return err
		}
		src, err := fs.ReadFile(os.DirFS("../content"), path)
		found["content/"+path] = src
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return found
}

func outcome(src []byte) string {
	l, err := lessons.Parse(caseFile, src, courseVars)
	if err != nil {
		return err.Error() + "\n"
	}
	return summary(l)
}

// summary writes all that a lesson holds, for people to read.
func summary(l *lessons.Lesson) string {
	var b strings.Builder
	fmt.Fprintf(&b, "lesson %s %q", l.ID, l.Title)
	if l.Summary != "" {
		fmt.Fprintf(&b, " %q", l.Summary)
	}
	fmt.Fprintf(&b, " lang=%s minutes=%d needs=%v\n", l.Lang, l.Minutes, l.Needs)
	for _, name := range slices.Sorted(maps.Keys(l.Vars)) {
		if _, ok := courseVars[name]; !ok && !lessons.Given(name) {
			fmt.Fprintf(&b, "var %s %+v\n", name, l.Vars[name])
		}
	}
	if l.Opening != "" {
		fmt.Fprintf(&b, "opening %q\n", l.Opening)
	}
	for _, s := range l.Steps {
		fmt.Fprintf(&b, "step %q line %d\n", s.Title, s.Line)
		for _, block := range s.Blocks {
			if block.Item == nil {
				fmt.Fprintf(&b, "  prose %q\n", block.Markdown)
				continue
			}
			writeItem(&b, block.Item)
		}
	}
	return b.String()
}

func writeItem(b *strings.Builder, it *lessons.Item) {
	if q := it.Quiz; q != nil {
		fmt.Fprintf(b, "  quiz %s line %d %s\n", it.ID, it.Line, kindNames[q.Kind])
		writeQuiz(b, q)
		return
	}
	ex := it.Exercise
	fmt.Fprintf(b, "  exercise %s line %d\n    goal %q\n", it.ID, it.Line, ex.Goal)
	for _, e := range ex.Scene {
		fmt.Fprintf(b, "    scene %s\n", sceneEntry(e))
	}
	for _, c := range ex.Checks.Items {
		fmt.Fprintf(b, "    check at %d:%d %s: %s\n", c.Line, c.Col, c.Fields[0].Key.Value, c.Fields[0].Value.Value)
	}
	fmt.Fprintf(b, "    hints %q\n    solution %q\n", ex.Hints, ex.Solution)
	if ex.Also != nil {
		fmt.Fprintf(b, "    also %q\n", ex.Also)
	}
	for _, m := range ex.Mistakes {
		fmt.Fprintf(b, "    mistake %q says %q\n", m.Do, m.Says)
	}
}

var kindNames = map[lessons.QuizKind]string{
	lessons.ChooseOne: "choose-one", lessons.ChooseAll: "choose-all", lessons.Order: "order",
	lessons.TypeAnswer: "answer", lessons.TypeCommand: "command", lessons.TypeLive: "live",
}

func writeQuiz(b *strings.Builder, q *lessons.Quiz) {
	if q.Draw > 0 {
		fmt.Fprintf(b, "    draw %d from %v\n", q.Draw, q.From)
		return
	}
	fmt.Fprintf(b, "    question %q\n", q.Question)
	for _, c := range q.Choices {
		mark := "-"
		if c.Right {
			mark = "x"
		}
		fmt.Fprintf(b, "    %s %q", mark, c.Text)
		if c.Feedback != "" {
			fmt.Fprintf(b, " feedback %q", c.Feedback)
		}
		b.WriteByte('\n')
	}
	if q.Answers != nil {
		fmt.Fprintf(b, "    answers %q\n", q.Answers)
	}
	if q.Live != nil {
		fmt.Fprintf(b, "    live %q of %q\n", q.Live.Kind, q.Live.Ref)
	}
	if q.Explanation != "" {
		fmt.Fprintf(b, "    explanation %q\n", q.Explanation)
	}
}

func sceneEntry(e lessons.SceneEntry) string {
	switch {
	case e.Build != nil:
		return fmt.Sprintf("build %+v", *e.Build)
	case e.Tag != nil:
		return fmt.Sprintf("tag %+v", *e.Tag)
	case e.Run != nil:
		return fmt.Sprintf("run %+v", *e.Run)
	case e.File != nil:
		return fmt.Sprintf("file %+v", *e.File)
	case e.Pull != "":
		return "pull " + e.Pull
	}
	return "absent " + e.Absent
}
