package checks

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// ProbeLabel marks each probe container. What carries it and is older than any evaluation may be removed by anyone.
// Its value is the process that made it and the second when it did, "4711/1735689600".
const ProbeLabel = "capas.probe"

const (
	probeAge     = 10 * time.Minute // older ones were left behind
	probeTimeout = 15 * time.Second // to make one, or to remove all
	probeHurry   = 5 * time.Second  // to remove all where somebody left, and an engine may hang: Sweep finds what stays
)

// probes are the containers made to look into images. Each has a name that we know before it is made, so that it can be
// removed even where the answer to its making never came.
type probes struct {
	engine  Engine
	looking memo[string] // never started, by id of the image

	making sync.WaitGroup
	mu     sync.Mutex
	names  map[string]bool
	until  time.Time // when close gives up; zero before it was called
}

// look returns a container of the image that is never started; its files are those of the image.
func (p *probes) look(ctx context.Context, img image.InspectResponse) (string, error) {
	return p.looking.get(ctx, img.ID, func(ctx context.Context) (string, error) {
		config := &container.Config{Cmd: []string{"-"}, User: stand.String()} // an image may have no command, and a container must
		return p.create(ctx, img, config, &container.HostConfig{})
	})
}

// create makes a labelled container without network. It goes on when the context ends, since an engine that was asked for
// a container makes it whether anybody listens or not; close waits for it.
func (p *probes) create(ctx context.Context, img image.InspectResponse, config *container.Config, host *container.HostConfig) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	name := "capas-probe-" + strings.ToLower(rand.Text()[:12])
	config.Image = img.ID
	config.Labels = map[string]string{ProbeLabel: fmt.Sprintf("%d/%d", os.Getpid(), time.Now().Unix())}
	config.Healthcheck = &container.HealthConfig{Test: []string{"NONE"}}
	host.NetworkMode = "none"
	p.add(name)

	failed := make(chan error, 1)
	go func() {
		defer p.making.Done()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTimeout)
		defer cancel()
		_, err := p.engine.ContainerCreate(ctx, config, host, nil, platformOf(img), name)
		if isRefusal(err) {
			p.drop(name)
		}
		failed <- err
	}()
	select {
	case err := <-failed:
		if err != nil {
			return "", fmt.Errorf("creating a container to look into image %s: %w", shortID(img.ID), err)
		}
		return name, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (p *probes) add(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.names == nil {
		p.names = map[string]bool{}
	}
	p.names[name] = true
	p.until = time.Time{}
	p.making.Add(1)
}

func (p *probes) drop(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.names, name)
}

// isRefusal reports whether nothing was made for sure: the engine said no, or was not reached.
func isRefusal(err error) bool {
	return errdefs.IsNotFound(err) || errdefs.IsInvalidArgument(err) || client.IsErrConnectionFailed(err)
}

func platformOf(img image.InspectResponse) *ocispec.Platform {
	if img.Os == "" || img.Architecture == "" {
		return nil
	}
	return &ocispec.Platform{OS: img.Os, Architecture: img.Architecture, Variant: img.Variant, OSVersion: img.OsVersion}
}

// close removes what was made and forgets it. What could not be removed is tried again by the next close, all of them together
// within one deadline of their own, for it is also for when the context of the evaluation has ended.
func (p *probes) close() error {
	ctx, cancel := context.WithDeadline(context.Background(), p.deadline())
	defer cancel()
	p.waitForMaking(ctx)
	p.looking.forgetAll()
	names := p.all()
	errs := make([]error, len(names))
	var removing sync.WaitGroup
	for i, name := range names {
		removing.Go(func() { errs[i] = p.remove(ctx, name) })
	}
	removing.Wait()
	return errors.Join(errs...)
}

// deadline is set by the first close, and holds until the next probe is made.
func (p *probes) deadline() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until.IsZero() {
		p.until = time.Now().Add(probeTimeout)
	}
	return p.until
}

// hurry brings the deadline near, for those who close from now on.
func (p *probes) hurry() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if soon := time.Now().Add(probeHurry); p.until.IsZero() || soon.Before(p.until) {
		p.until = soon
	}
}

func (p *probes) waitForMaking(ctx context.Context) {
	made := make(chan struct{})
	go func() {
		p.making.Wait()
		close(made)
	}()
	select {
	case <-made:
	case <-ctx.Done():
	}
}

func (p *probes) all() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var names []string
	for name := range p.names {
		names = append(names, name)
	}
	return names
}

func (p *probes) remove(ctx context.Context, name string) error {
	if err := removeProbe(ctx, p.engine, name); err != nil {
		return err
	}
	p.drop(name)
	return nil
}

// removeProbe takes the volumes along: an image that declares one gets it made with every container.
func removeProbe(ctx context.Context, e Engine, name string) error {
	err := e.ContainerRemove(ctx, name, container.RemoveOptions{Force: true, RemoveVolumes: true})
	switch {
	case errdefs.IsNotFound(err):
		return nil
	case err != nil && strings.Contains(err.Error(), "is already in progress"): // somebody else removes it
		return nil
	case err != nil:
		return fmt.Errorf("removing probe %s: %w", name, err)
	}
	return nil
}

// Sweep removes probes that a killed program left behind, those older than ten minutes.
func Sweep(ctx context.Context, e Engine) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	e = careful{e}
	list, err := e.ContainerList(ctx, container.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("label", ProbeLabel))})
	if err != nil {
		return fmt.Errorf("listing probes: %w", err)
	}
	var errs []error
	for _, c := range list {
		if time.Since(probeTime(c)) > probeAge {
			errs = append(errs, removeProbe(ctx, e, c.ID))
		}
	}
	return errors.Join(errs...)
}

func isProbe(labels map[string]string) bool { return hasLabel(labels, ProbeLabel) }

// probeTime is when a probe was made by our own clock, or by the engine's where the label does not tell.
func probeTime(c container.Summary) time.Time {
	_, second, _ := strings.Cut(c.Labels[ProbeLabel], "/")
	if n, err := strconv.ParseInt(second, 10, 64); err == nil {
		return time.Unix(n, 0)
	}
	return time.Unix(c.Created, 0)
}
