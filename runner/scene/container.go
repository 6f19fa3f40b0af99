package scene

import (
	"context"
	"fmt"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"capas/lessons"
)

// A container that ends by itself has ended when the exercise begins; one that does not is left running.
const settle = time.Second

func (s *Scene) run(ctx context.Context, r *lessons.SceneRun) error {
	done, err := s.makeWay(ctx, r)
	if done || err != nil {
		return err
	}
	made, err := s.Engine.ContainerCreate(ctx, &container.Config{
		Image: r.Image, Cmd: r.Cmd, Labels: map[string]string{Label: r.Name},
	}, nil, nil, nil, r.Name)
	if err != nil {
		return fmt.Errorf("creating a container of %q: %w", r.Image, err)
	}
	waiting, cancel := context.WithTimeout(ctx, settle)
	defer cancel()
	ended, failed := s.Engine.ContainerWait(waiting, made.ID, container.WaitConditionNextExit)
	if err := s.Engine.ContainerStart(ctx, made.ID, container.StartOptions{}); err != nil {
		return fmt.Errorf("starting the container %q: %w", r.Name, err)
	}
	select {
	case <-ended:
	case <-failed: // most often: it goes on running
	}
	return ctx.Err()
}

// makeWay looks at what has the container's name: it is kept, or removed, or foreign.
func (s *Scene) makeWay(ctx context.Context, r *lessons.SceneRun) (done bool, err error) {
	if r.Name == "" {
		return false, nil
	}
	c, err := s.Engine.ContainerInspect(ctx, r.Name)
	switch {
	case errdefs.IsNotFound(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("inspecting container %q: %w", r.Name, err)
	case c.Config.Labels[Label] == "" && !s.Ours(r.Name):
		return false, &Foreign{Name: r.Name, Container: true}
	case !s.Renew:
		return true, nil
	}
	if err := s.Engine.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true, RemoveVolumes: true}); err != nil {
		return false, fmt.Errorf("removing container %q: %w", r.Name, err)
	}
	return false, nil
}
