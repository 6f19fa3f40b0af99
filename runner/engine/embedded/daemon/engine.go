//go:build linux

package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/docker/docker/api"
	"github.com/docker/docker/api/server"
	"github.com/docker/docker/api/server/middleware"
	buildrouter "github.com/docker/docker/api/server/router/build"
	containerrouter "github.com/docker/docker/api/server/router/container"
	imagerouter "github.com/docker/docker/api/server/router/image"
	systemrouter "github.com/docker/docker/api/server/router/system"
	volumerouter "github.com/docker/docker/api/server/router/volume"
	"github.com/docker/docker/builder/dockerfile"
	"github.com/docker/docker/container"
	"github.com/docker/docker/daemon/events"
	"github.com/docker/docker/dockerversion"
	"github.com/docker/docker/registry"
	"github.com/docker/docker/runconfig"
	"github.com/docker/docker/volume/service"
	"github.com/moby/sys/user"
)

// Version is that of the engine's packages. They do not carry it themselves: Docker's own build stamps it.
const Version = "28.5.2"

// Engine is a Docker engine with its state in one folder. No two may share a folder.
type Engine struct {
	daemon  *daemon
	stores  *stores
	server  *http.Server
	clients atomic.Int64 // connections
}

// Open reads the state in a folder, makes it where there is none, and puts right what a killed engine left behind.
// The folder's path must be absolute. Images may take limit bytes; what would add to more is refused.
func Open(ctx context.Context, folder string, limit int64) (*Engine, error) {
	if dockerversion.Version == "library-import" {
		dockerversion.Version = Version
	}
	id, err := identity(folder)
	if err != nil {
		return nil, err
	}
	replica, err := container.NewViewDB()
	if err != nil {
		return nil, fmt.Errorf("making the index of containers: %w", err)
	}
	hub, err := registry.NewService(registry.ServiceOptions{})
	if err != nil {
		return nil, fmt.Errorf("reading the registries' settings: %w", err)
	}
	d := &daemon{
		folder: folder, limit: limit, id: id, started: time.Now(),
		containers: container.NewMemoryStore(), replica: replica, execs: container.NewExecStore(),
		events: events.New(), registries: hub, networks: newNetworks(),
	}
	stores, err := openStores(folder, d)
	if err != nil {
		return nil, err
	}
	e := &Engine{daemon: d, stores: stores}
	d.images = stores.images
	if d.volumes, err = service.NewVolumeService(folder, nil, owner, d); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the volumes: %w", err), stores.Close())
	}
	if d.builder, err = dockerfile.NewBuildManager(builderBackend{d}, user.IdentityMapping{}); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	if err := d.restore(ctx); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// Serve answers the Engine API on a listener until the context ends or Close is called; it ends every connection then.
func (e *Engine) Serve(ctx context.Context, l net.Listener) error {
	handler, err := e.daemon.handler(ctx)
	if err != nil {
		return err
	}
	e.server = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: time.Minute,
		// Docker's content store keeps things by namespace, and asks the context for it.
		BaseContext: func(net.Listener) context.Context { return namespaces.WithNamespace(ctx, namespace) },
	}
	stop := context.AfterFunc(ctx, func() { _ = e.server.Close() })
	defer stop()
	if err := e.server.Serve(&counted{l, &e.clients}); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving the Engine API: %w", err)
	}
	return nil
}

// Busy reports whether a container runs or a client is connected.
func (e *Engine) Busy() bool { return e.daemon.processes.len() > 0 || e.clients.Load() > 0 }

// Close ends every container and closes the stores. Nothing of it stays mounted.
func (e *Engine) Close() error {
	e.daemon.shutdown()
	var errs []error
	if e.server != nil {
		errs = append(errs, e.server.Close())
	}
	if e.daemon.volumes != nil {
		errs = append(errs, e.daemon.volumes.Shutdown())
	}
	return errors.Join(append(errs, e.stores.Close())...)
}

// identity is the engine's own id, kept in its folder.
func identity(folder string) (string, error) {
	file := filepath.Join(folder, "engine-id")
	if text, err := os.ReadFile(file); err == nil {
		return string(text), nil
	}
	id := newID()
	if err := os.MkdirAll(folder, 0o711); err != nil {
		return "", fmt.Errorf("making the engine's folder: %w", err)
	}
	if err := os.WriteFile(file, []byte(id), 0o600); err != nil {
		return "", fmt.Errorf("writing the engine's id: %w", err)
	}
	return id, nil
}

// handler is the Engine API, as Docker's own routers answer it.
func (d *daemon) handler(ctx context.Context) (http.Handler, error) {
	versions, err := middleware.NewVersionMiddleware(dockerversion.Version, api.DefaultVersion, api.MinSupportedAPIVersion)
	if err != nil {
		return nil, fmt.Errorf("setting the API's version: %w", err)
	}
	s := &server.Server{}
	s.UseMiddleware(middleware.NewExperimentalMiddleware(false))
	s.UseMiddleware(versions)
	s.UseMiddleware(bounded{d})
	classic := func() map[string]bool { return map[string]bool{"buildkit": false} }
	return s.CreateMux(ctx,
		containerrouter.NewRouter(d, runconfig.ContainerDecoder{GetSysInfo: sysInfo}, true),
		imagerouter.NewRouter(d.images, noSearch{}),
		systemrouter.NewRouter(d, nil, noBuildKit{}, classic),
		volumerouter.NewRouter(d.volumes, noSwarm{}),
		buildrouter.NewRouter(builds{d}, noExperiments{}),
		d.networks,
		absent{},
	), nil
}
