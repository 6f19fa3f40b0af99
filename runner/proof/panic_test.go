package proof

import (
	"os"
	"testing"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"

	"capas/internal/enginetest"
	"capas/lessons"
	"capas/runner"
	"capas/runner/engine"
	"capas/runner/scene"
)

func TestPanicLeavesNothing(t *testing.T) {
	t.Parallel()
	course, err := lessons.Open(os.DirFS("testdata/course"))
	if err != nil {
		t.Fatal(err)
	}
	cli, name := enginetest.Client(t), enginetest.Name(t, "proof")
	p := &Proof{
		Course: course, Lang: "es", Env: os.Environ(),
		Set:    lessons.Values{"base": enginetest.Base(t), "name": name},
		Engine: &runner.Link{Options: engine.Options{Env: os.Getenv}},
	}
	t.Cleanup(p.Engine.Close)
	list, err := p.exercises(t.Context(), []string{"right/tag-it"})
	if err != nil {
		t.Fatal(err)
	}
	e := list[0]
	e.item.Exercise.Checks = nil // nobody can read these once the scene is made
	func() {
		defer func() {
			if recover() == nil {
				t.Error("it did not panic: the test shows nothing")
			}
		}()
		_, _ = p.prove(t.Context(), e, e.runs[0])
	}()
	made := filters.NewArgs(filters.Arg("label", scene.Label+"="+name+":1"))
	if left, err := cli.ImageList(t.Context(), image.ListOptions{All: true, Filters: made}); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
