package checks

import (
	"context"
	"io/fs"
	"path"

	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
)

// What follows is for who explains something else than a check, with the same facts and the same sense of what is near.

// Image is what the engine says of a reference; an error that errdefs.IsNotFound knows means that there is no such image.
func (f *Facts) Image(ctx context.Context, ref string) (image.InspectResponse, error) {
	return f.image(ctx, ref)
}

// ImageByID is what the engine says of an image that has that id, or whose id begins so.
func (f *Facts) ImageByID(ctx context.Context, id string) (image.InspectResponse, error) {
	return f.images.get(ctx, "id "+id, func(ctx context.Context) (image.InspectResponse, error) {
		return f.engine.ImageInspect(ctx, id)
	})
}

// ImageNames are the names of all images.
func (f *Facts) ImageNames(ctx context.Context) ([]string, error) {
	list, err := f.allImages(ctx)
	var names []string
	for _, img := range list {
		names = append(names, shownNames(img.RepoTags)...)
	}
	return names, err
}

// Folder lists the paths directly in a folder of an image; of a large one the first of them.
func (f *Facts) Folder(ctx context.Context, img image.InspectResponse, dir string) ([]string, error) {
	return f.folder(ctx, img, path.Clean(dir))
}

// FileMode is what stands at a path of an image, links followed; false where nothing does.
func (f *Facts) FileMode(ctx context.Context, img image.InspectResponse, p string) (fs.FileMode, bool, error) {
	file, err := f.behindLink(ctx, img, path.Clean(p), false)
	return file.stat.Mode, file.there, err
}

// FileContent is what a file of an image holds; nothing where it is missing, or larger than MaxFile.
func (f *Facts) FileContent(ctx context.Context, img image.InspectResponse, p string) ([]byte, error) {
	file, err := f.behindLink(ctx, img, path.Clean(p), true)
	return file.content, err
}

// NearImage returns the name among have that was probably meant by want, and what differs; "" where none is near.
func NearImage(want string, have []string) (string, message.Text) {
	list := make([]named, len(have))
	for i, name := range have {
		list[i] = named{name: name}
	}
	m := nearImage(want, list)
	if m.kind == missNone {
		return "", message.Text{}
	}
	return m.have.written, m.text()
}

// NearPath returns the path among have that was probably meant by want, or "". Want itself is never near.
func NearPath(want string, have []string) string { return nearPath(want, have) }
