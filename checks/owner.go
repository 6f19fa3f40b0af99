package checks

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
)

// ownership is whose a file is, by number.
type ownership struct{ uid, gid int }

func (o ownership) String() string { return fmt.Sprint(o.uid, ":", o.gid) }

// stand is the user of the containers that are made to look into images. No file of an image is theirs: where one seems to be, the
// engine writes down the container's user in place of the file's owner, as Podman does in every archive of one path. The numbers
// are among the 65536 that a rootless engine has.
var stand = ownership{61197, 61198}

// ownerOf is whose a file of the image is. Where its own archive does not tell, that of the whole container does.
func (f *Facts) ownerOf(ctx context.Context, img image.InspectResponse, file fileFact) (ownership, error) {
	if file.owner != stand {
		return file.owner, nil
	}
	all, err := f.owners.get(ctx, img.ID, func(ctx context.Context) (map[string]ownership, error) { return f.allOwners(ctx, img) })
	if err != nil {
		return ownership{}, fmt.Errorf("asking whose %s is in image %s: %w", file.at, shortID(img.ID), err)
	}
	owner, told := all[file.at]
	if !told {
		return ownership{}, fmt.Errorf("the engine does not say whose %s is: %w", file.at, errdefs.ErrNotImplemented)
	}
	return owner, nil
}

func (f *Facts) allOwners(ctx context.Context, img image.InspectResponse) (map[string]ownership, error) {
	probe, err := f.probes.look(ctx, img)
	if err != nil {
		return nil, err
	}
	body, err := f.engine.ContainerExport(ctx, probe)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	all := map[string]ownership{}
	for r := tar.NewReader(body); ; {
		header, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, err
		}
		all[path.Join("/", header.Name)] = ownership{header.Uid, header.Gid}
	}
}
