package checks

import (
	"context"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
)

// missing says what is near a path where nothing is. It asks more of the engine, only then.
func (c ImageFileExists) missing(ctx context.Context, f *Facts, img image.InspectResponse) (Result, error) {
	r := answer(false, message.New("checks.path.missing", c.data()), message.New("checks.path.missing-next", c.data()))
	dir := path.Dir(c.Path)
	siblings, err := f.folder(ctx, img, dir)
	switch {
	case errdefs.IsNotFound(err):
		r.Got = message.New("checks.path.no-folder", message.Data{"Image": c.Ref, "Path": c.Path, "Folder": dir})
	case err != nil:
		return r, err
	}
	for _, look := range []func(context.Context, *Facts, image.InspectResponse) (clue, error){c.deleted, c.fileForFolder} {
		found, err := look(ctx, f, img)
		if err != nil || !found.near.IsZero() {
			r.Near, r.Next = found.near, found.next
			return r, err
		}
	}
	elsewhere, err := c.elsewhere(ctx, f, img)
	if err != nil {
		return r, err
	}
	if near := nearPath(c.Path, slices.Concat(siblings, elsewhere)); near != "" {
		data := message.Data{"Image": c.Ref, "Path": c.Path, "Near": near}
		r.Near, r.Next = message.New("checks.path.near", data), message.New("checks.path.near-next", data)
	}
	return r, nil
}

// deleted speaks of an instruction that takes the path away: it may have been there in a layer before.
func (c ImageFileExists) deleted(ctx context.Context, f *Facts, img image.InspectResponse) (clue, error) {
	rows, err := f.history(ctx, img)
	removes := regexp.MustCompile(`^RUN (.*[\s;&|])?(rm|rmdir|unlink)\s(.*[\s/])?` + regexp.QuoteMeta(path.Base(c.Path)) + `([\s;&|].*)?$`)
	for _, row := range rowTexts(rows) {
		if removes.MatchString(row) {
			data := message.Data{"Row": row, "Image": c.Ref}
			return clue{near: message.New("near.path-deleted", data), next: message.New("near.path-deleted-next", data)}, err
		}
	}
	return clue{}, err
}

// fileForFolder speaks of a file where the path's folder should be: COPY makes one where its destination does not end in a slash.
func (c ImageFileExists) fileForFolder(ctx context.Context, f *Facts, img image.InspectResponse) (clue, error) {
	folder := path.Dir(c.Path)
	file, err := f.imageFile(ctx, img, folder, false)
	if err != nil || !file.there || file.isDir() || file.isLink() {
		return clue{}, err
	}
	data := message.Data{"Folder": folder, "Image": c.Ref}
	return clue{near: message.New("near.path-file", data), next: message.New("near.path-file-next", data)}, nil
}

// elsewhere looks where a file lands when its folder is forgotten, at the top and in the working directory, and where the folder
// has nearly the right name.
func (c ImageFileExists) elsewhere(ctx context.Context, f *Facts, img image.InspectResponse) ([]string, error) {
	places := []string{"/"}
	if dir := path.Clean(configOf(img).WorkingDir); path.IsAbs(dir) {
		places = append(places, dir)
	}
	folder, err := f.respelled(ctx, img, path.Dir(c.Path))
	if err != nil {
		return nil, err
	}
	if folder != "" {
		places = append(places, folder)
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

// respelled is the folder that is there with one name on the way spelled nearly so, "" where there is none.
func (f *Facts) respelled(ctx context.Context, img image.InspectResponse, dir string) (string, error) {
	for at := dir; at != "/"; at = path.Dir(at) {
		beside, err := f.folder(ctx, img, path.Dir(at))
		if errdefs.IsNotFound(err) {
			continue
		}
		if err != nil || slices.Contains(beside, at) {
			return "", err
		}
		near := nearPath(at, beside)
		if near == "" || path.Dir(near) != path.Dir(at) {
			return "", nil
		}
		return near + strings.TrimPrefix(dir, at), nil
	}
	return "", nil
}

// isFolder is the result where a file is wanted and a folder is there: COPY makes one where its destination ends in a slash.
func (p imagePath) isFolder(ctx context.Context, f *Facts, img image.InspectResponse) (Result, error) {
	got := message.New("checks.path.type", message.Data{"Path": p.Path, "Type": typeText("directory")})
	r := answer(false, got, typeNext("file", p.data()))
	within := path.Join(p.Path, path.Base(p.Path))
	file, err := f.imageFile(ctx, img, within, false)
	if err == nil && file.there {
		r.Near = message.New("near.path-within", message.Data{"Within": within})
	}
	return r, err
}

// modeNear says what a learner cannot do with a file that lacks a permission.
func modeNear(got, want int) message.Text {
	const execute = 0o111
	if want&execute != 0 && got&execute == 0 {
		return message.New("near.mode-execute")
	}
	return message.Text{}
}

// tellContent speaks of a text that is there with other capitals, or in the file of the workspace and not in the image.
func (p imagePath) tellContent(f *Facts, r *Result, holds func(string) bool, folded bool) {
	name := f.workspaceFile(path.Base(p.Path), holds)
	switch {
	case name != "":
		data := message.Data{"File": name, "Image": p.Ref}
		r.Near, r.Next = message.New("near.content-newer", data), message.New("near.content-newer-next", data)
	case folded:
		r.Near = message.New("near.letter-case")
	}
}

func foldContains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// workspaceFile is the file of the workspace with that name of which something holds, "" where there is none.
func (f *Facts) workspaceFile(base string, holds func(string) bool) string {
	root, err := openWorkspace(f.scope.Workspace)
	if err != nil {
		return ""
	}
	defer root.Close()
	for _, name := range walk(root.FS(), false) {
		if path.Base(name) != base {
			continue
		}
		if content, err := readWorkspaceFile(root, name, MaxFile); err == nil && holds(content) {
			return name
		}
	}
	return ""
}
