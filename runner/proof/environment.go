package proof

import (
	"path/filepath"
	"slices"
	"strings"
)

// kept are the variables of the shell's environment that come from ours, beside those of docker and the locale: what finds
// programs and the engine, and nothing that a person has set for themselves.
var kept = []string{
	"PATH", "TMPDIR", "USER", "LOGNAME", "XDG_RUNTIME_DIR", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
}

var keptPrefixes = []string{"DOCKER_", "BUILDKIT_", "BUILDX_", "LC_", "LANG"}

// environment is that of a shell with a home of its own. Its docker asks the engine that the checks ask, knows the contexts that it
// would know outside, and has logged in nowhere.
func (p *Proof) environment(home string) []string {
	env := slices.DeleteFunc(slices.Clone(p.Env), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		prefixed := slices.ContainsFunc(keptPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
		return !prefixed && !slices.Contains(kept, name)
	})
	env = append(env, "DOCKER_CONFIG="+filepath.Join(home, ".docker"), "HOME="+home, "HISTFILE="+filepath.Join(home, ".history"), "TERM=xterm")
	switch o := p.Engine.Options; { // as flags of the command do, they go before what the environment says; the last of a name holds
	case o.Host != "":
		env = append(env, "DOCKER_HOST="+o.Host, "DOCKER_CONTEXT=")
	case o.Context != "":
		env = append(env, "DOCKER_CONTEXT="+o.Context, "DOCKER_HOST=")
	}
	return env
}

// variable is the last value of a name.
func (p *Proof) variable(name string) string {
	for _, pair := range slices.Backward(p.Env) {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}
