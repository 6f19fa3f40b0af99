// Package doctor looks at everything that a learner needs: the engine, the docker command, the terminal, the folders. It says
// what is well and what is not, each with what to do about it.
//
// It knows no course and changes nothing: of what it tries, to write into a folder and to push an image to this machine, nothing stays.
package doctor

import (
	"context"
	"time"

	"capas/runner/engine"
	"capas/runner/engine/embedded"
)

// Options are what is looked at.
type Options struct {
	Engine     engine.Options
	Choice     engine.Choice // as engine.Host where it is empty
	Home       embedded.Home // of the engine inside capas
	Env        func(string) string
	Terminal   Terminal
	State      string // folder of the journal and the attempts
	Workspaces string // folder of the workspaces
	Registry   string // folder of what was pushed
	Docker     string // folder of the docker command that capas brings, for a PATH that has none; "" where there is none to offer
}

// Facts are what was found, before it is judged. What is nil took too long.
type Facts struct {
	Engine   *Engine
	Docker   *Docker
	Terminal Terminal
	Files    *Files
	User     User
	Build    string // what DOCKER_BUILDKIT says
}

// User is who asks.
type User struct {
	Root      bool
	Sudo      bool // became root by sudo
	Container bool // the machine is a container, where root is nobody in particular
}

// patience is how long each part may take. An engine that hangs takes the longest, and tells so itself before.
const patience = 6 * engine.Patience

// Look looks at everything at once, and comes back within a bounded time whatever hangs.
func Look(ctx context.Context, o Options) Report {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	asked := begin(func() *Engine { return lookAtEngine(ctx, o) })
	docker := begin(func() *Docker { return lookAtDocker(ctx, o) })
	files := begin(func() *Files { return lookAtFiles(o) })
	return judge(Facts{
		Engine: end(ctx, asked), Docker: end(ctx, docker), Files: end(ctx, files),
		Terminal: o.Terminal, User: lookAtUser(o.Env), Build: o.Env("DOCKER_BUILDKIT"),
	})
}

// begin looks beside everything else; a folder on a network that is away can keep whoever looks for ever.
func begin[T any](look func() *T) <-chan *T {
	found := make(chan *T, 1)
	go func() { found <- look() }()
	return found
}

// grace is for a look that ends by the same deadline, and still has something to tell.
const grace = time.Second

func end[T any](ctx context.Context, found <-chan *T) *T {
	select {
	case f := <-found:
		return f
	case <-ctx.Done():
	}
	select {
	case f := <-found:
		return f
	case <-time.After(grace):
		return nil
	}
}
