package proof

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"capas/lessons"
	"capas/runner/engine"
	"capas/runner/registry"
)

// prepareRegistry chooses where the mirror and the registry of the cases answer, unless somebody said so, and an account. A capas
// that serves a learner at the same time has its own.
func (p *Proof) prepareRegistry() error {
	p.Set = maps.Clone(p.Set)
	if p.Set == nil {
		p.Set = lessons.Values{}
	}
	for _, name := range []string{lessons.Mirror, lessons.Registry} {
		if _, set := p.Set[name]; set {
			continue
		}
		address, err := registry.FreeAddress()
		if err != nil {
			return fmt.Errorf("looking for a free port: %w", err)
		}
		p.Set[name] = address
	}
	if !registry.Local(p.Set[lessons.Registry]) {
		return nil
	}
	p.account = registry.Account{User: "ana", Password: "secreta"}
	p.Set[lessons.User], p.Set[lessons.Password] = p.account.User, p.account.Password
	return nil
}

// registryFolder is a registry for one case, empty but for the account.
func (p *Proof) registryFolder(home string) (string, error) {
	dir := filepath.Join(home, ".registry")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	return dir, p.account.Save(dir)
}

// dockerFolder is a configuration of docker for one case: the learner's contexts and plugins, and nobody logged in.
func (p *Proof) dockerFolder(home string) (string, error) {
	dir := filepath.Join(home, ".docker")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	own := p.variable("DOCKER_CONFIG")
	if own == "" {
		own = filepath.Join(p.variable("HOME"), ".docker")
	}
	for _, name := range []string{"contexts", "cli-plugins"} {
		if _, err := os.Stat(filepath.Join(own, name)); err != nil {
			continue
		}
		if err := os.Symlink(filepath.Join(own, name), filepath.Join(dir, name)); err != nil {
			return "", err
		}
	}
	config, err := withoutLogins(filepath.Join(own, "config.json"))
	if err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "config.json"), config, 0o600)
}

func withoutLogins(file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return []byte("{}"), nil
	}
	if err != nil {
		return nil, err
	}
	var config map[string]json.RawMessage
	if err := json.Unmarshal(data, &config); err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	for _, key := range []string{"auths", "credsStore", "credHelpers"} {
		delete(config, key)
	}
	return json.Marshal(config)
}

// logins are those of a case.
func logins(dockerFolder string) engine.Credentials {
	return engine.Credentials{Env: func(name string) string {
		if name == "DOCKER_CONFIG" {
			return dockerFolder
		}
		return os.Getenv(name)
	}}
}
