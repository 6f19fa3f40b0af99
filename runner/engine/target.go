package engine

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/docker/cli/cli/config"
	dcontext "github.com/docker/cli/cli/context"
	"github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/opts"
	"github.com/docker/docker/client"

	"capas/internal/message"
)

// Options are what the command line says about the engine, and the environment; without Env, the real one.
type Options struct {
	Host, Context string
	Env           func(string) string
}

// Choice is between the engine that docker talks to and the one inside capas.
type Choice string

// The choices. Whoever named an engine gets that one, or is told why it does not answer; with Auto, whoever named none and has
// none that answers gets the one inside.
const (
	Auto     Choice = "auto"
	Host     Choice = "host"
	Embedded Choice = "embedded"
)

// Choices are all of them.
var Choices = []Choice{Auto, Host, Embedded}

// Target is the engine to talk to.
type Target struct {
	Name    string         // of the docker context; "default" also where a host was given
	Host    string         // "unix:///var/run/docker.sock"
	Rule    Rule           // why this one
	Current string         // the current context of docker's configuration, whatever chose; "" for none
	Warning message.Advice // what was wrong on the way, and did not matter

	endpoint docker.Endpoint
	headers  map[string]string
	env      func(string) string
	dir      string // of docker's configuration
}

// Rule is what chose an engine.
type Rule string

// The rules, the strongest first.
const (
	FlagContext Rule = "--context"
	FlagHost    Rule = "--host"
	EnvHost     Rule = "DOCKER_HOST"
	EnvContext  Rule = "DOCKER_CONTEXT"
	ConfigFile  Rule = "config.json" // what «docker context use» wrote
	Default     Rule = "default"
	Inside      Rule = "embedded" // nothing that docker knows: see At
)

// defaultName is the context that is always there, and in no file: the host that the flag or DOCKER_HOST names, or the system's own.
const defaultName = "default"

// Resolve chooses the engine as the docker command does, without asking it anything.
// Its error is a *Trouble; the Target that comes with it tells as much as is known.
func Resolve(o Options) (Target, error) {
	env := o.Env
	if env == nil {
		env = os.Getenv
	}
	dir := configDir(env)
	file, err := config.Load(dir) // what could be read of it holds, as it does for docker
	t := Target{Current: file.CurrentContext, headers: file.HTTPHeaders, env: env, dir: dir}
	if err != nil {
		t.Warning = brokenConfig(filepath.Join(dir, config.ConfigFileName), err)
	}
	t.Name, t.Rule = choose(o, env, file.CurrentContext)
	if o.Context != "" && o.Host != "" {
		return t, bothFlags()
	}
	if t.Name == defaultName {
		t.endpoint, err = defaultEndpoint(t, o, env, dir)
	} else {
		t.endpoint, err = contextEndpoint(t, dir)
	}
	if t.endpoint.Host == "" && err == nil {
		t.endpoint.Host = client.DefaultDockerHost
	}
	t.Host = t.endpoint.Host
	return t, err
}

// At is the engine inside capas, which listens at a host.
func At(host string, o Options) Target {
	env := o.Env
	if env == nil {
		env = os.Getenv
	}
	return Target{Name: "capas", Host: host, Rule: Inside, env: env, dir: configDir(env), endpoint: docker.Endpoint{EndpointMeta: docker.EndpointMeta{Host: host}}}
}

// Named reports whether somebody named the engine, in whatever way docker knows.
func (t Target) Named() bool { return t.Rule != Default }

// environment is that which chose the engine.
func (t Target) environment() func(string) string {
	if t.env == nil {
		return os.Getenv
	}
	return t.env
}

func choose(o Options, env func(string) string, current string) (string, Rule) {
	switch {
	case o.Context != "":
		return o.Context, FlagContext
	case o.Host != "":
		return defaultName, FlagHost
	case env(client.EnvOverrideHost) != "":
		return defaultName, EnvHost
	case env("DOCKER_CONTEXT") != "":
		return env("DOCKER_CONTEXT"), EnvContext
	case current != "":
		return current, ConfigFile
	}
	return defaultName, Default
}

func configDir(env func(string) string) string {
	if dir := env(config.EnvOverrideConfigDir); dir != "" {
		return dir
	}
	return filepath.Join(home(env), ".docker")
}

func home(env func(string) string) string {
	name := "HOME"
	if runtime.GOOS == "windows" {
		name = "USERPROFILE"
	}
	if dir := env(name); dir != "" {
		return dir
	}
	dir, _ := os.UserHomeDir()
	return dir
}

// defaultEndpoint is the engine that no context names: the flag, DOCKER_HOST or the system's own, with the TLS of the environment.
func defaultEndpoint(t Target, o Options, env func(string) string, dir string) (docker.Endpoint, error) {
	verify := env(client.EnvTLSVerify) != ""
	secure := verify || env("DOCKER_TLS") != ""
	host := o.Host
	if host == "" {
		host = env(client.EnvOverrideHost)
	}
	parsed, err := opts.ParseHost(secure, host)
	if err != nil {
		return docker.Endpoint{EndpointMeta: docker.EndpointMeta{Host: host}}, badHost(t.Rule, host, err)
	}
	ep := docker.Endpoint{EndpointMeta: docker.EndpointMeta{Host: parsed}}
	if !secure {
		return ep, nil
	}
	certs := env(client.EnvOverrideCertPath)
	if certs == "" {
		certs = dir
	}
	ep.SkipTLSVerify = !verify
	ep.TLSData, err = dcontext.TLSDataFromFiles(filepath.Join(certs, "ca.pem"), ifThere(certs, "cert.pem"), ifThere(certs, "key.pem"))
	if err != nil {
		return ep, badCertificates(certs, err)
	}
	return ep, nil
}

func ifThere(dir, name string) string {
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); os.IsNotExist(err) {
		return ""
	}
	return path
}

// Client returns a client of the engine, which agrees with it on a version when it first asks something.
// Nothing is asked yet. Its error is a *Trouble.
func (t Target) Client() (*client.Client, error) {
	options, err := t.endpoint.ClientOpts()
	if err != nil {
		return nil, t.unusable(err)
	}
	headers, err := t.customHeaders()
	if err != nil {
		return nil, err
	}
	c, err := client.NewClientWithOpts(append(options,
		client.WithHTTPHeaders(headers),
		client.WithUserAgent("capas"),
		client.WithVersion(t.Pinned()),
	)...)
	if err != nil {
		return nil, badHost(t.Rule, t.Host, err)
	}
	return c, nil
}

func (t Target) unusable(err error) error {
	if t.secure() {
		return badCertificates(t.Name, err)
	}
	return badHost(t.Rule, t.Host, err)
}

// secure reports whether the engine is to be spoken to over TLS.
func (t Target) secure() bool {
	return t.scheme() == "tcp" && (t.endpoint.TLSData != nil || t.endpoint.SkipTLSVerify)
}

func (t Target) scheme() string {
	scheme, _, _ := strings.Cut(t.Host, "://")
	return scheme
}

// address is the host without its scheme and the path of its API.
func (t Target) address() string {
	_, address, _ := strings.Cut(t.Host, "://")
	if t.scheme() == "tcp" {
		address, _, _ = strings.Cut(address, "/")
	}
	return address
}

// Remote reports whether the engine is on another machine, as far as its address tells.
func (t Target) Remote() bool {
	switch t.scheme() {
	case "ssh":
		return true
	case "tcp":
		return !local(t.address())
	}
	return false
}

// Open reports whether whoever reaches the engine's address may do everything there: it is spoken to without TLS.
func (t Target) Open() bool { return t.scheme() == "tcp" && !t.secure() }

// Socket is the path of the engine's socket, "" where it has none.
func (t Target) Socket() string {
	if t.scheme() != "unix" {
		return ""
	}
	return t.address()
}

// Pinned is the version of the engine's interface that the environment insists on, or "".
func (t Target) Pinned() string { return t.environment()(client.EnvOverrideAPIVersion) }

// Lookup is a variable of the environment that the options were made for.
func (o Options) Lookup(name string) string {
	if o.Env == nil {
		return os.Getenv(name)
	}
	return o.Env(name)
}
