//go:build linux

package daemon

import (
	"context"
	"errors"
	"fmt"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/backend"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/builder"
	"github.com/docker/docker/errdefs"
	"github.com/docker/docker/image"
	"github.com/docker/docker/pkg/stringid"
	"github.com/opencontainers/go-digest"
)

// builderBackend is what the classic builder builds with.
type builderBackend struct{ *daemon }

var _ builder.Backend = builderBackend{}

func (b builderBackend) GetImageAndReleasableLayer(ctx context.Context, name string, o backend.GetImageAndLayerOptions) (builder.Image, builder.ROLayer, error) {
	return b.images.GetImageAndReleasableLayer(ctx, name, o)
}

func (b builderBackend) CommitBuildStep(ctx context.Context, c backend.CommitConfig) (image.ID, error) {
	return b.images.CommitBuildStep(ctx, c)
}

func (b builderBackend) CreateImage(ctx context.Context, config []byte, parent string, content digest.Digest) (builder.Image, error) {
	return b.images.CreateImage(ctx, config, parent, content)
}

func (b builderBackend) MakeImageCache(ctx context.Context, from []string) (builder.ImageCache, error) {
	return b.images.MakeImageCache(ctx, from)
}

// ContainerCreateWorkdir makes the folder of a WORKDIR.
func (b builderBackend) ContainerCreateWorkdir(id string) error {
	c, err := b.find(id)
	if err != nil {
		return err
	}
	return b.withRoot(c, func(string) error { return c.SetupWorkingDirectory(0, 0) })
}

// builds answers the API's build requests with the classic builder.
type builds struct{ daemon *daemon }

func (b builds) Build(ctx context.Context, config backend.BuildConfig) (string, error) {
	if config.Options.Version == build.BuilderBuildKit {
		return "", absentHere("BuildKit (set DOCKER_BUILDKIT=0)")
	}
	tags, err := parseTags(config.Options.Tags)
	if err != nil {
		return "", err
	}
	built, err := b.daemon.builder.Build(ctx, config)
	if full := fullOf(ctx); full != nil && err != nil { // else it would tell of the program that was ended for it
		return "", full
	}
	if err != nil || built == nil {
		return "", err
	}
	out := config.ProgressWriter.StdoutFormatter
	fmt.Fprintf(out, "Successfully built %s\n", stringid.TruncateID(built.ImageID))
	for _, tag := range tags {
		if err := b.daemon.images.TagImage(ctx, image.ID(built.ImageID), tag); err != nil {
			return "", err
		}
		fmt.Fprintf(out, "Successfully tagged %s\n", reference.FamiliarString(tag))
	}
	return built.ImageID, nil
}

// parseTags gives each name its tag, latest where it has none, and each once.
func parseTags(names []string) ([]reference.Named, error) {
	var tags []reference.Named
	seen := map[string]bool{}
	for _, name := range names {
		if name == "" {
			continue
		}
		parsed, err := reference.ParseNormalizedNamed(name)
		if err != nil {
			return nil, errdefs.InvalidParameter(err)
		}
		if _, ok := parsed.(reference.Canonical); ok {
			return nil, errdefs.InvalidParameter(errors.New("build tag cannot contain a digest"))
		}
		if parsed = reference.TagNameOnly(parsed); !seen[parsed.String()] {
			seen[parsed.String()] = true
			tags = append(tags, parsed)
		}
	}
	return tags, nil
}

// PruneCache has nothing to prune: the classic builder's cache are images.
func (b builds) PruneCache(context.Context, build.CachePruneOptions) (*build.CachePruneReport, error) {
	b.daemon.events.Log(events.ActionPrune, events.BuilderEventType, events.Actor{Attributes: map[string]string{"reclaimed": "0"}})
	return &build.CachePruneReport{}, nil
}

func (builds) Cancel(context.Context, string) error {
	return absentHere("cancelling a build by its id")
}
