//go:build linux

package daemon

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/versions"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/jsonmessage"
	"github.com/docker/docker/pkg/stdcopy"

	"capas/internal/enginetest"
	"capas/runner/box"
	"capas/runner/engine/embedded/sandbox"
)

const base = "base:1"

// served is an engine of a test's own.
type served struct {
	t      *testing.T
	folder string
	client *client.Client
	stop   func()
}

// serve opens an engine in a folder and serves it until the test ends or stop is called.
func serve(t *testing.T, folder string) *served {
	t.Helper()
	return serveUpTo(t, folder, 10<<30)
}

// serveUpTo has a limit for the images.
func serveUpTo(t *testing.T, folder string, limit int64) *served {
	t.Helper()
	if tier, err := sandbox.Probe(); tier != sandbox.TierRoot {
		t.Skipf("this user cannot make containers without a user namespace (%v): package embedded tests those", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	e, err := Open(ctx, folder, limit)
	if err != nil {
		t.Fatal(err)
	}
	sockets, err := os.MkdirTemp("", "capas") // an address is short
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(sockets, "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- e.Serve(ctx, l) }()
	cli, err := client.NewClientWithOpts(client.WithHost("unix://"+socket), client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	s := &served{t: t, folder: folder, client: cli}
	stopped := false
	s.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cli.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		os.RemoveAll(sockets)
	}
	t.Cleanup(s.stop)
	return s
}

// withBase loads the practice base.
func (s *served) withBase() *served {
	s.t.Helper()
	arch, err := box.Arch(s.t.Context(), s.client)
	if err != nil {
		s.t.Fatal(err)
	}
	program, err := enginetest.Program(arch)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := box.EnsureOf(s.t.Context(), s.client, base, box.Config{Arch: arch, Program: program}); err != nil {
		s.t.Fatal(err)
	}
	return s
}

// build builds a Dockerfile and returns what the builder said; its error is the builder's.
func (s *served) build(tag, dockerfile string) (string, error) {
	s.t.Helper()
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := w.WriteHeader(&tar.Header{Name: "Dockerfile", Mode: 0o644, Size: int64(len(dockerfile))}); err != nil {
		s.t.Fatal(err)
	}
	if _, err := io.WriteString(w, dockerfile); err != nil {
		s.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		s.t.Fatal(err)
	}
	answer, err := s.client.ImageBuild(s.t.Context(), &archive, build.ImageBuildOptions{Tags: []string{tag}, Remove: true, ForceRemove: true})
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	var said strings.Builder
	err = jsonmessage.DisplayJSONMessagesStream(answer.Body, &said, 0, false, nil)
	return said.String(), err
}

// run runs a program to its end and returns its output and its exit code.
func (s *served) run(name, image string, args ...string) (string, int) {
	s.t.Helper()
	return s.runOn(nil, name, image, args...)
}

func (s *served) runOn(host *container.HostConfig, name, image string, args ...string) (string, int) {
	s.t.Helper()
	ctx := s.t.Context()
	made, err := s.client.ContainerCreate(ctx, &container.Config{Image: image, Cmd: args}, host, nil, nil, name)
	if err != nil {
		s.t.Fatal(err)
	}
	ended, failed := s.client.ContainerWait(ctx, made.ID, container.WaitConditionNextExit)
	if err := s.client.ContainerStart(ctx, made.ID, container.StartOptions{}); err != nil {
		s.t.Fatal(err)
	}
	select {
	case err := <-failed:
		s.t.Fatal(err)
	case <-ended:
	}
	logs, err := s.client.ContainerLogs(ctx, made.ID, container.LogsOptions{ShowStdout: true, ShowStderr: true})
	if err != nil {
		s.t.Fatal(err)
	}
	defer logs.Close()
	var out bytes.Buffer
	if _, err := stdcopy.StdCopy(&out, &out, logs); err != nil {
		s.t.Fatal(err)
	}
	got, err := s.client.ContainerInspect(ctx, made.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return out.String(), got.State.ExitCode
}

func TestAnImageIsBuiltAndRuns(t *testing.T) {
	s := serve(t, t.TempDir()).withBase()
	said, err := s.build("web:1", "FROM "+base+"\nRUN echo hola >/saludo\nENV NAME=capas\nCMD [\"cat\", \"/saludo\"]\n")
	if err != nil || !strings.Contains(said, "Successfully tagged web:1") {
		t.Fatalf("%v\n%s", err, said)
	}
	if out, code := s.run("", "web:1"); out != "hola\n" || code != 0 {
		t.Errorf("%q, exit %d", out, code)
	}
	if out, code := s.run("", "web:1", "sh", "-c", "echo $NAME; exit 3"); out != "capas\n" || code != 3 {
		t.Errorf("%q, exit %d", out, code)
	}
	if said, err := s.build("web:2", "FROM "+base+"\nRUN ls /nope\n"); err == nil {
		t.Errorf("a build whose RUN fails passed:\n%s", said)
	}
}

func TestAVolumeBeginsWithWhatTheImageHasThere(t *testing.T) {
	s := serve(t, t.TempDir()).withBase()
	dir := t.TempDir() // this machine has something there, too
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := s.build("web:1", "FROM "+base+"\nRUN mkdir -p "+dir+" && touch "+dir+"/page\nVOLUME "+dir+"\n")
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for what, host := range map[string]*container.HostConfig{"anonymous": nil, "named": {Binds: []string{"data:" + dir}}} {
		if out, _ := s.runOn(host, "", "web:1", "ls", dir); out != "page\n" {
			t.Errorf("%s: %q", what, out)
		}
	}
}

func TestNoCapabilityIsLeftWhereAllAreDropped(t *testing.T) {
	s := serve(t, t.TempDir()).withBase()
	for drop, code := range map[string]int{"ALL": 1, "CHOWN": 1, "KILL": 0} {
		out, got := s.runOn(&container.HostConfig{CapDrop: []string{drop}}, "", base, "chown", "7", "/tmp")
		if got != code {
			t.Errorf("--cap-drop %s: exit %d, want %d\n%s", drop, got, code, out)
		}
	}
}

func TestAContainerOutlivesTheEngine(t *testing.T) {
	folder := t.TempDir()
	s := serve(t, folder).withBase()
	s.run("done", base, "sh", "-c", "echo said; exit 7")
	running, err := s.client.ContainerCreate(t.Context(), &container.Config{Image: base, Cmd: []string{"sleep", "1000"}}, nil, nil, nil, "running")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.client.ContainerStart(t.Context(), running.ID, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	s.stop()

	s = serve(t, folder)
	for name, code := range map[string]int{"done": 7, "running": 137} {
		c, err := s.client.ContainerInspect(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if c.State.Running || c.State.ExitCode != code {
			t.Errorf("%s: running %v, exit code %d, want %d", name, c.State.Running, c.State.ExitCode, code)
		}
		if err := s.client.ContainerRemove(t.Context(), name, container.RemoveOptions{}); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.client.ImageInspect(t.Context(), base); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNotHereSaysSo(t *testing.T) {
	s := serve(t, t.TempDir()).withBase()
	ctx := t.Context()
	made, err := s.client.ContainerCreate(ctx, &container.Config{Image: base}, nil, nil, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	create := func(h container.HostConfig) error {
		_, err := s.client.ContainerCreate(ctx, &container.Config{Image: base}, &h, nil, nil, "")
		return err
	}
	for what, ask := range map[string]func() error{
		"--privileged": func() error { return create(container.HostConfig{Privileged: true}) },
		"--restart": func() error {
			return create(container.HostConfig{RestartPolicy: container.RestartPolicy{Name: "always"}})
		},
		"--network mine": func() error { return create(container.HostConfig{NetworkMode: "mine"}) },
		"docker pause":   func() error { return s.client.ContainerPause(ctx, made.ID) },
		"docker swarm":   func() error { _, err := s.client.SwarmInspect(ctx); return err },
		"BuildKit": func() error {
			_, err := s.client.ImageBuild(ctx, &bytes.Buffer{}, build.ImageBuildOptions{Version: build.BuilderBuildKit})
			return err
		},
	} {
		err := ask()
		if !errdefs.IsNotImplemented(err) || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v, want a refusal that names it", what, err)
		}
	}
}

func TestTwoEnginesInOneFolder(t *testing.T) {
	folder := t.TempDir()
	serve(t, folder)
	if e, err := Open(t.Context(), folder, 10<<30); err == nil {
		e.Close()
		t.Error("a second engine opened the folder of a first")
	}
}

func TestWhatWouldGrowBeyondTheLimitIsRefused(t *testing.T) {
	s := serveUpTo(t, t.TempDir(), 1<<20).withBase() // the base alone is larger: it came while there was room
	if _, err := s.client.ContainerCreate(t.Context(), &container.Config{Image: base}, nil, nil, nil, ""); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("%v, want a refusal that says why", err)
	}
	if _, err := s.client.ImageList(t.Context(), image.ListOptions{}); err != nil {
		t.Errorf("looking takes no room: %v", err)
	}
}

// TestVolumesOfTheNewestAPI is about what Docker's router asks from version 1.42 on.
func TestVolumesOfTheNewestAPI(t *testing.T) {
	s := serve(t, t.TempDir())
	if list, err := s.client.VolumeList(t.Context(), volume.ListOptions{}); err != nil || len(list.Volumes) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := s.client.VolumeInspect(t.Context(), "missing"); !errdefs.IsNotFound(err) {
		t.Errorf("inspecting: %v, want not found", err)
	}
	if err := s.client.VolumeRemove(t.Context(), "missing", false); !errdefs.IsNotFound(err) {
		t.Errorf("removing: %v, want not found", err)
	}
	if err := s.client.VolumeRemove(t.Context(), "missing", true); err != nil {
		t.Errorf("removing by force: %v", err)
	}
	if _, err := s.client.VolumeCreate(t.Context(), volume.CreateOptions{ClusterVolumeSpec: &volume.ClusterVolumeSpec{}}); !errdefs.IsNotImplemented(err) {
		t.Errorf("a volume of a swarm: %v, want a refusal", err)
	}
	if v := s.client.ClientVersion(); versions.LessThan(v, "1.42") {
		t.Errorf("this was version %s", v)
	}
}

func TestWhoAsksForWhatIsNotHereOfNoContainerHearsThat(t *testing.T) {
	s := serve(t, t.TempDir()).withBase()
	for what, ask := range map[string]func() error{
		"pause":   func() error { return s.client.ContainerPause(t.Context(), "missing") },
		"unpause": func() error { return s.client.ContainerUnpause(t.Context(), "missing") },
		"update": func() error {
			_, err := s.client.ContainerUpdate(t.Context(), "missing", container.UpdateConfig{})
			return err
		},
		"stats": func() error { _, err := s.client.ContainerStats(t.Context(), "missing", false); return err },
	} {
		if err := ask(); !errdefs.IsNotFound(err) {
			t.Errorf("%s: %v, want not found", what, err)
		}
	}
}

// TestSystemPruneFindsAllThatItAsks has no place among the stories: on Docker's engine it takes the whole cache of BuildKit along, whatever the
// filters say.
func TestSystemPruneFindsAllThatItAsks(t *testing.T) {
	s := serve(t, t.TempDir()).withBase()
	if _, err := s.client.ContainerCreate(t.Context(), &container.Config{Image: base}, nil, nil, nil, "old"); err != nil {
		t.Fatal(err)
	}
	containers, err := s.client.ContainersPrune(t.Context(), filters.NewArgs())
	if err != nil || len(containers.ContainersDeleted) != 1 {
		t.Errorf("containers: %v, %v", containers, err)
	}
	if _, err := s.client.NetworksPrune(t.Context(), filters.NewArgs()); err != nil {
		t.Errorf("networks: %v", err)
	}
	images, err := s.client.ImagesPrune(t.Context(), filters.NewArgs(filters.Arg("dangling", "false")))
	if err != nil || len(images.ImagesDeleted) == 0 {
		t.Errorf("images: %v, %v", images, err)
	}
	if _, err := s.client.BuildCachePrune(t.Context(), build.CachePruneOptions{}); err != nil {
		t.Errorf("the builder's cache: %v", err)
	}
	if _, err := s.client.VolumesPrune(t.Context(), filters.NewArgs()); err != nil {
		t.Errorf("volumes: %v", err)
	}
}
