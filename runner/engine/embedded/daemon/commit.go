//go:build linux

package daemon

import (
	"context"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/backend"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/builder/dockerfile"
	"github.com/docker/docker/errdefs"
)

// CreateImageFromContainer makes an image of what a container has changed.
func (d *daemon) CreateImageFromContainer(ctx context.Context, name string, request *backend.CreateImageConfig) (string, error) {
	c, err := d.find(name)
	if err != nil {
		return "", err
	}
	if c.IsDead() || c.IsRemovalInProgress() {
		return "", errdefs.Conflict(asDocker("You cannot commit container %s which is being removed", c.ID))
	}
	if request.Config == nil {
		request.Config = c.Config
	}
	config, err := dockerfile.BuildFromConfig(ctx, request.Config, request.Changes, c.ImagePlatform.OS)
	if err != nil {
		return "", err
	}
	merge(config, c.Config)
	id, err := d.images.CommitImage(ctx, backend.CommitConfig{
		Author: request.Author, Comment: request.Comment,
		Config: config, ContainerConfig: c.Config,
		ContainerID: c.ID, ContainerOS: c.ImagePlatform.OS, ParentImageID: string(c.ImageID),
	})
	if err != nil {
		return "", err
	}
	shown := ""
	if request.Tag != nil {
		if err := d.images.TagImage(ctx, id, request.Tag); err != nil {
			return "", err
		}
		shown = reference.FamiliarString(request.Tag)
	}
	d.tell(c, events.ActionCommit, "comment", request.Comment, "imageID", id.String(), "imageRef", shown)
	return id.String(), nil
}
