//go:build linux

package daemon

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/containerd/log"
	"github.com/docker/docker/api/types/backend"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/container"
	"golang.org/x/sys/unix"

	"capas/runner/engine/embedded/sandbox"
)

const (
	unixKill   = unix.SIGKILL
	exitKilled = 128 + int(unix.SIGKILL)
)

// drainTime is how long the output of a program that has ended is waited for: something that it left behind may hold the pipe open.
const drainTime = 2 * time.Second

// awaitExit puts a container to rest once its program has ended.
func (d *daemon) awaitExit(c *container.Container, process *sandbox.Process) {
	status := process.Wait()
	d.networks.unpublish(c.ID)
	c.Lock()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	c.StreamConfig.Wait(ctx)
	cancel()
	_ = process.Close()
	c.Reset(false)
	ran := time.Since(c.StartedAt)
	c.OOMKilled = status.OOMKilled
	err := d.unmountRoot(c)
	d.forgetExecs(c)
	c.CancelAttachContext()
	d.processes.remove(c.ID)
	ended := time.Now().UTC()
	c.Running, c.Pid, c.FinishedAt = false, 0, ended
	c.SetExitCode(status.Code)
	// Before anybody who waits is told: a list that they ask for then shows it, and what they tell comes after it.
	err = errors.Join(err, d.save(c))
	d.tell(c, events.ActionDie, "exitCode", strconv.Itoa(status.Code), "execDuration", strconv.Itoa(int(ran.Seconds())))
	c.SetStopped(&container.ExitStatus{ExitCode: status.Code, ExitedAt: ended})
	remove := c.HostConfig.AutoRemove && !c.HasBeenManuallyRestarted
	c.Unlock()
	if remove {
		err = errors.Join(err, d.ContainerRm(c.ID, &backend.ContainerRmConfig{ForceRemove: true, RemoveVolume: true}))
	}
	if err != nil {
		log.L.WithError(err).WithField("container", c.ID).Warn("putting a container to rest")
	}
}

// shutdown kills what runs and waits until all is at rest.
func (d *daemon) shutdown() {
	d.closing.Store(true)
	for _, c := range d.containers.List() {
		if c.IsRunning() {
			_ = d.kill(c) // what does not die of it dies with the engine
		}
	}
}
