package checks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/registry"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"capas/internal/message"
)

// Registries knows who the learner is to registries. A host is written as in the name of an image: "docker.io", "localhost:5018".
// Nobody is the zero value.
type Registries interface {
	// Login is what the learner's docker keeps for a registry since docker login.
	Login(host string) (registry.AuthConfig, error)
	// Reader is who may look for the learner's images there: as Login, or the account that is known from elsewhere.
	Reader(host string) (registry.AuthConfig, error)
	// Logins are the hosts that the learner's docker keeps something for.
	Logins() ([]string, error)
}

// userAgent is how a registry tells our questions from the learner's pushes and pulls.
const userAgent = "capas"

// pushedImage is what a registry says of a name: what is comparable with an image on either image store.
type pushedImage struct {
	digest  string
	layers  []string // diff ids, from the base up
	created time.Time
}

// dockerHub is the registry of names that name none.
const dockerHub = "docker.io"

// hostOf is the registry of a name.
func hostOf(ref string) string {
	if host := splitReference(ref).registry; host != "" {
		return host
	}
	return dockerHub
}

// registryError is the answer of a registry, or its silence, to a question that is therefore unknown.
type registryError struct {
	host string
	err  error
}

func (e *registryError) Error() string {
	return fmt.Sprintf("asking the registry %s: %v", e.host, e.err)
}

func (e *registryError) Unwrap() error { return e.err }

func (e *registryError) status() int {
	var answer *transport.Error
	if errors.As(e.err, &answer) {
		return answer.StatusCode
	}
	return 0
}

// text says why the registry did not tell, and the remedy.
func (e *registryError) text() (got, next message.Text) {
	data := message.Data{"Host": e.host, "Status": e.status()}
	switch e.status() {
	case http.StatusTooManyRequests:
		return message.New("checks.registry.limited", data), message.New("checks.registry.limited-next", data)
	case http.StatusUnauthorized, http.StatusForbidden:
		return message.New("checks.registry.refused", data), message.New("checks.registry.refused-next", data)
	case 0: // whatever was tried last, http or https, says little
		return message.New("checks.registry.unreachable", data), message.New("checks.registry.unreachable-next", data)
	}
	return message.New("checks.registry.answered", data), message.New("checks.registry.answered-next", data)
}

// asRegistryError keeps «not found» apart, which is an answer.
func asRegistryError(host string, err error) error {
	switch e := (&registryError{host, err}); {
	case err == nil:
		return nil
	case e.status() == http.StatusNotFound:
		return fmt.Errorf("%w: %w", errdefs.ErrNotFound, e)
	default:
		return e
	}
}

// visit is a registry that lets us in.
type visit struct {
	host    string
	options []remote.Option
}

// enter asks a registry how it wants to be asked, and gives it the credentials that it needs for a repository. It tries once.
func enter(ctx context.Context, host string, a registry.AuthConfig, scopes ...string) (visit, http.RoundTripper, error) {
	reg, err := name.NewRegistry(host)
	if err != nil {
		return visit{}, nil, err
	}
	rt, err := transport.NewWithContext(ctx, reg, authenticator(a), transport.NewUserAgent(http.DefaultTransport, userAgent), scopes)
	return visit{host, []remote.Option{remote.WithContext(ctx), remote.WithTransport(rt)}}, rt, asRegistryError(host, err)
}

func authenticator(a registry.AuthConfig) authn.Authenticator {
	if a == (registry.AuthConfig{}) {
		return authn.Anonymous
	}
	return authn.FromConfig(authn.AuthConfig{
		Username: a.Username, Password: a.Password, Auth: a.Auth, IdentityToken: a.IdentityToken, RegistryToken: a.RegistryToken,
	})
}

// read enters a registry, to read in repositories there.
func (f *Facts) read(ctx context.Context, host string, repos ...name.Repository) (visit, error) {
	if f.scope.Registries == nil {
		return visit{}, errNoRegistries
	}
	who, err := f.scope.Registries.Reader(host)
	if err != nil {
		return visit{}, fmt.Errorf("reading the credentials for %s: %w", host, err)
	}
	var scopes []string
	for _, repo := range repos {
		scopes = append(scopes, repo.Scope(transport.PullScope))
	}
	v, _, err := enter(ctx, host, who, scopes...)
	return v, err
}

var errNoRegistries = errors.New("nothing is known of registries here")

// pushed is what the registry of a name holds under it; without a platform no more than its digest is asked for; an error that errdefs.IsNotFound knows means that it holds nothing.
func (f *Facts) pushed(ctx context.Context, ref string, platform *v1.Platform) (pushedImage, error) {
	key := ref
	if platform != nil {
		key += " " + platform.String()
	}
	return f.remotes.get(ctx, key, func(ctx context.Context) (pushedImage, error) {
		host := hostOf(ref)
		r, err := name.ParseReference(ref)
		if err != nil {
			return pushedImage{}, err
		}
		v, err := f.read(ctx, host, r.Context())
		if err != nil {
			return pushedImage{}, err
		}
		p, err := v.image(r, platform)
		return p, asRegistryError(host, err)
	})
}

// image reads a name's manifest; with a platform, its image's configuration too.
func (v visit) image(r name.Reference, platform *v1.Platform) (pushedImage, error) {
	if platform == nil {
		d, err := remote.Head(r, v.options...)
		if err != nil {
			return pushedImage{}, err
		}
		return pushedImage{digest: d.Digest.String()}, nil
	}
	d, err := remote.Get(r, append(v.options, remote.WithPlatform(*platform))...)
	if err != nil {
		return pushedImage{}, err
	}
	p := pushedImage{digest: d.Digest.String()}
	img, err := d.Image()
	if err != nil {
		return p, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return p, err
	}
	for _, id := range config.RootFS.DiffIDs {
		p.layers = append(p.layers, id.String())
	}
	p.created = config.Created.Time
	return p, nil
}

// is reports whether what was pushed is this image. Ids are of the configuration on one image store and of the manifest on the
// other; the layers and the time are of the image on both.
func (p pushedImage) is(img image.InspectResponse) bool {
	created, err := time.Parse(time.RFC3339Nano, img.Created)
	if err != nil || !created.Equal(p.created) {
		return false
	}
	return slices.Equal(p.layers, img.RootFS.Layers)
}

// tags are those that a repository has in its registry, none where it is not there.
func (f *Facts) tags(ctx context.Context, repository, host string) ([]string, error) {
	repo, err := name.NewRepository(repository)
	if err != nil {
		return nil, err
	}
	v, err := f.read(ctx, host, repo)
	if err != nil {
		return nil, err
	}
	return v.tags(repo)
}

func (v visit) tags(repo name.Repository) ([]string, error) {
	tags, err := remote.List(repo, v.options...)
	if err = asRegistryError(v.host, err); errdefs.IsNotFound(err) {
		return nil, nil
	}
	return tags, err
}

// repositories are those that a registry has, no more than most. Few tell; ours does.
func (f *Facts) repositories(ctx context.Context, host string, most int) ([]name.Repository, error) {
	reg, err := name.NewRegistry(host)
	if err != nil {
		return nil, err
	}
	who, err := f.scope.Registries.Reader(host)
	if err != nil {
		return nil, err
	}
	v, _, err := enter(ctx, host, who, reg.Scope(transport.CatalogScope))
	if err != nil {
		return nil, err
	}
	list, err := remote.Catalog(ctx, reg, v.options...)
	if err != nil {
		return nil, asRegistryError(host, err)
	}
	var repos []name.Repository
	for _, path := range list[:min(len(list), most)] {
		repos = append(repos, reg.Repo(path))
	}
	return repos, nil
}
