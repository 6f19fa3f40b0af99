package engine

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"
	"github.com/docker/docker/client"
)

// contextEndpoint is the engine that a docker context names, with its TLS files.
func contextEndpoint(t Target, dir string) (docker.Endpoint, error) {
	s := contexts(dir)
	ep, err := endpointOf(s, t.Name)
	var certificates *tlsError
	switch {
	case errdefs.IsNotFound(err):
		return docker.Endpoint{}, unknownContext(t, contextNames(dir), err)
	case errors.As(err, &certificates):
		return ep, badCertificates(t.Name, certificates.error)
	case err != nil:
		return ep, brokenContext(t, err)
	}
	return ep, nil
}

// tlsError is about the TLS files of a context.
type tlsError struct{ error }

func endpointOf(s *store.ContextStore, name string) (docker.Endpoint, error) {
	meta, err := s.GetMetadata(name)
	if err != nil {
		return docker.Endpoint{}, err
	}
	ep, err := docker.EndpointFromContext(meta)
	if err != nil {
		return docker.Endpoint{}, err
	}
	full, err := docker.WithTLSData(s, name, ep)
	if err != nil {
		return docker.Endpoint{EndpointMeta: ep}, &tlsError{err}
	}
	return full, nil
}

// Context is a docker context as it is kept on this machine.
type Context struct {
	Name string // "" of one that is too broken to tell it
	Host string
	Dir  string // the folder that holds it; "" of the default one
	Err  error  // why it cannot be used
}

// Contexts are those that the docker command knows, the default one first. What is wrong with one stands with it, and hides no
// other: the docker command lists none then.
func (t Target) Contexts() []Context {
	return append([]Context{t.defaultContext()}, contextsIn(t.dir)...)
}

func (t Target) defaultContext() Context {
	ep, err := defaultEndpoint(Target{Rule: Default}, Options{}, t.environment(), t.dir)
	return Context{Name: defaultName, Host: cmp.Or(ep.Host, client.DefaultDockerHost), Err: err}
}

func contextsIn(dir string) []Context {
	s, meta := contexts(dir), filepath.Join(dir, "contexts", "meta")
	entries, _ := os.ReadDir(meta) // none where there are none
	var list []Context
	for _, e := range entries {
		c := Context{Dir: filepath.Join(meta, e.Name())}
		if c.Name, c.Err = nameOf(c.Dir); errors.Is(c.Err, fs.ErrNotExist) {
			continue // no context: docker passes it by too
		}
		if c.Err == nil {
			var ep docker.Endpoint
			ep, c.Err = endpointOf(s, c.Name)
			c.Host = ep.Host
			if c.Host == "" && c.Err == nil {
				c.Host = client.DefaultDockerHost
			}
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b Context) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// nameOf reads the name of the context in a folder, whatever else is wrong with it.
func nameOf(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "meta.json"))
	if err != nil {
		return "", err
	}
	var meta struct{ Name string }
	if err := json.Unmarshal(text, &meta); err != nil {
		return "", err
	}
	return meta.Name, nil
}

func contextNames(dir string) []string {
	var names []string
	for _, c := range contextsIn(dir) {
		if c.Err == nil {
			names = append(names, c.Name)
		}
	}
	return names
}

func contexts(dir string) *store.ContextStore {
	return store.New(filepath.Join(dir, "contexts"), store.NewConfig(
		func() any { return &map[string]any{} },
		store.EndpointTypeGetter(docker.DockerEndpoint, func() any { return &docker.EndpointMeta{} }),
	))
}

// customHeaders are those of config.json, or instead of them those of DOCKER_CUSTOM_HEADERS ("name=value" in comma-separated fields).
func (t Target) customHeaders() (map[string]string, error) {
	value := t.env("DOCKER_CUSTOM_HEADERS")
	if value == "" {
		return t.headers, nil
	}
	fields, err := csv.NewReader(strings.NewReader(value)).Read()
	if err != nil {
		return nil, badHeaders(err)
	}
	headers := map[string]string{}
	for _, field := range fields {
		name, v, ok := strings.Cut(field, "=")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return nil, badHeaders(fmt.Errorf("%w: %q", errNoPair, field))
		}
		headers[http.CanonicalHeaderKey(name)] = v
	}
	return headers, nil
}

var errNoPair = errors.New("not name=value")
