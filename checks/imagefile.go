package checks

import (
	"context"
	"path"

	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

// imagePath is a path in an image, and whether a check on it needs the owner or the content, so that all share one request.
type imagePath struct {
	Ref, Path string
	archive   bool
}

func (p imagePath) data() message.Data { return message.Data{"Image": p.Ref, "Path": p.Path} }

var fileParts = []struct {
	key     string
	archive bool
	parse   func(p imagePath, n *strictyaml.Node) ([]Check, error)
}{
	{"type", false, parseFileType},
	{"mode", false, parseFileMode},
	{"owner", true, parseFileOwner},
	{"size", false, parseFileSize},
	{"contains", true, parseFileContains},
	{"matches", true, parseFileMatches},
}

func parseImageFiles(ref string, n *strictyaml.Node) ([]Check, error) {
	fields, err := n.Map()
	var list []Check
	for _, f := range fields {
		if p := f.Key.Value; !path.IsAbs(p) || path.Clean(p) != p {
			return nil, f.Key.Errorf("%q is no path in an image: want it from / on, with no . or .. and no / at its end", p)
		}
		more, err := parseImageFile(ref, f.Key.Value, f.Value)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, err
}

func parseImageFile(ref, name string, n *strictyaml.Node) ([]Check, error) {
	known := []string{"exists"}
	p := imagePath{Ref: ref, Path: name}
	for _, part := range fileParts {
		known = append(known, part.key)
		p.archive = p.archive || part.archive && n.Get(part.key) != nil
	}
	if _, err := n.Known("file of an image", known...); err != nil {
		return nil, err
	}
	if v := n.Get("exists"); v != nil {
		exists, err := v.Bool()
		switch {
		case err != nil:
			return nil, err
		case !exists && len(n.Fields) > 1:
			return nil, v.Errorf("exists: false beside another condition on %s: take one away", name)
		case !exists:
			return []Check{ImageFileAbsent{p}}, nil
		}
	}
	list := []Check{ImageFileExists{p}}
	for _, part := range fileParts {
		v := n.Get(part.key)
		if v == nil {
			continue
		}
		more, err := part.parse(p, v)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

// ImageFileExists is that there is something at a path of the image: a file, a folder, a link.
type ImageFileExists struct{ imagePath }

// Eval looks at the path in a container that is never started.
func (c ImageFileExists) Eval(ctx context.Context, f *Facts) (Result, error) {
	return f.onImage(ctx, c.Ref, message.New("checks.path.exists-want", c.data()), func(img image.InspectResponse) (Result, error) {
		file, err := f.imageFile(ctx, img, c.Path, c.archive)
		switch {
		case err != nil:
			return Result{}, err
		case file.there:
			return answer(true, message.New("checks.path.there", c.data()), message.Text{}), nil
		}
		return c.missing(ctx, f, img)
	})
}

// ImageFileAbsent is that there is nothing at a path of the image.
type ImageFileAbsent struct{ imagePath }

// Eval looks at the path.
func (c ImageFileAbsent) Eval(ctx context.Context, f *Facts) (Result, error) {
	return weak(f.onImage(ctx, c.Ref, message.New("checks.path.absent-want", c.data()), func(img image.InspectResponse) (Result, error) {
		file, err := f.imageFile(ctx, img, c.Path, c.archive)
		switch {
		case err != nil:
			return Result{}, err
		case file.there:
			return answer(false, message.New("checks.path.still-there", c.data()), message.New("checks.path.absent-next", c.data())), nil
		}
		return answer(true, message.New("checks.path.missing", c.data()), message.Text{}), nil
	}))
}

// onFile asks something of what is at a path; where nothing is it waits for ImageFileExists, which says so.
func (p imagePath) onFile(ctx context.Context, f *Facts, want message.Text, followLink bool, ask func(image.InspectResponse, fileFact) (Result, error)) (Result, error) {
	return f.onImage(ctx, p.Ref, want, func(img image.InspectResponse) (Result, error) {
		look := f.imageFile
		if followLink {
			look = f.behindLink
		}
		file, err := look(ctx, img, p.Path, p.archive)
		switch {
		case err != nil:
			return Result{}, err
		case !file.there:
			return p.nothing(ctx, f, img)
		}
		return ask(img, file)
	})
}

// nothing is the result where nothing is at a path, or only a link that leads nowhere.
func (p imagePath) nothing(ctx context.Context, f *Facts, img image.InspectResponse) (Result, error) {
	link, err := f.imageFile(ctx, img, p.Path, p.archive)
	switch {
	case err != nil:
		return Result{}, err
	case !link.there:
		return Result{Verdict: Fail, Blocked: true, Got: message.New("checks.path.missing", p.data())}, nil
	}
	data := message.Data{"Image": p.Ref, "Path": p.Path, "Target": link.stat.LinkTarget}
	return answer(false, message.New("checks.path.dangling", data), message.New("checks.path.dangling-next", data)), nil
}
