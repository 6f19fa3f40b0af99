package checks

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/containerd/errdefs"
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

// missing says what is near a path where nothing is. It asks more of the engine, only then.
func (c ImageFileExists) missing(ctx context.Context, f *Facts, img image.InspectResponse) (Result, error) {
	r := answer(false, message.New("checks.path.missing", c.data()), message.New("checks.path.missing-next", c.data()))
	elsewhere, err := c.elsewhere(ctx, f, img)
	if err != nil {
		return r, err
	}
	siblings, err := f.folder(ctx, img, path.Dir(c.Path))
	switch {
	case errdefs.IsNotFound(err):
		r.Got = message.New("checks.path.no-folder", message.Data{"Image": c.Ref, "Path": c.Path, "Folder": path.Dir(c.Path)})
	case err != nil:
		return r, err
	}
	if near := nearPath(c.Path, slices.Concat(siblings, elsewhere)); near != "" {
		data := message.Data{"Image": c.Ref, "Path": c.Path, "Near": near}
		r.Near, r.Next = message.New("checks.path.near", data), message.New("checks.path.near-next", data)
	}
	return r, nil
}

// elsewhere looks where a file lands when its folder is forgotten: at the top, and in the working directory.
func (c ImageFileExists) elsewhere(ctx context.Context, f *Facts, img image.InspectResponse) ([]string, error) {
	places := []string{"/"}
	if dir := path.Clean(configOf(img).WorkingDir); path.IsAbs(dir) {
		places = append(places, dir)
	}
	var found []string
	for _, place := range slices.Compact(places) {
		p := path.Join(place, path.Base(c.Path))
		if p == c.Path {
			continue
		}
		file, err := f.imageFile(ctx, img, p, false)
		if err != nil {
			return nil, err
		}
		if file.there {
			found = append(found, p)
		}
	}
	return found, nil
}

// ImageFileAbsent is that there is nothing at a path of the image.
type ImageFileAbsent struct{ imagePath }

// Eval looks at the path.
func (c ImageFileAbsent) Eval(ctx context.Context, f *Facts) (Result, error) {
	return f.onImage(ctx, c.Ref, message.New("checks.path.absent-want", c.data()), func(img image.InspectResponse) (Result, error) {
		file, err := f.imageFile(ctx, img, c.Path, c.archive)
		switch {
		case err != nil:
			return Result{}, err
		case file.there:
			return answer(false, message.New("checks.path.still-there", c.data()), message.New("checks.path.absent-next", c.data())), nil
		}
		return answer(true, message.New("checks.path.missing", c.data()), message.Text{}), nil
	})
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

// fileTypes are the words for what can be at a path.
var fileTypes = []string{"file", "directory", "symlink"}

func parseFileType(p imagePath, n *strictyaml.Node) ([]Check, error) {
	text, err := n.Text()
	if err == nil && !slices.Contains(fileTypes, text) {
		err = n.Errorf("unknown type %q: want one of %s", text, strings.Join(fileTypes, ", "))
	}
	return []Check{ImageFileType{p, text}}, err
}

// ImageFileType is what is at a path: a file, a directory or a symlink. It looks at the path itself; every other condition on a
// symlink looks at what it leads to.
type ImageFileType struct {
	imagePath
	Type string
}

// Eval looks at the path.
func (c ImageFileType) Eval(ctx context.Context, f *Facts) (Result, error) {
	want := message.New("checks.path.type-want", message.Data{"Image": c.Ref, "Path": c.Path, "Type": typeText(c.Type)})
	return c.onFile(ctx, f, want, false, func(_ image.InspectResponse, file fileFact) (Result, error) {
		got := fileType(file.stat.Mode)
		said := message.New("checks.path.type", message.Data{"Image": c.Ref, "Path": c.Path, "Type": typeText(got)})
		return answer(got == c.Type, said, message.New("checks.path.type-next", c.data())), nil
	})
}

func fileType(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "file"
	case mode.IsDir():
		return "directory"
	case mode&fs.ModeSymlink != 0:
		return "symlink"
	}
	return "special"
}

func typeText(kind string) message.Text {
	switch kind {
	case "file":
		return message.New("checks.noun.file")
	case "directory":
		return message.New("checks.noun.directory")
	case "symlink":
		return message.New("checks.noun.symlink")
	}
	return message.New("checks.noun.special")
}

var octal = regexp.MustCompile(`^[0-7]{3,4}$`)

func parseFileMode(p imagePath, n *strictyaml.Node) ([]Check, error) {
	text, err := n.Text()
	if err == nil && !octal.MatchString(text) {
		err = n.Errorf("%q is no mode: want three or four octal digits in quotes, like \"0644\"", text)
	}
	mode, _ := strconv.ParseUint(text, 8, 16) // octal digits, or an error already
	return []Check{ImageFileMode{p, int(mode)}}, err
}

// ImageFileMode is who may do what with a file or folder, as chmod sets it: "0755".
type ImageFileMode struct {
	imagePath
	Mode int
}

// Eval compares the permissions.
func (c ImageFileMode) Eval(ctx context.Context, f *Facts) (Result, error) {
	want := message.New("checks.path.mode-want", message.Data{"Image": c.Ref, "Path": c.Path, "Mode": octalText(c.Mode)})
	return c.onFile(ctx, f, want, true, func(_ image.InspectResponse, file fileFact) (Result, error) {
		got := unixMode(file.stat.Mode)
		said := message.New("checks.path.mode", message.Data{"Image": c.Ref, "Path": c.Path, "Mode": octalText(got), "Letters": file.stat.Mode.String()})
		return answer(got == c.Mode, said, message.New("checks.path.mode-next", c.data())), nil
	})
}

func octalText(mode int) string { return fmt.Sprintf("%04o", mode) }

// unixMode is the permissions as chmod counts them.
func unixMode(m fs.FileMode) int {
	mode := int(m.Perm())
	for bit, n := range map[fs.FileMode]int{fs.ModeSetuid: 0o4000, fs.ModeSetgid: 0o2000, fs.ModeSticky: 0o1000} {
		if m&bit != 0 {
			mode |= n
		}
	}
	return mode
}

func parseFileSize(p imagePath, n *strictyaml.Node) ([]Check, error) {
	q, err := parseSize(n)
	return []Check{ImageFileSize{p, q}}, err
}

// ImageFileSize is how large a file is: "> 0" is not empty.
type ImageFileSize struct {
	imagePath
	size quantity
}

// Eval compares the size.
func (c ImageFileSize) Eval(ctx context.Context, f *Facts) (Result, error) {
	want := message.New("checks.path.size-want", message.Data{"Image": c.Ref, "Path": c.Path, "Size": c.size.text(sizeText(c.size.n))})
	return c.onFile(ctx, f, want, true, func(_ image.InspectResponse, file fileFact) (Result, error) {
		if file.isDir() {
			return c.isFolder(), nil
		}
		said := message.New("checks.path.size", message.Data{"Image": c.Ref, "Path": c.Path, "Size": sizeText(file.stat.Size)})
		return answer(c.size.holds(file.stat.Size), said, message.New("checks.path.size-next", c.data())), nil
	})
}

func (p imagePath) isFolder() Result {
	got := message.New("checks.path.type", message.Data{"Image": p.Ref, "Path": p.Path, "Type": typeText("directory")})
	return answer(false, got, message.New("checks.path.type-next", p.data()))
}

func parseFileContains(p imagePath, n *strictyaml.Node) ([]Check, error) {
	texts, err := n.Texts()
	var list []Check
	for _, text := range texts {
		if text == "" {
			return nil, n.Errorf("an empty text is in every file: it checks nothing")
		}
		list = append(list, ImageFileContains{p, text})
	}
	return list, err
}

// ImageFileContains is that a text is in a file of the image.
type ImageFileContains struct {
	imagePath
	Text string
}

// Eval reads the file, up to MaxFile.
func (c ImageFileContains) Eval(ctx context.Context, f *Facts) (Result, error) {
	want := message.New("checks.path.contains-want", message.Data{"Image": c.Ref, "Path": c.Path, "Text": c.Text})
	return c.onContent(ctx, f, want, func(content string) bool { return strings.Contains(content, c.Text) })
}

func parseFileMatches(p imagePath, n *strictyaml.Node) ([]Check, error) {
	patterns, err := parsePatterns(n)
	var list []Check
	for _, pattern := range patterns {
		list = append(list, ImageFileMatches{p, pattern})
	}
	return list, err
}

// ImageFileMatches is that a pattern is found in a file of the image; ^ and $ are the ends of a line.
type ImageFileMatches struct {
	imagePath
	pattern Pattern
}

// Eval reads the file, up to MaxFile.
func (c ImageFileMatches) Eval(ctx context.Context, f *Facts) (Result, error) {
	want := message.New("checks.path.matches-want", message.Data{"Image": c.Ref, "Path": c.Path, "Text": c.pattern.String()})
	return c.onContent(ctx, f, want, c.pattern.in)
}

var errLargeFile = errors.New("the file is larger than what is read of one")

func (p imagePath) onContent(ctx context.Context, f *Facts, want message.Text, holds func(string) bool) (Result, error) {
	return p.onFile(ctx, f, want, true, func(_ image.InspectResponse, file fileFact) (Result, error) {
		switch {
		case file.isDir():
			return p.isFolder(), nil
		case file.isLarge():
			got := message.New("checks.unknown.large", message.Data{"Path": p.Path, "Size": sizeText(file.stat.Size), "Limit": "1 MiB"})
			return Result{Got: got, Next: message.New("checks.unknown.large-next")}, errLargeFile
		}
		return p.content(string(file.content), holds(string(file.content))), nil
	})
}

// content shows the beginning of what was read, where it is not what was wanted.
func (p imagePath) content(text string, holds bool) Result {
	data := p.data()
	data["Content"] = excerpt(text)
	switch {
	case holds:
		return answer(true, message.New("checks.path.content-right", data), message.Text{})
	case strings.TrimSpace(text) == "":
		return answer(false, message.New("checks.path.content-empty", data), message.New("checks.path.content-next", data))
	}
	return answer(false, message.New("checks.path.content", data), message.New("checks.path.content-next", data))
}

// excerpt is the first line that says something, and no more than fits in a sentence.
func excerpt(text string) string {
	const most = 60
	line, rest, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if runes := []rune(strings.ToValidUTF8(line, "?")); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	if rest != "" {
		return strings.TrimSpace(line) + " …"
	}
	return line
}
