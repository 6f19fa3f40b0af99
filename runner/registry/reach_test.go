package registry

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"

	"capas/internal/enginetest"
)

func TestReach(t *testing.T) {
	c := enginetest.Client(t)
	if err := Reach(t.Context(), c); err != nil {
		t.Error(err)
	}
	left, err := c.ImageList(t.Context(), image.ListOptions{Filters: filters.NewArgs(filters.Arg("reference", "*/capas-doctor"))})
	if err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// farAway is an engine in a virtual machine: what it calls localhost is not this machine.
type farAway struct{ removed int }

func (*farAway) ImageImport(context.Context, image.ImportSource, string, image.ImportOptions) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(`{"status":"sha256:abc"}`)), nil
}

func (*farAway) ImagePush(context.Context, string, image.PushOptions) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(`{"status":"Preparing"}{"errorDetail":{"message":"dial tcp 127.0.0.1: connection refused"},"error":"dial tcp 127.0.0.1: connection refused"}`)), nil
}

func (f *farAway) ImageRemove(context.Context, string, image.RemoveOptions) ([]image.DeleteResponse, error) {
	f.removed++
	return nil, nil
}

func TestEngineThatDoesNotReachThisMachine(t *testing.T) {
	far := &farAway{}
	var unreachable *UnreachableError
	if err := Reach(t.Context(), far); !errors.As(err, &unreachable) || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("%v, want that it is not reached", err)
	}
	if far.removed != 1 {
		t.Errorf("the image was removed %d times", far.removed)
	}
}
