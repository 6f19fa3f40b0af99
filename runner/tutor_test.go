package runner

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"capas/internal/message"
	"capas/lessons"
	"capas/runner/engine"
	"capas/runner/progress"
	"capas/runner/prompt"
	"capas/runner/render"
)

// learner answers every question from a list: the beginning of the option to choose, of several joined by " + ", or what to type.
type learner struct {
	t       *testing.T
	answers []string
}

func (p *learner) next(title string) string {
	p.t.Helper()
	if len(p.answers) == 0 {
		p.t.Fatalf("nothing to answer %q with", title)
	}
	answer := p.answers[0]
	p.answers = p.answers[1:]
	return answer
}

func (p *learner) Choose(_ context.Context, q prompt.Question) (int, error) {
	answer := p.next(q.Title)
	if answer == "leave" {
		return 0, prompt.ErrLeft
	}
	i := slices.IndexFunc(q.Options, func(o string) bool { return strings.HasPrefix(o, answer) })
	if i < 0 {
		p.t.Fatalf("%q has no option %q: %q", q.Title, answer, q.Options)
	}
	return i, nil
}

func (p *learner) ChooseMany(_ context.Context, q prompt.Question) ([]int, error) {
	var chosen []int
	for _, answer := range strings.Split(p.next(q.Title), " + ") {
		chosen = append(chosen, slices.Index(q.Options, answer))
	}
	slices.Sort(chosen)
	return chosen, nil
}

func (p *learner) Type(_ context.Context, title string) (string, error) { return p.next(title), nil }

func (p *learner) CanWake() bool { return true }

const courseFile = `id: prueba
version: "1"
language: es
title: {es: Prueba}
summary: {es: Una prueba}
lessons: [uno]
`

const front = "---\nid: uno\ntitle: Uno\nsummary: Uno\nminutes: 5\n---\nHola.\n"

// tutor is one over a course of one lesson, with an engine that is not there and a learner who gives these answers.
func tutor(t *testing.T, lesson string, answers ...string) (*Tutor, *bytes.Buffer) {
	t.Helper()
	course, err := lessons.Open(fstest.MapFS{
		"course.yaml":  {Data: []byte(courseFile)},
		"es/10-uno.md": {Data: []byte(front + lesson)},
	})
	if err != nil {
		t.Fatal(err)
	}
	state := t.TempDir()
	journal, err := progress.Open(state)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	nowhere := map[string]string{"DOCKER_HOST": "unix://" + t.TempDir() + "/nowhere.sock"}
	return &Tutor{
		Course: course, Lang: "es", Say: message.For("es"), Out: &out, Noise: io.Discard,
		Page:    render.New(render.Style{Width: 80, Plain: true, Lang: "es"}),
		Ask:     &learner{t, answers},
		Journal: journal, Attempts: progress.Attempts{Dir: state}, Workspaces: t.TempDir(),
		Engine: &Link{Options: engine.Options{Env: func(name string) string { return nowhere[name] }}},
	}, &out
}

func readLesson(t *testing.T, tu *Tutor) *lessons.Lesson {
	t.Helper()
	l, err := tu.Lesson("uno")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func expect(t *testing.T, out string, words ...string) {
	t.Helper()
	rest := strings.Join(strings.Fields(out), " ")
	for _, w := range words {
		_, after, found := strings.Cut(rest, w)
		if !found {
			t.Fatalf("%q is not there, or not in this order, in:\n%s", w, out)
		}
		rest = after
	}
}

// TestPathsAreTyped as a shell understands them.
func TestPathsAreTyped(t *testing.T) {
	tu := &Tutor{Home: "/home/ana"}
	for dir, want := range map[string]string{
		"/home/ana/capas/build":   "~/capas/build",
		"/home/ana2/capas/build":  "/home/ana2/capas/build",
		"/srv/prácticas/build":    "/srv/prácticas/build",
		"/home/ana/mis capas/tag": "'/home/ana/mis capas/tag'",
		"/home/ana/l'été/tag":     `'/home/ana/l'\''été/tag'`,
		"/home/ana/$(reboot)/tag": "'/home/ana/$(reboot)/tag'",
		"/home/ana/-rf/tag":       "~/-rf/tag",
		`/mnt/ana\x/capas`:        `'/mnt/ana\x/capas'`,
	} {
		if got := tu.path(dir); got != want {
			t.Errorf("%s is typed %s, want %s", dir, got, want)
		}
	}
	tu.Home = ""
	if got := tu.path("/home/ana/capas/build"); got != "/home/ana/capas/build" {
		t.Errorf("without a home: %s", got)
	}
}

// TestTheWorkspaceInALesson is where the learner works, not where most do, and is not kept with the attempt.
func TestTheWorkspaceInALesson(t *testing.T) {
	tu, out := tutor(t, "\n## Paso\n\nVe con `cd ${workspace}/a`.\n")
	tu.Home = tu.Workspaces
	if err := tu.Show(t.Context(), readLesson(t, tu), 1); err != nil {
		t.Fatal(err)
	}
	expect(t, out.String(), "Ve con cd ~/uno/a.")
}
