package proof_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"testing"
	"testing/fstest"

	"capas/content"
	"capas/internal/enginetest"
	"capas/lessons"
	"capas/runner"
	"capas/runner/box"
	"capas/runner/engine"
	"capas/runner/proof"
	"capas/runner/registry"
)

// TestCourse proves the built-in course, a lesson after the other: what one makes is what another would find nearest. Each has a
// base of its own, so that what one leaves is not kin to what the next makes.
func TestCourse(t *testing.T) {
	enginetest.Client(t)
	course, err := lessons.Open(apart(t, content.DockerImages))
	if err != nil {
		t.Fatal(err)
	}
	if len(course.Order) == 0 {
		t.Fatal("found no lessons")
	}
	for _, id := range course.Order {
		l, err := course.Lesson("es", id)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(id, func(t *testing.T) {
			p := provable(t, course)
			for _, it := range l.Items() {
				if it.Exercise == nil {
					continue
				}
				t.Run(it.ID, func(t *testing.T) {
					if it.ID == "pull-base" {
						useMirror(t, p)
					}
					mustHold(t, p, id+"/"+it.ID)
				})
			}
		})
	}
}

// apart is the course with the names of its images made random: others use the engine at the same time, and some take the
// course as a learner does.
func apart(t *testing.T, course fs.FS) fs.FS {
	t.Helper()
	renamed := fstest.MapFS{}
	name := "-" + enginetest.Name(t, "proof") + "-capa" // of «hola-capas» and «pan-capas», and of those mistyped
	err := fs.WalkDir(course, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(course, path)
		renamed[path] = &fstest.MapFile{Data: bytes.ReplaceAll(text, []byte("-capa"), []byte(name))}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return renamed
}

// provable is a proof on the engine of the environment, with a base that no other test builds on.
func provable(t *testing.T, course *lessons.Course) *proof.Proof {
	t.Helper()
	base := enginetest.Name(t, "proof-base")
	enginetest.Build(t, base, "FROM "+enginetest.Base(t)+"\nLABEL proof="+base+"\n", nil)
	link := &runner.Link{Options: engine.Options{Env: os.Getenv}}
	t.Cleanup(link.Close)
	return &proof.Proof{Course: course, Lang: "es", Set: lessons.Values{"base": base}, Engine: link, Env: os.Environ()}
}

// useMirror makes the base for the rest of a test the one of the mirror that a case serves: what is to be pulled can be pulled.
func useMirror(t *testing.T, p *proof.Proof) {
	t.Helper()
	before := p.Set
	t.Cleanup(func() { p.Set = before })
	mirror, err := registry.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	p.Set = lessons.Values{lessons.Mirror: mirror, "base": mirror + "/" + box.Name}
}

// cannot are the ways of the course that an engine does not know, by whose engine it is.
var cannot = map[string][]string{
	"Podman": {"publish/push: also 2", "publish/push-second-version: also 1"}, // docker push --all-tags
}

// othersOnly are the exercises that take a user beside root, which not every engine has.
var othersOnly = []string{"customize/set-permissions", "customize/cmd-and-entrypoint"}

func mustHold(t *testing.T, p *proof.Proof, exercise string) {
	t.Helper()
	if slices.Contains(othersOnly, exercise) && enginetest.OneUser(t) {
		t.Logf("%s takes a user beside root, whom this engine has not", exercise)
		return
	}
	cases, err := p.Run(t.Context(), exercise)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		way := fmt.Sprintf("%s/%s: %s", c.Lesson, c.Item, c.Name())
		if c.OK || slices.Contains(cannot[enginetest.Product(t)], way) {
			t.Log(c)
			continue
		}
		t.Errorf("%v\n--- feedback:\n%s\n--- terminal:\n%s", c, c.Feedback, c.Transcript)
	}
}
