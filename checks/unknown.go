package checks

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/client"

	"capas/internal/message"
)

// unknownText says why something could not be asked, and the remedy.
func unknownText(err error) (got, next message.Text) {
	switch {
	case errors.Is(err, context.Canceled):
		return message.New("checks.unknown.stopped"), message.New("checks.unknown.stopped-next")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return message.New("checks.unknown.slow"), message.New("checks.unknown.engine-next")
	case errdefs.IsPermissionDenied(err), errdefs.IsUnauthorized(err), errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EACCES):
		return message.New("checks.unknown.refused"), message.New("checks.unknown.refused-next")
	case client.IsErrConnectionFailed(err):
		return message.New("checks.unknown.unreachable"), message.New("checks.unknown.engine-next")
	}
	return message.New("checks.unknown.because", message.Data{"Reason": err.Error()}), message.New("checks.unknown.engine-next")
}
