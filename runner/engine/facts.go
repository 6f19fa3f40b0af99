package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/system"
	"github.com/docker/docker/client"
)

// Facts are what an engine says of itself. What it does not say is zero.
type Facts struct {
	Product    string // "Docker" or "Podman"
	Version    string // "28.5.2"
	Platform   string // as its makers call it: "Docker Desktop 4.43.1 (198352)"
	System     string // that it runs on: "Debian GNU/Linux 12 (bookworm)"
	Machine    string // the name of the machine that it runs on
	OS, Arch   string // of the containers: "linux", "amd64"
	API        string // the version of its interface that capas and it agreed on
	OldestAPI  string // that it understands
	NewestAPI  string
	Driver     string // what holds the layers: "overlay2", "overlayfs"
	Containerd bool   // its images are in containerd's store
	BuildKit   bool   // it would rather build by BuildKit than by the classic builder
	Rootless   bool   // it runs without root's rights
	Data       string // the folder that it keeps everything in, on its machine
}

// Examine asks an engine about itself, and changes nothing on it. Its error is a *Trouble, which names no other engine:
// Neighbours tells them. It takes no longer than three times Patience.
func Examine(ctx context.Context, t Target) (Facts, error) {
	c, err := t.Client()
	if err != nil {
		return Facts{}, err
	}
	defer c.Close()
	m := here(t)
	m.doctor, m.other = true, func(Target) []Neighbour { return nil }
	if kind, cause := t.probe(ctx, c); kind != Passing {
		trouble := m.trouble(t, kind, cause)
		return Facts{}, &trouble
	}
	facts, err := describe(ctx, c)
	if err == nil {
		return facts, nil
	}
	kind := Other
	if errors.Is(err, context.DeadlineExceeded) {
		kind = NoAnswer
	}
	trouble := m.trouble(t, kind, err)
	return Facts{}, &trouble
}

// describe puts all questions at once.
func describe(ctx context.Context, c *client.Client) (Facts, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	var ping types.Ping
	var version types.Version
	var info system.Info
	var errs [3]error
	var all sync.WaitGroup
	all.Go(func() { ping, errs[0] = c.Ping(ctx) })
	all.Go(func() { version, errs[1] = c.ServerVersion(ctx) })
	all.Go(func() { info, errs[2] = c.Info(ctx) })
	all.Wait()
	if err := cmp.Or(errs[0], errs[1], errs[2]); err != nil { // one is told: often all say the same
		return Facts{}, err
	}
	f := Facts{
		Product: "Docker", Version: version.Version, Platform: version.Platform.Name,
		API: c.ClientVersion(), OldestAPI: version.MinAPIVersion, NewestAPI: version.APIVersion,
		System: info.OperatingSystem, Machine: info.Name, OS: version.Os, Arch: version.Arch,
		Driver: info.Driver, Data: info.DockerRootDir, BuildKit: ping.BuilderVersion == build.BuilderBuildKit,
		Containerd: slices.Contains(info.DriverStatus, [2]string{"driver-type", "io.containerd.snapshotter.v1"}),
		Rootless:   slices.ContainsFunc(info.SecurityOptions, func(o string) bool { return strings.HasPrefix(o, "name=rootless") }),
	}
	for _, part := range version.Components {
		if part.Name == "Podman Engine" {
			f.Product = "Podman"
		}
	}
	return f, nil
}
