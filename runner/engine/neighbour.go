package engine

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/docker/docker/client"
)

// Neighbour is another engine on the learner's machine. It is told to them, and never used by itself.
type Neighbour struct {
	Name string // "Colima"
	Host string // "unix:///home/a/.colima/default/docker.sock"
}

// Neighbours are the engines on this machine that answer, but for the target itself.
func (t Target) Neighbours(ctx context.Context) []Neighbour {
	return answering(ctx, distinct(candidates(t.environment()), t.Host))
}

// TurnTo is the command by which the learner chooses a neighbour: what chose the engine until now has to give way.
func (t Target) TurnTo(n Neighbour) string {
	switch {
	case t.Rule == FlagHost || t.Rule == FlagContext:
		return string(FlagHost) + " " + n.Host
	case n.Host == client.DefaultDockerHost && t.aloneChosen():
		return Unset(string(t.Rule))
	case t.Rule == ConfigFile || t.Rule == Default:
		for _, c := range t.Contexts() {
			if c.Host == n.Host && c.Err == nil {
				return "docker context use " + c.Name
			}
		}
	}
	return Export(string(EnvHost), n.Host) // wins over every context
}

// aloneChosen reports whether a variable chose, and nothing would without it.
func (t Target) aloneChosen() bool {
	variable := t.Rule == EnvContext || t.Rule == EnvHost && t.environment()(string(EnvContext)) == ""
	return variable && (t.Current == "" || t.Current == defaultName)
}

// candidates are where engines listen that people install, whether they do now or not.
func candidates(env func(string) string) []Neighbour {
	h := home(env)
	list := []Neighbour{
		at("Docker", "/var/run/docker.sock"),
		at("Docker Desktop", filepath.Join(h, ".docker/desktop/docker.sock")),
		at("Docker Desktop", filepath.Join(h, ".docker/run/docker.sock")),
		at("OrbStack", filepath.Join(h, ".orbstack/run/docker.sock")),
		at("Rancher Desktop", filepath.Join(h, ".rd/docker.sock")),
	}
	for _, profiles := range colimaHomes(env, h) {
		sockets, _ := filepath.Glob(filepath.Join(profiles, "*", "docker.sock"))
		for _, path := range sockets {
			list = append(list, at("Colima", path))
		}
	}
	if dir := env("TMPDIR"); dir != "" {
		list = append(list, at("Podman", filepath.Join(dir, "podman/podman-machine-default-api.sock")))
	}
	return append(append(list, rootless(env)...),
		at("Podman", "/run/podman/podman.sock"),
		at("Podman", filepath.Join(h, ".local/share/containers/podman/machine/podman.sock")),
		Neighbour{"Docker Desktop", "npipe:////./pipe/dockerDesktopLinuxEngine"},
		Neighbour{"Docker", "npipe:////./pipe/docker_engine"},
		Neighbour{"Podman", "npipe:////./pipe/podman-machine-default"},
	)
}

func at(name, path string) Neighbour { return Neighbour{name, "unix://" + path} }

func colimaHomes(env func(string) string, home string) []string {
	list := []string{filepath.Join(home, ".colima"), filepath.Join(home, ".config/colima")}
	for _, dir := range []string{env("COLIMA_HOME"), env("XDG_CONFIG_HOME")} {
		if dir != "" {
			list = append(list, dir, filepath.Join(dir, "colima"))
		}
	}
	return list
}

// rootless are the engines of a user's own, in the folder that the system keeps for what they run.
func rootless(env func(string) string) []Neighbour {
	dir := env("XDG_RUNTIME_DIR")
	if dir == "" { // after su and sudo
		dir = "/run/user/" + strconv.Itoa(os.Geteuid())
	}
	return []Neighbour{at("Docker (rootless)", filepath.Join(dir, "docker.sock")), at("Podman", filepath.Join(dir, "podman/podman.sock"))}
}

// distinct leaves out what is not there, and what leads to the socket of the target: often one is a link to another. Of two
// names for one socket the later stands, which says more.
func distinct(list []Neighbour, target string) []Neighbour {
	var out []Neighbour
	for _, n := range list {
		if !n.there() || n.sameAs(Neighbour{Host: target}) {
			continue
		}
		if i := slices.IndexFunc(out, n.sameAs); i >= 0 {
			out[i].Name = n.Name
			continue
		}
		out = append(out, n)
	}
	return out
}

func (n Neighbour) socket() (os.FileInfo, error) {
	path, ok := strings.CutPrefix(n.Host, "unix://")
	if !ok {
		return nil, os.ErrNotExist
	}
	return os.Stat(path)
}

// there is false of a socket that does not exist. A named pipe is only known by opening it.
func (n Neighbour) there() bool {
	_, err := n.socket()
	return err == nil || strings.HasPrefix(n.Host, "npipe://") && pipes
}

func (n Neighbour) sameAs(other Neighbour) bool {
	a, errA := n.socket()
	b, errB := other.socket()
	return n.Host == other.Host || errA == nil && errB == nil && os.SameFile(a, b)
}

// answering are those of a list that answer as an engine does.
func answering(ctx context.Context, list []Neighbour) []Neighbour {
	yes := make([]bool, len(list))
	var all sync.WaitGroup
	for i, n := range list {
		all.Go(func() { yes[i] = n.answers(ctx) })
	}
	all.Wait()
	var out []Neighbour
	for i, n := range list {
		if yes[i] {
			out = append(out, n)
		}
	}
	return out
}

const nearby = 500 * time.Millisecond // an engine on this machine answers a ping in a few

func (n Neighbour) answers(ctx context.Context) bool {
	c, err := client.NewClientWithOpts(client.WithHost(n.Host))
	if err != nil {
		return false
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, nearby)
	defer cancel()
	answer, err := c.Ping(ctx)
	return err == nil && answer.APIVersion != ""
}
