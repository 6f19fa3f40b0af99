package checks

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
)

// MaxFile is how much of a file or of a folder in an image is read. A check on the content of a larger file is unknown.
const MaxFile = 1 << 20

// fileFact is what an image has at a path. The owner and the content are known where the archive was asked for.
type fileFact struct {
	there   bool
	stat    container.PathStat
	at      string // the path that was asked for
	owner   ownership
	content []byte
}

func (f fileFact) isDir() bool { return f.stat.Mode.IsDir() }

func (f fileFact) isLink() bool { return f.stat.Mode&fs.ModeSymlink != 0 }

func (f fileFact) isLarge() bool { return f.stat.Size > MaxFile }

// imageFile is what the image has at the path, with owner and content where archive is set: one request either way.
func (f *Facts) imageFile(ctx context.Context, img image.InspectResponse, p string, archive bool) (fileFact, error) {
	key := fmt.Sprint(img.ID, " ", archive, " ", p)
	return f.files.get(ctx, key, func(ctx context.Context) (fileFact, error) {
		probe, err := f.probes.look(ctx, img)
		if err != nil {
			return fileFact{}, err
		}
		file, err := f.readFile(ctx, probe, p, archive)
		switch {
		case errdefs.IsNotFound(err):
			return fileFact{}, f.confirm(ctx, probe)
		case errdefs.IsInternal(err) && f.isUnderFile(ctx, img, p):
			return fileFact{}, nil
		case err != nil:
			return fileFact{}, fmt.Errorf("looking at %s in image %s: %w", p, shortID(img.ID), err)
		}
		return file, nil
	})
}

// isUnderFile reports whether a path leads through something that is no folder. An engine has no word of its own for that, and says
// that it failed.
func (f *Facts) isUnderFile(ctx context.Context, img image.InspectResponse, p string) bool {
	dir := path.Dir(p)
	if dir == "/" || dir == "." {
		return false
	}
	above, err := f.behindLink(ctx, img, dir, false)
	return err == nil && above.there && !above.isDir()
}

// behindLink is imageFile, of what a symbolic link leads to where there is one.
func (f *Facts) behindLink(ctx context.Context, img image.InspectResponse, p string, archive bool) (fileFact, error) {
	file, err := f.imageFile(ctx, img, p, archive)
	if err != nil || !file.isLink() {
		return file, err
	}
	return f.imageFile(ctx, img, file.stat.LinkTarget, archive)
}

var errProbeLost = errors.New("the container made to look into the image is not there any more")

// confirm tells a missing file from a missing probe, which the engine answers alike: somebody may have removed it. The top is
// there in any container, and asked for as the file was, so that an engine which cannot be asked for files is found out too.
func (f *Facts) confirm(ctx context.Context, probe string) error {
	_, err := f.engine.ContainerStatPath(ctx, probe, "/")
	if errdefs.IsNotFound(err) {
		return errProbeLost
	}
	return err
}

func (f *Facts) readFile(ctx context.Context, probe, p string, archive bool) (fileFact, error) {
	if !archive {
		stat, err := f.engine.ContainerStatPath(ctx, probe, p)
		return fileFact{there: true, at: p, stat: stat}, err
	}
	file := fileFact{there: true, at: p}
	err := f.readArchive(ctx, probe, p, func(stat container.PathStat, body io.Reader) error {
		file.stat = stat
		r := tar.NewReader(body)
		header, err := r.Next()
		if err != nil {
			return err
		}
		file.owner = ownership{header.Uid, header.Gid}
		if header.Typeflag == tar.TypeReg && !file.isLarge() {
			file.content, err = io.ReadAll(io.LimitReader(r, MaxFile))
		}
		return err
	})
	return file, err
}

// readArchive asks for a path as a tar archive and stops it as soon as read has seen enough: of a folder the engine would send
// everything below.
func (f *Facts) readArchive(ctx context.Context, probe, p string, read func(container.PathStat, io.Reader) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	body, stat, err := f.engine.CopyFromContainer(ctx, probe, p)
	if err != nil {
		return err
	}
	defer body.Close()
	return read(stat, body)
}

// folder lists the paths directly in a folder of the image, as far as MaxFile bytes of its archive go.
func (f *Facts) folder(ctx context.Context, img image.InspectResponse, dir string) ([]string, error) {
	return f.folders.get(ctx, img.ID+" "+dir, func(ctx context.Context) (paths []string, err error) {
		probe, err := f.probes.look(ctx, img)
		if err != nil {
			return nil, err
		}
		err = f.readArchive(ctx, probe, dir, func(_ container.PathStat, body io.Reader) error {
			limited := &io.LimitedReader{R: body, N: MaxFile}
			paths, err = entries(dir, tar.NewReader(limited))
			if limited.N == 0 { // the rest was left out
				return nil
			}
			return err
		})
		return paths, err
	})
}

// entries are what lies directly in the folder. With an error they are those read before it.
func entries(dir string, r *tar.Reader) (paths []string, err error) {
	for {
		header, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return paths, nil
		case err != nil:
			return paths, fmt.Errorf("listing %s: %w", dir, err)
		}
		// names begin with the folder's own: "www/index.html"
		if _, name, _ := strings.Cut(path.Clean(header.Name), "/"); name != "" && !strings.Contains(name, "/") {
			paths = append(paths, path.Join(dir, name))
		}
	}
}
