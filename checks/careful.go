package checks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/system"
	"github.com/docker/docker/client"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

var (
	errNonsense = errors.New("the answer is not one of a Docker engine")
	errVersion  = errors.New("the engine speaks another version of the API")
)

// careful is an engine whose answers are looked at before anything is concluded from them. What no engine says is an error,
// and so is a «not found» that is about the question and not about the thing: an engine that is old, or another program that
// answers in its place, knows fewer questions.
type careful struct{ engine Engine }

// told is the error of an answer; sound says whether the answer was one.
func told(err error, sound bool) error {
	switch {
	case isWordless(err):
		return root(err)
	case isNoQuestion(err):
		return fmt.Errorf("%w: %v", errdefs.ErrNotImplemented, err) // hides that it was not found
	case isOtherVersion(err):
		return fmt.Errorf("%w: %v", errVersion, err)
	case err == nil && !sound:
		return errNonsense
	}
	return err
}

// isWordless reports whether the engine said that something is not there, or not right, and was cut off before it said what.
func isWordless(err error) bool {
	return (errdefs.IsNotFound(err) || errdefs.IsInvalidArgument(err)) && (isCut(err) || isSlow(err))
}

// isNoQuestion reports whether an engine knows nothing of what it was asked: in the words of Docker, of Podman and, where the
// answer was empty, of the client. Of other methods than it knows it has no class of error.
func isNoQuestion(err error) bool {
	if err == nil {
		return false
	}
	said := root(err).Error()
	return said == "Method Not Allowed" || strings.Contains(said, "returned 405") ||
		errdefs.IsNotFound(err) && (strings.HasSuffix(said, "page not found") || said == "Not Found" || strings.Contains(said, "check if the server supports"))
}

func isOtherVersion(err error) bool {
	return errdefs.IsInvalidArgument(err) && strings.Contains(err.Error(), "client version") &&
		(strings.Contains(err.Error(), "is too old") || strings.Contains(err.Error(), "is too new"))
}

// root is what an error began as, without what was said on its way here.
func root(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

func (e careful) ImageInspect(ctx context.Context, ref string, opts ...client.ImageInspectOption) (image.InspectResponse, error) {
	img, err := e.engine.ImageInspect(ctx, ref, opts...)
	img.RepoTags = shownNames(img.RepoTags)
	return img, told(err, img.ID != "")
}

func (e careful) ImageHistory(ctx context.Context, ref string, opts ...client.ImageHistoryOption) ([]image.HistoryResponseItem, error) {
	rows, err := e.engine.ImageHistory(ctx, ref, opts...)
	return rows, told(err, true)
}

func (e careful) ImageList(ctx context.Context, opts image.ListOptions) ([]image.Summary, error) {
	list, err := wholeList(func() ([]image.Summary, error) { return e.engine.ImageList(ctx, opts) })
	for i, img := range list {
		list[i].RepoTags = shownNames(img.RepoTags)
	}
	return list, told(err, !slices.ContainsFunc(list, func(img image.Summary) bool { return img.ID == "" }))
}

func (e careful) ContainerList(ctx context.Context, opts container.ListOptions) ([]container.Summary, error) {
	list, err := wholeList(func() ([]container.Summary, error) { return e.engine.ContainerList(ctx, opts) })
	for i, c := range list {
		list[i].Image, list[i].State = shownName(c.Image), stateOf(c.State)
	}
	return list, told(err, !slices.ContainsFunc(list, func(c container.Summary) bool { return c.ID == "" }))
}

// wholeList lists again where a container ended just then, or an image was removed: of what it does not find any more Podman makes an
// error, and gives no list at all.
func wholeList[T any](list func() ([]T, error)) ([]T, error) {
	things, err := list()
	for range 2 {
		if err == nil || !strings.Contains(err.Error(), "no such process") && !strings.Contains(err.Error(), "locating i") {
			break
		}
		things, err = list()
	}
	return things, err
}

func (e careful) ContainerInspect(ctx context.Context, id string) (container.InspectResponse, error) {
	c, err := e.engine.ContainerInspect(ctx, id)
	sound := c.ContainerJSONBase != nil && c.ID != "" && c.State != nil && c.Config != nil
	if sound {
		c.State.Status = stateOf(c.State.Status)
	}
	return c, told(err, sound)
}

// stateOf is the state of a container in the words of Docker. Podman has more of them, for the moments between two states.
func stateOf(state container.ContainerState) container.ContainerState {
	switch state {
	case "configured", "initialized":
		return container.StateCreated
	case "stopping":
		return container.StateRunning
	case "stopped": // it has ended, with its code, and what it had is not put away yet
		return container.StateExited
	}
	return state
}

func (e careful) ContainerDiff(ctx context.Context, id string) ([]container.FilesystemChange, error) {
	changes, err := e.engine.ContainerDiff(ctx, id)
	return changes, told(err, true)
}

func (e careful) ContainerLogs(ctx context.Context, id string, opts container.LogsOptions) (io.ReadCloser, error) {
	logs, err := e.engine.ContainerLogs(ctx, id, opts)
	return logs, told(err, true)
}

func (e careful) ContainerCreate(ctx context.Context, config *container.Config, host *container.HostConfig, net *network.NetworkingConfig, platform *ocispec.Platform, name string) (container.CreateResponse, error) {
	made, err := e.engine.ContainerCreate(ctx, config, host, net, platform, name)
	return made, told(err, made.ID != "")
}

// ContainerStatPath cannot tell the two kinds of «not found» apart, for this answer has no words.
func (e careful) ContainerStatPath(ctx context.Context, id, path string) (container.PathStat, error) {
	stat, err := e.engine.ContainerStatPath(ctx, id, path)
	if errdefs.IsNotFound(err) {
		return stat, err
	}
	return stat, told(statError(err), true)
}

func (e careful) CopyFromContainer(ctx context.Context, id, path string) (io.ReadCloser, container.PathStat, error) {
	body, stat, err := e.engine.CopyFromContainer(ctx, id, path)
	return body, stat, told(statError(err), true)
}

func (e careful) ContainerExport(ctx context.Context, id string) (io.ReadCloser, error) {
	body, err := e.engine.ContainerExport(ctx, id)
	return body, told(err, true)
}

func (e careful) Info(ctx context.Context) (system.Info, error) {
	info, err := e.engine.Info(ctx)
	return info, told(err, info.ID != "")
}

// statError knows the client's words for a header that cannot be read; it keeps no error under them.
func statError(err error) error {
	if err != nil && strings.Contains(err.Error(), "path stat header") {
		return fmt.Errorf("%w: %v", errNonsense, err)
	}
	return err
}

func (e careful) ContainerStart(ctx context.Context, id string, opts container.StartOptions) error {
	return told(e.engine.ContainerStart(ctx, id, opts), true)
}

func (e careful) ContainerWait(ctx context.Context, id string, condition container.WaitCondition) (<-chan container.WaitResponse, <-chan error) {
	return e.engine.ContainerWait(ctx, id, condition)
}

func (e careful) ContainerRemove(ctx context.Context, id string, opts container.RemoveOptions) error {
	return told(e.engine.ContainerRemove(ctx, id, opts), true)
}

// waitError is the error that came out of ContainerWait. Of an answer that is none the client gives back the text alone.
func waitError(err error) error {
	if errors.Unwrap(err) == nil && !isCut(err) && !isSlow(err) && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w: %s", errNonsense, excerpt(err.Error()))
	}
	return told(err, true)
}
