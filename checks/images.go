package checks

import (
	"context"
	"path"
	"regexp"
	"strings"
	"unicode"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

// SceneLabel is on every image and container that the scene of an exercise made, and on what was made from such an image. Its
// value is the name it was made under.
const SceneLabel = "capas.scene"

// whichImages says which images a check is about: those without a name, with a name like a pattern, with a label; all that is
// given must fit.
type whichImages struct {
	Dangling  bool   // without a name
	Named     bool   // with one
	Reference string // a pattern of names, as `docker images --filter reference=` has it
	Label     string // "key" or "key=value"
}

// isLoose reports whether nothing ties the images to the exercise but that they have no name. Then those that were without one
// before the attempt began do not count: they are the learner's own.
func (w whichImages) isLoose() bool { return w.Dangling && w.Label == "" }

// text is which images, in words that follow their number: "with a name like `hola:*`".
func (w whichImages) text() message.Text {
	var parts []message.Text
	switch {
	case w.isLoose():
		parts = append(parts, message.New("checks.images.dangling-new"))
	case w.Dangling:
		parts = append(parts, message.New("checks.images.dangling"))
	case w.Named:
		parts = append(parts, message.New("checks.images.named"))
	case w.Reference != "":
		parts = append(parts, message.New("checks.images.like", message.Data{"Reference": w.Reference}))
	}
	if w.Label != "" {
		parts = append(parts, message.New("checks.images.labelled", message.Data{"Label": w.Label}))
	}
	if len(parts) == 2 {
		return message.New("checks.images.and", message.Data{"First": parts[0], "Then": parts[1]})
	}
	return parts[0]
}

func parseImages(n *strictyaml.Node) ([]Check, error) {
	if _, err := n.Known("images check", "images", "count", "gone"); err != nil {
		return nil, err
	}
	w, err := parseWhichImages(n.Get("images"))
	if err != nil {
		return nil, err
	}
	count, gone := n.Get("count"), n.Get("gone")
	switch {
	case gone != nil && count != nil:
		return nil, gone.Errorf("gone: true beside count: of images that must not be there any more nothing else can be asked")
	case gone != nil:
		return []Check{ImagesGone{w}}, onlyTrue("gone", gone)
	case count == nil:
		return []Check{ImagesCount{w, quantity{">=", 1}}}, nil
	}
	q, err := parseCount(count)
	return []Check{ImagesCount{w, q}}, err
}

func parseWhichImages(n *strictyaml.Node) (w whichImages, err error) {
	fields, err := n.Known("images", "dangling", "reference", "label")
	for _, f := range fields {
		switch f.Key.Value {
		case "dangling":
			w.Dangling, err = f.Value.Bool()
			w.Named = !w.Dangling
		case "reference":
			w.Reference, err = parseReferencePattern(f.Value)
		case "label":
			w.Label, err = parseLabelFilter(f.Value)
		}
		if err != nil {
			return w, err
		}
	}
	switch d := n.Get("dangling"); {
	case err != nil || d == nil:
	case w.Dangling && w.Reference != "":
		return w, d.Errorf("dangling: true beside reference: an image without a name has none that could fit")
	case w.Named && w.Reference != "":
		return w, d.Errorf("dangling: false beside reference checks nothing: an image with such a name has one. Take it away")
	case w.Named && w.Label == "":
		return w, d.Errorf("dangling: false alone fits every image with a name, the learner's own too: write a reference or a label beside it")
	}
	return w, err
}

func parseLabelFilter(n *strictyaml.Node) (string, error) {
	text, err := n.Text()
	if key, _, _ := strings.Cut(text, "="); err == nil && key == "" {
		err = n.Errorf("%q is no label: write its key, or key=value", text)
	}
	return text, err
}

var wildcards = regexp.MustCompile(`\[[^\]]*\]|[*?]`)

// parseReferencePattern reads a pattern of names, "hola:*". Without a tag it fits every tag. What docker leaves out of a name is
// left out here too.
func parseReferencePattern(n *strictyaml.Node) (string, error) {
	text, err := n.Text()
	if err != nil {
		return "", err
	}
	pattern := strings.TrimPrefix(strings.TrimPrefix(text, "docker.io/"), "library/")
	example := strings.ReplaceAll(wildcards.ReplaceAllString(pattern, "x"), `\`, "")
	repository, _ := splitPattern(pattern)
	switch _, wrong := reference.ParseNormalizedNamed(example); {
	case strings.Contains(pattern, "@"):
		return "", n.Errorf("%q: an image by its digest is one image: ask with «image:»", text)
	case !strings.ContainsFunc(wildcards.ReplaceAllString(repository, ""), isNameRune):
		return "", n.Errorf("%q fits nearly any name, those of the learner's own images too: write a part of the name", text)
	case wrong != nil:
		return "", n.Errorf("%q is no name of images: %v", text, wrong)
	}
	if _, err := path.Match(pattern, ""); err != nil {
		return "", n.Errorf("the pattern %q cannot be read: %v", text, err)
	}
	return pattern, nil
}

func isNameRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// splitPattern is a pattern of names in its repository and its tag, which may be empty.
func splitPattern(pattern string) (repository, tag string) {
	if i := strings.LastIndexByte(pattern, ':'); i > strings.LastIndexByte(pattern, '/') {
		return pattern[:i], pattern[i+1:]
	}
	return pattern, ""
}

// fitsName reports whether a name fits a pattern, as `docker images --filter reference=` says.
func fitsName(pattern, name string) bool {
	named, err := reference.ParseDockerRef(familiar(name))
	if err != nil {
		return false
	}
	fits, err := reference.FamiliarMatch(pattern, named)
	return err == nil && fits
}

// fits reports whether an image with these names and labels is one of them, whenever it came to be.
func (w whichImages) fits(names []string, labels map[string]string) bool {
	switch {
	case w.Dangling && len(names) > 0, w.Named && len(names) == 0, w.Label != "" && !hasLabel(labels, w.Label):
		return false
	}
	return w.Reference == "" || len(w.fitting(names)) > 0
}

// fitting are those of an image's names that fit.
func (w whichImages) fitting(names []string) []string {
	var fit []string
	for _, name := range names {
		if w.Reference == "" || fitsName(w.Reference, name) {
			fit = append(fit, name)
		}
	}
	return fit
}

// imagesOf are the images that fit; and those that would, but were without a name before the attempt began and are nobody's
// business.
func (f *Facts) imagesOf(ctx context.Context, w whichImages) (fit, foreign []image.Summary, err error) {
	if w.isLoose() && f.scope.Baseline == nil {
		return nil, nil, errNoBaseline
	}
	list, err := f.allImages(ctx)
	for _, img := range list {
		switch {
		case !w.fits(img.RepoTags, img.Labels):
		case w.isLoose() && f.scope.Baseline.wasUnnamed(img.ID) && img.Labels[SceneLabel] == "":
			foreign = append(foreign, img)
		default:
			fit = append(fit, img)
		}
	}
	return fit, foreign, err
}

// saw reports whether such an image was there when the attempt began, or was seen since.
func (w whichImages) saw(b *Baseline) bool {
	for id, names := range b.Images {
		if loose := w.isLoose() && b.Labels[id][SceneLabel] == ""; !loose && w.fits(names, b.Labels[id]) {
			return true
		}
	}
	for id, names := range b.Since {
		for _, name := range names {
			had := []string{name}
			if name == "" {
				had = nil
			}
			if w.fits(had, b.Labels[id]) {
				return true
			}
		}
	}
	return false
}

// called are the images as a learner calls them: each by the first of its names that fit, or by the id of one without.
func (w whichImages) called(list []image.Summary) []string {
	var called []string
	for _, img := range list {
		called = append(called, append(w.fitting(img.RepoTags), shortID(img.ID))[0])
	}
	return called
}
