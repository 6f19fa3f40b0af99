//go:build linux

package daemon

import (
	"errors"
	"fmt"
	"strings"

	"github.com/docker/docker/errdefs"
	"golang.org/x/sys/unix"
)

// asDocker is an error in the words of Docker's engine: learners look them up, and the docker command reads some of them.
func asDocker(format string, args ...any) error { return fmt.Errorf(format, args...) }

func notFound(kind, name string) error {
	return errdefs.NotFound(asDocker("No such %s: %s", kind, name))
}

// notRunningError tells that a container does not run, to those here who do not mind.
type notRunningError struct{ error }

func (notRunningError) Conflict() {}

func notRunning(id string) error {
	return notRunningError{fmt.Errorf("container %s is not running", id)}
}

func isNotRunning(err error) bool { return errors.As(err, new(notRunningError)) }

func nameTaken(name, id string) error {
	return errdefs.Conflict(asDocker("Conflict. The container name %q is already in use by container %q. "+
		"You have to remove (or rename) that container to be able to reuse that name.", name, id))
}

func noSuchFile(path, name string) error {
	return errdefs.NotFound(asDocker("Could not find the file %s in container %s", path, name))
}

// absentHere is what this engine answers where a full one could do it.
func absentHere(what string) error {
	return errdefs.NotImplemented(fmt.Errorf("%s: the engine inside capas does not have this; a full Docker Engine does", what))
}

// The exit codes of a container whose program could not be started. The docker command exits with them too.
const (
	exitCannotRun = 126
	exitNotFound  = 127
	exitUnknown   = 128
)

// startFailure is the exit code and the error of a program that could not be started, behind the words by which runc's errors are known.
func startFailure(doing string, err error) (int, error) {
	if why := unable(err); why != nil {
		return exitUnknown, why
	}
	text := doing + ": unable to start container process: " + err.Error()
	lower := strings.ToLower(text)
	for _, cause := range []struct {
		words string
		code  int
		more  string
	}{
		{unix.EACCES.Error(), exitCannotRun, ""},
		{unix.EISDIR.Error(), exitCannotRun, ": " + unix.EACCES.Error()}, // the docker command looks for the latter
		{unix.ENOTDIR.Error(), exitNotFound, ": Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type"},
		{"executable file not found", exitNotFound, ""},
		{unix.ENOENT.Error(), exitNotFound, ""},
	} {
		if strings.Contains(lower, cause.words) {
			return cause.code, errdefs.InvalidParameter(errors.New(text + cause.more + ": unknown"))
		}
	}
	return exitUnknown, errdefs.Unknown(errors.New(text + ": unknown"))
}
