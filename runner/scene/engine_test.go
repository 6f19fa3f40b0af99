package scene

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"capas/internal/enginetest"
	"capas/lessons"
)

// real is a scene on a real engine, with an image of its own to build on.
type real struct {
	*testing.T
	*Scene
	client *client.Client
	base   string
}

func onEngine(t *testing.T) *real {
	t.Helper()
	t.Parallel()
	c := enginetest.Client(t)
	base := enginetest.Name(t, "scene-base")
	enginetest.Build(t, base, "FROM "+enginetest.Base(t)+"\nLABEL test="+base, nil)
	return &real{t, &Scene{Engine: c}, c, base}
}

func (r *real) mustMake(entries ...lessons.SceneEntry) {
	r.Helper()
	if err := r.Make(r.Context(), entries); err != nil {
		r.Fatal(err)
	}
}

// image is a random name, taken off the engine at the end of the test.
func (r *real) image() string {
	name := enginetest.Name(r, "scene") + ":1"
	r.Cleanup(func() {
		_, err := r.client.ImageRemove(context.WithoutCancel(r.Context()), name, image.RemoveOptions{Force: true})
		if err != nil && !errdefs.IsNotFound(err) {
			r.Error(err)
		}
	})
	return name
}

// container is a random name, taken off the engine at the end of the test.
func (r *real) container() string {
	name := enginetest.Name(r, "scene")
	r.Cleanup(func() {
		err := r.client.ContainerRemove(context.WithoutCancel(r.Context()), name, container.RemoveOptions{Force: true, RemoveVolumes: true})
		if err != nil && !errdefs.IsNotFound(err) {
			r.Error(err)
		}
	})
	return name
}

// id is what a name stands for, "" for nothing.
func (r *real) id(ref string) string {
	r.Helper()
	img, err := r.client.ImageInspect(r.Context(), ref)
	if err != nil && !errdefs.IsNotFound(err) {
		r.Fatal(err)
	}
	return img.ID
}

func (r *real) labelOfImage(ref string) string {
	r.Helper()
	img, err := r.client.ImageInspect(r.Context(), ref)
	if err != nil {
		r.Fatal(err)
	}
	return img.Config.Labels[Label]
}

// containers are those of the test's base and of what was built on it.
func (r *real) containers() []container.Summary {
	r.Helper()
	list, err := r.client.ContainerList(r.Context(), container.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("ancestor", r.base))})
	if err != nil {
		r.Fatal(err)
	}
	return list
}

func (r *real) eventually(what string, ok func() bool) {
	r.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(time.Minute); !ok(); {
		select {
		case <-tick.C:
		case <-late:
			r.Fatalf("still not: %s", what)
		}
	}
}

func TestEnginePullOfWhatIsThereAsksNothing(t *testing.T) {
	r := onEngine(t)
	r.mustMake(lessons.SceneEntry{Pull: r.base}) // no registry has it
}

func TestEngineBuild(t *testing.T) {
	r := onEngine(t)
	tag := r.image()
	entry := lessons.SceneEntry{Build: &lessons.SceneBuild{
		Tag:        tag,
		Dockerfile: "FROM " + r.base + "\nCOPY . /app/\nRUN cat /app/a.txt /app/sub/b.txt\nENV GREETING=hola\n",
		Files:      map[string]string{"a.txt": "a\n", "sub/b.txt": "b\n"},
	}}
	r.mustMake(entry)
	img, err := r.client.ImageInspect(t.Context(), tag)
	if err != nil {
		t.Fatal(err)
	}
	if img.Config.Labels[Label] != tag || !strings.Contains(strings.Join(img.Config.Env, "\n"), "GREETING=hola") {
		t.Errorf("labels %v, environment %q", img.Config.Labels, img.Config.Env)
	}
	r.Renew = true
	r.mustMake(entry)
	if again := r.id(tag); again != img.ID {
		t.Errorf("made again it is %s, was %s", again, img.ID)
	}
	if left := r.containers(); len(left) > 0 {
		t.Errorf("containers left: %v", left)
	}
}

// The learner's own image under the name gives way on renewal, though it was made from ours and has its label.
func TestEngineBuildRenewsWhatTheLearnerBuiltOver(t *testing.T) {
	r := onEngine(t)
	tag := r.image()
	entry := lessons.SceneEntry{Build: &lessons.SceneBuild{Tag: tag, Dockerfile: "FROM " + r.base + "\nENV A=1\n"}}
	r.mustMake(entry)
	own := enginetest.Build(t, tag, "FROM "+tag+"\nENV B=2\n", nil)
	r.mustMake(entry)
	if r.id(tag) != own {
		t.Error("the learner's image was not kept")
	}
	r.Renew = true
	r.mustMake(entry)
	img, err := r.client.ImageInspect(t.Context(), tag) // from the cache; its id is another all the same on some image stores
	if err != nil || !slices.Contains(img.Config.Env, "A=1") || slices.Contains(img.Config.Env, "B=2") {
		t.Errorf("the scene was not made again: %v, %q", err, img.Config.Env)
	}
}

func TestEngineBuildThatFailsGivesTheReason(t *testing.T) {
	for _, tt := range []struct{ name, dockerfile, says string }{
		{"a command fails", "RUN exit 3", "exit 3"}, // engines say it in words of their own; all name the command
		{"a file is missing", "COPY missing.txt /", "missing.txt"},
		{"an instruction is unknown", "RUNN true", "RUNN"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := onEngine(t)
			tag := r.image()
			err := r.Make(t.Context(), []lessons.SceneEntry{{Build: &lessons.SceneBuild{Tag: tag, Dockerfile: "FROM " + r.base + "\n" + tt.dockerfile + "\n"}}})
			if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), tag) {
				t.Errorf("%v, want %q", err, tt.says)
			}
			if r.id(tag) != "" || len(r.containers()) > 0 {
				t.Errorf("left: %s, %v", r.id(tag), r.containers())
			}
		})
	}
}

func TestEngineBuildCancelledLeavesNoContainer(t *testing.T) {
	if enginetest.Product(t) == "Podman" {
		t.Skip("Podman lists no container of a build")
	}
	r := onEngine(t)
	tag := r.image()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- r.Make(ctx, []lessons.SceneEntry{{Build: &lessons.SceneBuild{Tag: tag, Dockerfile: "FROM " + r.base + "\nRUN sleep 300\n"}}})
	}()
	r.eventually("the build runs", func() bool { return len(r.containers()) > 0 })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want it cancelled", err)
	}
	r.eventually("the build's container is gone", func() bool { return len(r.containers()) == 0 })
	if r.id(tag) != "" {
		t.Error("there is an image")
	}
}

func TestEngineTagAndAbsent(t *testing.T) {
	r := onEngine(t)
	built, second := r.image(), r.image()
	r.mustMake(
		lessons.SceneEntry{Build: &lessons.SceneBuild{Tag: built, Dockerfile: "FROM " + r.base + "\nENV A=1\n"}},
		lessons.SceneEntry{Tag: &lessons.SceneTag{From: built, To: second}},
	)
	if r.id(second) == "" || r.id(second) != r.id(built) || r.labelOfImage(second) == "" {
		t.Errorf("%s is %q, %s is %q", built, r.id(built), second, r.id(second))
	}
	r.mustMake(lessons.SceneEntry{Absent: second})
	if r.id(second) != "" || r.id(built) == "" {
		t.Errorf("after absent: %s is %q, %s is %q", built, r.id(built), second, r.id(second))
	}
	r.mustMake(lessons.SceneEntry{Absent: built}, lessons.SceneEntry{Absent: built})
	if r.id(built) != "" {
		t.Errorf("%s is still there", built)
	}
}

func TestEngineForeignNamesAreLeftAlone(t *testing.T) {
	r := onEngine(t)
	own, other := r.image(), r.container()
	before := enginetest.Build(t, own, "FROM "+r.base+"\nENV A=1\n", nil)
	id := enginetest.Run(t, r.base, other, "true")
	r.Renew = true
	for name, entry := range map[string]lessons.SceneEntry{
		"build":  {Build: &lessons.SceneBuild{Tag: own, Dockerfile: "FROM " + r.base}},
		"tag":    {Tag: &lessons.SceneTag{From: r.base, To: own}},
		"absent": {Absent: own},
		"run":    {Run: &lessons.SceneRun{Image: r.base, Name: other, Cmd: []string{"true"}}},
	} {
		var foreign *Foreign
		if err := r.Make(t.Context(), []lessons.SceneEntry{entry}); !errors.As(err, &foreign) {
			t.Errorf("%s: %v, want Foreign", name, err)
		}
	}
	if r.id(own) != before {
		t.Errorf("the image is %s, was %s", r.id(own), before)
	}
	if c, err := r.client.ContainerInspect(t.Context(), other); err != nil || c.ID != id {
		t.Errorf("the container: %v", err)
	}
}

func TestEngineRun(t *testing.T) {
	for _, tt := range []struct {
		name  string
		cmd   []string
		state container.ContainerState
		exit  int
	}{
		{"ends", []string{"true"}, container.StateExited, 0},
		{"ends badly", []string{"sh", "-c", "exit 3"}, container.StateExited, 3},
		{"goes on", []string{"sleep", "300"}, container.StateRunning, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := onEngine(t)
			name := r.container()
			entry := lessons.SceneEntry{Run: &lessons.SceneRun{Image: r.base, Name: name, Cmd: tt.cmd}}
			r.mustMake(entry)
			first := r.inspect(name)
			if first.State.Status != tt.state || first.State.ExitCode != tt.exit || first.Config.Labels[Label] != name {
				t.Errorf("%s, exit %d, labels %v", first.State.Status, first.State.ExitCode, first.Config.Labels)
			}
			r.mustMake(entry)
			if again := r.inspect(name); again.ID != first.ID {
				t.Error("what was there was not kept")
			}
			r.Renew = true
			r.mustMake(entry)
			if again := r.inspect(name); again.ID == first.ID || again.State.Status != tt.state {
				t.Errorf("not made again, or not the same: %s", again.State.Status)
			}
		})
	}
}

func (r *real) inspect(name string) container.InspectResponse {
	r.Helper()
	c, err := r.client.ContainerInspect(r.Context(), name)
	if err != nil {
		r.Fatal(err)
	}
	return c
}

func TestEngineRunThatCannotStartLeavesNothing(t *testing.T) {
	r := onEngine(t)
	name := r.container()
	err := r.Make(t.Context(), []lessons.SceneEntry{{Run: &lessons.SceneRun{Image: r.base, Name: name, Cmd: []string{"/no/such/command"}}}})
	if err == nil || !strings.Contains(err.Error(), "/no/such/command") {
		t.Errorf("%v", err)
	}
	if left := r.containers(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// leaving is an engine that the learner leaves once a container has started.
type leaving struct {
	Engine
	leave func()
}

func (l leaving) ContainerStart(ctx context.Context, id string, o container.StartOptions) error {
	defer l.leave()
	return l.Engine.ContainerStart(ctx, id, o)
}

func TestEngineRunCancelledLeavesNothing(t *testing.T) {
	r := onEngine(t)
	ctx, cancel := context.WithCancel(t.Context())
	r.Engine = leaving{r.client, cancel}
	err := r.Make(ctx, []lessons.SceneEntry{{Run: &lessons.SceneRun{Image: r.base, Name: r.container(), Cmd: []string{"sleep", "300"}}}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want it cancelled", err)
	}
	if left := r.containers(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
