package engine

import (
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"
)

// contextEndpoint is the engine that a docker context names, with its TLS files.
func contextEndpoint(t Target, dir string) (docker.Endpoint, error) {
	s := contexts(dir)
	meta, err := s.GetMetadata(t.Name)
	if errdefs.IsNotFound(err) {
		names, _ := store.Names(s) // one that is broken must not hide that this one is missing
		return docker.Endpoint{}, unknownContext(t, names, err)
	}
	if err != nil {
		return docker.Endpoint{}, brokenContext(t, err)
	}
	ep, err := docker.EndpointFromContext(meta)
	if err != nil {
		return docker.Endpoint{}, brokenContext(t, err)
	}
	full, err := docker.WithTLSData(s, t.Name, ep)
	if err != nil {
		return docker.Endpoint{EndpointMeta: ep}, badCertificates(t.Name, err)
	}
	return full, nil
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
