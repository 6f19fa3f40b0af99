//go:build linux

package daemon

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"github.com/docker/docker/api/server/httputils"
	"github.com/docker/docker/api/server/router"
	containertypes "github.com/docker/docker/api/types/container"
	networktypes "github.com/docker/docker/api/types/network"
	"github.com/docker/docker/errdefs"

	"capas/runner/engine/embedded/sandbox"
)

// networks are the three that every engine has. A container's own has a loopback alone, as that of `none` has; what it publishes is
// reached on this machine's loopback.
type networks struct {
	all []networktypes.Inspect

	mu        sync.Mutex
	published map[string]*forwarding // by the container's id
}

func newNetworks() *networks {
	n := &networks{published: map[string]*forwarding{}}
	for _, name := range []string{networktypes.NetworkBridge, networktypes.NetworkHost, networktypes.NetworkNone} {
		n.all = append(n.all, networktypes.Inspect{
			Name: name, ID: newID(), Scope: "local", Driver: map[string]string{"none": "null"}[name],
			IPAM: networktypes.IPAM{Driver: "default"}, Containers: map[string]networktypes.EndpointResource{},
			Options: map[string]string{}, Labels: map[string]string{},
		})
		if last := &n.all[len(n.all)-1]; last.Driver == "" {
			last.Driver = name
		}
	}
	return n
}

// verify says which networks a container cannot have.
func (n *networks) verify(mode containertypes.NetworkMode, more *networktypes.NetworkingConfig) error {
	if mode.IsContainer() || mode.IsUserDefined() {
		return absentHere("--network " + string(mode))
	}
	if more != nil {
		for name := range more.EndpointsConfig {
			if containertypes.NetworkMode(name).IsUserDefined() {
				return absentHere("--network " + name)
			}
		}
	}
	return nil
}

func networkOf(mode containertypes.NetworkMode) sandbox.Network {
	switch {
	case mode.IsHost():
		return sandbox.NetworkHost
	case mode.IsNone():
		return sandbox.NetworkNone
	}
	return sandbox.NetworkDefault
}

// Routes are the API's paths about networks.
func (n *networks) Routes() []router.Route {
	refuse := func(context.Context, http.ResponseWriter, *http.Request, map[string]string) error {
		return absentHere("networks of one's own")
	}
	return []router.Route{
		router.NewGetRoute("/networks", n.list),
		router.NewGetRoute("/networks/{id:.+}", n.inspect),
		router.NewPostRoute("/networks/prune", n.prune),
		router.NewPostRoute("/networks/{rest:.+}", refuse),
		router.NewDeleteRoute("/networks/{id:.+}", n.remove),
	}
}

func (n *networks) list(_ context.Context, w http.ResponseWriter, _ *http.Request, _ map[string]string) error {
	return httputils.WriteJSON(w, http.StatusOK, n.all)
}

func (n *networks) inspect(_ context.Context, w http.ResponseWriter, _ *http.Request, vars map[string]string) error {
	network, err := n.find(vars["id"])
	if err != nil {
		return err
	}
	return httputils.WriteJSON(w, http.StatusOK, network)
}

// remove has none to remove: those that there are stay.
func (n *networks) remove(_ context.Context, _ http.ResponseWriter, _ *http.Request, vars map[string]string) error {
	network, err := n.find(vars["id"])
	if err != nil {
		return err
	}
	return errdefs.Forbidden(asDocker("%s is a pre-defined network and cannot be removed", network.Name))
}

func (n *networks) find(nameOrID string) (networktypes.Inspect, error) {
	for _, network := range n.all {
		if network.Name == nameOrID || strings.HasPrefix(network.ID, nameOrID) {
			return network, nil
		}
	}
	return networktypes.Inspect{}, errdefs.NotFound(asDocker("network %s not found", nameOrID))
}

func (n *networks) prune(_ context.Context, w http.ResponseWriter, _ *http.Request, _ map[string]string) error {
	return httputils.WriteJSON(w, http.StatusOK, networktypes.PruneReport{})
}
