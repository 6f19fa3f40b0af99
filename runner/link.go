package runner

import (
	"context"
	"sync"
	"time"

	"github.com/docker/docker/client"

	"capas/runner/engine"
)

// retry is how often an engine that did not answer is asked again.
const retry = 2 * time.Second

// Link is the way to the learner's engine. Nothing is resolved or dialled before it is used.
type Link struct {
	Options engine.Options

	mu       sync.Mutex
	resolved bool
	target   engine.Target
	cli      *client.Client
}

// Client returns a client of an engine that answered. Its error is an engine.Trouble.
func (k *Link) Client(ctx context.Context) (*client.Client, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.cli != nil {
		return k.cli, nil
	}
	if err := k.resolve(); err != nil {
		return nil, k.Diagnose(ctx, err)
	}
	cli, err := k.target.Client()
	if err != nil {
		return nil, k.Diagnose(ctx, err)
	}
	if _, err := engine.Ping(ctx, cli); err != nil {
		_ = cli.Close()
		return nil, k.Diagnose(ctx, err)
	}
	k.cli = cli
	return cli, nil
}

func (k *Link) resolve() error {
	if k.resolved {
		return nil
	}
	target, err := engine.Resolve(k.Options)
	k.target = target
	k.resolved = err == nil
	return err
}

// Diagnose says why the engine did not answer.
func (k *Link) Diagnose(ctx context.Context, err error) *engine.Trouble {
	trouble := engine.Diagnose(ctx, k.target, err)
	return &trouble
}

// Back tells when an engine that did not answer does: it closes the channel.
func (k *Link) Back(ctx context.Context) <-chan struct{} {
	back := make(chan struct{})
	go func() {
		for tick := time.NewTicker(retry); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
				if _, err := k.Answering(ctx); err == nil {
					tick.Stop()
					close(back)
					return
				}
			}
		}
	}()
	return back
}

// Answering is Client of an engine that answers now, too.
func (k *Link) Answering(ctx context.Context) (*client.Client, error) {
	cli, err := k.Client(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := engine.Ping(ctx, cli); err != nil {
		return nil, k.Diagnose(ctx, err)
	}
	return cli, nil
}

// Close ends the client's connections.
func (k *Link) Close() {
	if k.cli != nil {
		_ = k.cli.Close()
	}
}
