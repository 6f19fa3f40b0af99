//go:build linux

package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/containerd/platforms"
	"github.com/docker/docker/api/types/backend"
	containertypes "github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	networktypes "github.com/docker/docker/api/types/network"
	"github.com/docker/docker/container"
	"github.com/docker/docker/daemon/initlayer"
	"github.com/docker/docker/daemon/network"
	"github.com/docker/docker/errdefs"
	"github.com/docker/docker/image"
	"github.com/docker/docker/oci"
)

// What of /proc and /sys a container does not see, and what it does not write: as in Docker's engine.
var (
	maskedPaths   = oci.DefaultSpec().Linux.MaskedPaths
	readonlyPaths = oci.DefaultSpec().Linux.ReadonlyPaths
)

// ContainerCreate makes a container that does not run yet.
func (d *daemon) ContainerCreate(ctx context.Context, request backend.ContainerCreateConfig) (containertypes.CreateResponse, error) {
	if request.HostConfig == nil {
		request.HostConfig = &containertypes.HostConfig{}
	}
	response := containertypes.CreateResponse{Warnings: []string{}} // a docker command of old times minds null
	if err := d.verifyVolumesFrom(request.HostConfig.VolumesFrom); err != nil {
		return response, err
	}
	if err := verify(request.Config, request.HostConfig); err != nil {
		return response, err
	}
	mode := request.HostConfig.NetworkMode
	if err := d.networks.verify(mode, request.NetworkingConfig); err != nil {
		return response, err
	}
	c, err := d.create(ctx, request)
	if err != nil {
		return response, err
	}
	response.ID = c.ID
	return response, nil
}

// verifyVolumesFrom answers as Docker does: the docker command would take what is not found for the image, and pull it.
func (d *daemon) verifyVolumesFrom(containers []string) error {
	for _, from := range containers {
		name, _, _ := strings.Cut(from, ":")
		if _, err := d.find(name); err != nil {
			return errdefs.InvalidParameter(err)
		}
	}
	return nil
}

// ContainerCreateIgnoreImagesArgsEscaped is for the builder; the difference is one of Windows.
func (d *daemon) ContainerCreateIgnoreImagesArgsEscaped(ctx context.Context, request backend.ContainerCreateConfig) (containertypes.CreateResponse, error) {
	return d.ContainerCreate(ctx, request)
}

func (d *daemon) create(ctx context.Context, request backend.ContainerCreateConfig) (_ *container.Container, err error) {
	img, err := d.imageOf(ctx, request)
	if err != nil {
		return nil, err
	}
	if err := complete(request.Config, img); err != nil {
		return nil, err
	}
	c, err := d.newContainer(request, img)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.discard(c, true))
		}
	}()
	if c.RWLayer, err = d.images.CreateLayer(c, func(root string) error { return initlayer.Setup(root, 0, 0) }); err != nil {
		return nil, errdefs.System(err)
	}
	if err := os.MkdirAll(c.Root, 0o710); err != nil {
		return nil, errdefs.System(err)
	}
	if err := d.addMounts(ctx, c); err != nil {
		return nil, err
	}
	if err := d.register(c); err != nil {
		return nil, err
	}
	d.tell(c, events.ActionCreate)
	return c, nil
}

// imageOf is the image that a container is asked of; nil where none is.
func (d *daemon) imageOf(ctx context.Context, request backend.ContainerCreateConfig) (*image.Image, error) {
	if request.Config.Image == "" {
		return nil, nil
	}
	return d.images.GetImage(ctx, request.Config.Image, backend.GetImageOpts{Platform: request.Platform})
}

// newContainer reserves an id and a name and fills the record. Nothing of it is on disk yet.
func (d *daemon) newContainer(request backend.ContainerCreateConfig, img *image.Image) (*container.Container, error) {
	id := newID()
	name, err := d.reserve(id, request.Name)
	if err != nil {
		return nil, err
	}
	c := container.NewBaseContainer(id, d.home(id))
	c.Name, c.Created = name, time.Now().UTC()
	c.Config, c.HostConfig = request.Config, withDefaults(request.HostConfig)
	c.Path, c.Args = program(request.Config)
	c.Driver = d.images.StorageDriver()
	c.ImagePlatform = platforms.DefaultSpec()
	if img != nil {
		c.ImageID, c.ImagePlatform = img.ID(), img.Platform()
	}
	//lint:ignore SA1019 Docker's packages still read it
	c.OS = c.ImagePlatform.OS
	c.NetworkSettings = &network.Settings{Networks: map[string]*network.EndpointSettings{
		c.HostConfig.NetworkMode.NetworkName(): {EndpointSettings: &networktypes.EndpointSettings{}},
	}}
	if c.Config.Hostname == "" {
		c.Config.Hostname, err = hostname(id, c.HostConfig.NetworkMode)
	}
	return c, err
}

func hostname(id string, mode containertypes.NetworkMode) (string, error) {
	if mode.IsHost() {
		return os.Hostname()
	}
	return id[:12], nil
}

// program is what a container runs: its entry point, and its command behind that.
func program(c *containertypes.Config) (string, []string) {
	words := append(append([]string{}, c.Entrypoint...), c.Cmd...)
	return words[0], words[1:]
}

// register makes a container known, and keeps it.
func (d *daemon) register(c *container.Container) error {
	if c.Config.OpenStdin {
		c.StreamConfig.NewInputPipes()
	} else {
		c.StreamConfig.NewNopInputPipe()
	}
	c.Lock()
	defer c.Unlock()
	d.containers.Add(c.ID, c)
	return d.save(c)
}

// restoreOne reads a container of an earlier engine.
func (d *daemon) restoreOne(ctx context.Context, id string) error {
	c := container.NewBaseContainer(id, d.home(id))
	if err := c.FromDisk(); err != nil { // it was being made, or removed, when the engine ended
		return os.RemoveAll(d.home(id))
	}
	layer, err := d.images.GetLayerByID(id)
	if err != nil || c.Dead {
		return d.forgetOnDisk(id)
	}
	c.RWLayer = layer
	if err := d.holdVolumes(ctx, c); err != nil {
		return err
	}
	if err := d.replica.ReserveName(c.Name, id); err != nil {
		return fmt.Errorf("restoring container %s: %w", id, err)
	}
	if c.IsRunning() {
		c.Lock()
		c.SetStopped(&container.ExitStatus{ExitCode: exitKilled, ExitedAt: time.Now().UTC()})
		c.Unlock()
	}
	if err := d.register(c); err != nil {
		return err
	}
	if c.HostConfig.AutoRemove && !c.StartedAt.IsZero() {
		return d.ContainerRm(id, &backend.ContainerRmConfig{ForceRemove: true, RemoveVolume: true})
	}
	return nil
}

// forgetOnDisk removes what is left of a container whose record or layer is not whole.
func (d *daemon) forgetOnDisk(id string) error {
	if layer, err := d.images.GetLayerByID(id); err == nil {
		if err := d.images.ReleaseLayer(layer); err != nil {
			return err
		}
	}
	return os.RemoveAll(d.home(id))
}
