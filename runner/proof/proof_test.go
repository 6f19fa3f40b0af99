package proof_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"capas/internal/enginetest"
	"capas/lessons"
	"capas/runner"
	"capas/runner/engine"
	"capas/runner/proof"
)

// madeUp is a proof of the made-up course, with names and a base of the test's own.
func madeUp(t *testing.T) *proof.Proof {
	t.Helper()
	course, err := lessons.Open(os.DirFS("testdata/course"))
	if err != nil {
		t.Fatal(err)
	}
	p := provable(t, course)
	p.Set["name"] = enginetest.Name(t, "proof")
	p.Set["mine"] = enginetest.Name(t, "proof-mine")
	return p
}

func TestRightExercisesHold(t *testing.T) {
	t.Parallel()
	p := madeUp(t)
	var told []proof.Case
	p.Each = func(c proof.Case) { told = append(told, c) }
	cases, err := p.Run(t.Context(), "bare", "right")
	if err != nil {
		t.Fatal(err)
	}
	if want := 6 + 5; len(cases) != want || !slices.Equal(told, cases) {
		t.Errorf("%d cases, %d told, want %d", len(cases), len(told), want)
	}
	for _, c := range cases {
		if !c.OK {
			t.Errorf("%v\n--- feedback:\n%s\n--- terminal:\n%s", c, c.Feedback, c.Transcript)
		}
	}
}

func TestImagesLeftWithoutANameAreTakenAway(t *testing.T) {
	t.Parallel()
	p := madeUp(t)
	e := onEngine(t, p)
	before := e.images()
	cases, err := p.Run(t.Context(), "nameless")
	if err != nil || len(cases) != 4 {
		t.Fatalf("%v and %d cases, want 4", err, len(cases))
	}
	for _, c := range cases {
		if !c.OK {
			t.Errorf("%v\n--- feedback:\n%s\n--- terminal:\n%s", c, c.Feedback, c.Transcript)
		}
	}
	if after := e.images(); !maps.Equal(after, before) {
		t.Errorf("left %v\nwant %v", after, before)
	}
}

func TestWrongExercisesAreCaught(t *testing.T) {
	t.Parallel()
	p := madeUp(t)
	for _, tt := range []struct{ item, name, why, shows string }{
		{"broken-solution", "solution", "mend the solution", "touch dos"},
		{"passes-untouched", "untouched", "passes before anything is done", ""},
		{"mistake-passes", "mistake 2", "passes after this mistake", "adiós"},
		{"wordless-mistake", "mistake 1", `lacks "el fichero se llama tres"`, "touch dos"},
		{"broken-also", "also 2", "mend the way", "touch uno.txt"},
		{"endless", "solution", `line 2, "sleep 1000", had not ended after 5s`, "sleep 1000"},
		{"left-too-soon", "also 1", `line 1, "exit", ended the shell`, "exit"},
	} {
		t.Run(tt.item, func(t *testing.T) {
			p := *p
			p.Patience = 5 * time.Second
			cases, err := p.Run(t.Context(), "wrong/"+tt.item)
			if err != nil {
				t.Fatal(err)
			}
			bad := slices.DeleteFunc(cases, func(c proof.Case) bool { return c.OK })
			if tt.item == "passes-untouched" { // rm is caught, the rest passes as it should
				bad = slices.DeleteFunc(bad, func(c proof.Case) bool { return c.Kind == proof.Mistake })
			}
			if len(bad) != 1 || bad[0].Name() != tt.name {
				t.Fatalf("not right: %v, want one, %s", bad, tt.name)
			}
			c := bad[0]
			if !strings.Contains(c.Why, tt.why) || !strings.Contains(c.Transcript, tt.shows) {
				t.Errorf("why: %s\nterminal:\n%s\nwant %q and %q", c.Why, c.Transcript, tt.why, tt.shows)
			}
			if !strings.Contains(c.String(), "es/30-wrong.md:") || !strings.Contains(c.String(), "wrong/"+tt.item) {
				t.Errorf("%v does not say where", c)
			}
		})
	}
}

func TestNothingToProveIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := madeUp(t).Run(t.Context(), "bare"); !errors.Is(err, proof.ErrNothing) {
		t.Errorf("%v, want ErrNothing", err)
	}
}

func TestWhatIsNotInTheCourseIsAnError(t *testing.T) {
	t.Parallel()
	p := madeUp(t)
	for name, says := range map[string]string{
		"rigth":         `did you mean "right"?`,
		"right/tag-itt": `did you mean "tag-it"?`,
		"bare/x":        `no exercise "x"`,
	} {
		if _, err := p.Run(t.Context(), name); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", name, err, says)
		}
	}
}

func TestNoEngineIsAnErrorAndNoFailure(t *testing.T) {
	t.Parallel()
	p := madeUp(t)
	host := "unix://" + filepath.Join(t.TempDir(), "nobody.sock")
	p.Engine = &runner.Link{Options: engine.Options{Host: host, Env: os.Getenv}}
	cases, err := p.Run(t.Context(), "right")
	var trouble *engine.Trouble
	if !errors.As(err, &trouble) || len(cases) > 0 {
		t.Errorf("%v and %d cases, want the engine's trouble and none", err, len(cases))
	}
}

func TestEngineThatGoesAwayIsAnErrorAndNoFailure(t *testing.T) {
	t.Parallel()
	p := madeUp(t)
	host, hangUp := inFront(t)
	p.Engine = &runner.Link{Options: engine.Options{Host: host, Env: os.Getenv}}
	t.Cleanup(p.Engine.Close)
	p.Each = func(c proof.Case) {
		if c.Kind == proof.Solution {
			hangUp()
		}
	}
	cases, err := p.Run(t.Context(), "right/tag-it")
	if err == nil || len(cases) != 2 {
		t.Errorf("%v and %v, want an error and the two cases before it", err, cases)
	}
}

// inFront is a socket in front of the engine, and what takes it away.
func inFront(t *testing.T) (host string, hangUp func()) {
	t.Helper()
	cli := enginetest.Client(t)
	path := filepath.Join(t.TempDir(), "engine.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var open []io.Closer
	go func() {
		for {
			down, err := l.Accept()
			if err != nil {
				return
			}
			up, err := cli.Dialer()(context.Background())
			if err != nil {
				down.Close()
				continue
			}
			mu.Lock()
			open = append(open, up, down)
			mu.Unlock()
			go func() { io.Copy(up, down); up.(interface{ CloseWrite() error }).CloseWrite() }()
			go func() { io.Copy(down, up); down.Close() }()
		}
	}()
	hangUp = func() {
		l.Close()
		mu.Lock()
		defer mu.Unlock()
		for _, c := range open {
			c.Close()
		}
	}
	t.Cleanup(hangUp)
	return "unix://" + path, hangUp
}

func TestTakenNameIsAnErrorAndNothingIsTouched(t *testing.T) {
	t.Parallel()
	p := madeUp(t)
	id := enginetest.Build(t, p.Set["name"]+":2", "FROM "+p.Set["base"]+"\nENV AJENA=1\n", nil)
	cases, err := p.Run(t.Context(), "right")
	var taken *proof.Taken
	if !errors.As(err, &taken) || taken.Name != p.Set["name"]+":2" || len(cases) > 0 {
		t.Fatalf("%v and %d cases, want Taken and none", err, len(cases))
	}
	if !strings.Contains(err.Error(), "docker rmi "+taken.Name) {
		t.Errorf("%v does not say what to do", err)
	}
	e := onEngine(t, p)
	if e.images()[taken.Name] != id {
		t.Errorf("the name stands for %s, not %s", e.images()[taken.Name], id)
	}
}

func TestWhatOthersHaveStays(t *testing.T) {
	t.Parallel()
	p := madeUp(t)
	e := onEngine(t, p)
	mine := p.Set["mine"]
	enginetest.Build(t, mine+":1", "FROM "+p.Set["base"]+"\nENV AJENA=0\nLABEL ajena="+mine+"\n", nil) // loses its name:
	enginetest.Build(t, mine+":2", "FROM "+p.Set["base"]+"\nENV AJENA=1\n", nil)
	if err := enginetest.Client(t).ImageTag(t.Context(), mine+":2", mine+":1"); err != nil {
		t.Fatal(err)
	}
	enginetest.Run(t, p.Set["base"], enginetest.Name(t, "proof"), "true")
	enginetest.Run(t, p.Set["base"], "", "true") // docker finds it a name, as it does for those of the scripts
	images, containers := e.images(), e.containers()
	if len(images) < 4 || len(containers) != 2 {
		t.Fatalf("%v, %v", images, containers)
	}
	mustHold(t, p, "careless/litter")
	e.mustHave(images, containers)
}

func TestCancelledLeavesNothing(t *testing.T) {
	t.Parallel()
	if enginetest.Product(t) == "Podman" {
		t.Skip("Podman tells of no build that is going on")
	}
	p := madeUp(t)
	e := onEngine(t, p)
	images, containers := e.images(), e.containers()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := p.Run(ctx, "careless/slow")
		ended <- err
	}()
	e.eventually("the build sleeps", func() bool {
		select {
		case err := <-ended:
			t.Fatalf("it ended by itself: %v", err)
		default:
		}
		return e.builds("sleep 300; : " + p.Set["base"])
	})
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want it cancelled", err)
	}
	e.mustHave(images, containers)
}

// kin is what was made from a proof's base, told by a label that it hands down. Others use the engine at the same time.
type kin struct {
	*testing.T
	client *client.Client
	label  filters.Args
}

func onEngine(t *testing.T, p *proof.Proof) *kin {
	t.Helper()
	return &kin{t, enginetest.Client(t), filters.NewArgs(filters.Arg("label", "proof="+p.Set["base"]))}
}

// images are ids by name; those without a name are by themselves.
func (k *kin) images() map[string]string {
	k.Helper()
	list, err := k.client.ImageList(k.Context(), image.ListOptions{All: true, Filters: k.label})
	if err != nil {
		k.Fatal(err)
	}
	images := map[string]string{}
	for _, img := range list {
		images[img.ID] = img.ID
		for _, name := range img.RepoTags {
			if name != "<none>:<none>" {
				delete(images, img.ID)
				images[strings.TrimPrefix(name, "docker.io/library/")] = img.ID // Podman writes it out
			}
		}
	}
	return images
}

func (k *kin) list() []container.Summary {
	k.Helper()
	list, err := k.client.ContainerList(k.Context(), container.ListOptions{All: true, Filters: k.label})
	if err != nil {
		k.Fatal(err)
	}
	return list
}

// builds reports whether an instruction of a build is carried out now: the classic builder does it in a container, BuildKit in what
// is going to be a part of its cache.
func (k *kin) builds(command string) bool {
	k.Helper()
	contained := func(c container.Summary) bool {
		return c.State == container.StateRunning && strings.Contains(c.Command, command)
	}
	cached := func(c *build.CacheRecord) bool { return c.InUse && strings.Contains(c.Description, command) }
	if slices.ContainsFunc(k.list(), contained) {
		return true
	}
	usage, err := k.client.DiskUsage(k.Context(), types.DiskUsageOptions{Types: []types.DiskUsageObject{types.BuildCacheObject}})
	if err != nil { // an engine answers one at a time, and has an error for others
		k.Log(err)
		return false
	}
	return slices.ContainsFunc(usage.BuildCache, cached)
}

func (k *kin) containers() []string {
	var ids []string
	for _, c := range k.list() {
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	return ids
}

// mustHave sees that there is what there was before, and no more.
func (k *kin) mustHave(images map[string]string, containers []string) {
	k.Helper()
	now := k.images()
	for name, id := range images {
		if now[name] != id {
			k.Errorf("image %s was %s and is %s", name, id, now[name])
		}
	}
	for name, id := range now {
		if images[name] == "" {
			k.Errorf("left: image %s, %s", name, id)
		}
	}
	if left := k.containers(); !slices.Equal(left, containers) {
		k.Errorf("containers %v, were %v", left, containers)
	}
}

func (k *kin) eventually(what string, ok func() bool) {
	k.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(time.Minute); !ok(); {
		select {
		case <-tick.C:
		case <-late:
			k.Fatalf("still not: %s", what)
		}
	}
}
