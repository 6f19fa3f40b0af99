//go:build linux

package daemon

import (
	"errors"
	"strings"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/errdefs"
)

// ContainerRename gives a container another name.
func (d *daemon) ContainerRename(name, wanted string) error {
	if name == "" || wanted == "" {
		return errdefs.InvalidParameter(asDocker("Neither old nor new names may be empty"))
	}
	c, err := d.find(name)
	if err != nil {
		return err
	}
	c.Lock()
	defer c.Unlock()
	wanted = "/" + strings.TrimPrefix(wanted, "/")
	if c.Name == wanted {
		return errdefs.InvalidParameter(asDocker("Renaming a container with the same name as its current name"))
	}
	taken, err := d.reserve(c.ID, wanted)
	if err != nil {
		return asDocker("Error when allocating new name: %w", err)
	}
	old := c.Name
	c.Name = taken
	if err := d.save(c); err != nil {
		c.Name = old
		return errors.Join(err, d.replica.ReleaseName(taken))
	}
	d.tell(c, events.ActionRename, "oldName", old)
	return d.replica.ReleaseName(old)
}
