package scene

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"capas/lessons"
)

// fake is an engine that notes what is changed on it.
type fake struct {
	images     map[string]thing
	containers map[string]thing
	startFails error
	down       error // what inspecting says
	done       []string
}

type thing struct {
	id, label string
	state     container.ContainerState
}

func (f *fake) note(words ...string) { f.done = append(f.done, strings.Join(words, " ")) }

func (f *fake) ImageInspect(_ context.Context, ref string, _ ...client.ImageInspectOption) (image.InspectResponse, error) {
	img, ok := f.images[ref]
	if f.down != nil || !ok {
		return image.InspectResponse{}, errors.Join(f.down, notFound(f.down == nil))
	}
	r := image.InspectResponse{ID: img.id}
	if img.label != "" {
		r.Config = &dockerspec.DockerOCIImageConfig{ImageConfig: ocispec.ImageConfig{Labels: map[string]string{Label: img.label}}}
	}
	return r, nil
}

func (f *fake) ContainerInspect(_ context.Context, name string) (container.InspectResponse, error) {
	c, ok := f.containers[name]
	if f.down != nil || !ok {
		return container.InspectResponse{}, errors.Join(f.down, notFound(f.down == nil))
	}
	return container.InspectResponse{
		ContainerJSONBase: &container.ContainerJSONBase{ID: c.id, State: &container.State{Status: c.state}},
		Config:            &container.Config{Labels: map[string]string{Label: c.label}},
	}, nil
}

func notFound(really bool) error {
	if really {
		return errdefs.ErrNotFound
	}
	return nil
}

func stream() io.ReadCloser { return io.NopCloser(strings.NewReader(`{"status":"done"}`)) }

func (f *fake) ImagePull(_ context.Context, ref string, _ image.PullOptions) (io.ReadCloser, error) {
	f.note("pull", ref)
	return stream(), nil
}

func (f *fake) ImageBuild(_ context.Context, _ io.Reader, o build.ImageBuildOptions) (build.ImageBuildResponse, error) {
	f.note("build", o.Tags[0], "as", o.Labels[Label])
	return build.ImageBuildResponse{Body: stream()}, nil
}

func (f *fake) ImageTag(_ context.Context, from, to string) error {
	f.note("tag", from, to)
	return nil
}

func (f *fake) ImageRemove(_ context.Context, ref string, _ image.RemoveOptions) ([]image.DeleteResponse, error) {
	f.note("rmi", ref)
	return nil, nil
}

func (f *fake) ContainerCreate(_ context.Context, c *container.Config, _ *container.HostConfig, _ *network.NetworkingConfig, _ *ocispec.Platform, name string) (container.CreateResponse, error) {
	f.note("create", name, "as", c.Labels[Label])
	return container.CreateResponse{ID: "new"}, nil
}

func (f *fake) ContainerStart(_ context.Context, id string, _ container.StartOptions) error {
	f.note("start", id)
	return f.startFails
}

func (f *fake) ContainerWait(context.Context, string, container.WaitCondition) (<-chan container.WaitResponse, <-chan error) {
	ended := make(chan container.WaitResponse, 1)
	ended <- container.WaitResponse{}
	return ended, nil
}

func (f *fake) ContainerRemove(ctx context.Context, id string, _ container.RemoveOptions) error {
	f.note("rm", id)
	return ctx.Err()
}

func TestMake(t *testing.T) {
	var (
		built   = lessons.SceneEntry{Build: &lessons.SceneBuild{Tag: "web:1", Dockerfile: "FROM scratch"}}
		tagged  = lessons.SceneEntry{Tag: &lessons.SceneTag{From: "base", To: "web:1"}}
		ran     = lessons.SceneEntry{Run: &lessons.SceneRun{Image: "base", Name: "caja"}}
		absent  = lessons.SceneEntry{Absent: "web:1"}
		pulled  = lessons.SceneEntry{Pull: "web:1"}
		none    = map[string]thing{}
		ours    = map[string]thing{"web:1": {id: "old", label: "web:1"}}
		foreign = map[string]thing{"web:1": {id: "old"}}
		exited  = map[string]thing{"caja": {id: "c1", label: "caja", state: container.StateExited}}
		created = map[string]thing{"caja": {id: "c1", label: "caja", state: container.StateCreated}}
		yours   = map[string]thing{"caja": {id: "c1", state: container.StateRunning}}
	)
	const refused = "refused"
	for _, tt := range []struct {
		name               string
		entry              lessons.SceneEntry
		images, containers map[string]thing
		learners           string // the name that the learner made
		renew              bool
		want               []string
	}{
		{name: "pull: not there", entry: pulled, images: none, want: []string{"pull web:1"}},
		{name: "pull: there", entry: pulled, images: foreign},
		{name: "pull: there, renewed", entry: pulled, images: foreign, renew: true},

		{name: "build: not there", entry: built, images: none, want: []string{"build web:1 as web:1"}},
		{name: "build: ours", entry: built, images: ours},
		{name: "build: ours, renewed", entry: built, images: ours, renew: true, want: []string{"build web:1 as web:1"}},
		{name: "build: the learner's", entry: built, images: foreign, learners: "web:1"},
		{name: "build: the learner's, renewed", entry: built, images: foreign, learners: "web:1", renew: true, want: []string{"build web:1 as web:1"}},
		{name: "build: foreign", entry: built, images: foreign, want: []string{refused}},
		{name: "build: foreign, renewed", entry: built, images: foreign, renew: true, want: []string{refused}},

		{name: "tag: not there", entry: tagged, images: map[string]thing{"base": {id: "b"}}, want: []string{"tag base web:1"}},
		{name: "tag: done already", entry: tagged, images: map[string]thing{"base": {id: "b"}, "web:1": {id: "b"}}},
		{name: "tag: ours", entry: tagged, images: ours},
		{name: "tag: ours, renewed", entry: tagged, images: ours, renew: true, want: []string{"tag base web:1"}},
		{name: "tag: foreign", entry: tagged, images: foreign, want: []string{refused}},
		{name: "tag: foreign, renewed", entry: tagged, images: foreign, renew: true, want: []string{refused}},

		{name: "run: not there", entry: ran, containers: none, want: []string{"create caja as caja", "start new"}},
		{name: "run: ours", entry: ran, containers: exited},
		{name: "run: ours, renewed", entry: ran, containers: exited, renew: true, want: []string{"rm c1", "create caja as caja", "start new"}},
		{name: "run: ours, never started", entry: ran, containers: created, want: []string{"rm c1", "create caja as caja", "start new"}},
		{name: "run: the learner's", entry: ran, containers: yours, learners: "caja"},
		{name: "run: foreign", entry: ran, containers: yours, want: []string{refused}},
		{name: "run: foreign, renewed", entry: ran, containers: yours, renew: true, want: []string{refused}},

		{name: "absent: not there", entry: absent, images: none},
		{name: "absent: ours", entry: absent, images: ours, want: []string{"rmi web:1"}},
		{name: "absent: the learner's", entry: absent, images: foreign, learners: "web:1", want: []string{"rmi web:1"}},
		{name: "absent: foreign", entry: absent, images: foreign, want: []string{refused}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			engine := &fake{images: tt.images, containers: tt.containers}
			s := &Scene{Engine: engine, Renew: tt.renew, Ours: func(name string) bool { return name == tt.learners }}
			err := s.Make(t.Context(), []lessons.SceneEntry{tt.entry})
			got := engine.done
			if foreign := (*Foreign)(nil); errors.As(err, &foreign) {
				got = append(got, refused)
				if name := Names([]lessons.SceneEntry{tt.entry})[0]; foreign.Name != name || foreign.Container != (tt.entry.Run != nil) {
					t.Errorf("refused for %+v, want %q", *foreign, name)
				}
			} else if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("did %q, want %q", got, tt.want)
			}
		})
	}
}

func TestBaseIsMadeNotPulled(t *testing.T) {
	made := ""
	engine := &fake{}
	s := &Scene{Engine: engine, Base: func(_ context.Context, ref string) (bool, error) {
		made = ref
		return ref == "base", nil
	}}
	if err := s.Make(t.Context(), []lessons.SceneEntry{{Pull: "base"}}); err != nil || made != "base" || engine.done != nil {
		t.Errorf("made %q, did %q, %v", made, engine.done, err)
	}
	if err := s.Make(t.Context(), []lessons.SceneEntry{{Pull: "web:1"}}); err != nil || !slices.Equal(engine.done, []string{"pull web:1"}) {
		t.Errorf("did %q, %v; want what is not the base pulled", engine.done, err)
	}
}

func TestABaseThatIsThereIsRenewedOrServes(t *testing.T) {
	asked := 0
	engine := &fake{images: map[string]thing{"base": {id: "old"}}}
	for _, fails := range []error{nil, errors.New("not in this build")} {
		s := &Scene{Engine: engine, Base: func(context.Context, string) (bool, error) {
			asked++
			return true, fails
		}}
		if err := s.Make(t.Context(), []lessons.SceneEntry{{Pull: "base"}}); err != nil || engine.done != nil {
			t.Errorf("did %q, %v", engine.done, err)
		}
	}
	if asked != 2 {
		t.Errorf("asked for the base %d times, want 2", asked)
	}
}

func TestAnEngineThatDoesNotAnswerChangesNothing(t *testing.T) {
	down := errors.New("connection refused")
	for name, entry := range map[string]lessons.SceneEntry{
		"pull":   {Pull: "web:1"},
		"build":  {Build: &lessons.SceneBuild{Tag: "web:1"}},
		"tag":    {Tag: &lessons.SceneTag{From: "base", To: "web:1"}},
		"run":    {Run: &lessons.SceneRun{Image: "base", Name: "caja"}},
		"absent": {Absent: "web:1"},
	} {
		t.Run(name, func(t *testing.T) {
			engine := &fake{down: down}
			err := (&Scene{Engine: engine, Renew: true}).Make(t.Context(), []lessons.SceneEntry{entry})
			if !errors.Is(err, down) || engine.done != nil {
				t.Errorf("%v, did %q", err, engine.done)
			}
		})
	}
}

func TestAContainerThatDoesNotStartIsTakenAway(t *testing.T) {
	engine := &fake{startFails: errors.New("no such file")}
	err := (&Scene{Engine: engine}).Make(t.Context(), []lessons.SceneEntry{{Run: &lessons.SceneRun{Image: "base", Name: "caja"}}})
	if !errors.Is(err, engine.startFails) || !slices.Equal(engine.done, []string{"create caja as caja", "start new", "rm new"}) {
		t.Errorf("%v, did %q", err, engine.done)
	}
}

func TestAContainerIsTakenAwayWhenTheLearnerLeaves(t *testing.T) {
	engine := &fake{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := (&Scene{Engine: engine}).Make(ctx, []lessons.SceneEntry{{Run: &lessons.SceneRun{Image: "base", Name: "caja"}}})
	if !errors.Is(err, context.Canceled) || !slices.Contains(engine.done, "rm new") {
		t.Errorf("%v, did %q", err, engine.done)
	}
}

func TestMakeStopsAtTheFirstThatFails(t *testing.T) {
	engine := &fake{images: map[string]thing{"web:1": {id: "old"}}}
	err := (&Scene{Engine: engine}).Make(t.Context(), []lessons.SceneEntry{{Absent: "web:1"}, {Pull: "web:2"}})
	if err == nil || engine.done != nil {
		t.Errorf("%v, did %q", err, engine.done)
	}
}

func TestNames(t *testing.T) {
	got := Names([]lessons.SceneEntry{
		{Pull: "base"},
		{Build: &lessons.SceneBuild{Tag: "web:1"}},
		{Tag: &lessons.SceneTag{From: "web:1", To: "web:2"}},
		{Run: &lessons.SceneRun{Image: "web:1", Name: "caja"}},
		{Absent: "web:3"},
		{File: &lessons.SceneFile{Path: "Dockerfile"}},
	})
	if want := []string{"web:1", "web:2", "caja", "web:3"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestOutcome(t *testing.T) {
	for _, tt := range []struct{ name, stream, err string }{
		{"good", `{"stream":"Step 1/1"}{"aux":{"ID":"sha256:1"}}`, ""},
		{"nothing", ``, ""},
		{"the error is the last message", `{"stream":"Step 1/2"}{"errorDetail":{"message":"COPY failed"},"error":"COPY failed"}`, "COPY failed"},
		{"cut off", `{"stream":"Step`, "unexpected EOF"},
		{"no messages", `<html>`, "invalid character"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := outcome(strings.NewReader(tt.stream))
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%v, want %q", err, tt.err)
			}
		})
	}
}
