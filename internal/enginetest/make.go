package enginetest

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/jsonmessage"
)

// Build builds an image through the engine's API and returns its id. It is removed at the end of the test.
func Build(t testing.TB, tag, dockerfile string, files map[string]string) (id string) {
	t.Helper()
	c, label := Client(t), Labels(t)
	resp, err := c.ImageBuild(t.Context(), buildContext(t, dockerfile, files), build.ImageBuildOptions{
		Tags: []string{tag}, Labels: label, Remove: true, ForceRemove: true, Version: builder(),
	})
	if err != nil {
		t.Fatalf("enginetest: building %s: %v", tag, err)
	}
	defer resp.Body.Close()
	var log bytes.Buffer
	err = jsonmessage.DisplayJSONMessagesStream(resp.Body, &log, 0, false, func(m jsonmessage.JSONMessage) {
		var result build.Result
		if json.Unmarshal(*m.Aux, &result) == nil && result.ID != "" {
			id = result.ID
		}
	})
	if err != nil {
		t.Fatalf("enginetest: building %s: %v\n%s", tag, err, log.String())
	}
	return id
}

// builder is the one that the environment names, classic or buildkit: an engine may have both.
func builder() build.BuilderVersion {
	if os.Getenv("CAPAS_TEST_BUILDER") == "buildkit" {
		return build.BuilderBuildKit
	}
	return build.BuilderV1
}

func buildContext(t testing.TB, dockerfile string, files map[string]string) io.Reader {
	t.Helper()
	all := map[string]string{"Dockerfile": dockerfile}
	maps.Copy(all, files)
	var buf bytes.Buffer
	tw := tar.NewWriter(&buf)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if err := tw.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(all[name]))}); err != nil {
			t.Fatalf("enginetest: %v", err)
		}
		io.WriteString(tw, all[name]) // to memory
	}
	tw.Close()
	return &buf
}

// Run creates a container, starts it, waits for its end and returns its id. It is removed at the end of the test.
func Run(t testing.TB, image, name string, cmd ...string) (id string) {
	t.Helper()
	c, label := Client(t), Labels(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	made, err := c.ContainerCreate(ctx, &container.Config{Image: image, Cmd: cmd, Labels: label}, nil, nil, nil, name)
	if err != nil {
		t.Fatalf("enginetest: creating a container of %s: %v", image, err)
	}
	ended, failed := c.ContainerWait(ctx, made.ID, container.WaitConditionNextExit)
	if err := c.ContainerStart(ctx, made.ID, container.StartOptions{}); err != nil {
		t.Fatalf("enginetest: starting a container of %s: %v", image, err)
	}
	select {
	case err := <-failed:
		t.Fatalf("enginetest: waiting for a container of %s: %v", image, err)
	case <-ended:
	}
	return made.ID
}

var (
	labelMu sync.Mutex
	labels  = map[testing.TB]string{}
)

// Labels are for what a test makes by itself: whatever carries them is removed at the end of the test,
// containers with their volumes first, then images.
func Labels(t testing.TB) map[string]string {
	t.Helper()
	labelMu.Lock()
	defer labelMu.Unlock()
	value := labels[t]
	if value == "" {
		value = random(8)
		labels[t] = value
		t.Cleanup(func() { cleanUp(t, value) })
	}
	return map[string]string{Label: value}
}

func cleanUp(t testing.TB, value string) {
	labelMu.Lock()
	delete(labels, t)
	labelMu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	c, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		t.Errorf("enginetest: cleaning up: %v", err)
		return
	}
	defer c.Close()
	mine := filters.NewArgs(filters.Arg("label", Label+"="+value))
	if err := removeContainers(ctx, c, mine); err != nil {
		t.Errorf("enginetest: removing containers: %v", err)
	}
	if err := removeImages(ctx, c, mine); err != nil {
		t.Errorf("enginetest: removing images: %v", err)
	}
}

func removeContainers(ctx context.Context, c *client.Client, which filters.Args) error {
	list, err := c.ContainerList(ctx, container.ListOptions{All: true, Filters: which})
	if err != nil {
		return err
	}
	for _, one := range list {
		err := c.ContainerRemove(ctx, one.ID, container.RemoveOptions{Force: true, RemoveVolumes: true})
		if err != nil && !gone(err) {
			return err
		}
	}
	return nil
}

// removeImages leaves to a later test what is still the parent of another's image, or gone with one of the list.
func removeImages(ctx context.Context, c *client.Client, which filters.Args) error {
	list, err := c.ImageList(ctx, image.ListOptions{All: true, Filters: which})
	if err != nil {
		return err
	}
	for _, one := range list {
		_, err := c.ImageRemove(ctx, one.ID, image.RemoveOptions{Force: true, PruneChildren: true})
		if err != nil && !gone(err) && !errdefs.IsConflict(err) {
			return err
		}
	}
	return nil
}

// gone also knows the engine's word for what somebody else is removing.
func gone(err error) bool {
	return errdefs.IsNotFound(err) || strings.Contains(err.Error(), "is already in progress")
}
