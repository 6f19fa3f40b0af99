package engine

import (
	"cmp"
	"context"
	"errors"
	"net/http"
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
	Late       bool   // it did not tell all of it in time
}

// Examine asks an engine about itself, and changes nothing on it. Its error is a *Trouble, which names no other engine:
// Neighbours tells them. It takes no longer than five times Patience.
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
	facts, err := t.describe(ctx, c)
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

// describe puts all questions at once. What does not come in time is done without where the engine is Podman, which runs programs
// to answer, for seconds on a busy machine.
func (t Target) describe(ctx context.Context, c *client.Client) (Facts, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*Patience)
	defer cancel()
	var ping http.Header
	var version types.Version
	var info system.Info
	var errs [3]error
	var all sync.WaitGroup
	all.Go(func() { ping, errs[0] = t.pingHeaders(ctx, c) })
	all.Go(func() { version, errs[1] = c.ServerVersion(ctx) })
	all.Go(func() { info, errs[2] = c.Info(ctx) })
	all.Wait()
	f := Facts{Product: "Docker", API: c.ClientVersion()}
	f.fromPing(ping)
	f.fromVersion(version)
	f.fromInfo(info)
	for _, err := range errs {
		late := errors.Is(err, context.DeadlineExceeded)
		if err != nil && !(late && f.Product == podman) {
			return Facts{}, err // one is told: often all say the same
		}
		f.Late = f.Late || late
	}
	return f, nil
}

const podman = "Podman"

// pingHeaders are those of the answer to a ping. The client keeps the one that names the product to itself.
func (t Target) pingHeaders(ctx context.Context, c *client.Client) (http.Header, error) {
	scheme, host := "http", client.DummyHost
	if t.scheme() == "tcp" {
		host = t.address()
	}
	if t.secure() {
		scheme = "https"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+host+"/_ping", nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.HTTPClient().Do(req)
	if err != nil {
		return nil, err
	}
	return resp.Header, resp.Body.Close()
}

func (f *Facts) fromPing(h http.Header) {
	server, _, _ := strings.Cut(h.Get("Server"), " ") // «Docker/28.5.2 (linux)», «Libpod/5.4.2 (linux)»
	product, version, _ := strings.Cut(server, "/")
	if product == "Libpod" {
		f.Product = podman
	}
	f.Version, f.NewestAPI, f.OS = version, h.Get("Api-Version"), h.Get("Ostype")
	f.BuildKit = build.BuilderVersion(h.Get("Builder-Version")) == build.BuilderBuildKit
}

func (f *Facts) fromVersion(v types.Version) {
	f.Version, f.Platform, f.OldestAPI, f.Arch = cmp.Or(v.Version, f.Version), v.Platform.Name, v.MinAPIVersion, v.Arch
	f.NewestAPI, f.OS = cmp.Or(v.APIVersion, f.NewestAPI), cmp.Or(v.Os, f.OS)
	if slices.ContainsFunc(v.Components, func(c types.ComponentVersion) bool { return c.Name == "Podman Engine" }) {
		f.Product = podman
	}
}

func (f *Facts) fromInfo(i system.Info) {
	f.System, f.Machine, f.Driver, f.Data = i.OperatingSystem, i.Name, i.Driver, i.DockerRootDir
	f.Containerd = slices.Contains(i.DriverStatus, [2]string{"driver-type", "io.containerd.snapshotter.v1"})
	f.Rootless = slices.ContainsFunc(i.SecurityOptions, func(o string) bool { return strings.HasPrefix(o, "name=rootless") })
}
