package checks

import (
	"context"
	"io"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
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
	ContainerStart(ctx context.Context, id string, opts container.StartOptions) error
	ContainerWait(ctx context.Context, id string, condition container.WaitCondition) (<-chan container.WaitResponse, <-chan error)
	ContainerRemove(ctx context.Context, id string, opts container.RemoveOptions) error
}

// Facts are what one evaluation knows of the engine and the workspace: each thing is asked once, when the first check needs it.
// Close removes the probe containers that it made; it must be called whatever happens.
type Facts struct{}

// Scope is where the facts come from.
type Scope struct {
	Workspace string    // the folder of the lesson's work; "" where there is none
	Baseline  *Baseline // what there was when the attempt began; nil where nothing is known
}

// NewFacts returns facts of which nothing has been asked yet.
func NewFacts(e Engine, s Scope) *Facts { panic("contract") }

// Close removes the probes, within a deadline of its own, also when the context of the evaluation has ended.
func (f *Facts) Close() error { panic("contract") }

// ProbeLabel marks each probe container. What carries it and is older than any evaluation may be removed by anyone.
const ProbeLabel = "capas.probe"

// Sweep removes probes that a killed program left behind, those older than ten minutes.
func Sweep(ctx context.Context, e Engine) error { panic("contract") }
