package doctor

import (
	"context"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"capas/internal/message"
	"capas/runner/engine"
)

// Docker is the docker command that the learner types.
type Docker struct {
	Path      string // "" where there is none
	Elsewhere string // the folder of one that PATH does not name
	Version   string // "" where it does not tell
	Podman    bool   // it is Podman under docker's name
	Buildx    string // the version of its build component; "" for none
	Err       error  // why it does not run
}

func lookAtDocker(ctx context.Context, env func(string) string) *Docker {
	path, err := exec.LookPath("docker")
	if err != nil {
		return &Docker{Elsewhere: elsewhere(env)}
	}
	d := &Docker{Path: path}
	var version, buildx string
	var both sync.WaitGroup
	both.Go(func() { version, d.Err = answerOf(ctx, path, "--version") })
	both.Go(func() { buildx, _ = answerOf(ctx, path, "buildx", "version") })
	both.Wait()
	d.read(version, buildx)
	return d
}

// read takes what the command says: «Docker version 28.2.2, build e6534b4», «github.com/docker/buildx v0.38.2 …».
func (d *Docker) read(version, buildx string) {
	words := strings.Fields(version)
	if len(words) > 2 && words[1] == "version" {
		d.Version = strings.TrimSuffix(words[2], ",")
		d.Podman = strings.EqualFold(words[0], "podman")
	}
	if name, rest, _ := strings.Cut(buildx, " "); name == "github.com/docker/buildx" {
		d.Buildx, _, _ = strings.Cut(strings.TrimSpace(rest), " ")
	}
}

// quick is how long a program may take to tell its version.
const quick = 3 * time.Second

func answerOf(ctx context.Context, path string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, quick)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.WaitDelay = time.Second // for what it started, and left behind with its output
	out, err := cmd.Output()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return strings.TrimSpace(string(out)), err
}

// elsewhere is the folder of a docker command that the shell does not look into, as a fresh install leaves it, or "".
func elsewhere(env func(string) string) string {
	home := env("HOME")
	for _, dir := range []string{
		"/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "/snap/bin", "/Applications/Docker.app/Contents/Resources/bin",
		filepath.Join(home, ".docker/bin"), filepath.Join(home, ".rd/bin"), filepath.Join(home, ".orbstack/bin"), filepath.Join(home, "bin"),
	} {
		if path, err := exec.LookPath(filepath.Join(dir, "docker")); err == nil {
			return filepath.Dir(path)
		}
	}
	return ""
}

// modern reports whether the command builds by BuildKit unless told otherwise, as all do since 23.
func (d *Docker) modern() bool {
	major, _, _ := strings.Cut(d.Version, ".")
	n, err := strconv.Atoi(major)
	return err != nil || n >= 23
}

func judgeDocker(f Facts) []Finding {
	var list []Finding
	if f.Docker == nil {
		list = slow(OfDocker, "command")
	} else {
		list = []Finding{f.Docker.command(f)}
	}
	if f.Engine != nil {
		list = append(list, f.Engine.configuration()...)
	}
	return list
}

func (d *Docker) command(f Facts) Finding {
	data := message.Data{"Path": d.Path, "Version": d.Version}
	switch {
	case d.Path == "" && d.Elsewhere != "":
		return problem(OfDocker, "command", message.New("doctor.command.elsewhere", message.Data{"Dir": d.Elsewhere}), typing(engine.AddToPath(d.Elsewhere)))
	case d.Path == "":
		return problem(OfDocker, "command", message.New("doctor.command.missing"), message.New("doctor.command.install", message.Data{"Command": "sudo apt-get install docker.io"}))
	case d.Err != nil:
		data["Error"] = line(d.Err)
		return problem(OfDocker, "command", message.New("doctor.command.broken", data), typing("docker --version"))
	case d.Podman && !(f.Engine != nil && f.Engine.Facts.Product == podman):
		return warning(OfDocker, "command", message.New("doctor.command.podman", data), message.New("doctor.command.podman-remedy", message.Data{"Command": "systemctl --user enable --now podman.socket"}))
	}
	return fine(OfDocker, "command", message.New("doctor.command.ok", data))
}

const podman = "Podman" // as engine.Facts names it

// configuration is docker's own: its file and its contexts.
func (e *Engine) configuration() []Finding {
	var list []Finding
	if w := e.Target.Warning; !w.Reason.IsZero() {
		list = append(list, warning(OfDocker, "config", w.Reason, w.Remedy))
	}
	list = append(list, e.contexts())
	for _, c := range e.Contexts {
		if c.Err != nil && c.Dir != "" && (c.Name != e.Target.Name || e.Trouble == nil) {
			list = append(list, brokenContext(c))
		}
	}
	if e.stale() {
		list = append(list, warning(OfDocker, "context", message.New("doctor.context.stale", message.Data{"Name": e.Target.Current}), typing("docker context use default")))
	}
	return list
}

func (e *Engine) contexts() Finding {
	data := message.Data{"Known": e.known(), "Name": e.Target.Name, "Count": len(e.known())}
	return fine(OfDocker, "contexts", message.New("doctor.context.list", data))
}

// brokenContext is one that the engine was not chosen by.
func brokenContext(c engine.Context) Finding {
	data := message.Data{"Name": c.Name, "Dir": c.Dir, "Error": line(c.Err)}
	if c.Name == "" {
		data["Command"] = "mv " + c.Dir + " " + filepath.Join(filepath.Dir(filepath.Dir(filepath.Dir(c.Dir))), "context-"+filepath.Base(c.Dir)[:min(12, len(filepath.Base(c.Dir)))])
		return warning(OfDocker, "context", message.New("doctor.context.unreadable", data), message.New("doctor.context.aside", data))
	}
	data["Command"] = "docker context rm --force " + c.Name
	return warning(OfDocker, "context", message.New("doctor.context.broken", data), message.New("doctor.context.remove", data))
}
