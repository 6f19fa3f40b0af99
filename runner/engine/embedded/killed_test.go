//go:build linux

package embedded_test

import (
	"archive/tar"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	ggcr "github.com/google/go-containerregistry/pkg/registry"

	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/jsonmessage"

	"capas/internal/enginetest"
	"capas/runner/box"
	"capas/runner/engine/embedded"
	"capas/runner/engine/embedded/embeddedtest"
)

var kills = flag.Int("kills", 40, "how often TestKilledAtAnyMoment kills the engine")

const (
	base = "base:1"
	keep = "keep:1"
)

// victim is an engine that is killed again and again, and what is done with it meanwhile.
type victim struct {
	t        testing.TB
	home     embedded.Home
	client   *client.Client
	registry string
}

func TestKilledAtAnyMoment(t *testing.T) {
	v := newVictim(t)
	work := map[string]func(context.Context, int) error{
		"build": v.buildSome, "run": v.runSome, "remove": v.removeSome, "prune": v.pruneSome, "push": v.pushSome, "pull": v.pullSome,
	}
	var names []string
	for name := range work {
		names = append(names, name)
	}
	for n := range *kills {
		name := names[rand.IntN(len(names))]
		after := time.Duration(rand.Int64N(int64(150 * time.Millisecond)))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- work[name](ctx, n) }()
		<-time.After(after)
		v.kill()
		cancel()
		<-done // its error is that of a connection that broke, or none
		v.revive()
		v.mustBeWhole(fmt.Sprintf("killed %d ms into %s", after.Milliseconds(), name))
		if t.Failed() {
			return
		}
	}
}

func newVictim(t testing.TB) *victim {
	t.Helper()
	server := httptest.NewServer(ggcr.New(ggcr.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	v := &victim{t: t, home: embeddedtest.Home(t), registry: strings.TrimPrefix(server.URL, "http://")}
	v.revive()
	c, err := client.NewClientWithOpts(client.WithHost(v.home.Host()), client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	v.client = c
	arch, err := box.Arch(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	program, err := enginetest.Program(arch)
	if err != nil {
		t.Fatal(err)
	}
	if err := box.EnsureOf(t.Context(), c, base, box.Config{Arch: arch, Program: program}); err != nil {
		t.Fatal(err)
	}
	if err := v.build(t.Context(), keep, "FROM "+base+"\nRUN echo whole >/state\nCMD [\"cat\", \"/state\"]\n"); err != nil {
		t.Fatal(err)
	}
	return v
}

// revive joins the engine, which starts it where it is dead. It is left at the end of the test.
func (v *victim) revive() {
	v.t.Helper()
	m := join(v.t, v.home)
	v.t.Cleanup(func() { _ = m.Leave() })
}

func (v *victim) kill() {
	v.t.Helper()
	if err := syscall.Kill(status(v.t, v.home).PID, syscall.SIGKILL); err != nil {
		v.t.Fatal(err)
	}
	eventually(v.t, "the killed engine is gone", func() bool { return !status(v.t, v.home).Running })
}

// mustBeWhole shows that every image can be inspected and saved, that the one that was kept runs, and that nothing of the killed
// engine is mounted or runs.
func (v *victim) mustBeWhole(when string) {
	v.t.Helper()
	ctx := v.t.Context()
	images, err := v.client.ImageList(ctx, image.ListOptions{All: true})
	if err != nil || len(images) < 2 {
		v.t.Fatalf("%s: %d images, %v", when, len(images), err)
	}
	for _, img := range images {
		if _, err := v.client.ImageInspect(ctx, img.ID); err != nil {
			v.t.Errorf("%s: inspecting %v: %v", when, img.RepoTags, err)
		}
		if err := v.save(ctx, img.ID); err != nil {
			v.t.Errorf("%s: saving %v: %v", when, img.RepoTags, err)
		}
	}
	if err := v.run(ctx, keep, 0); err != nil {
		v.t.Errorf("%s: %v", when, err)
	}
	containers, err := v.client.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		v.t.Error(err)
	}
	for _, c := range containers {
		if c.State == container.StateRunning {
			v.t.Errorf("%s: container %s still runs", when, c.ID)
		}
		if err := v.client.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true}); err != nil {
			v.t.Errorf("%s: removing what was left: %v", when, err)
		}
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil || bytes.Contains(mounts, []byte(v.home.Dir)) {
		v.t.Errorf("%s: something is still mounted (%v):\n%s", when, err, mounts)
	}
}

func (v *victim) save(ctx context.Context, id string) error {
	archive, err := v.client.ImageSave(ctx, []string{id})
	if err != nil {
		return err
	}
	defer archive.Close()
	_, err = io.Copy(io.Discard, archive)
	return err
}

func (v *victim) build(ctx context.Context, tag, dockerfile string) error {
	return buildOn(ctx, v.client, tag, dockerfile)
}

func buildOn(ctx context.Context, c *client.Client, tag, dockerfile string) error {
	var files bytes.Buffer
	w := tar.NewWriter(&files)
	if err := w.WriteHeader(&tar.Header{Name: "Dockerfile", Mode: 0o644, Size: int64(len(dockerfile))}); err != nil {
		return err
	}
	if _, err := io.WriteString(w, dockerfile); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	answer, err := c.ImageBuild(ctx, &files, build.ImageBuildOptions{Tags: []string{tag}, Remove: true, ForceRemove: true})
	if err != nil {
		return err
	}
	return consume(answer.Body)
}

func consume(stream io.ReadCloser) error {
	defer stream.Close()
	return jsonmessage.DisplayJSONMessagesStream(stream, io.Discard, 0, false, nil)
}

func (v *victim) run(ctx context.Context, img string, want int64, args ...string) error {
	made, err := v.client.ContainerCreate(ctx, &container.Config{Image: img, Cmd: args}, nil, nil, nil, "")
	if err != nil {
		return err
	}
	ended, failed := v.client.ContainerWait(ctx, made.ID, container.WaitConditionNextExit)
	if err := v.client.ContainerStart(ctx, made.ID, container.StartOptions{}); err != nil {
		return err
	}
	select {
	case err := <-failed:
		return err
	case answer := <-ended:
		if answer.StatusCode != want {
			return fmt.Errorf("%s ended with %d", img, answer.StatusCode)
		}
	}
	return nil
}

func (v *victim) buildSome(ctx context.Context, n int) error {
	return v.build(ctx, fmt.Sprintf("some:%d", n), fmt.Sprintf("FROM %s\nRUN echo %d >/n\nRUN mkdir /a && touch /a/b\nENV N=%d\n", base, n, n))
}

func (v *victim) runSome(ctx context.Context, n int) error {
	return v.run(ctx, base, 0, "sh", "-c", fmt.Sprintf("echo %d >/n; sleep 1", n))
}

func (v *victim) removeSome(ctx context.Context, n int) error {
	if err := v.buildSome(ctx, n); err != nil {
		return err
	}
	_, err := v.client.ImageRemove(ctx, fmt.Sprintf("some:%d", n), image.RemoveOptions{Force: true, PruneChildren: true})
	return err
}

func (v *victim) pruneSome(ctx context.Context, n int) error {
	if err := v.build(ctx, "some:same", fmt.Sprintf("FROM %s\nRUN echo %d >/n\n", base, n)); err != nil { // the last one loses its name
		return err
	}
	_, err := v.client.ImagesPrune(ctx, filters.NewArgs(filters.Arg("dangling", "true")))
	return err
}

func (v *victim) pushSome(ctx context.Context, n int) error {
	name := fmt.Sprintf("%s/some:%d", v.registry, n)
	if err := v.client.ImageTag(ctx, keep, name); err != nil {
		return err
	}
	stream, err := v.client.ImagePush(ctx, name, image.PushOptions{RegistryAuth: "e30="})
	if err != nil {
		return err
	}
	return consume(stream)
}

func (v *victim) pullSome(ctx context.Context, n int) error {
	if err := v.pushSome(ctx, n); err != nil {
		return err
	}
	name := fmt.Sprintf("%s/some:%d", v.registry, n)
	if _, err := v.client.ImageRemove(ctx, name, image.RemoveOptions{}); err != nil {
		return err
	}
	stream, err := v.client.ImagePull(ctx, name, image.PullOptions{})
	if err != nil {
		return err
	}
	return consume(stream)
}
