package registry

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path"
	"syscall"
	"time"

	"github.com/distribution/distribution/v3/registry/api/errcode"
	"github.com/distribution/distribution/v3/registry/storage"
	"github.com/distribution/distribution/v3/registry/storage/driver"
)

// diskFull is the refusal of a push for which there is no room. Docker shows the words of a refusal and ends there; of the library's
// own answer, a 500, it shows the number alone, after it has tried six times in more than a minute.
var diskFull = errcode.ErrorCodeDenied.WithMessage("the disk of this registry is full: make room and push again")

// tellFull answers as h, but where h says that its disk is full: that is noted and refused in words.
func (rec *recorder) tellFull(h http.Handler, disk driver.StorageDriver) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		held := &heldError{ResponseWriter: w}
		h.ServeHTTP(held, r)
		switch {
		case held.status < http.StatusInternalServerError:
		case !saysFull(held.body.Bytes()):
			w.WriteHeader(held.status)
			w.Write(held.body.Bytes())
		default:
			giveUp(r, disk)
			rec.add(event{Part: Registry, Verb: noRoom, Repository: targetOf(r.URL.Path).repository})
			w.Header().Del("Content-Length")
			errcode.ServeJSON(w, diskFull)
		}
	})
}

// repositories is where the library keeps what it knows of each, on any disk.
const repositories = "/docker/registry/v2/repositories"

// giveUp makes room of what had come of an upload, and takes the rest: who is still sending does not hear an answer.
func giveUp(r *http.Request, disk driver.StorageDriver) {
	if t := targetOf(r.URL.Path); t.kind == uploads && t.reference != "" {
		disk.Delete(context.WithoutCancel(r.Context()), path.Join(repositories, t.repository, "_uploads", t.reference))
	}
	io.Copy(io.Discard, r.Body)
}

// heldError keeps an answer of 500 and more back.
type heldError struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (h *heldError) WriteHeader(status int) {
	h.status = status
	if status < http.StatusInternalServerError {
		h.ResponseWriter.WriteHeader(status)
	}
}

func (h *heldError) Write(p []byte) (int, error) {
	if h.status >= http.StatusInternalServerError {
		return h.body.Write(p)
	}
	return h.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (h *heldError) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// saysFull looks for the system's words: the library hands errors of its disk on in no other form.
func saysFull(answer []byte) bool {
	const errorDiskFull = syscall.Errno(112) // of Windows
	for _, err := range []error{syscall.ENOSPC, syscall.EDQUOT, errorDiskFull} {
		if bytes.Contains(answer, []byte(err.Error())) {
			return true
		}
	}
	return false
}

// abandoned is how old an upload is that nobody goes on with. Who is cut off begins anew, and what had come would stay for ever.
const abandoned = time.Hour

// sweep makes room of what pushes that were cut have left. What cannot be removed is so the next time.
func sweep(disk driver.StorageDriver) {
	storage.PurgeUploads(context.Background(), disk, time.Now().Add(-abandoned), true)
}
