// Package scene makes what an exercise needs to find: images, names and containers on the engine, files in the workspace.
//
// It knows no learner. What it makes carries Label, and it never takes a name that stands for something foreign.
package scene

import (
	"context"
	"fmt"
	"io"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"capas/checks"
	"capas/lessons"
)

// Label marks every image and container that a scene made; its value is the name it was made under.
const Label = checks.SceneLabel

// Engine is the part of the Docker client that scenes use.
type Engine interface {
	ImageInspect(ctx context.Context, ref string, opts ...client.ImageInspectOption) (image.InspectResponse, error)
	ImagePull(ctx context.Context, ref string, opts image.PullOptions) (io.ReadCloser, error)
	ImageBuild(ctx context.Context, buildContext io.Reader, opts build.ImageBuildOptions) (build.ImageBuildResponse, error)
	ImageTag(ctx context.Context, source, target string) error
	ImageRemove(ctx context.Context, ref string, opts image.RemoveOptions) ([]image.DeleteResponse, error)
	ContainerInspect(ctx context.Context, id string) (container.InspectResponse, error)
	ContainerCreate(ctx context.Context, config *container.Config, host *container.HostConfig, net *network.NetworkingConfig, platform *ocispec.Platform, name string) (container.CreateResponse, error)
	ContainerStart(ctx context.Context, id string, opts container.StartOptions) error
	ContainerWait(ctx context.Context, id string, condition container.WaitCondition) (<-chan container.WaitResponse, <-chan error)
	ContainerRemove(ctx context.Context, id string, opts container.RemoveOptions) error
}

// Scene is where things are made, and by which rules.
type Scene struct {
	Engine    Engine
	Workspace string
	// Ours reports whether the name of an image or container without our label was made by the learner in this course.
	// Where it is nil nothing was.
	Ours func(name string) bool
	// Base makes the practice base, or renews an older one, where ref names it, and reports whether it is that. Where it is nil
	// nothing is the base.
	Base func(ctx context.Context, ref string) (bool, error)
	// Renew makes again what an earlier attempt may have changed; otherwise what is there and ours is kept.
	Renew bool
}

// Foreign is the error for a name that the scene needs and that stands for something of the learner's own.
type Foreign struct {
	Name      string
	Container bool // it is a container; otherwise an image
}

func (e *Foreign) Error() string { return fmt.Sprintf("%q was not made by this course", e.Name) }

// Make makes every entry, in order, variables replaced. It stops at the first that cannot be made.
func (s *Scene) Make(ctx context.Context, entries []lessons.SceneEntry) error {
	for _, e := range entries {
		if err := s.entry(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func (s *Scene) entry(ctx context.Context, e lessons.SceneEntry) error {
	switch {
	case e.Pull != "":
		return s.pull(ctx, e.Pull)
	case e.Build != nil:
		return s.build(ctx, e.Build)
	case e.Tag != nil:
		return s.tag(ctx, e.Tag.From, e.Tag.To)
	case e.Run != nil:
		return s.run(ctx, e.Run)
	case e.Absent != "":
		return s.absent(ctx, e.Absent)
	case e.File != nil:
		return writeFile(s.Workspace, e.File.Path, e.File.Content)
	}
	return nil
}

// Names are the names on the engine that the entries make or take away.
func Names(entries []lessons.SceneEntry) []string {
	var names []string
	for _, e := range entries {
		switch {
		case e.Build != nil:
			names = append(names, e.Build.Tag)
		case e.Tag != nil:
			names = append(names, e.Tag.To)
		case e.Run != nil:
			names = append(names, e.Run.Name)
		case e.Absent != "":
			names = append(names, e.Absent)
		}
	}
	return names
}

// found is what stands under a name now.
type found struct {
	id   string // "" where nothing does
	ours bool
}

func (s *Scene) image(ctx context.Context, ref string) (found, error) {
	img, err := s.Engine.ImageInspect(ctx, ref)
	if errdefs.IsNotFound(err) {
		return found{}, nil
	}
	if err != nil {
		return found{}, fmt.Errorf("inspecting image %q: %w", ref, err)
	}
	labelled := img.Config != nil && img.Config.Labels[Label] != ""
	return found{id: img.ID, ours: labelled || s.ours(ref)}, nil
}

func (s *Scene) ours(name string) bool { return s.Ours != nil && s.Ours(name) }
