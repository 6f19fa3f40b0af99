//go:build linux

package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"time"

	"github.com/docker/docker/api/types/backend"
	containertypes "github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
	timetypes "github.com/docker/docker/api/types/time"
	"github.com/docker/docker/container"
	"github.com/docker/docker/errdefs"
	"github.com/docker/docker/volume/service"
	"github.com/docker/docker/volume/service/opts"
	"golang.org/x/sys/unix"
)

// ContainerRm removes a container, and kills it first where that is forced.
func (d *daemon) ContainerRm(name string, how *backend.ContainerRmConfig) error {
	if how.RemoveLink {
		return absentHere("docker rm --link")
	}
	c, err := d.find(name)
	if err != nil {
		return err
	}
	if c.SetRemovalInProgress() {
		return errdefs.Conflict(fmt.Errorf("removal of container %s is already in progress", name))
	}
	defer c.ResetRemovalInProgress()
	if d.containers.Get(c.ID) == nil { // somebody was quicker
		return nil
	}
	if err := d.remove(c, *how); err != nil {
		return fmt.Errorf("cannot remove container %q: %w", name, err)
	}
	return nil
}

func (d *daemon) remove(c *container.Container, how backend.ContainerRmConfig) error {
	if c.IsRunning() {
		if !how.ForceRemove {
			return errdefs.Conflict(fmt.Errorf("container is %s: stop the container before removing or force remove", c.StateString()))
		}
		if err := d.kill(c); err != nil && !isNotRunning(err) {
			return fmt.Errorf("could not kill container: %w", err)
		}
	}
	c.Lock()
	c.Dead = true
	err := d.save(c)
	c.Unlock()
	if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, unix.ENOSPC) { // where the disk is full this makes room
		return err
	}
	if err := d.discard(c, how.RemoveVolume); err != nil {
		c.SetRemovalError(err)
		return err
	}
	c.SetRemoved()
	d.tell(c, events.ActionDestroy)
	return nil
}

// discard removes all of a container that is on disk and in memory, however far it was made.
func (d *daemon) discard(c *container.Container, volumes bool) error {
	c.Lock()
	defer c.Unlock()
	if layer := c.RWLayer; layer != nil {
		if err := d.images.ReleaseLayer(layer); err != nil {
			return err
		}
		c.RWLayer = nil
	}
	if err := os.RemoveAll(c.Root); err != nil {
		return errdefs.System(err)
	}
	err := d.releaseMounts(c, volumes)
	d.containers.Delete(c.ID)
	return errors.Join(err, d.replica.Delete(c))
}

// removeVolume removes a volume that nobody else uses.
func (d *daemon) removeVolume(name string) error {
	err := d.volumes.Remove(context.Background(), name, opts.WithPurgeOnError(true))
	if service.IsInUse(err) {
		return nil
	}
	return err
}

// ContainersPrune removes the containers that do not run and that the filters let through.
func (d *daemon) ContainersPrune(ctx context.Context, args filters.Args) (*containertypes.PruneReport, error) {
	if err := args.Validate(map[string]bool{"label": true, "label!": true, "until": true}); err != nil {
		return nil, err
	}
	until, err := untilOf(args)
	if err != nil {
		return nil, err
	}
	if !d.pruning.CompareAndSwap(false, true) {
		return nil, errdefs.Conflict(errors.New("a prune operation is already running"))
	}
	defer d.pruning.Store(false)
	report := &containertypes.PruneReport{}
	for _, c := range d.containers.List() {
		if ctx.Err() != nil {
			break
		}
		if c.IsRunning() || (!until.IsZero() && c.Created.After(until)) || !labelled(args, c.Config.Labels) {
			continue
		}
		size, _, err := d.images.GetContainerLayerSize(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		if d.ContainerRm(c.ID, &backend.ContainerRmConfig{}) == nil { // one that was started meanwhile stays
			report.ContainersDeleted = append(report.ContainersDeleted, c.ID)
			report.SpaceReclaimed += uint64(max(size, 0))
		}
	}
	d.events.Log(events.ActionPrune, events.ContainerEventType, events.Actor{
		Attributes: map[string]string{"reclaimed": strconv.FormatUint(report.SpaceReclaimed, 10)},
	})
	return report, nil
}

// untilOf is the moment of an until filter; zero where there is none.
func untilOf(args filters.Args) (time.Time, error) {
	values := args.Get("until")
	switch len(values) {
	case 0:
		return time.Time{}, nil
	case 1:
		text, err := timetypes.GetTimestamp(values[0], time.Now())
		if err != nil {
			return time.Time{}, errdefs.InvalidParameter(err)
		}
		seconds, nanoseconds, err := timetypes.ParseTimestamps(text, 0)
		if err != nil {
			return time.Time{}, errdefs.InvalidParameter(err)
		}
		return time.Unix(seconds, nanoseconds), nil
	}
	return time.Time{}, errdefs.InvalidParameter(errors.New("more than one until filter specified"))
}

func labelled(args filters.Args, labels map[string]string) bool {
	return args.MatchKVList("label", labels) && (!args.Contains("label!") || !args.MatchKVList("label!", labels))
}
