package doctor

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"sync"

	"github.com/kballard/go-shellquote"

	"capas/internal/message"
	"capas/runner/engine"
	"capas/runner/engine/embedded"
	"capas/runner/registry"
)

// Engine is what is known of the engine, and of others.
type Engine struct {
	Target     engine.Target
	Trouble    *engine.Trouble // why it cannot be asked
	Facts      engine.Facts    // what it says of itself
	Access     engine.Access
	Contexts   []engine.Context
	Neighbours []engine.Neighbour
	Remote     bool            // it is on another machine
	Disk       *Disk           // that holds its data, where this machine can see it
	Pinned     string          // the version of its interface that the environment insists on
	Unable     *message.Advice // why the engine inside capas makes no containers, where it is that one
	Without    *engine.Trouble // why the engine inside capas is used, and not the one that docker talks to
	Registry   error           // of a push to this machine; errNotTried where it was not tried
}

// errNotTried says nothing of whether an engine reaches this machine.
var errNotTried = errors.New("not tried")

// lookAtEngine looks at the engine that the course would use.
func lookAtEngine(ctx context.Context, o Options) *Engine {
	target, err := engine.Resolve(o.Engine)
	if o.Choice == engine.Embedded {
		return lookInside(ctx, o, nil)
	}
	e := lookAt(ctx, target, err)
	if e.Trouble == nil || o.Choice != engine.Auto || target.Named() {
		return e
	}
	if inside := lookInside(ctx, o, e.Trouble); inside.Trouble == nil {
		return inside
	}
	return e
}

// lookInside looks at the engine inside capas, and starts it for as long as that takes.
func lookInside(ctx context.Context, o Options, without *engine.Trouble) *Engine {
	member, err := o.Home.Join(ctx)
	if err == nil {
		defer func() { _ = member.Leave() }() // it goes with this program at the latest
	}
	e := lookAt(ctx, engine.At(o.Home.Host(), o.Engine), err)
	e.Without, e.Unable = without, embedded.Able()
	return e
}

func lookAt(ctx context.Context, target engine.Target, err error) *Engine {
	e := &Engine{Target: target, Contexts: target.Contexts(), Access: target.Access(), Remote: target.Remote(), Pinned: target.Pinned()}
	var both sync.WaitGroup
	both.Go(func() { e.Neighbours = target.Neighbours(ctx) })
	if err == nil {
		e.Facts, err = engine.Examine(ctx, target)
	}
	both.Wait()
	e.Trouble = troubleOf(ctx, target, err)
	e.Registry = errNotTried
	if e.Trouble == nil {
		e.Disk = e.data()
		e.Registry = tryRegistry(ctx, target)
	}
	return e
}

func troubleOf(ctx context.Context, target engine.Target, err error) *engine.Trouble {
	if err == nil {
		return nil
	}
	var adviser message.Adviser
	trouble := &engine.Trouble{Err: err}
	if !errors.As(err, &trouble) && errors.As(err, &adviser) {
		trouble.Reason, trouble.Remedy = adviser.Advice().Reason, adviser.Advice().Remedy
		return trouble
	}
	diagnosed := engine.Diagnose(ctx, target, err)
	return &diagnosed
}

// tryRegistry lets the engine push to this machine. That something else is in the way says nothing.
func tryRegistry(ctx context.Context, t engine.Target) error {
	c, err := t.Client()
	if err != nil {
		return errNotTried
	}
	defer c.Close()
	var unreachable *registry.UnreachableError
	if err := registry.Reach(ctx, c); err == nil || errors.As(err, &unreachable) {
		return err
	}
	return errNotTried
}

// data is the disk that holds what the engine keeps: seen from here only where the engine is on this very machine, and not in
// a virtual one whose socket is brought here.
func (e *Engine) data() *Disk {
	name, err := os.Hostname()
	if err != nil || e.Remote || e.Facts.Machine != name || e.Facts.Data == "" {
		return nil
	}
	d, err := diskOf(e.Facts.Data)
	if err != nil {
		return nil
	}
	return &d
}

func judgeEngine(f Facts) []Finding {
	e := f.Engine
	if e == nil {
		return slow(OfEngine, "answer")
	}
	list := []Finding{e.choice()}
	if e.Trouble != nil {
		list = append(list, e.trouble())
		list = append(list, f.User.judge()...)
		return append(list, e.others()...)
	}
	list = append(list, e.answer(), e.access(f.User))
	list = append(list, f.User.judge()...)
	list = append(list, e.containers()...)
	list = append(list, e.store()...)
	list = append(list, judgeBuilder(f)...)
	list = append(list, e.disk())
	list = append(list, e.registry()...)
	return append(list, e.others()...)
}

// choice is which engine is asked, and what chose it.
func (e *Engine) choice() Finding {
	data := message.Data{"Host": e.Target.Host, "Name": e.Target.Name, "Rule": e.Target.Rule.Text()}
	var more []message.Text
	if e.overridden() {
		more = append(more, message.New("doctor.choice.overridden", message.Data{"Name": e.Target.Current}))
	}
	if e.Remote {
		more = append(more, message.New("doctor.choice.remote"))
	}
	if e.Without != nil {
		more = append(more, message.New("doctor.choice.without", message.Data{"Reason": e.Without.Reason}))
	}
	switch {
	case e.Target.Rule == engine.Inside:
		return fine(OfEngine, "choice", message.New("doctor.choice.inside", data), more...)
	case e.Target.Host == "":
		return fine(OfEngine, "choice", message.New("doctor.choice.context", data), more...)
	case e.Target.Rule == engine.Default:
		return fine(OfEngine, "choice", message.New("doctor.choice.default", data), more...)
	case e.Target.Name != "default":
		return fine(OfEngine, "choice", message.New("doctor.choice.by-context", data), more...)
	}
	return fine(OfEngine, "choice", message.New("doctor.choice.by", data), more...)
}

// overridden reports whether DOCKER_HOST wins over a context that the learner chose.
func (e *Engine) overridden() bool {
	return e.Target.Rule == engine.EnvHost && e.Target.Current != "" && e.Target.Current != "default"
}

func (e *Engine) trouble() Finding {
	t := e.Trouble
	f := problem(OfEngine, "answer", t.Reason, t.Remedy)
	if t.Kind == engine.NoPermission && e.Access.Group != "" {
		f.More = []message.Text{message.New("doctor.permission.sudo"), message.New("doctor.permission.rootless")}
	}
	return f
}

func (e *Engine) answer() Finding {
	data := message.Data{
		"Product": e.Facts.Product, "Version": e.Facts.Version, "System": cmp.Or(e.Facts.System, e.Facts.OS, "?"),
		"API": e.Facts.API, "Oldest": cmp.Or(e.Facts.OldestAPI, "?"), "Newest": e.Facts.NewestAPI,
	}
	if e.Pinned != "" {
		return warning(OfEngine, "answer", message.New("doctor.answer.pinned", data), message.New("doctor.answer.unpin", message.Data{"Command": engine.Unset("DOCKER_API_VERSION")}))
	}
	if e.Facts.Late {
		return warning(OfEngine, "answer", message.New("doctor.answer.late", data), typing("capas doctor"))
	}
	return fine(OfEngine, "answer", message.New("doctor.answer.ok", data))
}

// access is what lets the learner talk to the engine, and what that means.
func (e *Engine) access(u User) Finding {
	data := message.Data{"Group": e.Access.Group, "Host": e.Target.Host}
	switch {
	case e.Remote && e.Target.Open():
		return warning(OfEngine, "access", message.New("doctor.access.unencrypted", data), message.New("doctor.access.encrypt"))
	case e.Access.Group == "":
		return fine(OfEngine, "access", message.New("doctor.access.other"))
	case e.Access.Everyone && !e.Facts.Rootless:
		data["Command"] = "sudo chmod 660 " + shellquote.Join(e.Target.Socket())
		return warning(OfEngine, "access", message.New("doctor.access.everyone", data), message.New("doctor.access.close", data))
	case e.Facts.Rootless:
		return fine(OfEngine, "access", message.New("doctor.access.rootless"))
	case u.Root:
		return fine(OfEngine, "access", message.New("doctor.access.root"))
	case e.Access.Owner:
		return fine(OfEngine, "access", message.New("doctor.access.owner"))
	case e.Access.Member:
		return fine(OfEngine, "access", message.New("doctor.access.member", data), message.New("doctor.access.power"))
	}
	return fine(OfEngine, "access", message.New("doctor.access.other"))
}

// containers tells of an engine that runs none, or another kind than the course is about.
func (e *Engine) containers() []Finding {
	switch {
	case e.Unable != nil:
		return []Finding{problem(OfEngine, "containers", e.Unable.Reason, e.Unable.Remedy)}
	case e.Target.Rule == engine.Inside:
		return []Finding{fine(OfEngine, "containers", message.New("doctor.inside.able"))}
	}
	if e.Facts.OS != "windows" {
		return nil
	}
	return []Finding{problem(OfEngine, "containers", message.New("doctor.windows"),
		typing(`& "$Env:ProgramFiles\Docker\Docker\DockerCli.exe" -SwitchLinuxEngine`))}
}

func (e *Engine) store() []Finding {
	data := message.Data{"Driver": e.Facts.Driver}
	switch {
	case e.Facts.Driver == "": // it did not come to tell
		return nil
	case e.Facts.Containerd:
		return []Finding{fine(OfEngine, "store", message.New("doctor.store.containerd", data))}
	case e.Facts.Product == podman:
		return []Finding{fine(OfEngine, "store", message.New("doctor.store.podman", data))}
	case e.Facts.Driver == "vfs":
		return []Finding{warning(OfEngine, "store", message.New("doctor.store.vfs"), typing("docker system df"))}
	}
	return []Finding{fine(OfEngine, "store", message.New("doctor.store.driver", data))}
}

// disk is how much room the engine has for images.
func (e *Engine) disk() Finding {
	if e.Disk == nil {
		return fine(OfEngine, "disk", message.New("doctor.disk.unseen", message.Data{"Command": "docker system df"}))
	}
	const images = 2 << 30 // enough for the course and for what a learner tries beside it
	return e.Disk.judge(OfEngine, "disk", images, message.New("doctor.disk.engine", e.Disk.data()), message.New("doctor.disk.make-room", message.Data{"Command": "docker system df"}))
}

// registry is whether the learner can publish to capas, on this machine.
func (e *Engine) registry() []Finding {
	switch {
	case errors.Is(e.Registry, errNotTried):
		return nil
	case e.Registry != nil:
		data := message.Data{"Error": line(e.Registry)}
		return []Finding{warning(OfEngine, "registry", message.New("doctor.registry.away", data), message.New("doctor.registry.elsewhere"))}
	}
	return []Finding{fine(OfEngine, "registry", message.New("doctor.registry.ok"))}
}

// others are hinted at, and never used in silence.
func (e *Engine) others() []Finding {
	var list []Finding
	for _, n := range e.Neighbours {
		data := message.Data{"Other": n.Name, "Host": n.Host, "Command": e.Target.TurnTo(n)}
		list = append(list, fine(OfEngine, "neighbour", message.New("doctor.neighbour", data)))
	}
	return list
}

// known are the names of contexts that can be used.
func (e *Engine) known() []string {
	var names []string
	for _, c := range e.Contexts {
		if c.Err == nil {
			names = append(names, c.Name)
		}
	}
	return names
}

// stale reports whether the current context is gone, although something else chose the engine.
func (e *Engine) stale() bool {
	current := e.Target.Current
	return e.Target.Rule != engine.ConfigFile && current != "" && current != "default" &&
		!slices.ContainsFunc(e.Contexts, func(c engine.Context) bool { return c.Name == current })
}
