//go:build linux

package daemon

import (
	"context"
	"maps"
	"time"

	"github.com/docker/docker/api/types/backend"
	containertypes "github.com/docker/docker/api/types/container"
	networktypes "github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/storage"
	"github.com/docker/docker/container"
	"github.com/docker/docker/errdefs"
	"github.com/docker/go-connections/nat"
	"github.com/moby/go-archive"
)

// ContainerInspect tells all about a container.
func (d *daemon) ContainerInspect(ctx context.Context, name string, options backend.ContainerInspectOptions) (*containertypes.InspectResponse, error) {
	c, err := d.find(name)
	if err != nil {
		return nil, err
	}
	c.Lock()
	defer c.Unlock()
	base, err := inspectBase(c)
	if err != nil {
		return nil, err
	}
	if options.Size {
		written, whole, err := d.images.GetContainerLayerSize(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		base.SizeRw, base.SizeRootFs = &written, &whole
	}
	return &containertypes.InspectResponse{
		ContainerJSONBase: base,
		Mounts:            c.GetMountPoints(),
		Config:            c.Config,
		NetworkSettings:   inspectNetwork(c),
	}, nil
}

func inspectBase(c *container.Container) (*containertypes.ContainerJSONBase, error) {
	host := *c.HostConfig
	base := &containertypes.ContainerJSONBase{
		ID: c.ID, Name: c.Name, Created: c.Created.Format(time.RFC3339Nano),
		Path: c.Path, Args: c.Args,
		Image: c.ImageID.String(), Platform: c.ImagePlatform.OS, Driver: c.Driver,
		HostConfig: &host,
		LogPath:    c.LogPath, HostsPath: c.HostsPath, HostnamePath: c.HostnamePath, ResolvConfPath: c.ResolvConfPath,
		ExecIDs:     c.GetExecIDs(),
		GraphDriver: storage.DriverData{Name: c.Driver},
		State: &containertypes.State{
			Status: c.StateString(), Running: c.Running, Dead: c.Dead, OOMKilled: c.OOMKilled,
			Pid: c.Pid, ExitCode: c.ExitCode(), Error: c.ErrorMsg,
			StartedAt: c.StartedAt.Format(time.RFC3339Nano), FinishedAt: c.FinishedAt.Format(time.RFC3339Nano),
		},
	}
	if c.RWLayer == nil { // it is being removed
		return base, nil
	}
	data, err := c.RWLayer.Metadata()
	if err != nil && !c.Dead {
		return nil, errdefs.System(err)
	}
	base.GraphDriver.Data = data
	return base, nil
}

func inspectNetwork(c *container.Container) *containertypes.NetworkSettings {
	settings := &containertypes.NetworkSettings{Networks: map[string]*networktypes.EndpointSettings{}}
	for name, endpoint := range c.NetworkSettings.Networks {
		settings.Networks[name] = endpoint.EndpointSettings
	}
	settings.Ports = maps.Clone(c.NetworkSettings.Ports)
	if settings.Ports == nil {
		settings.Ports = nat.PortMap{}
	}
	return settings
}

// ContainerChanges tells what a container changed in its image's files.
func (d *daemon) ContainerChanges(ctx context.Context, name string) ([]archive.Change, error) {
	c, err := d.find(name)
	if err != nil {
		return nil, err
	}
	return d.images.Changes(ctx, c)
}
