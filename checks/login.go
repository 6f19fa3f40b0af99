package checks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/docker/docker/api/types/registry"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

func parseLogin(n *strictyaml.Node) ([]Check, error) {
	if _, err := n.Known("login check", "login"); err != nil {
		return nil, err
	}
	host, err := n.Get("login").Text()
	if err != nil {
		return nil, err
	}
	if _, err := name.NewRegistry(host); err != nil {
		return nil, n.Get("login").Errorf("%q is no registry: want a host as in the name of an image, such as docker.io or localhost:5018", host)
	}
	return []Check{LoginAccepted{host}}, nil
}

// LoginAccepted is that the learner's docker keeps credentials for a registry, and that the registry takes them.
type LoginAccepted struct{ Host string }

// Eval tries them. They are neither kept nor shown.
func (c LoginAccepted) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := message.Data{"Host": c.Host}
	r := Result{Want: message.New("checks.login.want", data)}
	if f.scope.Registries == nil {
		return r, errNoRegistries
	}
	who, err := f.scope.Registries.Login(c.Host)
	switch {
	case err != nil:
		return r, fmt.Errorf("reading the credentials for %s: %w", c.Host, err)
	case who == (registry.AuthConfig{}):
		return c.none(f, r)
	}
	accepted, err := accepts(ctx, c.Host, who)
	data["User"] = who.Username
	switch {
	case err != nil:
		return r, err
	case !accepted:
		r.Verdict, r.Got, r.Next = Fail, message.New("checks.login.refused", data), message.New("checks.login.refused-next", data)
	default:
		r.Verdict, r.Got = Pass, message.New("checks.login.accepted", data)
	}
	return r, nil
}

// none is the result where docker keeps nothing for the registry; it may do so for another one that the learner took for it.
func (c LoginAccepted) none(f *Facts, r Result) (Result, error) {
	data := message.Data{"Host": c.Host}
	r.Verdict, r.Got, r.Next = Fail, message.New("checks.login.none", data), message.New("checks.login.none-next", data)
	logins, err := f.scope.Registries.Logins()
	if others := slices.DeleteFunc(logins, func(host string) bool { return host == c.Host }); len(others) > 0 {
		slices.Sort(others)
		r.Near = message.New("checks.login.others", message.Data{"Hosts": quoted(others)})
	}
	return r, err
}

// accepts reports whether a registry lets somebody in. An answer that is neither yes nor no is an error.
func accepts(ctx context.Context, host string, who registry.AuthConfig) (bool, error) {
	_, rt, err := enter(ctx, host, who)
	var refusal *registryError
	if errors.As(err, &refusal) && refusal.status() == http.StatusUnauthorized { // no token is given for these credentials
		return false, nil
	}
	if err != nil {
		return false, err
	}
	reg, err := name.NewRegistry(host)
	if err != nil {
		return false, err
	}
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s://%s/v2/", reg.Scheme(), reg.RegistryStr()), nil)
	if err != nil {
		return false, err
	}
	answer, err := rt.RoundTrip(ask)
	if err != nil {
		return false, &registryError{host, err}
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
		return true, nil
	case http.StatusUnauthorized, http.StatusForbidden:
		return false, nil
	}
	return false, &registryError{host, &transport.Error{StatusCode: answer.StatusCode, Request: ask}}
}
