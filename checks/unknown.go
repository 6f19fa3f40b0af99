package checks

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/client"

	"capas/internal/message"
)

// unknownText says why something could not be asked, and the remedy.
func unknownText(err error) (got, next message.Text) {
	engine := message.New("checks.unknown.engine-next")
	data := message.Data{"Reason": reason(err)}
	var ofRegistry *registryError
	switch {
	case errors.As(err, &ofRegistry) && !errors.Is(err, context.Canceled):
		return ofRegistry.text()
	case errors.Is(err, context.Canceled):
		return message.New("checks.unknown.stopped"), message.New("checks.unknown.stopped-next")
	case isSlow(err):
		return message.New("checks.unknown.slow"), engine
	case isRefused(err):
		return message.New("checks.unknown.refused"), message.New("checks.unknown.refused-next")
	case errors.Is(err, errProbeLost):
		return message.New("checks.unknown.probe-lost"), message.New("checks.unknown.probe-lost-next")
	case errors.Is(err, errNoHistory):
		return message.New("checks.unknown.no-history"), message.New("checks.unknown.lesson-next")
	case errors.Is(err, errVersion):
		return message.New("checks.unknown.version"), message.New("checks.unknown.version-next")
	case errdefs.IsNotImplemented(err):
		return message.New("checks.unknown.unsupported"), message.New("checks.unknown.unsupported-next")
	case isCut(err):
		return message.New("checks.unknown.cut"), engine
	case client.IsErrConnectionFailed(err):
		return message.New("checks.unknown.unreachable"), engine
	case isGarbled(err):
		return message.New("checks.unknown.nonsense"), message.New("checks.unknown.nonsense-next")
	case errdefs.IsNotFound(err):
		return message.New("checks.unknown.changed"), message.New("checks.unknown.changed-next")
	case isAnswer(err):
		return message.New("checks.unknown.answered", data), message.New("checks.unknown.answered-next")
	}
	return message.New("checks.unknown.because", data), engine
}

func isSlow(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded)
}

func isRefused(err error) bool {
	return errdefs.IsPermissionDenied(err) || errdefs.IsUnauthorized(err) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EACCES)
}

const windowsReset = syscall.Errno(10054) // what Windows says for ECONNRESET; no other system has the number

// isCut reports whether the connection was there and ended before the answer did.
func isCut(err error) bool {
	for _, cut := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE, windowsReset} {
		if errors.Is(err, cut) {
			return true
		}
	}
	return false
}

// isGarbled reports whether what came is no answer of an engine.
func isGarbled(err error) bool {
	var syntax *json.SyntaxError
	var shape *json.UnmarshalTypeError
	return errors.Is(err, errNonsense) || errors.Is(err, tar.ErrHeader) || errors.As(err, &syntax) || errors.As(err, &shape)
}

// isAnswer reports whether the engine answered, with an error of its own: with one of those that have a class, or with any other.
func isAnswer(err error) bool {
	for _, is := range []func(error) bool{
		errdefs.IsInternal, errdefs.IsUnavailable, errdefs.IsConflict, errdefs.IsInvalidArgument, errdefs.IsFailedPrecondition, errdefs.IsResourceExhausted,
	} {
		if is(err) {
			return true
		}
	}
	return strings.Contains(err.Error(), "Error response from daemon")
}

// reason is what went wrong first, on one line that fits into a sentence.
func reason(err error) string {
	const most = 200
	said := strings.Join(strings.Fields(root(err).Error()), " ")
	if runes := []rune(said); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return said
}
