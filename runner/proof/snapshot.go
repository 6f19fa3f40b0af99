package proof

import (
	"context"
	"fmt"
	"strings"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
)

// docker is the part of the Docker client that tidies up.
type docker interface {
	ImageList(ctx context.Context, opts image.ListOptions) ([]image.Summary, error)
	ImageTag(ctx context.Context, source, target string) error
	ImageRemove(ctx context.Context, ref string, opts image.RemoveOptions) ([]image.DeleteResponse, error)
	ContainerList(ctx context.Context, opts container.ListOptions) ([]container.Summary, error)
	ContainerRemove(ctx context.Context, id string, opts container.RemoveOptions) error
}

// snapshot is what an engine holds at one moment.
type snapshot struct {
	images     map[string]image.Summary     // by id
	names      map[string]string            // of images, to the id
	containers map[string]container.Summary // by id
}

func look(ctx context.Context, e docker) (*snapshot, error) {
	images, err := e.ImageList(ctx, image.ListOptions{All: true})
	if err != nil {
		return nil, fmt.Errorf("listing images: %w", err)
	}
	containers, err := e.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		return nil, fmt.Errorf("listing containers: %w", err)
	}
	s := &snapshot{images: map[string]image.Summary{}, names: map[string]string{}, containers: map[string]container.Summary{}}
	for _, img := range images {
		if img.ParentID != "" {
			img.ParentID = "sha256:" + strings.TrimPrefix(img.ParentID, "sha256:") // Podman leaves it out
		}
		s.images[img.ID] = img
		for _, name := range namesOf(img) {
			s.names[name] = img.ID
		}
	}
	for _, c := range containers {
		s.containers[c.ID] = c
	}
	return s, nil
}

// namesOf are the names of an image, by tag and by digest.
func namesOf(img image.Summary) []string {
	var names []string
	for _, ref := range append(append([]string{}, img.RepoTags...), img.RepoDigests...) {
		if !strings.Contains(ref, "<none>") { // engines of old write it for what is not there
			names = append(names, familiar(ref))
		}
	}
	return names
}

// familiar is a reference as docker shows it, with the tag that it would have.
func familiar(ref string) string {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return ref
	}
	return reference.FamiliarString(reference.TagNameOnly(named))
}

// container reports whether a container has the name.
func (s *snapshot) container(name string) bool {
	for _, c := range s.containers {
		if containerName(c) == name {
			return true
		}
	}
	return false
}

// containerName is that of the container itself, not one that a link gave it.
func containerName(c container.Summary) string {
	for _, name := range c.Names {
		if name = strings.TrimPrefix(name, "/"); !strings.Contains(name, "/") {
			return name
		}
	}
	return ""
}
