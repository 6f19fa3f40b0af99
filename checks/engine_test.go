package checks

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
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
)

// example is what the examples of Kinds are about, on a real engine and under random names.
type example struct {
	*client.Client
	baseline *Baseline
	names    *strings.Replacer // puts the names into a check
}

func realExample(t testing.TB) example {
	t.Helper()
	c := enginetest.Client(t)
	base := enginetest.Base(t)
	hola, web, tarea := enginetest.Name(t, "hola"), enginetest.Name(t, "web"), enginetest.Name(t, "tarea")
	old := enginetest.Name(t, "vieja") + ":1"
	enginetest.Build(t, old, "FROM scratch\nCOPY a /\n", map[string]string{"a": old})
	b, err := TakeBaseline(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ImageRemove(t.Context(), old, image.RemoveOptions{}); err != nil {
		t.Fatal(err)
	}
	buildHola(t, c, base, hola)
	start(t, c, hola+":1", web)
	enginetest.Run(t, hola+":1", tarea, "sh", "-c", "echo > /taller/nuevo; ls /taller")

	img, err := c.ImageInspect(t.Context(), base)
	if err != nil {
		t.Fatal(err)
	}
	return example{c, b, strings.NewReplacer(
		"hola:*", hola+":*", "vieja:*", strings.TrimSuffix(old, "1")+"*", "papel=resto", enginetest.Name(t, "papel"),
		"hola:1", hola+":1", "hola:2", hola+":2", "hola:latest", hola+":latest", "base:1", base, "vieja:1", old,
		"web", web, "tarea", tarea, "linux/amd64", "linux/"+img.Architecture, "linux/arm64", "linux/other",
	)}
}

func buildHola(t testing.TB, c *client.Client, base, name string) {
	t.Helper()
	enginetest.Build(t, name+":1", "FROM "+base+`
COPY passwd group /etc/
RUN mkdir /taller && chmod 777 /taller
RUN touch /taller/listo
COPY --chown=1000:1000 color /taller/color
RUN chmod 640 /taller/color
ENV COLOR=azul
LABEL autora=Ana
EXPOSE 80
VOLUME /datos
HEALTHCHECK CMD wget -q localhost
STOPSIGNAL SIGQUIT
USER app
WORKDIR /taller
CMD ls /taller
`, map[string]string{
		"passwd": "root:x:0:0:root:/:/bin/sh\napp:x:1000:1000::/:/bin/sh\n",
		"group":  "root:x:0:\napp:x:1000:\n",
		"color":  "azul\n",
	})
	enginetest.Build(t, name+":2", "FROM "+base+"\nCOPY a /\nENTRYPOINT [\"/bin/entrada\"]\n", map[string]string{"a": "a"})
	if err := c.ImageTag(t.Context(), name+":1", name); err != nil {
		t.Fatal(err)
	}
}

// start runs a container that waits for what is typed, and nothing is.
func start(t testing.TB, c *client.Client, image, name string) {
	t.Helper()
	config := &container.Config{Image: image, Cmd: []string{"cat"}, OpenStdin: true, Labels: enginetest.Labels(t)}
	if _, err := c.ContainerCreate(t.Context(), config, nil, nil, nil, name); err != nil {
		t.Fatal(err)
	}
	if err := c.ContainerStart(t.Context(), name, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
}

// myProbes are the probes of this process.
func myProbes(t testing.TB, c *client.Client) []container.Summary {
	t.Helper()
	list, err := c.ContainerList(context.WithoutCancel(t.Context()), container.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("label", ProbeLabel))})
	if err != nil {
		t.Fatal(err)
	}
	var mine []container.Summary
	for _, p := range list {
		if strings.HasPrefix(p.Labels[ProbeLabel], fmt.Sprint(os.Getpid(), "/")) {
			mine = append(mine, p)
		}
	}
	return mine
}

// TestOnAnEngine makes its images once and asks everything of them.
func TestOnAnEngine(t *testing.T) {
	e := realExample(t)
	t.Run("every kind", e.testEveryKind)
	t.Run("history reads the same whoever built", e.testHistory)
	t.Run("built again from the cache", e.testBuiltAgain)
	t.Run("images without a name", e.testDangling)
	t.Run("near misses", e.testNearMisses)
	t.Run("probes and their volumes are gone after Ctrl-C", e.testInterruption)
	if left := myProbes(t, e.Client); len(left) > 0 {
		t.Errorf("probes are left: %v", left)
	}
}

func (e example) testEveryKind(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, kind := range Kinds() {
		if !asksEngine(kind) {
			continue
		}
		t.Run(kind.Name(), func(t *testing.T) {
			for want, spec := range map[Verdict]string{Pass: kind.Holds, Fail: kind.Fails} {
				if limited(t, cannot, kind.Name()) {
					want = Unknown
				}
				results := ask(t, e, e.baseline, "- "+e.names.Replace(spec))
				if got := Overall(results); got != want {
					t.Errorf("%s\ngot %v, want %v\n%s", spec, got, want, feedback(t, results))
				}
				checkFeedback(t, results)
			}
			f := NewFacts(e, Scope{Baseline: e.baseline})
			results := Evaluate(ended, f, mustParse(t, "- "+e.names.Replace(kind.Holds)))
			if got := Overall(results); got != Unknown {
				t.Errorf("when it cannot be asked: %v", got)
			}
		})
	}
}

func (e example) testHistory(t *testing.T) {
	for _, line := range []string{
		"RUN mkdir /taller && chmod 777 /taller", "RUN touch /taller/listo", "^COPY .*/taller/color$", "ENV COLOR=azul", "EXPOSE 80",
		"VOLUME /datos", "^HEALTHCHECK CMD wget -q localhost$", "STOPSIGNAL SIGQUIT", "USER app", "WORKDIR /taller", "^CMD ls /taller$",
	} {
		results := ask(t, e, nil, e.names.Replace("- {image: hola:1, history: ")+fmt.Sprintf("%q}", line))
		if got := Overall(results); got != Pass {
			t.Errorf("%s: %s", line, feedback(t, results))
		}
	}
}

// testBuiltAgain builds without changing anything: some image stores give it a new id, and it is not fresh all the same.
func (e example) testBuiltAgain(t *testing.T) {
	name := enginetest.Name(t, "igual") + ":1"
	build := func(content string) {
		enginetest.Build(t, name, "FROM "+e.names.Replace("base:1")+"\nCOPY a /\nRUN cat /a\n", map[string]string{"a": content})
	}
	build("uno")
	b, err := TakeBaseline(t.Context(), e, ImageFresh{name})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		content string
		want    Verdict
	}{{"uno", Fail}, {"dos", Pass}} {
		build(tt.content)
		results := ask(t, e, b, fmt.Sprintf("- {image: %q, fresh: true}", name))
		if got := Overall(results); got != tt.want {
			t.Errorf("built again with %q: got %v, want %v\n%s", tt.content, got, tt.want, feedback(t, results))
		}
		checkFeedback(t, results)
	}
}

// testDangling goes the way of a learner who moves a name from one image to another, and removes what is left without one. Building
// again under a name leaves none where BuildKit builds into a store of containerd.
func (e example) testDangling(t *testing.T) {
	name, label := enginetest.Name(t, "resto")+":1", enginetest.Name(t, "papel")
	build := func(name, content string) string {
		return enginetest.Build(t, name, "FROM scratch\nCOPY a /\nLABEL "+label+"=resto\n", map[string]string{"a": content})
	}
	leave := func(content string) (id string) {
		other := enginetest.Name(t, "otra") + ":1"
		id = build(name, content)
		build(other, content+" de otra")
		if err := e.ImageTag(t.Context(), other, name); err != nil {
			t.Fatal(err)
		}
		return id
	}
	leave("ajena")
	b, err := TakeBaseline(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	dangling := func(more string) Result {
		t.Helper()
		spec := fmt.Sprintf("- {images: {dangling: true, label: %s=resto}, %s}", label, more)
		f := NewFacts(e, Scope{Baseline: b})
		results := Evaluate(t.Context(), f, mustParse(t, spec))
		if _, err := f.Difference(t.Context()); err != nil {
			t.Error(err)
		}
		t.Log(feedback(t, results))
		return results[0]
	}
	if r := dangling("count: 1"); r.Verdict != Pass {
		t.Errorf("one from before: %v", r)
	}
	left := leave("mía")
	if r := dangling("count: 2"); r.Verdict != Pass {
		t.Errorf("and one from now: %v", r)
	}
	if r := dangling("gone: true"); r.Verdict != Fail {
		t.Errorf("they are there: %v", r)
	}
	w := whichImages{Dangling: true} // whatever else is on this engine
	fit, foreign, err := NewFacts(e, Scope{Baseline: b}).imagesOf(t.Context(), w)
	isLeft := func(img image.Summary) bool { return img.ID == left }
	if err != nil || !slices.ContainsFunc(fit, isLeft) || slices.ContainsFunc(foreign, isLeft) {
		t.Errorf("%s is new and without a name: %v\nfit     %v\nforeign %v", left, err, w.called(fit), w.called(foreign))
	}
	if ours := slices.ContainsFunc(foreign, func(img image.Summary) bool { return hasLabel(img.Labels, label) }); !ours {
		t.Errorf("the one from before is not left out: %v", w.called(foreign))
	}
	mine := filters.NewArgs(filters.Arg("label", label+"=resto"), filters.Arg("dangling", "true"))
	list, err := e.ImageList(t.Context(), image.ListOptions{Filters: mine})
	if err != nil || len(list) != 2 {
		t.Fatalf("docker lists %d: %v", len(list), err)
	}
	for _, img := range list {
		if _, err := e.ImageRemove(t.Context(), img.ID, image.RemoveOptions{PruneChildren: true}); err != nil { // as docker does
			t.Fatal(err)
		}
	}
	if r := dangling("gone: true"); r.Verdict != Pass {
		t.Errorf("they are gone: %v", r)
	}
}

func (e example) testNearMisses(t *testing.T) {
	for spec, want := range map[string]string{
		"- {image: hola:1, files: {/web2/index.html: {exists: true}}}":                  "tampoco su carpeta",
		"- {image: hola:1, run: {cmd: nadie}}":                                          "código 127",
		"- {image: hola:1, run: {cmd: [sh, -c, 'while :; do :; done'], within: 300ms}}": "No ha terminado en 300ms",
		"- {container: {name: tarea}, changed: /taller/nuev}":                           "Lo que ha cambiado es `/taller/nuevo`",
	} {
		results := ask(t, e, e.baseline, e.names.Replace(spec))
		if text := feedback(t, results); Overall(results) != Fail || !strings.Contains(text, want) {
			t.Errorf("%s\nnothing says %q:\n%s", spec, want, text)
		}
	}
}

func (e example) testInterruption(t *testing.T) {
	list := mustParse(t, e.names.Replace("- {image: hola:1, run: {cmd: [sh, -c, 'while :; do :; done']}, files: {/taller/listo: {exists: true}}}"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f := NewFacts(e, Scope{})
	done := make(chan []Result)
	go func() { done <- Evaluate(ctx, f, list) }()
	volumes := volumesOf(t, e.Client, 2)
	cancel()
	results := <-done
	closing := f.Close() // on a busy machine the engine may still be at it when nobody waits any longer
	if last := results[len(results)-1]; last.Verdict != Unknown || !errors.Is(last.Err, context.Canceled) {
		t.Errorf("got %v", last)
	}
	soon(t, "probes are left", func() bool { return len(myProbes(t, e.Client)) == 0 })
	for _, v := range volumes {
		soon(t, "volume "+v+" is left", func() bool {
			_, err := e.VolumeInspect(t.Context(), v)
			return errdefs.IsNotFound(err)
		})
	}
	if t.Failed() {
		t.Logf("closing said: %v", closing)
	}
}

// soon asks until the answer is yes.
func soon(t *testing.T, otherwise string, yes func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !yes(); {
		if time.Now().After(deadline) {
			t.Error(otherwise)
			return
		}
	}
}

// volumesOf waits until there are n probes and returns the volumes that were made with them.
func volumesOf(t *testing.T, c *client.Client, n int) []string {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		var volumes []string
		probes := myProbes(t, c)
		for _, p := range probes {
			for _, m := range p.Mounts {
				volumes = append(volumes, m.Name)
			}
		}
		if len(probes) == n && len(volumes) == n {
			return volumes
		}
	}
	t.Fatalf("%d probes never came", n)
	return nil
}

// BenchmarkTenAssertions asks ten things of one image, and the same ten with the docker command.
func BenchmarkTenAssertions(b *testing.B) {
	e := realExample(b)
	b.Run("capas", func(b *testing.B) {
		list := mustParse(b, e.names.Replace(tenAssertions))
		for b.Loop() {
			f := NewFacts(e, Scope{})
			results := Evaluate(b.Context(), f, list)
			if err := f.Close(); err != nil || Overall(results) != Pass {
				b.Fatalf("%v\n%s", err, feedback(b, results))
			}
		}
		b.ReportMetric(float64(len(list)), "checks")
	})
	b.Run("docker", func(b *testing.B) {
		if _, err := exec.LookPath("docker"); err != nil {
			b.Skip("no docker command")
		}
		img, base := e.names.Replace("hola:1"), e.names.Replace("base:1")
		run := []string{"run", "--rm", "--network", "none", img}
		commands := [][]string{
			{"image", "inspect", img}, {"image", "inspect", "--format", "{{.RootFS.Layers}}", img}, {"image", "inspect", "--format", "{{.RootFS.Layers}}", base},
			{"image", "inspect", "--format", "{{.Size}}", img}, {"history", "--no-trunc", img}, {"image", "inspect", "--format", "{{.Config.WorkingDir}}", img},
			{"image", "inspect", "--format", "{{.Config.User}}", img}, append(run, "ls", "-l", "/taller/listo"), append(run, "ls", "-l", "/taller/color"), append(run, "cat", "/taller/color"),
		}
		for b.Loop() {
			for _, args := range commands {
				if out, err := exec.CommandContext(b.Context(), "docker", args...).CombinedOutput(); err != nil {
					b.Fatalf("docker %v: %v\n%s", args, err, out)
				}
			}
		}
	})
}
