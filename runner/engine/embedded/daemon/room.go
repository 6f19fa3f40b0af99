//go:build linux

package daemon

import (
	"context"
	"fmt"
	"net/http"
	"regexp"

	"github.com/docker/docker/errdefs"
	"github.com/docker/go-units"
	"golang.org/x/sys/unix"
)

// growing are the requests that take room on the disk, beside those of programs that run already.
var growing = regexp.MustCompile(`^(/v[0-9.]+)?/(build|commit|images/create|images/load|containers/create|containers/[^/]+/archive)$`)

// leastFree is what is left on the disk for everybody else.
const leastFree = 256 << 20

// bounded is middleware that refuses to grow where the images take the room that they may, or the disk is nearly full.
type bounded struct{ daemon *daemon }

// WrapHandler implements Docker's middleware.
func (m bounded) WrapHandler(next apiFunc) apiFunc {
	return func(ctx context.Context, w http.ResponseWriter, r *http.Request, vars map[string]string) error {
		if r.Method != http.MethodGet && growing.MatchString(r.URL.Path) {
			if err := m.daemon.roomLeft(ctx); err != nil {
				return err
			}
		}
		return next(ctx, w, r, vars)
	}
}

// apiFunc is what Docker's routers answer with.
type apiFunc = func(ctx context.Context, w http.ResponseWriter, r *http.Request, vars map[string]string) error

// roomLeft says why nothing more may be kept.
func (d *daemon) roomLeft(ctx context.Context) error {
	const remedy = "make room with \"docker system prune\", or begin anew with \"capas engine reset\""
	used, err := d.images.ImageDiskUsage(ctx)
	if err != nil {
		return err
	}
	if used >= d.limit {
		return errdefs.Unavailable(fmt.Errorf("no space left: the images of the engine inside capas take %s, and may take %s; %s",
			units.HumanSize(float64(used)), units.HumanSize(float64(d.limit)), remedy))
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(d.folder, &disk); err != nil {
		return errdefs.System(err)
	}
	if free := int64(disk.Bavail) * disk.Bsize; free < leastFree {
		return errdefs.Unavailable(fmt.Errorf("no space left on the disk of %s, where %s are free; %s", d.folder, units.HumanSize(float64(free)), remedy))
	}
	return nil
}
