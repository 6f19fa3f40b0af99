package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/image"

	"capas/internal/strictyaml"
)

// parseReference reads a name of an image, or its whole id.
func parseReference(n *strictyaml.Node) (string, error) {
	text, err := n.Text()
	if err != nil {
		return "", err
	}
	if _, err := reference.ParseAnyReference(text); err != nil {
		return "", n.Errorf("%q is no name of an image: %v", text, err)
	}
	return text, nil
}

// familiar is a name as `docker images` writes it, with its tag: of "hola", "docker.io/library/hola" and, as Podman has it,
// "localhost/hola" the one "hola:latest". What is no name stays as it is.
func familiar(name string) string {
	named, err := reference.ParseDockerRef(strings.TrimPrefix(name, "localhost/"))
	if err != nil {
		return name
	}
	return reference.FamiliarString(named)
}

// isOtherwiseNamed reports whether the engine found the image by a name that it has not: it takes one for the beginning of an id, as
// "cafe" may be, and Podman takes it for the end of another name.
func isOtherwiseNamed(ref string, img image.InspectResponse) bool {
	parsed, err := reference.ParseAnyReference(ref)
	if _, digested := parsed.(reference.Digested); err != nil || digested {
		return false
	}
	return !slices.ContainsFunc(img.RepoTags, func(tag string) bool { return familiar(tag) == familiar(ref) })
}

func errNoSuchName(ref string) error {
	return fmt.Errorf("image %q: only an id begins so, or another name ends so: %w", ref, errdefs.ErrNotFound)
}

// shownNames are the names of an image as `docker images` shows them: without the "<none>:<none>" that older engines put where there
// is no name, and without the docker.io/library that Podman writes out.
func shownNames(names []string) []string {
	var shown []string
	for _, name := range names {
		if !strings.Contains(name, "<none>") {
			shown = append(shown, shownName(name))
		}
	}
	return shown
}

func shownName(name string) string {
	if short, whole := strings.CutPrefix(name, "docker.io/"); whole {
		return strings.TrimPrefix(short, "library/")
	}
	return name
}

// shortID is an id as `docker images` and `docker ps` show it.
func shortID(id string) string {
	id = strings.TrimPrefix(id, "sha256:")
	return id[:min(len(id), 12)]
}
