package proof

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

	"capas/checks"
	"capas/runner/scene"
)

const (
	rounds    = 4 // an engine may still be at what a shell that is gone asked of it
	roundTime = 300 * time.Millisecond
	tidyTime  = time.Minute
)

// mess is what a case leaves on an engine that others use at the same time. A thing is the case's where it was not there
// before and where something tells so: our label, a name that the exercise says, what a builder wrote on the case's terminal,
// or kinship with such a thing.
type mess struct {
	engine     docker
	before     *snapshot
	words      map[string]bool // of the exercise
	pulled     map[string]bool // names that stay
	transcript string

	made map[string]bool // ids of the case's images, as they are found
}

// todo is what is to be done about a mess.
type todo struct {
	containers []string          // ids, to remove
	back       map[string]string // names to give back, to the ids that they stood for
	names      []string          // to remove
	images     []string          // ids to remove, children before parents
}

func (t todo) empty() bool { return len(t.containers)+len(t.back)+len(t.names)+len(t.images) == 0 }

// clear takes the mess away, whether the context has ended or not.
func (m *mess) clear(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTime)
	defer cancel()
	var failed error
	for round := range rounds {
		if round > 1 { // the second only looks, most times
			time.Sleep(roundTime)
		}
		now, err := look(ctx, m.engine)
		if err != nil {
			return fmt.Errorf("tidying up: %w", err)
		}
		left := m.plan(now)
		if left.empty() {
			return m.lost(now)
		}
		failed = m.do(ctx, now, left)
	}
	return failed
}

// lost is an error where something that was there before, and that the exercise speaks of, is gone for good.
func (m *mess) lost(now *snapshot) error {
	for name, id := range m.before.names {
		if _, there := now.images[id]; !there && m.says(name) && now.names[name] == "" {
			return fmt.Errorf("a script removed the image %q, which the engine had before the proof: take it out of the lesson", name)
		}
	}
	for id, c := range m.before.containers {
		if _, there := now.containers[id]; !there && m.words[containerName(c)] {
			return fmt.Errorf("a script removed the container %q, which the engine had before the proof: take it out of the lesson", containerName(c))
		}
	}
	return nil
}

// plan compares the engine with what it was.
func (m *mess) plan(now *snapshot) todo {
	m.find(now)
	t := todo{back: map[string]string{}}
	for id, c := range now.containers {
		if _, old := m.before.containers[id]; !old && m.owns(c, now) {
			t.containers = append(t.containers, id)
		}
	}
	for name, id := range m.before.names {
		if _, there := now.images[id]; there && now.names[name] != id && !digest(name) && m.says(name) {
			t.back[name] = id
		}
	}
	for name := range now.names {
		if m.before.names[name] == "" && m.says(name) && !m.pulled[name] {
			t.names = append(t.names, name)
		}
	}
	t.images = m.unnamed(now)
	return t
}

func digest(name string) bool { return strings.Contains(name, "@") }

// says reports whether the exercise says a name of an image.
func (m *mess) says(name string) bool {
	if m.words[name] || m.pulled[name] {
		return true
	}
	short, latest := strings.CutSuffix(name, ":latest")
	return latest && m.words[short]
}

// find adds to what the case made: what tells so by itself, and the kin of it.
func (m *mess) find(now *snapshot) {
	if m.made == nil {
		m.made = map[string]bool{}
	}
	built := builtIn(m.transcript)
	for id, img := range now.images {
		if _, old := m.before.images[id]; !old && !m.stays(img) && (m.labelled(img.Labels) || m.named(img) || built[digits(id)]) {
			m.made[id] = true
		}
	}
	for grown := true; grown; {
		grown = false
		for id, img := range now.images {
			if _, old := m.before.images[id]; old || m.made[id] || len(namesOf(img)) > 0 {
				continue
			}
			if m.made[img.ParentID] || m.parent(id, now) {
				m.made[id], grown = true, true
			}
		}
	}
}

// parent reports whether something that the case made was made from the image.
func (m *mess) parent(id string, now *snapshot) bool {
	for child := range m.made {
		if now.images[child].ParentID == id {
			return true
		}
	}
	return false
}

func (m *mess) stays(img image.Summary) bool {
	return slices.ContainsFunc(namesOf(img), func(name string) bool { return m.pulled[name] })
}

func (m *mess) named(img image.Summary) bool { return slices.ContainsFunc(namesOf(img), m.says) }

// labelled reports whether a scene of this exercise made it, or something that it was made from.
func (m *mess) labelled(labels map[string]string) bool {
	made := labels[scene.Label]
	return made != "" && (m.says(familiar(made)) || m.words[made])
}

// unnamed are the images of the case that have no name but those that are about to go, children before parents.
func (m *mess) unnamed(now *snapshot) []string {
	var ids []string
	for id := range m.made {
		img, there := now.images[id]
		if there && !slices.ContainsFunc(namesOf(img), func(name string) bool { return !m.says(name) && !digest(name) }) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Compare(now.depth(b), now.depth(a)) })
	return ids
}

// depth is how many images stand between an image and the first that it was made from.
func (s *snapshot) depth(id string) int {
	n := 0
	for id = s.images[id].ParentID; id != ""; id = s.images[id].ParentID {
		n++
	}
	return n
}

// nameless is how docker calls a container that nobody named.
var nameless = regexp.MustCompile(`^[a-z]+_[a-z]+[0-9]*$`)

// owns reports whether a container that was not there before is the case's.
func (m *mess) owns(c container.Summary, now *snapshot) bool {
	name := containerName(c)
	switch {
	case c.Labels[checks.ProbeLabel] != "":
		return false // whoever evaluates removes it
	case m.words[name] || builtIn(m.transcript)[digits(c.ID)]:
		return true
	case !nameless.MatchString(name):
		return false
	}
	return m.made[c.ImageID] || m.named(m.before.images[c.ImageID]) || m.named(now.images[c.ImageID])
}

// built is what builders write of what they have made. What was "Using cache" is not. Podman writes eleven digits behind a shorter arrow.
var built = regexp.MustCompile(`(Using cache\s+(?:[0-9a-f]{64}\s+)?)?(?:-?--> (?:Running in )?|Successfully built |writing image sha256:|exporting (?:manifest|manifest list|config) sha256:)([0-9a-f]{11})`)

// told are ids on a line of their own, as «docker build -q», «docker create» and «docker run -d» answer.
var told = regexp.MustCompile(`(?m)^(?:sha256:)?([0-9a-f]{11})[0-9a-f]{53}$`)

// digits is what builtIn knows an id by.
func digits(id string) string {
	id = strings.TrimPrefix(id, "sha256:")
	return id[:min(len(id), 11)]
}

// builtIn are the ids, their first eleven digits, of what a terminal was told to have been made.
func builtIn(transcript string) map[string]bool {
	ids := map[string]bool{}
	for _, found := range built.FindAllStringSubmatch(transcript, -1) {
		if found[1] == "" {
			ids[found[2]] = true
		}
	}
	for _, found := range told.FindAllStringSubmatch(transcript, -1) {
		ids[found[1]] = true
	}
	return ids
}

// short is an id as docker shows it.
func short(id string) string {
	id = strings.TrimPrefix(id, "sha256:")
	return id[:min(len(id), 12)]
}

// do takes away what a plan names. What is gone already is no error.
func (m *mess) do(ctx context.Context, now *snapshot, t todo) error {
	var errs []error
	for _, id := range t.containers {
		errs = append(errs, m.removeContainer(ctx, id))
	}
	for name, id := range t.back {
		if err := m.engine.ImageTag(ctx, id, name); err != nil {
			errs = append(errs, fmt.Errorf("giving the name %q back to image %s: %w", name, short(id), err))
		}
	}
	slices.Sort(t.names)
	for _, name := range t.names {
		errs = append(errs, m.removeName(ctx, now, name))
	}
	for _, id := range t.images {
		errs = append(errs, m.removeImage(ctx, id))
	}
	return errors.Join(errs...)
}

func (m *mess) removeContainer(ctx context.Context, id string) error {
	err := m.engine.ContainerRemove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: true})
	if err != nil && !errdefs.IsNotFound(err) && !strings.Contains(err.Error(), "is already in progress") {
		return fmt.Errorf("removing container %s: %w", short(id), err)
	}
	return nil
}

// removeName takes a name away. An image that was there before and has no other would go with its name: that name first
// goes to an image that has another.
func (m *mess) removeName(ctx context.Context, now *snapshot, name string) error {
	id := now.names[name]
	if _, old := m.before.images[id]; old && !m.otherwise(id, now) {
		to := m.bearer(now)
		if to == "" {
			return fmt.Errorf("the image %s had no name before the proof, and keeps the name %q: nothing else could bear it", short(id), name)
		}
		if err := m.engine.ImageTag(ctx, to, name); err != nil {
			return fmt.Errorf("taking the name %q from image %s: %w", name, short(id), err)
		}
	}
	_, err := m.engine.ImageRemove(ctx, name, image.RemoveOptions{})
	if err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("removing the name %q: %w", name, err)
	}
	return nil
}

// otherwise reports whether an image has a name that stays.
func (m *mess) otherwise(id string, now *snapshot) bool {
	return slices.ContainsFunc(namesOf(now.images[id]), func(name string) bool { return m.before.names[name] == id })
}

// bearer is an image that a name can be given and taken from: it has another that stays.
func (m *mess) bearer(now *snapshot) string {
	for _, id := range slices.Sorted(maps.Keys(m.before.images)) {
		if m.otherwise(id, now) {
			return id
		}
	}
	return ""
}

// removeImage removes an image that has no name. It stays where something else uses it by now; what a build of Podman used that
// stopped, which no list tells of, is not something else.
func (m *mess) removeImage(ctx context.Context, id string) error {
	_, err := m.engine.ImageRemove(ctx, id, image.RemoveOptions{})
	if err != nil && strings.Contains(err.Error(), "external containers") {
		_, err = m.engine.ImageRemove(ctx, id, image.RemoveOptions{Force: true})
	}
	if err != nil && !errdefs.IsNotFound(err) && !errdefs.IsConflict(err) {
		return fmt.Errorf("removing image %s: %w", short(id), err)
	}
	return nil
}
