package failedbuild

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/rogpeppe/go-internal/txtar"

	"capas/internal/enginetest"
	"capas/internal/message"
	"capas/runner/engine/observer"
)

var update = flag.Bool("update", false, "rewrite what the failed builds in testdata say, and docs/failed-builds.md")

const document = "../../docs/failed-builds.md"

// failedBuild is a build that fails, and what capas says to it: one archive of testdata.
//
//	title in Spanish
//	title in English
//	-- hola/Dockerfile --   a file of the folder; any number of them
//	-- before --            what was done before: docker tag, chmod +x, mkdir, and CRLF with the name of a file; may be left out
//	-- typed --             what the learner typed; all but the last line are cd
//	-- es --                what they read in Spanish, with the classic builder: what, found, near, next; written by -update
//	-- en --                and in English
//	-- buildkit --          what BuildKit does where it is not the same: "builds", or "silent" where nothing is said
//	-- buildkit es --       what they read with BuildKit, where it is not the same
//	-- buildkit en --
//	-- unheard --           "silent" where nothing would be said if nobody had heard what BuildKit says
//	-- unheard es --        what they would read then, where it is not the same
//	-- unheard en --
//
// base:1 is the practice base; names of images are those of the case alone.
type failedBuild struct {
	file    string
	archive *txtar.Archive
	titles  map[string]string // by language
}

var ownSections = []string{"before", "typed", "es", "en", "buildkit", "buildkit es", "buildkit en", "unheard", "unheard es", "unheard en"}

func (c *failedBuild) name() string {
	return strings.TrimPrefix(strings.TrimSuffix(filepath.ToSlash(c.file), ".txtar"), "testdata/")
}

func (c *failedBuild) section(name string) string {
	for _, f := range c.archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

type group struct {
	titles map[string]string
	cases  []*failedBuild
}

func failedBuilds(t testing.TB) []group {
	t.Helper()
	files, err := filepath.Glob("testdata/*/group")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no failed builds: %v", err)
	}
	var groups []group
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		g := group{titles: titles(t, file, string(text))}
		archives, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*.txtar"))
		if err != nil || len(archives) == 0 {
			t.Fatalf("found no failed builds beside %s: %v", file, err)
		}
		for _, name := range archives {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			g.cases = append(g.cases, &failedBuild{name, a, titles(t, name, string(a.Comment))})
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

// caseEngine is an engine on which a case sees the practice base, and what it tagged, under names of its own.
type caseEngine struct {
	*client.Client
	real map[string]string // by the name that the case gives
}

func normal(ref string) string {
	named, err := reference.ParseDockerRef(ref)
	if err != nil {
		return ref
	}
	return reference.FamiliarString(named)
}

func (e *caseEngine) ImageInspect(ctx context.Context, ref string, opts ...client.ImageInspectOption) (image.InspectResponse, error) {
	img, err := e.Client.ImageInspect(ctx, e.realName(ref), opts...)
	img.RepoTags = e.names(img.RepoTags)
	return img, err
}

func (e *caseEngine) ImageList(ctx context.Context, opts image.ListOptions) ([]image.Summary, error) {
	list, err := e.Client.ImageList(ctx, opts)
	var seen []image.Summary
	for _, img := range list {
		if img.RepoTags = e.names(img.RepoTags); len(img.RepoTags) > 0 {
			seen = append(seen, img)
		}
	}
	return seen, err
}

var imageID = regexp.MustCompile(`^(sha256:)?[0-9a-f]{12,64}$`)

// realName is the name on the engine of what the case calls so. What the case has not made is nowhere.
func (e *caseEngine) realName(name string) string {
	if imageID.MatchString(name) {
		return name
	}
	if real, ok := e.real[normal(name)]; ok {
		return real
	}
	return "failedbuild.test/none:1"
}

func (e *caseEngine) names(real []string) []string {
	var names []string
	for name, r := range e.real {
		if slices.Contains(real, r) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// theirs puts the names on the engine for those of the case, and ours the other way round.
func (e *caseEngine) theirs(text string) string {
	for _, name := range slices.Sorted(maps.Keys(e.real)) {
		text = regexp.MustCompile(`(^|\s|=)`+regexp.QuoteMeta(name)+`($|\s)`).ReplaceAllString(text, "${1}"+e.real[name]+"${2}")
	}
	return text
}

func (e *caseEngine) ours(text string) string {
	for name, real := range e.real {
		text = strings.ReplaceAll(text, real, name)
	}
	return text
}

// stage is where a case is played.
type theatre struct {
	t      *testing.T
	engine *caseEngine
	shown  string // the folder as the learner has it
	played string // the same with the names on the engine

	refused bool // docker did not take the command
	other   bool // the engine is not one of the cases
}

func newTheatre(t *testing.T, c *failedBuild, base string) *theatre {
	t.Helper()
	th := &theatre{
		t: t, shown: t.TempDir(), played: t.TempDir(),
		engine: &caseEngine{enginetest.Client(t), map[string]string{"base:1": base}},
	}
	for line := range strings.Lines(c.section("before")) {
		if words := strings.Fields(line); len(words) == 4 && words[1] == "tag" {
			th.tag(words[2], words[3])
		}
	}
	for _, f := range c.archive.Files {
		if !slices.Contains(ownSections, f.Name) {
			th.save(th.shown, f.Name, string(f.Data))
			th.save(th.played, f.Name, th.engine.theirs(string(f.Data)))
		}
	}
	for line := range strings.Lines(c.section("before")) {
		th.prepare(strings.Fields(line))
	}
	return th
}

func (th *theatre) must(err error) {
	th.t.Helper()
	if err != nil {
		th.t.Fatal(err)
	}
}

func (th *theatre) save(dir, name, content string) {
	name = filepath.Join(dir, filepath.FromSlash(name))
	th.must(os.MkdirAll(filepath.Dir(name), 0o755))
	th.must(os.WriteFile(name, []byte(content), 0o644))
}

func (th *theatre) tag(from, to string) {
	real := strings.Replace(th.engine.real["base:1"], "base:1", to, 1)
	th.must(th.engine.ImageTag(th.t.Context(), th.engine.real[from], real))
	th.engine.real[normal(to)] = real
}

func (th *theatre) prepare(words []string) {
	th.t.Helper()
	for _, dir := range []string{th.shown, th.played} {
		name := filepath.Join(dir, words[len(words)-1])
		switch words[0] {
		case "docker":
		case "chmod":
			th.must(os.Chmod(name, 0o755))
		case "mkdir":
			th.must(os.MkdirAll(name, 0o755))
		case "crlf":
			content, err := os.ReadFile(name)
			th.must(err)
			th.must(os.WriteFile(name, []byte(strings.ReplaceAll(string(content), "\n", "\r\n")), 0o644))
		default:
			th.t.Fatalf("%q: nothing that can be done before", words)
		}
	}
}

// typed are the folder and the line of what the learner typed.
func (c *failedBuild) typed() (in, line string) {
	lines := strings.Split(strings.TrimSpace(c.section("typed")), "\n")
	for _, l := range lines[:len(lines)-1] {
		in = filepath.Join(in, strings.TrimPrefix(l, "cd "))
	}
	return in, lines[len(lines)-1]
}

// play types the line with a builder, through an observer. It answers whether docker failed, and the build as it was heard.
func (th *theatre) play(c *failedBuild, docker string, buildKit bool) (failed bool, b Build) {
	th.t.Helper()
	heard := newListener(th)
	in, line := c.typed()
	cmd := exec.CommandContext(th.t.Context(), "sh", "-c", th.engine.theirs(line))
	cmd.Dir = filepath.Join(th.played, in)
	cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT="+map[bool]string{true: "1", false: "0"}[buildKit], "DOCKER_HOST=unix://"+heard.socket, "PATH="+filepath.Dir(docker)+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	th.refused = strings.Contains(string(out), " build --help'")
	b = c.unheard(th)
	if seen := heard.failed(); seen != nil {
		b.Step, b.Image, b.Error = th.engine.ours(seen.Step), seen.Image, th.engine.ours(seen.Error)
		for _, l := range seen.Output {
			b.Output = append(b.Output, th.engine.ours(l))
		}
	}
	return err != nil, b
}

// unheard is the build where nobody has heard what the engine said.
func (c *failedBuild) unheard(th *theatre) Build {
	in, line := c.typed()
	return Build{Command: line, Dir: filepath.Join(th.shown, in), Engine: th.engine}
}

// listener stands between docker and the engine, as in the practice shell.
type listener struct {
	socket string
	ended  chan struct{} // a build has

	mu      sync.Mutex
	pending int
	last    *observer.Build
}

func newListener(th *theatre) *listener {
	th.t.Helper()
	dir, err := os.MkdirTemp("", "capas") // short enough for a socket
	th.must(err)
	l := &listener{socket: filepath.Join(dir, "s"), ended: make(chan struct{}, 1)}
	o, err := observer.Listen(l.socket, th.engine.Dialer(), l.note, func(err error) string { return err.Error() })
	th.must(err)
	th.t.Cleanup(func() {
		o.Close()
		os.RemoveAll(dir)
	})
	return l
}

func (l *listener) note(r observer.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case r.Build == nil:
	case r.Ended.IsZero():
		l.pending++
	default:
		l.pending--
		l.last = r.Build
		select {
		case l.ended <- struct{}{}:
		default:
		}
	}
}

func (l *listener) isPending() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pending > 0
}

// failed is the build that was heard last, where it failed. Docker may have left before all has been heard.
func (l *listener) failed() *observer.Build {
	for late := time.After(10 * time.Second); l.isPending(); {
		select {
		case <-l.ended:
		case <-late:
			return nil
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil || l.last.Error == "" {
		return nil
	}
	return l.last
}

// ofTheCases are the versions of Docker of which the cases are: others understand more, and say some things in other words.
var ofTheCases = regexp.MustCompile(`^20\.`)

// dockers finds the docker command, and one that builds with the BuildKit of the cases where there is one: "" else.
func dockers(t *testing.T) (classic, buildKit string) {
	t.Helper()
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		docker := filepath.Join(dir, "docker")
		version, err := exec.Command(docker, "version", "--format", "{{.Client.Version}}").Output()
		if err != nil {
			continue
		}
		if classic == "" {
			classic = docker
		}
		if buildKit == "" && ofTheCases.Match(version) {
			buildKit = docker
		}
	}
	if classic == "" {
		t.Fatal("found no docker command")
	}
	return classic, buildKit
}

// TestFailedBuilds types on a real engine what each case says, with both builders, and compares what capas says to it.
func TestFailedBuilds(t *testing.T) {
	if enginetest.Product(t) != "Docker" {
		t.Skip("an engine of another make has no classic builder")
	}
	base := enginetest.Name(t, "fallo") + ".test/base:1" // with a label that all that is built of it has
	enginetest.Build(t, base, "FROM "+enginetest.Base(t)+"\n", nil)
	classic, buildKit := dockers(t)
	server, err := enginetest.Client(t).ServerVersion(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other := !ofTheCases.MatchString(server.Version)
	if other {
		t.Logf("an engine of version %s: what it says in other words than the cases is told, and is no failure", server.Version)
		buildKit = ""
	}
	var ran, withKit atomic.Int32
	t.Run("all", func(t *testing.T) {
		for _, g := range failedBuilds(t) {
			for _, c := range g.cases {
				t.Run(c.name(), func(t *testing.T) {
					t.Parallel()
					th := newTheatre(t, c, base)
					th.other = other
					got := map[string]string{}
					refused := th.classic(c, classic, got)
					switch {
					case refused:
					case buildKit == "":
						th.keep(c, got)
					default:
						th.buildKit(c, buildKit, got)
						withKit.Add(1)
					}
					ran.Add(1)
					th.compare(c, got)
				})
			}
		}
	})
	t.Logf("%d failed builds on a real engine, %d of them with BuildKit too", ran.Load(), withKit.Load())
}

// classic adds what is said with the classic builder, and reports whether docker itself refused the command, whatever builds then.
func (th *theatre) classic(c *failedBuild, docker string, got map[string]string) (refused bool) {
	failed, b := th.play(c, docker, false)
	if !failed && th.other {
		th.t.Skip("this engine builds it")
	}
	if !failed {
		th.t.Fatal("the classic builder builds it")
	}
	e, ok := Explain(th.t.Context(), b)
	if !ok {
		th.t.Errorf("nothing is said; step %q, output %q, error %q", b.Step, b.Output, b.Error)
	}
	for _, lang := range message.Languages {
		got[lang] = told(lang, e)
	}
	for _, wrong := range faults(got) {
		th.t.Error(wrong)
	}
	return th.refused
}

// buildKit adds what is said with BuildKit, where that differs, and what would be if nobody had heard it.
func (th *theatre) buildKit(c *failedBuild, docker string, got map[string]string) {
	failed, b := th.play(c, docker, true)
	if !failed {
		got["buildkit"] = "builds\n"
		return
	}
	said := th.differing(b, "buildkit", got, got)
	th.differing(c.unheard(th), "unheard", said, got)
}

// differing adds what is said of a build to the rest, where it is not what was said before.
func (th *theatre) differing(b Build, section string, before, got map[string]string) (said map[string]string) {
	e, ok := Explain(th.t.Context(), b)
	if !ok {
		got[section] = "silent\n"
		return nil
	}
	said = map[string]string{}
	for _, lang := range message.Languages {
		if said[lang] = told(lang, e); said[lang] != before[lang] {
			got[section+" "+lang] = said[lang]
		}
	}
	for _, wrong := range faults(said) {
		th.t.Error(wrong)
	}
	return said
}

// keep leaves what the case says of BuildKit as it is, where there is none to ask.
func (th *theatre) keep(c *failedBuild, got map[string]string) {
	for _, section := range ownSections[4:] {
		if text := c.section(section); text != "" {
			got[section] = text
		}
	}
}

func (th *theatre) compare(c *failedBuild, got map[string]string) {
	if *update {
		c.write(th.t, got)
		return
	}
	for _, section := range ownSections[2:] {
		want := c.section(section)
		switch {
		case got[section] == want:
		case th.other:
			th.t.Logf("%s: %s", section, got[section])
		default:
			th.t.Errorf("%s:\ngot:\n%s\nwant:\n%s", section, got[section], want)
		}
	}
}

func (c *failedBuild) write(t *testing.T, got map[string]string) {
	files := slices.DeleteFunc(slices.Clone(c.archive.Files), func(f txtar.File) bool { return slices.Contains(ownSections[2:], f.Name) })
	for _, section := range ownSections[2:] {
		if got[section] != "" {
			files = append(files, txtar.File{Name: section, Data: []byte(got[section])})
		}
	}
	c.archive.Files = files
	if err := os.WriteFile(c.file, txtar.Format(c.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// told is what a learner reads, each part with its name.
func told(lang string, e Explanation) string {
	say := message.For(lang)
	var out strings.Builder
	for _, part := range []struct {
		name string
		text message.Text
	}{{"what", e.What}, {"found", e.Found}, {"near", e.Near}, {"next", e.Next}} {
		if !part.text.IsZero() {
			fmt.Fprintf(&out, "%s: %s\n", part.name, say.Say(part.text))
		}
	}
	return out.String()
}

var codeSpan = regexp.MustCompile("`[^`]*`")

// faults is what is wrong with an explanation, whatever it says: a part that is missing, a line said twice, something that is named
// in one language alone.
func faults(said map[string]string) []string {
	var list []string
	for lang, text := range said {
		if !strings.HasPrefix(text, "what: ") || !strings.Contains(text, "\nnext: ") {
			list = append(list, lang+" lacks what is wrong, or what to do next: "+text)
		}
		if strings.Contains(text, "<no value>") || strings.ContainsRune(text, 0) {
			list = append(list, lang+" has a hole in it: "+text)
		}
	}
	es, en := codeSpan.FindAllString(said["es"], -1), codeSpan.FindAllString(said["en"], -1)
	slices.Sort(es)
	slices.Sort(en)
	if !slices.Equal(es, en) {
		list = append(list, fmt.Sprintf("the languages name different things:\nes %s\nen %s", es, en))
	}
	return list
}

// TestFailedBuildDocument keeps the document of the failed builds, which is made of the cases.
func TestFailedBuildDocument(t *testing.T) {
	groups := failedBuilds(t)
	got := markdown(groups)
	if *update {
		if err := os.WriteFile(document, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(document)
	if err != nil || string(want) != got {
		t.Errorf("%s is not what the cases say: go test ./runner/failedbuild -run TestFailedBuild -update (%v)", document, err)
	}
	for _, c := range slices.Concat(casesOf(groups)...) {
		if c.section("es") == "" || c.section("en") == "" {
			t.Errorf("%s does not say what a learner reads", c.name())
		}
	}
}

func casesOf(groups []group) (lists [][]*failedBuild) {
	for _, g := range groups {
		lists = append(lists, g.cases)
	}
	return lists
}

func markdown(groups []group) string {
	var out strings.Builder
	total, silent, builds := 0, 0, 0
	for _, c := range slices.Concat(casesOf(groups)...) {
		total++
		if c.section("buildkit") == "builds\n" {
			builds++
		}
		if c.section("unheard") == "silent\n" {
			silent++
		}
	}
	fmt.Fprintf(&out, `# Construcciones que fallan: lo que lee quien las hizo · Failed builds: what their learners read

%d casos, cada uno probado en un Docker de verdad con sus dos constructores; este documento sale de ellos (`+"`runner/failedbuild/testdata`"+`).
BuildKit construye %d de ellos sin fallo. Donde nadie puede oír lo que dice, bastan la orden, el Dockerfile y la carpeta, menos en %d.

%d cases, each tried on a real Docker with both of its builders; this document is made from them (`+"`runner/failedbuild/testdata`"+`).
BuildKit builds %d of them without a failure. Where nobody can hear what it says, the command, the Dockerfile and the folder are enough, but in %d.
`, total, builds, silent, total, builds, silent)
	for _, g := range groups {
		fmt.Fprintf(&out, "\n## %s · %s\n", g.titles["es"], g.titles["en"])
		for _, c := range g.cases {
			c.markdown(&out)
		}
	}
	return out.String()
}

func (c *failedBuild) markdown(out *strings.Builder) {
	fmt.Fprintf(out, "\n### %s · %s\n\n````\n", c.titles["es"], c.titles["en"])
	for _, f := range c.archive.Files {
		if !slices.Contains(ownSections[2:], f.Name) {
			fmt.Fprintf(out, "-- %s --\n%s", f.Name, f.Data)
		}
	}
	out.WriteString("````\n\n")
	table(out, c.section("es"), c.section("en"))
	switch {
	case c.section("buildkit") == "builds\n":
		out.WriteString("\nBuildKit lo construye · BuildKit builds it\n")
	case c.section("buildkit") == "silent\n":
		out.WriteString("\nCon BuildKit no se dice nada · With BuildKit nothing is said\n")
	case c.section("unheard") == "silent\n":
		out.WriteString("\nCon BuildKit, sólo donde se oye lo que dice · With BuildKit only where it is heard\n")
	}
	if es := c.section("buildkit es"); es != "" {
		out.WriteString("\nCon BuildKit · With BuildKit:\n\n")
		table(out, es, c.section("buildkit en"))
	}
	if es := c.section("unheard es"); es != "" {
		out.WriteString("\nCon BuildKit, donde no se oye lo que dice · With BuildKit where it is not heard:\n\n")
		table(out, es, c.section("unheard en"))
	}
}

func table(out *strings.Builder, es, en string) {
	out.WriteString("| | español | English |\n|---|---|---|\n")
	others := strings.Split(en, "\n")
	for i, line := range strings.Split(es, "\n") {
		part, text, _ := strings.Cut(line, ": ")
		if text == "" || i >= len(others) {
			continue
		}
		_, other, _ := strings.Cut(others[i], ": ")
		fmt.Fprintf(out, "| %s | %s | %s |\n", part, cell(text), cell(other))
	}
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
