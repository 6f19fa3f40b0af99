//go:build linux

package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/docker/docker/errdefs"
	"github.com/docker/go-units"
	"golang.org/x/sys/unix"
)

// growing are the requests that take room on the disk, beside those of programs that run already.
var growing = regexp.MustCompile(`^(/v[0-9.]+)?/(build|commit|images/create|images/load|containers/create|containers/[^/]+/archive)$`)

const (
	leastFree  = 256 << 20 // is left on the disk for everybody else; what grows is broken off at half of it
	leastFiles = 10_000    // as leastFree, where the disk counts them
	watchEvery = 100 * time.Millisecond
	countEvery = 3 * time.Second
)

// bounded is middleware that refuses to grow where the images take the room that they may, or the disk is nearly full, and breaks off
// what turns out to be larger: nobody knows how large a layer is before it is unpacked.
type bounded struct{ daemon *daemon }

// apiFunc is what Docker's routers answer with.
type apiFunc = func(ctx context.Context, w http.ResponseWriter, r *http.Request, vars map[string]string) error

// WrapHandler implements Docker's middleware.
func (m bounded) WrapHandler(next apiFunc) apiFunc {
	return func(ctx context.Context, w http.ResponseWriter, r *http.Request, vars map[string]string) error {
		if r.Method == http.MethodGet || !growing.MatchString(r.URL.Path) {
			return next(ctx, w, r, vars)
		}
		if err := m.daemon.roomLeft(ctx); err != nil {
			return err
		}
		ctx, end := context.WithCancelCause(ctx)
		defer end(nil)
		go m.daemon.watchRoom(ctx, end)
		err := next(ctx, &explaining{w, ctx}, r, vars)
		if full := fullOf(ctx); full != nil && err != nil {
			return full
		}
		return err
	}
}

// fullError says why there is no room.
type fullError struct{ error }

// Unavailable makes Docker's server answer with 503.
func (fullError) Unavailable() {}

func full(format string, args ...any) error {
	return fullError{fmt.Errorf("no space left "+format+"; make room with \"docker system prune\", or begin anew with \"capas engine reset\"", args...)}
}

// fullOf is why a request was broken off, or nil.
func fullOf(ctx context.Context) error {
	var full fullError
	if errors.As(context.Cause(ctx), &full) {
		return full
	}
	return nil
}

// roomLeft says why nothing more may be kept.
func (d *daemon) roomLeft(ctx context.Context) error {
	used, err := d.images.ImageDiskUsage(ctx)
	if err != nil {
		return err
	}
	if used >= d.limit {
		return full("for images: those of the engine inside capas take %s, and may take %s", size(used), size(d.limit))
	}
	disk, err := d.disk()
	if err != nil {
		return errdefs.System(err)
	}
	return disk.left(d.folder, leastFree, leastFiles)
}

// watchRoom ends a request for which there is no room any more. The images may take their limit, and what is on its way as much again.
func (d *daemon) watchRoom(ctx context.Context, end context.CancelCauseFunc) {
	began, err := d.disk()
	if err != nil {
		return
	}
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for counted := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now, err := d.disk()
		if err != nil {
			return
		}
		err = now.left(d.folder, leastFree/2, leastFiles/2)
		if err == nil && (began.free-now.free > d.limit/4 || time.Since(counted) > countEvery) { // perhaps it was somebody else
			err = d.tooLarge()
			began, counted = now, time.Now()
		}
		if err != nil {
			end(err)
			return
		}
	}
}

func (d *daemon) tooLarge() error {
	if used, err := Usage(d.folder); err == nil && used > 2*d.limit {
		return full("for images: the engine inside capas takes %s, and images may take %s", size(used), size(d.limit))
	}
	return nil
}

// Usage is what a folder takes on the disk, a file of several names once. What vanishes meanwhile, or only the engine may read, counts
// nothing.
func Usage(folder string) (bytes int64, err error) {
	type file struct{ device, number uint64 }
	counted := map[file]bool{}
	err = filepath.WalkDir(folder, func(_ string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok || stat.Nlink > 1 && counted[file{stat.Dev, stat.Ino}] {
			return nil
		}
		counted[file{stat.Dev, stat.Ino}] = true
		bytes += stat.Blocks * 512
		return nil
	})
	return bytes, err
}

func size(bytes int64) string { return units.HumanSize(float64(bytes)) }

// room is what is free on a disk.
type room struct {
	free  int64  // bytes
	files uint64 // that can be made; meaningless where some is false
	some  bool
}

func (d *daemon) disk() (room, error) {
	var disk unix.Statfs_t
	if err := unix.Statfs(d.folder, &disk); err != nil {
		return room{}, err
	}
	return room{free: int64(disk.Bavail) * disk.Bsize, files: disk.Ffree, some: disk.Files > 0}, nil
}

func (r room) left(folder string, bytes int64, files uint64) error {
	switch {
	case r.free < bytes:
		return full("on the disk of %s, where %s are free", folder, size(r.free))
	case r.some && r.files < files:
		return full("on the disk of %s, which has room for %d files more", folder, r.files)
	}
	return nil
}

// explaining puts the reason into an answer that has begun, in the place of the words for what was broken off.
type explaining struct {
	http.ResponseWriter
	ctx context.Context
}

// Unwrap is for http.ResponseController.
func (w *explaining) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush is for streams.
func (w *explaining) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

func (w *explaining) Write(p []byte) (int, error) {
	said := p
	if reason := fullOf(w.ctx); reason != nil {
		words, err := json.Marshal(reason.Error())
		if err != nil {
			return 0, err
		}
		said = bytes.ReplaceAll(p, []byte(context.Canceled.Error()), words[1:len(words)-1])
	}
	_, err := w.ResponseWriter.Write(said)
	return len(p), err
}
