package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/docker/cli/cli/config"
	"github.com/docker/docker/api/types/registry"
	"github.com/fsnotify/fsnotify"
)

// Credentials are what the learner's docker keeps since docker login, in its configuration or by a credential helper. They are read
// each time, and never kept.
type Credentials struct {
	Env func(string) string // nil for the real environment
}

// hub is the name under which docker keeps the login to the registry that it calls docker.io.
const hub = "https://index.docker.io/v1/"

// Login is what is kept for a registry, written as in the name of an image; the zero value where nothing is.
func (c Credentials) Login(host string) (registry.AuthConfig, error) {
	file, err := config.Load(c.dir())
	if err != nil {
		return registry.AuthConfig{}, fmt.Errorf("reading docker's configuration: %w", err)
	}
	key := host
	if host == "docker.io" {
		key = hub
	}
	found, err := file.GetAuthConfig(key)
	if err != nil {
		return registry.AuthConfig{}, fmt.Errorf("asking docker's credential helper for %s: %w", host, err)
	}
	a := registry.AuthConfig{Username: found.Username, Password: found.Password, IdentityToken: found.IdentityToken, RegistryToken: found.RegistryToken}
	if a != (registry.AuthConfig{}) {
		a.ServerAddress = key
	}
	return a, nil
}

// Logins are the registries for which something is kept.
func (c Credentials) Logins() ([]string, error) {
	file, err := config.Load(c.dir())
	if err != nil {
		return nil, fmt.Errorf("reading docker's configuration: %w", err)
	}
	all, err := file.GetAllCredentials()
	if err != nil {
		return nil, fmt.Errorf("asking docker's credential helper: %w", err)
	}
	var hosts []string
	for host := range all {
		if host == hub {
			host = "docker.io"
		}
		hosts = append(hosts, host)
	}
	return hosts, nil
}

// Changes rings whenever what is kept may have changed, until the context ends.
func (c Credentials) Changes(ctx context.Context) (<-chan struct{}, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	if err := w.Add(c.dir()); errors.Is(err, fs.ErrNotExist) {
		err = w.Add(filepath.Dir(c.dir())) // docker login makes the folder
		if err != nil {
			return nil, errors.Join(err, w.Close())
		}
	} else if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	rings := make(chan struct{}, 1)
	go func() {
		defer w.Close()
		for {
			select {
			case <-ctx.Done():
				return
			case <-w.Errors:
			case e := <-w.Events:
				c.ring(e, w, rings)
			}
		}
	}()
	return rings, nil
}

func (c Credentials) ring(e fsnotify.Event, w *fsnotify.Watcher, rings chan<- struct{}) {
	switch e.Name {
	case c.dir():
		_ = w.Add(c.dir()) // a folder that is gone again is no news
	case filepath.Join(c.dir(), config.ConfigFileName):
	default:
		return
	}
	select {
	case rings <- struct{}{}:
	default:
	}
}

func (c Credentials) dir() string {
	env := c.Env
	if env == nil {
		env = os.Getenv
	}
	return filepath.Clean(configDir(env))
}
