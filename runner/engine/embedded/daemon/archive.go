//go:build linux

package daemon

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	containertypes "github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/container"
	"github.com/docker/docker/errdefs"
	"github.com/docker/docker/pkg/ioutils"
	"github.com/moby/go-archive"
	"github.com/moby/go-archive/chrootarchive"
	"github.com/moby/sys/symlink"
)

// ContainerStatPath tells about one file of a container, a symbolic link itself and not what it leads to.
func (d *daemon) ContainerStatPath(name, path string) (*containertypes.PathStat, error) {
	c, err := d.find(name)
	if err != nil {
		return nil, err
	}
	c.Lock()
	defer c.Unlock()
	var stat *containertypes.PathStat
	err = d.withRoot(c, func(string) error {
		_, _, stat, err = lookUp(c, path)
		return err
	})
	return stat, archiveError(err, path, name)
}

func archiveError(err error, path, name string) error {
	if errors.Is(err, os.ErrNotExist) {
		return noSuchFile(path, name)
	}
	return err
}

// lookUp finds a file in a container whose root file system is mounted: a root on this machine, the file in it with every link on the
// way followed within that root, and what it is.
func lookUp(c *container.Container, path string) (root, file string, stat *containertypes.PathStat, err error) {
	root, inside := locate(c, path)
	dir, err := symlink.FollowSymlinkInScope(filepath.Join(root, filepath.Dir(inside)), root)
	if err != nil {
		return "", "", nil, err
	}
	file = filepath.Join(dir, filepath.Base(inside))
	info, err := os.Lstat(archive.PreserveTrailingDotOrSeparator(file, path)) // "file/" is none
	if err != nil {
		return "", "", nil, err
	}
	stat = &containertypes.PathStat{Name: filepath.Base(filepath.Join("/", path)), Size: info.Size(), Mode: info.Mode(), Mtime: info.ModTime()}
	if info.Mode()&os.ModeSymlink != 0 {
		target, err := symlink.FollowSymlinkInScope(file, root)
		if err != nil {
			return "", "", nil, err
		}
		stat.LinkTarget = filepath.Join("/", target[len(root):])
	}
	return root, file, stat, nil
}

// ContainerArchivePath is a tar of a file or a folder of a container. The container is locked until it is closed.
func (d *daemon) ContainerArchivePath(name, path string) (_ io.ReadCloser, _ *containertypes.PathStat, err error) {
	c, err := d.find(name)
	if err != nil {
		return nil, nil, err
	}
	c.Lock()
	if err := d.mountRoot(c); err != nil {
		c.Unlock()
		return nil, nil, err
	}
	release := func() error {
		defer c.Unlock()
		return d.unmountRoot(c)
	}
	defer func() {
		if err != nil {
			err = errors.Join(archiveError(err, path, name), release())
		}
	}()
	root, file, stat, err := lookUp(c, path)
	if err != nil {
		return nil, nil, err
	}
	file = archive.PreserveTrailingDotOrSeparator(file, path)
	dir, base := file, "."
	if !stat.Mode.IsDir() {
		dir, base = filepath.Split(file)
	}
	content, err := chrootarchive.Tar(dir, archive.TarResourceRebaseOpts(base, filepath.Base(file)), root)
	if err != nil {
		return nil, nil, errdefs.System(err)
	}
	d.tell(c, events.ActionArchivePath)
	return ioutils.NewReadCloserWrapper(content, func() error { return errors.Join(content.Close(), release()) }), stat, nil
}

// ContainerExtractToDir unpacks a tar into a folder of a container.
func (d *daemon) ContainerExtractToDir(name, path string, copyOwner, noOverwriteDirNonDir bool, content io.Reader) error {
	c, err := d.find(name)
	if err != nil {
		return err
	}
	c.Lock()
	defer c.Unlock()
	err = d.withRoot(c, func(string) error { return extract(c, path, copyOwner, noOverwriteDirNonDir, content) })
	if err != nil {
		return archiveError(err, path, name)
	}
	d.tell(c, events.ActionExtractToDir)
	return nil
}

func extract(c *container.Container, path string, copyOwner, noOverwriteDirNonDir bool, content io.Reader) error {
	root, inside := locate(c, path)
	dir, err := symlink.FollowSymlinkInScope(filepath.Join(root, inside), root)
	if err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return errdefs.InvalidParameter(errors.New("extraction point is not a directory"))
	}
	if err := writable(c, root); err != nil {
		return err
	}
	options := &archive.TarOptions{NoOverwriteDirNonDir: noOverwriteDirNonDir}
	if copyOwner {
		who, err := userOf(c, c.Config.User)
		if err != nil {
			return errdefs.InvalidParameter(err)
		}
		options.ChownOpts = &archive.ChownOpts{UID: int(who.UID), GID: int(who.GID)}
	}
	if err := chrootarchive.UntarWithRoot(content, dir, options, root); err != nil {
		return errdefs.System(err)
	}
	return nil
}

func writable(c *container.Container, root string) error {
	for _, p := range c.MountPoints {
		if p.Source == root && !p.RW {
			return errdefs.InvalidParameter(errors.New("mounted volume is marked read-only"))
		}
	}
	if root == c.BaseFS && c.HostConfig.ReadonlyRootfs {
		return errdefs.InvalidParameter(errors.New("container rootfs is marked read-only"))
	}
	return nil
}

// ContainerExport writes a container's whole file system as a tar, without what is mounted in it.
func (d *daemon) ContainerExport(ctx context.Context, name string, out io.Writer) error {
	c, err := d.find(name)
	if err != nil {
		return err
	}
	if c.IsDead() || c.IsRemovalInProgress() {
		return errdefs.Conflict(asDocker("You cannot export container %s which is being removed", c.ID))
	}
	err = d.withRoot(c, func(root string) error {
		content, err := chrootarchive.Tar(root, &archive.TarOptions{Compression: archive.Uncompressed}, root)
		if err != nil {
			return err
		}
		defer content.Close()
		stop := context.AfterFunc(ctx, func() { _ = content.Close() })
		defer stop()
		_, err = io.Copy(out, content)
		return err
	})
	if err != nil {
		return asDocker("Error exporting container %s: %w", name, err)
	}
	d.tell(c, events.ActionExport)
	return nil
}
