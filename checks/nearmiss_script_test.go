package checks

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/jsonmessage"
	"github.com/kballard/go-shellquote"
	"github.com/spf13/pflag"

	"capas/internal/enginetest"
)

// nearMissEngine is the engine that all cases share; what they make carries the labels.
type nearMissEngine struct {
	client *client.Client
	base   string
	labels map[string]string
}

// play does what a case says and asks what it asks. The ids in what is said then are made the same every time by steady.
func (e nearMissEngine) play(t *testing.T, n nearMiss) (results []Result, steady func(string) string) {
	t.Helper()
	p := &player{
		t:      t,
		dir:    t.TempDir(),
		labels: e.labels,
		engine: &caseEngine{Client: e.client, base: e.base, registry: enginetest.Name(t, "casi") + ".test", made: map[string]bool{}},
	}
	t.Cleanup(p.untag)
	p.save(n.workspace(false))
	p.age(n.workspace(false))
	p.typeAll(n.section("before"))
	list := mustParse(t, n.section("checks"))
	b, err := TakeBaseline(t.Context(), p.engine, list...)
	if err != nil {
		t.Fatal(err)
	}
	p.typeAll(n.section("typed"))
	p.save(n.workspace(true))
	p.typeAll(n.section("then"))
	f := NewFacts(p.engine, Scope{Baseline: b, Workspace: p.dir})
	results = Evaluate(t.Context(), f, list)
	if err := f.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
	return results, p.engine.steady(t)
}

// player types commands of docker, through the engine's API.
type player struct {
	t      *testing.T
	dir    string
	labels map[string]string
	engine *caseEngine
	tagged []string // names given with docker tag, perhaps to the practice base, which stays
}

func (p *player) untag() {
	for _, name := range p.tagged {
		_, err := p.engine.Client.ImageRemove(context.WithoutCancel(p.t.Context()), p.engine.real(name), image.RemoveOptions{})
		if err != nil && !errdefs.IsNotFound(err) {
			p.t.Errorf("taking %s away: %v", name, err)
		}
	}
}

func (p *player) save(files map[string]string) {
	for name, content := range files {
		name = filepath.Join(p.dir, filepath.FromSlash(name))
		p.must(os.MkdirAll(filepath.Dir(name), 0o755))
		p.must(os.WriteFile(name, []byte(content), 0o644))
	}
}

// age puts what was saved before the attempt into another second than its beginning, which is told in seconds.
func (p *player) age(files map[string]string) {
	p.t.Helper()
	past := time.Now().Add(-2 * time.Second)
	for name := range files {
		p.must(os.Chtimes(filepath.Join(p.dir, filepath.FromSlash(name)), past, past))
	}
}

func (p *player) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *player) typeAll(script string) {
	for line := range strings.Lines(script) {
		words, err := shellquote.Split(line)
		p.must(err)
		if len(words) > 0 {
			p.typeOne(strings.TrimSpace(line), words)
		}
	}
}

// typed is what can be typed after docker.
type typed struct {
	flags *pflag.FlagSet
	run   func(args []string)
}

func (p *player) typeOne(line string, words []string) {
	p.t.Helper()
	if words[0] == "mkdir" && len(words) == 2 {
		p.must(os.MkdirAll(filepath.Join(p.dir, words[1]), 0o755))
		return
	}
	commands := map[string]func() typed{
		"build": p.build, "tag": p.tag, "rmi": p.rmi, "run": p.run, "create": p.create, "start": p.start, "stop": p.stop,
		"pause": p.pause, "rm": p.rm, "exec": p.exec,
	}
	if len(words) < 2 || words[0] != "docker" || commands[words[1]] == nil {
		p.t.Fatalf("%q: no command that a near miss may type", line)
	}
	c := commands[words[1]]()
	c.flags.SetInterspersed(false)
	p.must(c.flags.Parse(words[2:]))
	c.run(c.flags.Args())
}

func flags() *pflag.FlagSet { return pflag.NewFlagSet("docker", pflag.ContinueOnError) }

func (p *player) tag() typed {
	return typed{flags(), func(args []string) {
		p.tagged = append(p.tagged, args[1])
		p.must(p.engine.ImageTag(p.t.Context(), p.engine.real(args[0]), p.engine.real(args[1])))
	}}
}

// rmi keeps what an image is made of: other cases build on it.
func (p *player) rmi() typed {
	return typed{flags(), func(args []string) {
		_, err := p.engine.ImageRemove(p.t.Context(), p.engine.real(args[0]), image.RemoveOptions{})
		p.must(err)
	}}
}

// build builds a folder; a build that ends in an error leaves what it leaves, and with & at the end it is not waited for.
func (p *player) build() typed {
	fs := flags()
	names := fs.StringArrayP("tag", "t", nil, "")
	file := fs.StringP("file", "f", "", "")
	return typed{fs, func(args []string) {
		opts := build.ImageBuildOptions{Remove: true, Version: build.BuilderV1, NetworkMode: "none"}
		for _, n := range *names {
			opts.Tags = append(opts.Tags, p.engine.real(n))
		}
		folder := filepath.Join(p.dir, args[0])
		if *file == "" {
			*file = filepath.Join(args[0], "Dockerfile")
		}
		source, err := os.ReadFile(filepath.Join(p.dir, *file))
		p.must(err)
		alone := len(*names) == 0 || runs.MatchString(string(source)) // what it leaves without a name must be its own
		resp, err := p.engine.ImageBuild(p.t.Context(), p.context(folder, string(source), alone), opts)
		p.must(err)
		if len(args) > 1 && args[1] == "&" {
			p.watch(resp.Body)
			return
		}
		defer resp.Body.Close()
		p.noteAll(resp.Body)
	}}
}

var (
	from = regexp.MustCompile(`(?mi)^FROM (\S+)(.*)$`)
	runs = regexp.MustCompile(`(?mi)^RUN `)
)

// context is a folder with the names in the Dockerfile put as they are on the engine, and with the labels: they are at the
// beginning, so that all that a build leaves has them. One that is alone shares no image with other cases.
func (p *player) context(folder, dockerfile string, alone bool) io.Reader {
	label := "\nLABEL " + enginetest.Label + "=" + p.labels[enginetest.Label]
	if alone {
		label += " " + enginetest.Label + ".case=" + p.engine.registry
	}
	dockerfile = from.ReplaceAllStringFunc(dockerfile, func(line string) string {
		parts := from.FindStringSubmatch(line)
		if parts[1] != "scratch" {
			parts[1] = p.engine.real(parts[1])
		}
		return "FROM " + parts[1] + parts[2] + label
	})
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	p.must(w.AddFS(os.DirFS(folder)))
	p.must(w.WriteHeader(&tar.Header{Name: "Dockerfile", Mode: 0o644, Size: int64(len(dockerfile))}))
	_, err := io.WriteString(w, dockerfile)
	p.must(err)
	p.must(w.Close())
	return &out
}

var (
	stepRun       = regexp.MustCompile(`^Step \d+/\d+ : RUN `)
	stepOfPodman  = regexp.MustCompile(`^STEP \d+/\d+: RUN `)
	stepImage     = regexp.MustCompile(`--> (?:Using cache )?([0-9a-f]{11,12})`) // Podman leaves out a dash, and a digit
	stepContainer = regexp.MustCompile(` ---> Running in ([0-9a-f]{12})`)        // Podman says nothing of it
)

// noteAll reads what a build says, to its end.
func (p *player) noteAll(body io.Reader) {
	made := ""
	for d := json.NewDecoder(body); ; {
		var m jsonmessage.JSONMessage
		if err := d.Decode(&m); err != nil {
			p.noteImage(made)
			return
		}
		p.note(m.Stream, &made)
	}
}

// note keeps the container in a line of a build, reports whether it runs something, and puts the image in the line into made.
func (p *player) note(line string, made *string) (inContainer bool) {
	if id := stepImage.FindStringSubmatch(line); id != nil {
		*made = id[1]
	}
	id := stepContainer.FindStringSubmatch(line)
	if id == nil {
		return stepOfPodman.MatchString(line)
	}
	if c, err := p.engine.Client.ContainerInspect(p.t.Context(), id[1]); err == nil {
		p.engine.add(c.ID)
	}
	return true
}

// noteImage keeps the image that a build came to.
func (p *player) noteImage(id string) {
	img, err := p.engine.Client.ImageInspect(p.t.Context(), id)
	p.must(err)
	p.engine.add(img.ID)
}

// watch reads what a build says until it is at a RUN, and leaves it there until the end of the test.
func (p *player) watch(body io.ReadCloser) {
	p.t.Cleanup(func() { body.Close() })
	made, atRun := "", false
	for lines := bufio.NewScanner(body); lines.Scan(); {
		var m jsonmessage.JSONMessage
		p.must(json.Unmarshal(lines.Bytes(), &m))
		atRun = atRun || stepRun.MatchString(m.Stream) || stepOfPodman.MatchString(m.Stream)
		if p.note(m.Stream, &made) && atRun {
			p.noteImage(made)
			return
		}
	}
	p.t.Fatal("the build ran nothing")
}

func (p *player) create() typed {
	fs, config, name := containerFlags()
	return typed{fs, func(args []string) { p.make(config(args), *name) }}
}

func containerFlags() (fs *pflag.FlagSet, config func([]string) container.Config, name *string) {
	fs = flags()
	labels := fs.StringToStringP("label", "l", nil, "")
	entrypoint := fs.String("entrypoint", "", "")
	return fs, func(args []string) container.Config {
		c := container.Config{Image: args[0], Cmd: args[1:], Labels: *labels}
		if *entrypoint != "" {
			c.Entrypoint = []string{*entrypoint}
		}
		return c
	}, fs.String("name", "", "")
}

func (p *player) make(config container.Config, name string) (id string) {
	labels := map[string]string{enginetest.Label: p.labels[enginetest.Label]}
	for k, v := range config.Labels {
		labels[k] = v
	}
	config.Labels, config.Image = labels, p.engine.real(config.Image)
	if name != "" {
		name = p.engine.realContainer(name)
	}
	made, err := p.engine.ContainerCreate(p.t.Context(), &config, &container.HostConfig{NetworkMode: "none"}, nil, nil, name)
	p.must(err)
	p.engine.add(made.ID)
	return made.ID
}

// run waits for the end, and with -d it does not. A container without a command of its own waits for what is typed.
func (p *player) run() typed {
	fs, config, name := containerFlags()
	detached := fs.BoolP("detach", "d", false, "")
	remove := fs.Bool("rm", false, "")
	return typed{fs, func(args []string) {
		c := config(args)
		c.OpenStdin = *detached
		id := p.make(c, *name)
		err := p.engine.ContainerStart(p.t.Context(), id, container.StartOptions{})
		if err != nil && strings.Contains(err.Error(), "executable file not found") {
			return // docker says so, and the container stays
		}
		p.must(err)
		if !*detached {
			p.wait(id)
		}
		if *remove {
			p.must(p.engine.ContainerRemove(p.t.Context(), id, container.RemoveOptions{}))
		}
	}}
}

func (p *player) wait(id string) {
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	done, failed := p.engine.ContainerWait(ctx, id, container.WaitConditionNotRunning)
	select {
	case <-done:
	case err := <-failed:
		p.t.Fatal(err)
	}
}

func (p *player) onContainer(do func(id string) error) typed {
	return typed{flags(), func(args []string) { p.must(do(p.engine.realContainer(args[0]))) }}
}

func (p *player) start() typed {
	return p.onContainer(func(id string) error { return p.engine.ContainerStart(p.t.Context(), id, container.StartOptions{}) })
}

// stop says it until it is heard: a program that has only just started does not listen yet, and would be stopped by force. One that is
// halfway there ends with a code of its own, so another of the same has to have come to its end before.
func (p *player) stop() typed {
	return p.onContainer(func(id string) error {
		p.inContainer(id, "true")
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
			c, err := p.engine.Client.ContainerInspect(p.t.Context(), id)
			if err != nil || c.State.Status == container.StateExited {
				return err
			}
			_ = p.engine.ContainerKill(p.t.Context(), id, "TERM") // perhaps it has just ended
		}
		return context.DeadlineExceeded
	})
}

func (p *player) pause() typed {
	return p.onContainer(func(id string) error {
		p.t.Cleanup(func() { p.engine.ContainerUnpause(context.WithoutCancel(p.t.Context()), id) }) // or it cannot be removed
		return p.engine.ContainerPause(p.t.Context(), id)
	})
}

func (p *player) rm() typed {
	return p.onContainer(func(id string) error {
		return p.engine.ContainerRemove(p.t.Context(), id, container.RemoveOptions{Force: true})
	})
}

// exec runs a command in a container and waits for its end.
func (p *player) exec() typed {
	return typed{flags(), func(args []string) { p.inContainer(p.engine.realContainer(args[0]), args[1:]...) }}
}

func (p *player) inContainer(id string, command ...string) {
	made, err := p.engine.ContainerExecCreate(p.t.Context(), id, container.ExecOptions{Cmd: command, AttachStdout: true})
	p.must(err)
	got, err := p.engine.ContainerExecAttach(p.t.Context(), made.ID, container.ExecAttachOptions{})
	p.must(err)
	defer got.Close()
	io.Copy(io.Discard, got.Reader) // to its end
}
