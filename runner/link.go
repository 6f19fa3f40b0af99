package runner

import (
	"context"
	"sync"
	"time"

	"github.com/docker/docker/client"

	"capas/runner/engine"
	"capas/runner/engine/embedded"
)

// retry is how often an engine that did not answer is asked again.
const retry = 2 * time.Second

// Link is the way to the learner's engine. Nothing is resolved, dialled or started before it is used.
type Link struct {
	Options engine.Options
	Choice  engine.Choice // as engine.Host where it is empty
	Home    embedded.Home // of the engine inside capas
	Taken   func()        // called when that one is taken because no other answers

	mu       sync.Mutex
	resolved bool
	target   engine.Target
	cli      *client.Client
	member   *embedded.Member
}

// Client returns a client of an engine that answered. Its error is an engine.Trouble, or one of package embedded.
func (k *Link) Client(ctx context.Context) (*client.Client, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.cli != nil {
		return k.cli, nil
	}
	if k.Choice == engine.Embedded || k.namesInside() {
		return k.inside(ctx)
	}
	cli, err := k.outside(ctx)
	if err == nil || k.Choice != engine.Auto || k.target.Named() || ctx.Err() != nil {
		return cli, err
	}
	if cli, failed := k.inside(ctx); failed == nil {
		k.Taken()
		return cli, nil
	}
	return nil, err
}

// namesInside reports whether docker was told to talk to the engine inside capas, which starts only when capas wants it.
func (k *Link) namesInside() bool {
	return k.Home.Dir != "" && k.resolve() == nil && k.target.Host == k.Home.Host()
}

// outside connects to the engine that docker talks to.
func (k *Link) outside(ctx context.Context) (*client.Client, error) {
	if err := k.resolve(); err != nil {
		return nil, k.Diagnose(ctx, err)
	}
	return k.connect(ctx)
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

// inside starts the engine inside capas where it does not run, and connects to it. It stays the one of this Link.
func (k *Link) inside(ctx context.Context) (*client.Client, error) {
	if k.member == nil {
		member, err := k.Home.Join(ctx)
		if err != nil {
			return nil, err
		}
		k.member = member
	}
	k.target = engine.At(k.Home.Host(), k.Options)
	k.resolved = true
	return k.connect(ctx)
}

func (k *Link) connect(ctx context.Context) (*client.Client, error) {
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

// Inside reports whether the engine is the one inside capas.
func (k *Link) Inside() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.target.Rule == engine.Inside
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
		if k.Inside() && k.revive(ctx) == nil {
			return cli, nil
		}
		return nil, k.Diagnose(ctx, err)
	}
	return cli, nil
}

// revive starts the engine inside capas again, where somebody ended it.
func (k *Link) revive(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	member, err := k.Home.Join(ctx)
	if err != nil {
		return err
	}
	_ = k.member.Leave()
	k.member = member
	return nil
}

// Name is which engine an attempt is made on, as far as it matters to it: "" for the one that docker talks to.
func (k *Link) Name() string {
	if k.Inside() {
		return string(engine.Inside)
	}
	return ""
}

// ShellEnv are the variables of a shell whose docker is to talk to a socket in front of this engine. A capas that is run there finds in
// them the engine itself.
func (k *Link) ShellEnv(socket string) map[string]string {
	k.mu.Lock()
	defer k.mu.Unlock()
	set := k.target.Around()
	set[client.EnvOverrideHost], set[engine.EnvPractice] = "unix://"+socket, socket
	if k.target.Rule == engine.Inside {
		set["DOCKER_BUILDKIT"] = "0" // it has the classic builder alone
	}
	return set
}

// Close ends the client's connections, and lets go of the engine inside capas.
func (k *Link) Close() {
	if k.cli != nil {
		_ = k.cli.Close()
	}
	if k.member != nil {
		_ = k.member.Leave() // the lock goes with this program at the latest
	}
}
