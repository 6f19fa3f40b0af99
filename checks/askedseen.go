package checks

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
)

// Asked is something that was asked of the engine in an attempt, as whoever could see it keeps it, as JSON too.
type Asked struct {
	// Verb is what docker calls it: what EngineAsked can want, or another ("ps", "container rm"), which is told as found instead; ""
	// for what nobody types.
	Verb string `json:"verb,omitempty"`

	Images  []string  `json:"images,omitempty"` // as they were asked for: names, ids, digests; of login the registry
	ID      string    `json:"id,omitempty"`     // of the image, where the engine said it
	Began   time.Time `json:"began"`
	Session bool      `json:"session,omitempty"` // a build of which only the images tell what came of it
	Failed  bool      `json:"failed,omitempty"`  // it counts for nothing
	Stopped bool      `json:"stopped,omitempty"` // it failed because it was cut off
	Error   string    `json:"error,omitempty"`   // what the engine said, where it did not go well
}

// metBy reports whether this is what is wanted.
func (c EngineAsked) metBy(ctx context.Context, f *Facts, a Asked) (bool, error) {
	switch {
	case a.Failed || a.Verb != c.Verb:
		return false, nil
	case a.Session:
		return f.wasBuilt(ctx, c.Of, a.Began)
	case c.Of == "":
		return true, nil
	case c.Verb == "login":
		return slices.ContainsFunc(a.Images, func(host string) bool { return registryOf(host) == registryOf(c.Of) }), nil
	case c.Verb == "images" && len(a.Images) == 0: // the list of all has that one too
		return true, nil
	}
	return f.isAbout(ctx, a, c.Of)
}

// isAbout reports whether what was asked is about an image, under whatever name. What has gone meanwhile is known by what was seen
// of it.
func (f *Facts) isAbout(ctx context.Context, a Asked, of string) (bool, error) {
	if slices.ContainsFunc(a.Images, func(name string) bool { return familiar(name) == familiar(of) || a.covers(name, of) }) {
		return true, nil
	}
	ids, err := f.idsOf(ctx, of)
	if err != nil {
		return false, err
	}
	if slices.Contains(ids, a.ID) {
		return true, nil
	}
	for _, name := range a.Images {
		others, err := f.idsOf(ctx, name)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(others, func(id string) bool { return slices.Contains(ids, id) }) {
			return true, nil
		}
	}
	return false, nil
}

// covers reports whether a name that was asked for stands for several, one of which is wanted: «docker images hola», «docker pull -a».
func (a Asked) covers(pattern, of string) bool {
	wanted, err := reference.ParseDockerRef(of)
	if err != nil || a.Verb != "images" && a.Verb != "pull" {
		return false
	}
	if a.Verb == "pull" {
		asked, err := reference.ParseNormalizedNamed(pattern)
		return err == nil && reference.IsNameOnly(asked) && asked.Name() == wanted.Name()
	}
	matches, err := reference.FamiliarMatch(pattern, wanted)
	return err == nil && matches
}

// idsOf are the ids that a name, an id or its beginning stands for: one where the engine has it, else those that the baseline saw.
func (f *Facts) idsOf(ctx context.Context, ref string) ([]string, error) {
	img, err := f.image(ctx, ref)
	if err == nil {
		return []string{img.ID}, nil
	}
	if !errdefs.IsNotFound(err) && !errdefs.IsInvalidArgument(err) {
		return nil, err
	}
	list, err := f.allImages(ctx)
	if err != nil {
		return nil, err
	}
	var known []string
	for _, img := range list {
		known = append(known, img.ID)
	}
	if b := f.scope.Baseline; b != nil {
		known = append(known, b.ids()...)
		if named := b.idsNamed(ref); len(named) > 0 {
			return named, nil
		}
	}
	return slices.DeleteFunc(known, func(id string) bool { return !begins(id, ref) }), nil
}

var shortened = regexp.MustCompile(`^(sha256:)?[0-9a-f]{1,64}$`)

// begins reports whether what was typed is an id or its beginning.
func begins(id, typed string) bool {
	return shortened.MatchString(typed) && strings.HasPrefix(strings.TrimPrefix(id, "sha256:"), strings.TrimPrefix(typed, "sha256:"))
}

// ids are those of the images that were seen.
func (b *Baseline) ids() []string {
	var ids []string
	for _, seen := range []map[string][]string{b.Images, b.Since} {
		for id := range seen {
			ids = append(ids, id)
		}
	}
	return ids
}

// idsNamed are those of the images that had a name when the attempt began, or since.
func (b *Baseline) idsNamed(ref string) []string {
	var ids []string
	for _, seen := range []map[string][]string{b.Images, b.Since} {
		for id, names := range seen {
			if slices.ContainsFunc(names, func(name string) bool { return name != "" && familiar(name) == familiar(ref) }) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// wasBuilt reports whether something came of a build that began then: an image under that name, or any where there is none.
func (f *Facts) wasBuilt(ctx context.Context, of string, began time.Time) (bool, error) {
	if of != "" {
		img, err := f.image(ctx, of)
		if errdefs.IsNotFound(err) {
			return false, nil
		}
		return err == nil && f.isBuilt(img, began), err
	}
	list, err := f.allImages(ctx)
	if err != nil {
		return false, err
	}
	for _, one := range list {
		img, err := f.image(ctx, one.ID)
		switch {
		case errdefs.IsNotFound(err): // it went away at that very moment
		case err != nil:
			return false, err
		case f.isBuilt(img, began):
			return true, nil
		}
	}
	return false, nil
}

// isBuilt reports whether an image was named since then, or is new in this attempt: not every engine says when it named one.
func (f *Facts) isBuilt(img image.InspectResponse, began time.Time) bool {
	if img.Metadata.LastTagTime.After(began) {
		return true
	}
	b := f.scope.Baseline
	if b == nil {
		return false
	}
	_, old := b.Images[img.ID]
	return !old
}

// beside are what a docker command asks along with what it is about.
var beside = []string{"", "container inspect", "network inspect", "volume inspect", "create", "attach", "wait"}

// instead is what was asked in place of what is wanted: the same of another image or in vain, else whatever came last.
func (c EngineAsked) instead(list []Asked) message.Text {
	var last, same *Asked
	for i, a := range list {
		if !slices.Contains(beside, a.Verb) {
			last = &list[i]
		}
		if a.Verb == c.Verb {
			same = &list[i]
		}
	}
	switch {
	case same != nil:
		return same.notMet()
	case last != nil:
		return message.New("checks.asked.other", message.Data{"Command": last.command()})
	}
	return message.New("checks.asked.nothing")
}

// notMet is about the right thing, asked of another image or in vain.
func (a Asked) notMet() message.Text {
	data := message.Data{"Command": a.command(), "Reason": a.reason()}
	switch {
	case a.Failed && a.Error == "":
		return message.New("checks.asked.stopped", data)
	case a.Failed:
		return message.New("checks.asked.failed", data)
	case a.Session:
		return message.New("checks.asked.not-built", data)
	}
	return message.New("checks.asked.other-image", data)
}

// mostReason is how much of what the engine said is told.
const mostReason = 200

// reason is the first line of what the engine said, and not all of one that is long.
func (a Asked) reason() string {
	line, _, _ := strings.Cut(strings.TrimSpace(a.Error), "\n")
	if runes := []rune(line); len(runes) > mostReason {
		return string(runes[:mostReason]) + "…"
	}
	return line
}

// commands are what is typed for a verb, where it is more than the verb.
var commands = map[string]string{"rm": "image rm", "prune": "image prune"}

// command is what a learner types to ask for this, or for the same.
func (a Asked) command() string {
	words := []string{"docker", a.Verb}
	if longer := commands[a.Verb]; longer != "" {
		words[1] = longer
	}
	names := a.Images
	if a.Verb == "rm" && len(names) > 1 { // the others are what it was called too
		names = names[:1]
	}
	for _, name := range names {
		if a.Verb == "build" {
			words = append(words, "-t")
		}
		words = append(words, shownAsked(name))
	}
	return strings.Join(words, " ")
}

// shownAsked is a name as it is typed, and of a whole id its beginning.
func shownAsked(name string) string {
	if id := strings.TrimPrefix(name, "sha256:"); len(id) == 64 && shortened.MatchString(id) {
		return shortID(id)
	}
	return shownName(name)
}

// registryOf is a registry's name as it is typed: of "https://index.docker.io/v1/" it is "docker.io".
func registryOf(address string) string {
	_, after, found := strings.Cut(address, "://")
	if !found {
		after = address
	}
	host, _, _ := strings.Cut(after, "/")
	return strings.TrimPrefix(host, "index.")
}
