package doctor

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/kballard/go-shellquote"

	"capas/internal/message"
	"capas/runner/dockercli"
	"capas/runner/engine"
)

// Docker is the docker command that the learner types.
type Docker struct {
	Path      string // "" where there is none
	Elsewhere string // the folder of one that PATH does not name
	Offered   string // the folder of the one that capas brings, where there is no other
	Ours      bool   // it is that one
	Version   string // "" where it does not tell
	Podman    bool   // it is Podman under docker's name
	Buildx    string // the version of its build component; "" for none
	Err       error  // why it does not run
}

func lookAtDocker(ctx context.Context, o Options) *Docker {
	path, err := exec.LookPath("docker")
	if err != nil {
		return &Docker{Elsewhere: elsewhere(usual(o.Env("HOME"))), Offered: o.Docker}
	}
	d := &Docker{Path: path, Ours: dockercli.Linked(path)}
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
	cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT=") // with a value that it does not take it does not even tell its version
	cmd.WaitDelay = time.Second                        // for what it started, and left behind with its output
	out, err := cmd.Output()
	var failed *exec.ExitError
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case errors.As(err, &failed) && len(failed.Stderr) > 0:
		err = errors.New(string(failed.Stderr))
	}
	return strings.TrimSpace(string(out)), err
}

// elsewhere is the first of some folders that has a docker command, or "".
func elsewhere(folders []string) string {
	for _, dir := range folders {
		if path, err := exec.LookPath(filepath.Join(dir, "docker")); err == nil {
			return filepath.Dir(path)
		}
	}
	return ""
}

// usual are the folders that installers put a docker command into; a fresh install has not told every shell yet.
func usual(home string) []string {
	return []string{
		"/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "/snap/bin", "/Applications/Docker.app/Contents/Resources/bin",
		filepath.Join(home, ".docker/bin"), filepath.Join(home, ".rd/bin"), filepath.Join(home, ".orbstack/bin"), filepath.Join(home, "bin"),
	}
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
	case d.Path == "" && d.Offered != "":
		return warning(OfDocker, "command", message.New("doctor.command.offered", message.Data{"Command": "capas docker"}), typing(engine.AddToPath(d.Offered)))
	case d.Path == "":
		return problem(OfDocker, "command", message.New("doctor.command.missing"), message.New("doctor.command.install", message.Data{"Command": "sudo apt-get install docker.io"}))
	case d.Ours && d.Err == nil:
		return fine(OfDocker, "command", message.New("doctor.command.ours", data))
	case f.Build != "" && !isBool(f.Build):
		return problem(OfDocker, "command", message.New("doctor.command.build", message.Data{"Value": f.Build}), typing(engine.Unset("DOCKER_BUILDKIT")))
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
	data := message.Data{"Known": e.known(), "Count": len(e.known())}
	return fine(OfDocker, "contexts", message.New("doctor.context.list", data))
}

// brokenContext is one that the engine was not chosen by. A name that docker would not take is not put into a command.
func brokenContext(c engine.Context) Finding {
	data := message.Data{"Name": c.Name, "Dir": c.Dir, "Error": line(c.Err)}
	if contextName.MatchString(c.Name) {
		data["Command"] = "docker context rm --force " + c.Name
		return warning(OfDocker, "context", message.New("doctor.context.broken", data), message.New("doctor.context.remove", data))
	}
	root, id := filepath.Dir(filepath.Dir(filepath.Dir(c.Dir))), filepath.Base(c.Dir)
	data["Command"] = shellquote.Join("mv", c.Dir, filepath.Join(root, "context-"+id[:min(12, len(id))]))
	return warning(OfDocker, "context", message.New("doctor.context.unreadable", data), message.New("doctor.context.aside", data))
}

// contextName is what docker takes for the name of a context.
var contextName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$`)
