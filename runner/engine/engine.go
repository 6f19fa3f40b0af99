// Package engine finds the Docker engine that the learner's own docker command uses, says why one does not answer, and follows
// what happens on it.
//
// It knows no lesson.
package engine

import (
	"context"
	"time"

	"github.com/docker/docker/api/types"
)

// Patience is how long an engine may take to answer the simplest question before it is said to hang.
const Patience = 3 * time.Second

type pinger interface {
	Ping(ctx context.Context) (types.Ping, error)
}

// Ping asks the engine whether it is there, and waits no longer than Patience.
func Ping(ctx context.Context, c pinger) (types.Ping, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	return c.Ping(ctx)
}
