package checks

import (
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"capas/internal/enginetest"
	"capas/internal/message"
)

var update = flag.Bool("update", false, "rewrite what the near misses in testdata/nearmiss say, and docs/near-misses.md")

const nearMissDocument = "../docs/near-misses.md"

// nearMiss is what a learner did that was nearly right, and what capas says to it: one archive of testdata/nearmiss.
//
//	title in Spanish
//	title in English
//	-- web/Dockerfile --      a file of the workspace; any number of them
//	-- before --              commands of docker from before the attempt; may be left out
//	-- typed --               what the learner typed in the attempt; may be left out
//	-- after web/Dockerfile --  a file that was saved after all that; may be left out
//	-- then --                what was typed then; may be left out
//	-- checks --              what the exercise asks for
//	-- es --                  what the learner reads in Spanish: want, got, near, next; written by -update
//	-- en --                  and in English
//
// Names of images and containers are those of the case alone; base:1 is the practice base.
type nearMiss struct {
	file    string
	archive *txtar.Archive
	titles  map[string]string // by language
}

// name is its folder and its file: "10-names/colon-for-dash".
func (n nearMiss) name() string {
	name := strings.TrimSuffix(filepath.ToSlash(n.file), ".txtar")
	return strings.TrimPrefix(name, "testdata/nearmiss/")
}

func (n nearMiss) section(name string) string {
	for _, f := range n.archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

// workspace are the files of the workspace, those that are saved after all else where later is set.
func (n nearMiss) workspace(later bool) map[string]string {
	files := map[string]string{}
	for _, f := range n.archive.Files {
		name, after := strings.CutPrefix(f.Name, "after ")
		if after == later && !slices.Contains([]string{"before", "typed", "then", "checks", "es", "en"}, name) {
			files[name] = string(f.Data)
		}
	}
	return files
}

// nearMissGroup is a folder of near misses; its title is in the file «group».
type nearMissGroup struct {
	titles map[string]string
	cases  []nearMiss
}

func nearMisses(t testing.TB) []nearMissGroup {
	t.Helper()
	files, err := filepath.Glob("testdata/nearmiss/*/group")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no near misses: %v", err)
	}
	var groups []nearMissGroup
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		g := nearMissGroup{titles: titles(t, file, string(text))}
		archives, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*.txtar"))
		if err != nil || len(archives) == 0 {
			t.Fatalf("found no near misses beside %s: %v", file, err)
		}
		for _, name := range archives {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			g.cases = append(g.cases, nearMiss{name, a, titles(t, name, string(a.Comment))})
		}
		groups = append(groups, g)
	}
	return groups
}

func titles(t testing.TB, file, text string) map[string]string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) != 2 {
		t.Fatalf("%s: want a title in Spanish on the first line and in English on the second, got %q", file, text)
	}
	return map[string]string{"es": lines[0], "en": lines[1]}
}

// TestNearMisses does on an engine what each case says, and compares what capas says to it.
func TestNearMisses(t *testing.T) {
	e := nearMissEngine{enginetest.Client(t), enginetest.Base(t), enginetest.Labels(t)}
	var ran atomic.Int32
	t.Run("all", func(t *testing.T) {
		for _, g := range nearMisses(t) {
			for _, n := range g.cases {
				t.Run(n.name(), func(t *testing.T) {
					t.Parallel()
					e.testNearMiss(t, n)
					ran.Add(1)
				})
			}
		}
	})
	t.Logf("%d near misses on a real engine", ran.Load())
}

func (e nearMissEngine) testNearMiss(t *testing.T, n nearMiss) {
	if limited(t, never, n.name()) {
		return
	}
	results, steady := e.play(t, n)
	if got := Overall(results); got != Fail {
		t.Errorf("got %v, want %v: a near miss is not yet right", got, Fail)
	}
	checkFeedback(t, results)
	said := map[string]string{}
	for _, lang := range message.Languages {
		said[lang] = steady(nearMissText(message.For(lang), results))
	}
	for _, wrong := range nearMissFaults(said) {
		t.Error(wrong)
	}
	if *update {
		n.write(t, said)
		return
	}
	if limited(t, vague, n.name()) {
		return
	}
	for lang, got := range said {
		if want := n.section(lang); got != want {
			t.Errorf("%s:\ngot:\n%s\nwant:\n%s", lang, got, want)
		}
	}
}

// nearMissText is what a learner is told of each result that failed and waits for no other.
func nearMissText(say *message.Printer, results []Result) string {
	var told []string
	for _, r := range results {
		if r.Verdict == Pass || r.Blocked {
			continue
		}
		var out strings.Builder
		for _, part := range []struct {
			name string
			text message.Text
		}{{"want", r.Want}, {"got", r.Got}, {"near", r.Near}, {"next", r.Next}} {
			if !part.text.IsZero() {
				fmt.Fprintf(&out, "%s: %s\n", part.name, say.Say(part.text))
			}
		}
		told = append(told, out.String())
	}
	return strings.Join(told, "\n")
}

var (
	codeSpan = regexp.MustCompile("`[^`]*`")
	sentence = regexp.MustCompile(`[.:] `)
)

// nearMissFaults is what is wrong with sentences, whatever they say: one that stands there twice, and one that names other
// things than it does in the other language.
func nearMissFaults(said map[string]string) []string {
	var faults []string
	for lang, text := range said {
		for result := range strings.SplitSeq(text, "\n\n") {
			seen := map[string]bool{}
			for _, s := range sentence.Split(strings.ReplaceAll(result, "\n", ": "), -1) {
				if len(s) > 25 && seen[s] {
					faults = append(faults, fmt.Sprintf("%s says twice: %s", lang, s))
				}
				seen[s] = true
			}
		}
	}
	es, en := codeSpan.FindAllString(said["es"], -1), codeSpan.FindAllString(said["en"], -1)
	slices.Sort(es)
	slices.Sort(en)
	if !slices.Equal(es, en) {
		faults = append(faults, fmt.Sprintf("the languages name different things:\nes %s\nen %s", es, en))
	}
	return faults
}

func (n nearMiss) write(t *testing.T, said map[string]string) {
	t.Helper()
	files := slices.DeleteFunc(slices.Clone(n.archive.Files), func(f txtar.File) bool { return said[f.Name] != "" })
	for _, lang := range message.Languages {
		files = append(files, txtar.File{Name: lang, Data: []byte(said[lang])})
	}
	n.archive.Files = files
	if err := os.WriteFile(n.file, txtar.Format(n.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestNearMissDocument keeps the document of the near misses, which is made of the cases.
func TestNearMissDocument(t *testing.T) {
	got := nearMissMarkdown(nearMisses(t))
	if *update {
		if err := os.MkdirAll(path.Dir(nearMissDocument), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(nearMissDocument, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(nearMissDocument)
	if err != nil || string(want) != got {
		t.Errorf("%s is not what the cases say: go test ./checks -run TestNearMiss -update (%v)", nearMissDocument, err)
	}
}

func nearMissMarkdown(groups []nearMissGroup) string {
	var out strings.Builder
	total := 0
	for _, g := range groups {
		total += len(g.cases)
	}
	fmt.Fprintf(&out, `# Casi: lo que lee quien casi acierta · Near misses: what learners read

%d casos, cada uno probado en un Docker de verdad; este documento sale de ellos (`+"`checks/testdata/nearmiss`"+`).

%d cases, each tried on a real Docker; this document is made from them (`+"`checks/testdata/nearmiss`"+`).
`, total, total)
	for _, g := range groups {
		fmt.Fprintf(&out, "\n## %s · %s\n", g.titles["es"], g.titles["en"])
		for _, n := range g.cases {
			n.markdown(&out)
		}
	}
	return out.String()
}

func (n nearMiss) markdown(out *strings.Builder) {
	fmt.Fprintf(out, "\n### %s · %s\n\n````\n", n.titles["es"], n.titles["en"])
	for _, f := range n.archive.Files {
		if f.Name != "es" && f.Name != "en" {
			fmt.Fprintf(out, "-- %s --\n%s", f.Name, f.Data)
		}
	}
	out.WriteString("````\n\n| | español | English |\n|---|---|---|\n")
	es, en := strings.Split(n.section("es"), "\n"), strings.Split(n.section("en"), "\n")
	for i, line := range es {
		part, text, _ := strings.Cut(line, ": ")
		if text == "" || i >= len(en) {
			continue
		}
		_, other, _ := strings.Cut(en[i], ": ")
		fmt.Fprintf(out, "| %s | %s | %s |\n", part, tableCell(text), tableCell(other))
	}
}

func tableCell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
