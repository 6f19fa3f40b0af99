package checks

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

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
	return c.onFile(ctx, f, want, false, func(img image.InspectResponse, file fileFact) (Result, error) {
		got := fileType(file.stat.Mode)
		if c.Type == "file" && got == "directory" {
			return c.isFolder(ctx, f, img)
		}
		said := message.New("checks.path.type", message.Data{"Path": c.Path, "Type": typeText(got)})
		return answer(got == c.Type, said, typeNext(c.Type, c.data())), nil
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

// typeNext is how a thing of a kind comes to be at a path.
func typeNext(kind string, data message.Data) message.Text {
	switch kind {
	case "directory":
		return message.New("checks.path.type-directory-next", data)
	case "symlink":
		return message.New("checks.path.type-symlink-next", data)
	}
	return message.New("checks.path.type-file-next", data)
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
		r := answer(got == c.Mode, said, message.New("checks.path.mode-next", message.Data{"Path": c.Path, "Mode": octalText(c.Mode)}))
		if r.Verdict == Fail {
			r.Near = modeNear(got, c.Mode)
		}
		return r, nil
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
	return c.onFile(ctx, f, want, true, func(img image.InspectResponse, file fileFact) (Result, error) {
		if file.isDir() {
			return c.isFolder(ctx, f, img)
		}
		said := message.New("checks.path.size", message.Data{"Image": c.Ref, "Path": c.Path, "Size": sizeText(file.stat.Size)})
		return answer(c.size.holds(file.stat.Size), said, message.New("checks.path.size-next", c.data())), nil
	})
}
