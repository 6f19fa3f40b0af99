//go:build linux

package daemon

import (
	"context"
	"net/http"

	"github.com/docker/docker/api/server/router"
	"github.com/docker/docker/api/types/backend"
	"github.com/docker/docker/api/types/build"
	containertypes "github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	registrytypes "github.com/docker/docker/api/types/registry"
	"github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/errdefs"
)

// absent answers the paths of what a full engine has and this one has not.
type absent struct{}

func (absent) Routes() []router.Route {
	routes := []router.Route{router.NewGetRoute("/plugins/{name:.+}/json", noSuchPlugin)}
	for path, what := range map[string]string{
		"/swarm":        "docker swarm",
		"/services":     "docker service",
		"/nodes":        "docker node",
		"/tasks":        "docker service ps",
		"/secrets":      "docker secret",
		"/configs":      "docker config",
		"/plugins":      "docker plugin",
		"/distribution": "docker manifest inspect",
		"/session":      "BuildKit (set DOCKER_BUILDKIT=0)",
		"/grpc":         "BuildKit (set DOCKER_BUILDKIT=0)",
	} {
		refuse := func(context.Context, http.ResponseWriter, *http.Request, map[string]string) error {
			return absentHere(what)
		}
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			routes = append(routes, router.NewRoute(method, path, refuse), router.NewRoute(method, path+"/{rest:.*}", refuse))
		}
	}
	return routes
}

// noSuchPlugin is for `docker inspect`, which asks for a plugin too where it finds nothing else of a name.
func noSuchPlugin(_ context.Context, _ http.ResponseWriter, _ *http.Request, vars map[string]string) error {
	return errdefs.NotFound(asDocker("plugin %q not found", vars["name"]))
}

func (d *daemon) ContainerPause(name string) error   { return d.absentOf(name, "docker pause") }
func (d *daemon) ContainerUnpause(name string) error { return d.absentOf(name, "docker unpause") }

func (d *daemon) ContainerUpdate(name string, _ *containertypes.HostConfig) (containertypes.UpdateResponse, error) {
	return containertypes.UpdateResponse{}, d.absentOf(name, "docker update")
}

func (d *daemon) ContainerStats(_ context.Context, name string, _ *backend.ContainerStatsConfig) error {
	return d.absentOf(name, "docker stats")
}

// absentOf says first whether there is such a container: a name that was mistyped is what there is to mend.
func (d *daemon) absentOf(container, what string) error {
	if _, err := d.find(container); err != nil {
		return err
	}
	return absentHere(what)
}

// noSwarm has no volumes. Docker's router asks it from version 1.42 of the API on.
type noSwarm struct{}

func (noSwarm) IsManager() bool { return false }

func (noSwarm) GetVolume(string) (volume.Volume, error) {
	return volume.Volume{}, absentHere(swarmVolumes)
}

func (noSwarm) GetVolumes(volume.ListOptions) ([]*volume.Volume, error) {
	return nil, absentHere(swarmVolumes)
}

func (noSwarm) CreateVolume(volume.CreateOptions) (*volume.Volume, error) {
	return nil, absentHere(swarmVolumes)
}

func (noSwarm) RemoveVolume(string, bool) error { return absentHere(swarmVolumes) }

func (noSwarm) UpdateVolume(string, uint64, volume.UpdateOptions) error {
	return absentHere(swarmVolumes)
}

const swarmVolumes = "volumes of a swarm"

// noSearch stands for Docker Hub's search.
type noSearch struct{}

func (noSearch) Search(context.Context, filters.Args, string, int, *registrytypes.AuthConfig, map[string][]string) ([]registrytypes.SearchResult, error) {
	return nil, absentHere("docker search")
}

// noBuildKit has no cache.
type noBuildKit struct{}

func (noBuildKit) DiskUsage(context.Context) ([]*build.CacheRecord, error) { return nil, nil }

type noExperiments struct{}

func (noExperiments) HasExperimental() bool { return false }
