package checks

import (
	"context"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
)

// missing says what is near a path where nothing is. It asks more of the engine, only then.
func (c ImageFileExists) missing(ctx context.Context, f *Facts, img image.InspectResponse) (Result, error) {
	r := answer(false, message.New("checks.path.missing", c.data()), message.New("checks.path.missing-next", c.data()))
	for _, look := range []func(context.Context, *Facts, image.InspectResponse) (clue, error){c.deleted, c.fileForFolder} {
		found, err := look(ctx, f, img)
		if err != nil || !found.near.IsZero() {
			r.tell(found)
			return r, err
		}
	}
	siblings, err := f.folder(ctx, img, path.Dir(c.Path))
	switch {
	case errdefs.IsNotFound(err):
		r.Got = message.New("checks.path.no-folder", message.Data{"Path": c.Path, "Folder": path.Dir(c.Path)})
	case err != nil:
		return r, err
	}
	elsewhere, err := c.elsewhere(ctx, f, img)
	if err != nil {
		return r, err
	}
	near := nearPath(c.Path, slices.Concat(siblings, elsewhere))
	data := message.Data{"Image": c.Ref, "Path": c.Path, "Near": near}
	switch {
	case near == "":
		return r, nil
	case strings.EqualFold(near, c.Path):
		r.Near = message.New("near.path-case", data)
	default:
		r.Near = message.New("checks.path.near", data)
	}
	r.Next = message.New("checks.path.near-next", data)
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

// fileForFolder speaks of a file where a folder of the path should be: COPY makes one where its destination does not end in a slash.
func (c ImageFileExists) fileForFolder(ctx context.Context, f *Facts, img image.InspectResponse) (clue, error) {
	for folder := path.Dir(c.Path); folder != "/"; folder = path.Dir(folder) {
		file, err := f.behindLink(ctx, img, folder, false)
		switch {
		case err != nil:
			return clue{}, err
		case file.there && file.isDir():
			return clue{}, nil
		case file.there:
			data := message.Data{"Folder": folder, "Image": c.Ref}
			return clue{near: message.New("near.path-file", data), next: message.New("near.path-file-next", data)}, nil
		}
	}
	return clue{}, nil
}

// elsewhere looks where a file lands when its folder is forgotten, at the top and in the working directory, or comes along with
// «COPY .», and at what the recipe speaks of that is nearly the path.
func (c ImageFileExists) elsewhere(ctx context.Context, f *Facts, img image.InspectResponse) ([]string, error) {
	base := path.Base(c.Path)
	places := []string{"/" + base}
	if dir := path.Clean(configOf(img).WorkingDir); path.IsAbs(dir) {
		places = append(places, path.Join(dir, base))
	}
	places = append(places, f.carried(base, path.Dir(c.Path))...)
	rows, err := f.history(ctx, img)
	if err != nil {
		return nil, err
	}
	if near := nearPath(c.Path, spokenOf(rowTexts(rows), base)); near != "" {
		places = append(places, path.Clean(near))
	}
	var found []string
	for _, p := range slices.Compact(places) {
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

// carried are the paths that files of that name have where the whole of a folder of the workspace is copied to another one: below the
// folders that they are in.
func (f *Facts) carried(base, to string) []string {
	root, err := openWorkspace(f.scope.Workspace)
	if err != nil {
		return nil
	}
	defer root.Close()
	var places []string
	for _, name := range walk(root.FS(), false) {
		_, below, _ := strings.Cut(name, "/") // the folder that is built
		if path.Base(name) == base && strings.Contains(below, "/") && len(places) < mostCandidates {
			places = append(places, path.Join(to, below))
		}
	}
	return places
}

var spokenPath = regexp.MustCompile(`/[^\s"'\],;:&|]+`)

// spokenOf are the paths in the rows of a history, and those that a file of that name has in them.
func spokenOf(rows []string, base string) []string {
	var paths []string
	for _, row := range rows {
		for _, p := range spokenPath.FindAllString(row, -1) {
			paths = append(paths, p, path.Join(p, base))
		}
	}
	return paths
}

// isFolder is the result where a file is wanted and a folder is there: COPY makes one where its destination ends in a slash.
func (p imagePath) isFolder(ctx context.Context, f *Facts, img image.InspectResponse) (Result, error) {
	got := message.New("checks.path.type", message.Data{"Path": p.Path, "Type": typeText("directory")})
	r := answer(false, got, typeNext("file", p.data()))
	within, err := f.folder(ctx, img, p.Path)
	if len(within) == 1 {
		r.Near = message.New("near.path-within", message.Data{"Within": within[0]})
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

// tellContent speaks of a text that is in the file of the workspace and not in the image, or there with other capitals.
func (p imagePath) tellContent(f *Facts, img image.InspectResponse, r *Result, holds func(string) bool, folded bool) {
	name, saved := f.workspaceFile(path.Base(p.Path), holds)
	data := message.Data{"File": name, "Image": p.Ref}
	made, err := time.Parse(time.RFC3339Nano, img.Created)
	switch {
	case name != "" && err == nil && saved.After(made):
		r.Near, r.Next = message.New("near.content-newer", data), message.New("near.content-newer-next", data)
	case folded:
		r.Near = message.New("near.letter-case")
	case name != "":
		r.Near = message.New("near.content-other", data)
	}
}

func foldContains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// workspaceFile is the file of the workspace with that name of which something holds, and when it was saved; "" where there is none.
func (f *Facts) workspaceFile(base string, holds func(string) bool) (name string, saved time.Time) {
	root, err := openWorkspace(f.scope.Workspace)
	if err != nil {
		return "", saved
	}
	defer root.Close()
	for _, name := range walk(root.FS(), false) {
		if path.Base(name) != base {
			continue
		}
		content, err := readWorkspaceFile(root, name, MaxFile)
		if info, gone := root.Stat(name); err == nil && gone == nil && holds(content) {
			return name, info.ModTime()
		}
	}
	return "", saved
}
