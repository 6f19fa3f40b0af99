package engine

import (
	"slices"

	"github.com/docker/docker/client"
)

// The practice shell's docker talks to a socket of capas in front of the engine. What chose the engine stands in its environment under
// other names, for a capas that is run there.
const (
	// EnvPractice is the path of that socket.
	EnvPractice = "CAPAS_PRACTICE"
	outer       = "CAPAS_OUTER_"
)

// Choosers are the variables that choose an engine for docker.
var Choosers = []string{client.EnvOverrideHost, "DOCKER_CONTEXT", "DOCKER_TLS", client.EnvTLSVerify, client.EnvOverrideCertPath}

// Around are the variables by which a capas in the practice shell finds this engine.
func (t Target) Around() map[string]string {
	set := map[string]string{}
	env := t.environment()
	for _, name := range Choosers {
		if value := env(name); value != "" {
			set[outer+name] = value
		}
	}
	switch t.Rule {
	case FlagContext:
		set[outer+"DOCKER_CONTEXT"] = t.Name
	case FlagHost, Inside:
		set[outer+client.EnvOverrideHost] = t.Host
	}
	return set
}

// Beyond is the environment as it would be without the practice shell, where it is that of one and its docker was not sent elsewhere.
func Beyond(env func(string) string) (beyond func(string) string, practising bool) {
	socket := env(EnvPractice)
	if socket == "" || env(client.EnvOverrideHost) != "unix://"+socket {
		return env, false
	}
	return func(name string) string {
		if slices.Contains(Choosers, name) {
			name = outer + name
		}
		return env(name)
	}, true
}
