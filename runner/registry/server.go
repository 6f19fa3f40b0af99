// Package registry serves images on this machine: a mirror to pull the practice bases from, and a registry to push to.
//
// It knows no lesson and asks no engine; the registry itself is distribution's, as a library.
package registry

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/handlers"
	"github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	"github.com/sirupsen/logrus"

	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd"
)

// Part is one of the two that are served.
type Part string

// The parts.
const (
	Mirror   Part = "mirror"
	Registry Part = "registry"
)

// Config is what is served, and where. An empty address is not served.
type Config struct {
	Dir      string // everything that is kept: what was pushed, the account, the traffic
	Mirror   string // where the practice bases can be pulled from, without a login, e.g. "localhost:5017"
	Registry string // where Account can push to
	Account  Account
}

// server is a mirror and a registry that answer. Only one in a folder does at a time: see Join.
type server struct {
	apps    []*handlers.App
	http    []*http.Server
	served  sync.WaitGroup
	traffic *recorder
}

// serve answers until close. Whoever calls holds the folder's lock.
func serve(c Config) (*server, error) {
	logrus.SetOutput(io.Discard) // the library logs every request, and knows no other place
	s := &server{traffic: &recorder{path: c.path(trafficFile)}}
	if err := s.open(c); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *server) open(c Config) error {
	secret, err := c.secret()
	if err != nil {
		return err
	}
	if c.Mirror != "" {
		if err := fill(c.path(mirrorDir)); err != nil {
			return err
		}
		if err := s.listen(c.Mirror, readOnly(s.traffic.watch(Mirror, s.app(c.path(mirrorDir), secret, "")), c.Registry)); err != nil {
			return err
		}
	}
	if c.Registry == "" {
		return nil
	}
	if err := c.Account.htpasswd(c.path(htpasswdFile)); err != nil {
		return err
	}
	disk := filesystem.New(filesystem.DriverParameters{RootDirectory: c.path(registryDir), MaxThreads: maxThreads})
	sweep(disk)
	h := s.traffic.tellFull(s.app(c.path(registryDir), secret, c.path(htpasswdFile)), disk)
	return s.listen(c.Registry, s.traffic.watch(Registry, h))
}

func (s *server) listen(address string, h http.Handler) error {
	listeners, err := listen(address)
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	s.http = append(s.http, srv)
	for _, l := range listeners {
		s.served.Go(func() { srv.Serve(l) })
	}
	return nil
}

// close stops listening, and leaves requests under way a moment to end. The engine takes up again what was cut off.
func (s *server) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var err error
	for _, srv := range s.http {
		if srv.Shutdown(ctx) != nil {
			err = errors.Join(err, srv.Close())
		}
	}
	s.served.Wait()
	for _, app := range s.apps {
		err = errors.Join(err, app.Shutdown())
	}
	return err
}

// app is distribution's registry over a folder, with a login where there is a file of accounts.
func (s *server) app(dir, secret, htpasswd string) http.Handler {
	c := &configuration.Configuration{Version: "0.1"}
	c.Storage = configuration.Storage{
		"filesystem":  {"rootdirectory": dir},
		"delete":      {"enabled": true},
		"maintenance": {"uploadpurging": map[any]any{"enabled": false}}, // it would wait a random while, and log
	}
	c.Validation.Manifests.Indexes.Platforms = "none" // an engine pushes the platform that it has
	if htpasswd != "" {
		c.Auth = configuration.Auth{"htpasswd": {"realm": "capas", "path": htpasswd}}
	}
	c.HTTP.Secret = secret
	app := handlers.NewApp(context.Background(), c)
	s.apps = append(s.apps, app)
	return app
}

// secret signs uploads under way. It is kept, so that one goes on where another capas takes over.
func (c Config) secret() (string, error) {
	path := c.path(secretFile)
	data, err := os.ReadFile(path)
	if err == nil && len(data) > 0 {
		return string(data), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	secret := rand.Text()
	if err := replace(path, []byte(secret)); err != nil {
		return "", fmt.Errorf("keeping the registry's secret: %w", err)
	}
	return secret, nil
}

// What is in the folder, beside the account.
const (
	mirrorDir    = "mirror"
	registryDir  = "pushed"
	htpasswdFile = "htpasswd"
	secretFile   = "secret"
	trafficFile  = "traffic.jsonl"
	servedFile   = "served.json" // by the one who serves
	lockFile     = "lock"
)

func (c Config) path(name string) string { return filepath.Join(c.Dir, name) }
