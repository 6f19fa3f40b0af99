//go:build linux

package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/container"
	"github.com/docker/docker/errdefs"
	"github.com/docker/docker/volume/mounts"
	"github.com/docker/docker/volume/service/opts"
)

// addMounts gives a new container its binds and volumes. A volume without content gets what the image has at its place.
func (d *daemon) addMounts(ctx context.Context, c *container.Container) error {
	points, err := asked(c)
	if err != nil {
		return errdefs.InvalidParameter(err)
	}
	for _, p := range points {
		if err := d.addMount(ctx, c, p); err != nil {
			return err
		}
	}
	for destination := range c.Config.Volumes {
		destination = path.Clean(destination)
		if c.IsDestinationMounted(destination) || isTmpfs(c, destination) {
			continue
		}
		if err := d.addMount(ctx, c, &mounts.MountPoint{Type: mount.TypeVolume, Destination: destination, RW: true, CopyData: true}); err != nil {
			return err
		}
	}
	return d.populate(c)
}

// asked are the mounts of -v and of --mount.
func asked(c *container.Container) ([]*mounts.MountPoint, error) {
	parser := mounts.NewParser()
	var points []*mounts.MountPoint
	for _, bind := range c.HostConfig.Binds {
		p, err := parser.ParseMountRaw(bind, c.HostConfig.VolumeDriver)
		if err != nil {
			return nil, err
		}
		if p.Type == mount.TypeVolume {
			fill(&p.Mode, "z") // as Docker shows that containers share it
		}
		points = append(points, p)
	}
	for _, m := range c.HostConfig.Mounts {
		p, err := parser.ParseMountSpec(m)
		if err != nil {
			return nil, err
		}
		if p.Type != mount.TypeBind && p.Type != mount.TypeVolume && p.Type != mount.TypeTmpfs {
			return nil, absentHere("--mount type=" + string(p.Type))
		}
		points = append(points, p)
	}
	for i, p := range points {
		if slices.ContainsFunc(points[:i], func(q *mounts.MountPoint) bool { return q.Destination == p.Destination }) {
			return nil, asDocker("Duplicate mount point: %s", p.Destination)
		}
	}
	return points, nil
}

func isTmpfs(c *container.Container, destination string) bool {
	_, ok := c.HostConfig.Tmpfs[destination]
	return ok
}

func (d *daemon) addMount(ctx context.Context, c *container.Container, p *mounts.MountPoint) error {
	switch p.Type {
	case mount.TypeVolume:
		v, err := d.volumes.Create(ctx, p.Name, p.Driver, opts.WithCreateReference(c.ID))
		if err != nil {
			return err
		}
		p.Name, p.Driver, p.Source = v.Name, v.Driver, v.Mountpoint
	case mount.TypeBind:
		if err := makeSource(p); err != nil {
			return err
		}
	}
	c.MountPoints[p.Destination] = p
	return nil
}

// makeSource makes the folder that -v names where there is none; --mount says that there must be one.
func makeSource(p *mounts.MountPoint) error {
	if _, err := os.Stat(p.Source); err == nil || p.SkipMountpointCreation {
		return nil
	}
	if err := os.MkdirAll(p.Source, 0o755); err != nil {
		return errdefs.System(fmt.Errorf("error while creating mount source path '%s': %w", p.Source, err))
	}
	return nil
}

// populate copies into volumes what the image has at their places. Docker leaves a volume with content as it is.
func (d *daemon) populate(c *container.Container) error {
	return d.withRoot(c, func(string) error {
		for destination, p := range c.MountPoints {
			if p.Type != mount.TypeVolume || !p.CopyData {
				continue
			}
			inImage, err := c.GetResourcePath(destination) // on this machine
			if err == nil {
				err = c.CopyImagePathContent(p.Source, inImage)
			}
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return errdefs.System(err)
			}
		}
		return nil
	})
}

// withRoot mounts a container's root file system for as long as a function takes.
func (d *daemon) withRoot(c *container.Container, use func(root string) error) (err error) {
	if err := d.mountRoot(c); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.unmountRoot(c)) }()
	return use(c.BaseFS)
}

// mountRoot mounts a container's root file system; mounts are counted, each needs its unmount.
func (d *daemon) mountRoot(c *container.Container) error {
	if c.RWLayer == nil {
		return errdefs.System(fmt.Errorf("container %s has no file system", c.ID))
	}
	root, err := c.RWLayer.Mount(c.GetMountLabel())
	if err != nil {
		return errdefs.System(fmt.Errorf("mounting the file system of container %s: %w", c.ID, err))
	}
	c.BaseFS = root
	return nil
}

func (d *daemon) unmountRoot(c *container.Container) error {
	if err := c.RWLayer.Unmount(); err != nil {
		return errdefs.System(fmt.Errorf("unmounting the file system of container %s: %w", c.ID, err))
	}
	return nil
}

// locate is where a path of a container is on this machine: in its root file system or in what is mounted there, and the path in it.
// The root file system must be mounted.
func locate(c *container.Container, name string) (root, inside string) {
	name = path.Join("/", name)
	root, inside = c.BaseFS, name
	longest := 0
	for destination, p := range c.MountPoints {
		rest, ok := strings.CutPrefix(name, destination)
		if ok && len(destination) > longest && p.Source != "" && (rest == "" || rest[0] == '/') {
			longest, root, inside = len(destination), p.Source, filepath.Join("/", rest)
		}
	}
	return root, inside
}

// holdVolumes keeps the volumes of a restored container from being removed.
func (d *daemon) holdVolumes(ctx context.Context, c *container.Container) error {
	for _, p := range c.MountPoints {
		if p.Type != mount.TypeVolume {
			continue
		}
		if _, err := d.volumes.Create(ctx, p.Name, p.Driver, opts.WithCreateReference(c.ID)); err != nil {
			return fmt.Errorf("restoring volume %s of container %s: %w", p.Name, c.ID, err)
		}
	}
	return nil
}

// releaseMounts gives a removed container's volumes free; those without a name go with it where that is wanted.
func (d *daemon) releaseMounts(c *container.Container, remove bool) error {
	var errs []error
	for _, p := range c.MountPoints {
		if p.Type != mount.TypeVolume {
			continue
		}
		errs = append(errs, d.volumes.Release(context.Background(), p.Name, c.ID))
		if remove && p.Spec.Source == "" {
			errs = append(errs, d.removeVolume(p.Name))
		}
	}
	return errors.Join(errs...)
}
