//go:build linux

package daemon

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/builder/dockerfile"
	"github.com/docker/docker/container"
	daemonevents "github.com/docker/docker/daemon/events"
	"github.com/docker/docker/daemon/images"
	"github.com/docker/docker/daemon/names"
	"github.com/docker/docker/errdefs"
	"github.com/docker/docker/pkg/namesgenerator"
	"github.com/docker/docker/pkg/stringid"
	"github.com/docker/docker/registry"
	"github.com/docker/docker/volume/service"
)

// daemon is what stands behind Docker's routers: images are answered by Docker's image service, containers by the methods here.
type daemon struct {
	folder  string
	limit   int64 // of the images, in bytes
	id      string
	started time.Time

	images        *images.ImageService
	containers    container.Store   // the live ones, by id
	replica       *container.ViewDB // consistent copies of them, and their names
	processes     processes
	execs         *container.ExecStore
	execProcesses processes
	volumes       *service.VolumesService
	networks      *networks
	events        *daemonevents.Events
	registries    *registry.Service
	builder       *dockerfile.BuildManager
	pruning       atomic.Bool
	closing       atomic.Bool
}

func newID() string { return stringid.GenerateRandomID() }

// find returns the container with an id, a name or a prefix of an id that only one has.
func (d *daemon) find(nameOrID string) (*container.Container, error) {
	if nameOrID == "" {
		return nil, errdefs.InvalidParameter(fmt.Errorf("invalid name or ID supplied: %q", nameOrID))
	}
	if c := d.containers.Get(nameOrID); c != nil {
		return c, nil
	}
	id, err := d.replica.Snapshot().GetID("/" + strings.TrimPrefix(nameOrID, "/"))
	if err != nil {
		if id, err = d.replica.GetByPrefix(nameOrID); err != nil {
			return nil, err
		}
	}
	if c := d.containers.Get(id); c != nil {
		return c, nil
	}
	return nil, notFound("container", nameOrID)
}

// findRunning returns a container whose program runs.
func (d *daemon) findRunning(nameOrID string) (*container.Container, error) {
	c, err := d.find(nameOrID)
	if err != nil {
		return nil, err
	}
	if !c.IsRunning() {
		return nil, notRunning(c.ID)
	}
	return c, nil
}

// home is a container's own folder.
func (d *daemon) home(id string) string { return filepath.Join(d.folder, "containers", id) }

// save writes a container's record to its folder and shows it to lists. The container must be locked.
func (d *daemon) save(c *container.Container) error {
	if err := c.CheckpointTo(context.Background(), d.replica); err != nil {
		return fmt.Errorf("saving container %s: %w", c.ID, err)
	}
	return nil
}

// reserve takes a name for a container, or makes one up where none is wanted.
func (d *daemon) reserve(id, name string) (string, error) {
	if name == "" {
		return d.reserveAny(id)
	}
	if !names.RestrictedNamePattern.MatchString(strings.TrimPrefix(name, "/")) {
		return "", errdefs.InvalidParameter(asDocker("Invalid container name (%s), only %s are allowed", name, names.RestrictedNameChars))
	}
	name = "/" + strings.TrimPrefix(name, "/")
	err := d.replica.ReserveName(name, id)
	if cerrdefs.IsConflict(err) {
		other, err := d.replica.Snapshot().GetID(name)
		if err != nil {
			return "", err
		}
		return "", nameTaken(name, other)
	}
	return name, err
}

func (d *daemon) reserveAny(id string) (string, error) {
	for retry := range 6 {
		name := "/" + namesgenerator.GetRandomName(retry)
		if err := d.replica.ReserveName(name, id); !cerrdefs.IsConflict(err) {
			return name, err
		}
	}
	name := "/" + stringid.TruncateID(id)
	return name, d.replica.ReserveName(name, id)
}

// tell says to whoever follows the engine's events what became of a container. Attributes come in pairs.
func (d *daemon) tell(c *container.Container, action events.Action, attributes ...string) {
	all := map[string]string{}
	for k, v := range c.Config.Labels {
		all[k] = v
	}
	for i := 0; i+1 < len(attributes); i += 2 {
		all[attributes[i]] = attributes[i+1]
	}
	if c.Config.Image != "" {
		all["image"] = c.Config.Image
	}
	all["name"] = strings.TrimPrefix(c.Name, "/")
	d.events.Log(action, events.ContainerEventType, events.Actor{ID: c.ID, Attributes: all})
}

// LogVolumeEvent is called by the volumes.
func (d *daemon) LogVolumeEvent(name string, action events.Action, attributes map[string]string) {
	d.events.Log(action, events.VolumeEventType, events.Actor{ID: name, Attributes: attributes})
}

// restore reads the containers of an earlier engine, none of which runs: they ended with it. What a build or a container that was never
// whole left of a file system is removed.
func (d *daemon) restore(ctx context.Context) error {
	folders, err := filepath.Glob(d.home("*"))
	if err != nil {
		return err
	}
	var errs []error
	for _, folder := range folders {
		errs = append(errs, d.restoreOne(ctx, filepath.Base(folder)))
	}
	layers, err := filepath.Glob(filepath.Join(d.folder, "image", d.images.StorageDriver(), "layerdb", "mounts", "*"))
	if err != nil {
		return err
	}
	for _, layer := range layers {
		if id := filepath.Base(layer); d.containers.Get(id) == nil {
			errs = append(errs, d.forgetOnDisk(id))
		}
	}
	return errors.Join(errs...)
}
