package checks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/system"
	"github.com/docker/docker/client"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Engine is the part of the Docker client that checks use.
type Engine interface {
	ImageInspect(ctx context.Context, ref string, opts ...client.ImageInspectOption) (image.InspectResponse, error)
	ImageHistory(ctx context.Context, ref string, opts ...client.ImageHistoryOption) ([]image.HistoryResponseItem, error)
	ImageList(ctx context.Context, opts image.ListOptions) ([]image.Summary, error)
	ContainerList(ctx context.Context, opts container.ListOptions) ([]container.Summary, error)
	ContainerInspect(ctx context.Context, id string) (container.InspectResponse, error)
	ContainerDiff(ctx context.Context, id string) ([]container.FilesystemChange, error)
	ContainerLogs(ctx context.Context, id string, opts container.LogsOptions) (io.ReadCloser, error)
	ContainerCreate(ctx context.Context, config *container.Config, host *container.HostConfig, net *network.NetworkingConfig, platform *ocispec.Platform, name string) (container.CreateResponse, error)
	ContainerStatPath(ctx context.Context, id, path string) (container.PathStat, error)
	CopyFromContainer(ctx context.Context, id, path string) (io.ReadCloser, container.PathStat, error)
	ContainerExport(ctx context.Context, id string) (io.ReadCloser, error)
	ContainerStart(ctx context.Context, id string, opts container.StartOptions) error
	ContainerWait(ctx context.Context, id string, condition container.WaitCondition) (<-chan container.WaitResponse, <-chan error)
	ContainerRemove(ctx context.Context, id string, opts container.RemoveOptions) error
	Info(ctx context.Context) (system.Info, error)
}

// Facts are what one evaluation knows of the engine and the workspace: each thing is asked once, when the first check needs it.
// Close removes the probe containers that it made; it must be called whatever happens.
// They are safe for concurrent use, and of one moment: who wants to look again makes new ones.
type Facts struct {
	engine Engine
	scope  Scope
	probes probes
	taken  map[string]bool // names of containers that some check asks for

	images     memo[image.InspectResponse]       // by reference
	histories  memo[[]image.HistoryResponseItem] // by id
	contents   memo[[]string]                    // by id
	list       memo[[]image.Summary]
	containers memo[[]container.Summary]       // by what was searched for
	inspected  memo[container.InspectResponse] // by id or name
	diffs      memo[[]string]                  // by id
	logs       memo[string]                    // by id
	files      memo[fileFact]                  // by id and path
	owners     memo[map[string]ownership]      // by id
	folders    memo[[]string]                  // by id and path
	runs       memo[runFact]                   // by id and command
	recipes    memo[[]recipe]
	remotes    memo[pushedImage] // by reference and platform
}

// Scope is where the facts come from.
type Scope struct {
	Workspace  string            // the folder of the lesson's work; "" where there is none
	Baseline   *Baseline         // what there was when the attempt began; nil where nothing is known
	Registries Registries        // who the learner is to registries; nil where nothing is known
	Answered   func(string) bool // whether a quiz, by its id, was answered right in this attempt; nil where none was
	Asked      []Asked           // what the learner asked the engine for in this attempt, in order; nil where nobody could see it
}

// NewFacts returns facts of which nothing has been asked yet.
func NewFacts(e Engine, s Scope) *Facts {
	asked := careful{e}
	return &Facts{engine: asked, scope: s, probes: probes{engine: asked}, runs: memo[runFact]{limit: maxWithin + runOverhead}}
}

// Close removes the probes, within a deadline of its own, also when the context of the evaluation has ended.
func (f *Facts) Close() error { return f.probes.close() }

// finish is Close after an evaluation; what it cannot remove, the caller's Close tells. Who leaves is kept no longer than a
// moment, for the engine may hang: what is left to do is done meanwhile, or by Sweep another day.
func (f *Facts) finish(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = f.Close()
	}()
	select {
	case <-done:
		return
	case <-ctx.Done():
	}
	f.probes.hurry()
	select {
	case <-done:
	case <-time.After(probeHurry):
	}
}

// image is what the engine says of a reference; an error that errdefs.IsNotFound knows means that there is no such image.
func (f *Facts) image(ctx context.Context, ref string) (image.InspectResponse, error) {
	return f.images.get(ctx, ref, func(ctx context.Context) (image.InspectResponse, error) {
		img, err := f.engine.ImageInspect(ctx, ref)
		switch {
		case err != nil:
			return img, fmt.Errorf("inspecting image %q: %w", ref, err)
		case isOtherwiseNamed(ref, img):
			return image.InspectResponse{}, errNoSuchName(ref)
		}
		return img, nil
	})
}

func (f *Facts) history(ctx context.Context, img image.InspectResponse) ([]image.HistoryResponseItem, error) {
	return f.histories.get(ctx, img.ID, func(ctx context.Context) ([]image.HistoryResponseItem, error) {
		rows, err := f.engine.ImageHistory(ctx, img.ID)
		if err != nil {
			return nil, fmt.Errorf("asking the history of image %s: %w", img.ID, err)
		}
		return rows, nil
	})
}

// size is the sum of the layers' sizes: the engine's own number for the whole means three different things (content,
// unpacked, both) from one image store to another. An image may come without its history, and then it is not known.
func (f *Facts) size(ctx context.Context, img image.InspectResponse) (int64, error) {
	rows, err := f.history(ctx, img)
	if err == nil && len(rows) == 0 && len(img.RootFS.Layers) > 0 {
		return 0, errNoHistory
	}
	var sum int64
	for _, row := range rows {
		sum += row.Size
	}
	return sum, err
}

var errNoHistory = errors.New("the image came without its history")

// allImages are the images that `docker images` shows.
func (f *Facts) allImages(ctx context.Context) ([]image.Summary, error) {
	return f.list.get(ctx, "", func(ctx context.Context) ([]image.Summary, error) {
		return listImages(ctx, f.engine)
	})
}

// allContainers are the containers that `docker ps -a` shows, without our probes.
func (f *Facts) allContainers(ctx context.Context) ([]container.Summary, error) {
	return f.foundContainers(ctx, filters.Args{})
}

// foundContainers are those of them that the engine finds.
func (f *Facts) foundContainers(ctx context.Context, search filters.Args) ([]container.Summary, error) {
	key, err := filters.ToJSON(search)
	if err != nil {
		return nil, err
	}
	return f.containers.get(ctx, key, func(ctx context.Context) ([]container.Summary, error) { return listContainers(ctx, f.engine, search) })
}

func listImages(ctx context.Context, e Engine) ([]image.Summary, error) {
	list, err := e.ImageList(ctx, image.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing images: %w", err)
	}
	return list, nil
}

func listContainers(ctx context.Context, e Engine, search filters.Args) ([]container.Summary, error) {
	list, err := e.ContainerList(ctx, container.ListOptions{All: true, Filters: search})
	if err != nil {
		return nil, fmt.Errorf("listing containers: %w", err)
	}
	return slices.DeleteFunc(list, func(c container.Summary) bool { return isProbe(c.Labels) }), nil
}

func (f *Facts) container(ctx context.Context, id string) (container.InspectResponse, error) {
	return f.inspected.get(ctx, id, func(ctx context.Context) (container.InspectResponse, error) {
		c, err := f.engine.ContainerInspect(ctx, id)
		if err != nil {
			return c, fmt.Errorf("inspecting container %s: %w", id, err)
		}
		return c, nil
	})
}

// changes are the paths that `docker diff` names.
func (f *Facts) changes(ctx context.Context, id string) ([]string, error) {
	return f.diffs.get(ctx, id, func(ctx context.Context) ([]string, error) {
		changes, err := f.engine.ContainerDiff(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("asking what changed in container %s: %w", id, err)
		}
		var paths []string
		for _, c := range changes {
			paths = append(paths, c.Path)
		}
		return paths, nil
	})
}
