//go:build linux

package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	containertypes "github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/container"
	"github.com/docker/docker/errdefs"
	"github.com/moby/sys/signal"

	"capas/runner/engine/embedded/sandbox"
)

// killTime is how long a killed program is waited for.
const killTime = 10 * time.Second

// ContainerStop asks a container's program to end, and kills it where it does not in time.
func (d *daemon) ContainerStop(ctx context.Context, name string, options containertypes.StopOptions) error {
	c, err := d.find(name)
	if err != nil {
		return err
	}
	if !c.IsRunning() {
		return errdefs.NotModified(errors.New("container is already stopped"))
	}
	if err := d.stop(context.WithoutCancel(ctx), c, options); err != nil {
		return fmt.Errorf("cannot stop container: %s: %w", name, err)
	}
	return nil
}

func (d *daemon) stop(ctx context.Context, c *container.Container, options containertypes.StopOptions) error {
	if !c.IsRunning() {
		return nil
	}
	sig, patience := c.StopSignal(), c.StopTimeout()
	if options.Signal != "" {
		var err error
		if sig, err = signal.ParseSignal(options.Signal); err != nil {
			return errdefs.InvalidParameter(err)
		}
	}
	if options.Timeout != nil {
		patience = *options.Timeout
	}
	if err := d.send(c, sig); err != nil && !isNotRunning(err) {
		return err
	}
	if !d.endsWithin(ctx, c, time.Duration(patience)*time.Second) {
		if err := d.kill(c); err != nil {
			return err
		}
	}
	d.tell(c, events.ActionStop)
	return nil
}

// endsWithin waits until a container's program has ended; a negative time is for ever.
func (d *daemon) endsWithin(ctx context.Context, c *container.Container, patience time.Duration) bool {
	if patience >= 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	status := <-c.Wait(ctx, containertypes.WaitConditionNotRunning)
	return status.Err() == nil
}

// send sends a signal to a container's program.
func (d *daemon) send(c *container.Container, sig syscall.Signal) error {
	process := d.processes.get(c.ID)
	if process == nil {
		return notRunning(c.ID)
	}
	c.Lock()
	c.HasBeenManuallyStopped = true
	c.Unlock()
	if err := process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return asDocker("Cannot kill container %s: %w", c.ID, err)
	}
	d.tell(c, events.ActionKill, "signal", strconv.Itoa(int(sig)))
	return nil
}

func (d *daemon) kill(c *container.Container) error {
	if err := d.send(c, syscall.SIGKILL); err != nil {
		return err
	}
	if !d.endsWithin(context.Background(), c, killTime) {
		return errdefs.System(errors.New("tried to kill container, but did not receive an exit event"))
	}
	return nil
}

// ContainerKill sends a signal; with SIGKILL it waits for the end.
func (d *daemon) ContainerKill(name, wanted string) error {
	sig := syscall.SIGKILL
	if wanted != "" {
		var err error
		if sig, err = signal.ParseSignal(wanted); err != nil {
			return errdefs.InvalidParameter(err)
		}
	}
	c, err := d.find(name)
	if err != nil {
		return err
	}
	if !c.IsRunning() {
		return notRunning(c.ID)
	}
	if sig == syscall.SIGKILL {
		return d.kill(c)
	}
	return d.send(c, sig)
}

// ContainerRestart stops a container and starts it again.
func (d *daemon) ContainerRestart(ctx context.Context, name string, options containertypes.StopOptions) error {
	c, err := d.find(name)
	if err != nil {
		return err
	}
	d.beingRestarted(c, true)
	defer d.beingRestarted(c, false)
	if err := d.stop(context.WithoutCancel(ctx), c, options); err != nil {
		return asDocker("Cannot restart container %s: %w", name, err)
	}
	if err := d.start(c); err != nil {
		return asDocker("Cannot restart container %s: %w", name, err)
	}
	d.tell(c, events.ActionRestart)
	return nil
}

// beingRestarted keeps a container with --rm while it is stopped to be started again.
func (d *daemon) beingRestarted(c *container.Container, is bool) {
	c.Lock()
	defer c.Unlock()
	c.HasBeenManuallyRestarted = is
}

// ContainerWait tells when a container gets into a state. The wait begins before it returns.
func (d *daemon) ContainerWait(ctx context.Context, name string, condition containertypes.WaitCondition) (<-chan containertypes.StateStatus, error) {
	c, err := d.find(name)
	if err != nil {
		return nil, err
	}
	return c.Wait(ctx, condition), nil
}

// ContainerResize tells a container's terminal its new size.
func (d *daemon) ContainerResize(_ context.Context, name string, height, width uint32) error {
	c, err := d.findRunning(name)
	if err != nil {
		return err
	}
	process := d.processes.get(c.ID)
	if process == nil {
		return notRunning(c.ID)
	}
	if err := process.Resize(sandbox.Size{Rows: uint16(height), Cols: uint16(width)}); err != nil {
		return errdefs.System(err)
	}
	d.tell(c, events.ActionResize, "height", strconv.Itoa(int(height)), "width", strconv.Itoa(int(width)))
	return nil
}
