package scene

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"capas/lessons"
)

// A container that ends by itself has ended when the exercise begins; one that does not is left running.
const settle = 2 * time.Second

func (s *Scene) run(ctx context.Context, r *lessons.SceneRun) error {
	done, err := s.makeWay(ctx, r.Name)
	if done || err != nil {
		return err
	}
	made, err := s.Engine.ContainerCreate(ctx, &container.Config{
		Image: r.Image, Cmd: r.Cmd, Labels: map[string]string{Label: r.Name},
	}, nil, nil, nil, r.Name)
	if err != nil {
		return fmt.Errorf("creating a container of %q: %w", r.Image, err)
	}
	if err := s.start(ctx, made.ID); err != nil {
		// One that does not run is not what was asked for, and the next attempt would keep it.
		return errors.Join(fmt.Errorf("starting the container %q: %w", r.Name, err), s.discard(ctx, made.ID))
	}
	return nil
}

func (s *Scene) start(ctx context.Context, id string) error {
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	ended, failed := s.Engine.ContainerWait(waiting, id, container.WaitConditionNextExit)
	if err := s.Engine.ContainerStart(ctx, id, container.StartOptions{}); err != nil {
		return err
	}
	select {
	case <-ended:
	case <-failed: // it cannot be waited for, or the context ended
	case <-time.After(settle):
	}
	return ctx.Err()
}

// makeWay looks at what has the container's name: it is kept, or removed, or foreign.
func (s *Scene) makeWay(ctx context.Context, name string) (done bool, err error) {
	c, err := s.Engine.ContainerInspect(ctx, name)
	switch {
	case errdefs.IsNotFound(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("inspecting container %q: %w", name, err)
	case c.Config.Labels[Label] == "" && !s.ours(name):
		return false, &Foreign{Name: name, Container: true}
	case !s.Renew && c.State.Status != container.StateCreated: // created and no more: an attempt was killed half way
		return true, nil
	}
	return false, s.discard(ctx, c.ID)
}

// discard removes a container, also when the context is at its end.
func (s *Scene) discard(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := s.Engine.ContainerRemove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: true})
	if err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("removing container %q: %w", id, err)
	}
	return nil
}
