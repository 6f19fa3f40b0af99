package checks

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"capas/internal/enginetest"
)

// caseEngine is an engine as one case of many sees it: with the practice base and what the case itself made, under the names that
// the case gave. On the engine they bear the case's own registry, so that no case takes a name from another or from anybody.
type caseEngine struct {
	*client.Client
	base     string // the practice base's name on the engine
	registry string

	mu   sync.Mutex
	made map[string]bool // ids of images and containers
}

func (e *caseEngine) own(id string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.made[id]
}

func (e *caseEngine) add(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.made[id] = true
}

var (
	port     = regexp.MustCompile(`^([^/]+):(\d+)/`)
	portAway = regexp.MustCompile(`^([^/]+)__(\d+)/`)
)

// real is the name on the engine of what the case calls so. An id stays as it is.
func (e *caseEngine) real(name string) string {
	named, err := reference.ParseDockerRef(name)
	if err != nil || strings.HasPrefix(name, "sha256:") {
		return name
	}
	short := reference.FamiliarString(named)
	if short == "base:1" {
		return e.base
	}
	return e.registry + "/" + port.ReplaceAllString(short, "${1}__$2/")
}

// called is what the case calls something on the engine, "" where it does not know the name.
func (e *caseEngine) called(real string) string {
	if familiar(real) == familiar(e.base) {
		return "base:1"
	}
	name, ok := strings.CutPrefix(real, e.registry+"/")
	if !ok {
		return ""
	}
	return portAway.ReplaceAllString(name, "$1:$2/")
}

func (e *caseEngine) calledOrID(real string) string {
	if name := e.called(real); name != "" {
		return name
	}
	return real
}

func (e *caseEngine) names(real []string) []string {
	var names []string
	for _, n := range real {
		if name := e.called(n); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (e *caseEngine) ImageInspect(ctx context.Context, ref string, opts ...client.ImageInspectOption) (image.InspectResponse, error) {
	img, err := e.Client.ImageInspect(ctx, e.real(ref), opts...)
	img.RepoTags = e.names(img.RepoTags)
	if img.Config != nil {
		img.Config.Labels = withoutTestLabel(img.Config.Labels)
	}
	return img, err
}

func withoutTestLabel(labels map[string]string) map[string]string {
	labels = maps.Clone(labels)
	maps.DeleteFunc(labels, func(key, _ string) bool { return strings.HasPrefix(key, enginetest.Label) })
	return labels
}

func (e *caseEngine) ImageHistory(ctx context.Context, ref string, opts ...client.ImageHistoryOption) ([]image.HistoryResponseItem, error) {
	rows, err := e.Client.ImageHistory(ctx, e.real(ref), opts...)
	return slices.DeleteFunc(rows, func(r image.HistoryResponseItem) bool { return strings.Contains(r.CreatedBy, enginetest.Label) }), err
}

func (e *caseEngine) ImageList(ctx context.Context, opts image.ListOptions) ([]image.Summary, error) {
	list, err := e.Client.ImageList(ctx, opts)
	var seen []image.Summary
	for _, img := range list {
		real := shownNames(img.RepoTags)
		img.RepoTags, img.Labels = e.names(real), withoutTestLabel(img.Labels)
		if len(img.RepoTags) > 0 || len(real) == 0 && e.own(img.ID) {
			seen = append(seen, img)
		}
	}
	return seen, err
}

func (e *caseEngine) ContainerList(ctx context.Context, opts container.ListOptions) ([]container.Summary, error) {
	list, err := e.Client.ContainerList(ctx, opts)
	var seen []container.Summary
	for _, c := range list {
		if !e.own(c.ID) {
			continue
		}
		for i, name := range c.Names {
			c.Names[i] = e.calledContainer(name)
		}
		c.Image, c.Labels = e.calledOrID(c.Image), withoutTestLabel(c.Labels)
		seen = append(seen, c)
	}
	return seen, err
}

func (e *caseEngine) ContainerInspect(ctx context.Context, id string) (container.InspectResponse, error) {
	if !beginsID(id) && !strings.HasPrefix(id, "capas-probe-") {
		id = e.realContainer(id)
	}
	c, err := e.Client.ContainerInspect(ctx, id)
	if err == nil {
		c.Name = e.calledContainer(c.Name)
		c.Config.Image, c.Config.Labels = e.calledOrID(c.Config.Image), withoutTestLabel(c.Config.Labels)
	}
	return c, err
}

// realContainer is the name on the engine of a container that the case calls so.
func (e *caseEngine) realContainer(name string) string { return e.registry + "." + name }

func (e *caseEngine) calledContainer(real string) string {
	return strings.Replace(real, "/"+e.registry+".", "/", 1)
}

var shortHex = regexp.MustCompile(`\b[0-9a-f]{12}\b`)

// steady puts aaaaaaaaaaaa for the first id in a text, bbbbbbbbbbbb for the second, and so on.
func (e *caseEngine) steady(t testing.TB) func(string) string {
	letters := map[string]string{}
	return func(text string) string {
		return shortHex.ReplaceAllStringFunc(text, func(id string) string {
			if letters[id] == "" {
				if len(letters) == 6 {
					t.Fatalf("too many ids in %s", text)
				}
				letters[id] = strings.Repeat(string('a'+rune(len(letters))), 12)
			}
			return letters[id]
		})
	}
}
