package checks

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/kballard/go-shellquote"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

// The workspace is looked at within these bounds, whatever a learner has put there.
const (
	maxFileSize   = 1 << 20
	maxWalkCount  = 2000
	maxWalkFolder = 4 // folders within folders
)

// errNoWorkspace says that files are asked about where there is no folder for them.
var errNoWorkspace = errors.New("no workspace folder")

// workspacePath is a path within the workspace, slashes between its names. One that ends in a slash is a folder.
type workspacePath struct {
	name   string
	folder bool
}

// parseWorkspacePath reads the path of a file that a lesson names. It may not leave the workspace.
func parseWorkspacePath(n *strictyaml.Node) (workspacePath, error) {
	text, err := n.Text()
	if err != nil {
		return workspacePath{}, err
	}
	switch clean := path.Clean(text); {
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return workspacePath{}, n.Errorf("path %q: control characters in it", text)
	case strings.Contains(text, `\`):
		return workspacePath{}, n.Errorf("path %q: write / between its names, on every system", text)
	case path.IsAbs(clean) || strings.HasPrefix(text, "~") || len(text) > 1 && text[1] == ':':
		return workspacePath{}, n.Errorf("path %q: it must be relative, it starts at the workspace", text)
	case clean == "." || !fs.ValidPath(clean):
		return workspacePath{}, n.Errorf("path %q: it must name something within the workspace", text)
	default:
		return workspacePath{name: clean, folder: strings.HasSuffix(text, "/")}, nil
	}
}

func (p workspacePath) String() string {
	if p.folder {
		return p.name + "/"
	}
	return p.name
}

// pathData are a path as sentences name it: as the lesson writes it, without the slash of a folder, and as a word of a shell command.
func pathData(p workspacePath) message.Data {
	return message.Data{"Path": p.String(), "Name": p.name, "Word": shellquote.Join(p.name)}
}

// presence is what stands at a path.
type presence int

const (
	nothingThere presence = iota
	fileThere
	folderThere
	specialThere // a device, a pipe
	danglingThere
	outsideThere // a link to somewhere outside of the workspace
)

func openWorkspace(dir string) (*os.Root, error) {
	if dir == "" {
		return nil, errNoWorkspace
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the workspace: %w", err)
	}
	return root, nil
}

// lookAt says what stands at a path. An error means that it could not be seen.
func lookAt(root *os.Root, name string) (presence, error) {
	info, err := root.Stat(name)
	switch {
	case err == nil:
		return presenceOf(info.Mode()), nil
	case leavesWorkspace(root.Name(), name):
		return outsideThere, nil
	case errors.Is(err, fs.ErrNotExist):
		if isSymlink(root, name) {
			return danglingThere, nil
		}
		return nothingThere, nil
	case errors.Is(err, syscall.ENOTDIR):
		return nothingThere, nil
	case !errors.Is(err, fs.ErrPermission) && isSymlink(root, name):
		return specialThere, nil // a circle of links, an absolute link
	}
	return nothingThere, fmt.Errorf("looking at %s: %w", name, err)
}

func isSymlink(root *os.Root, name string) bool {
	info, err := root.Lstat(name)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

func presenceOf(mode fs.FileMode) presence {
	switch {
	case mode.IsRegular():
		return fileThere
	case mode.IsDir():
		return folderThere
	}
	return specialThere
}

// leavesWorkspace reports whether links on the way lead out of dir. It explains a refusal of os.Root, which decides.
func leavesWorkspace(dir, name string) bool {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false
	}
	real, err := filepath.EvalSymlinks(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(dir, real)
	return err != nil || !filepath.IsLocal(rel)
}

// tooLargeError says that a file is larger than any that a lesson asks for.
type tooLargeError struct{ limit int }

func (e tooLargeError) Error() string { return fmt.Sprintf("larger than %d KiB", e.limit>>10) }

// readWorkspaceFile returns the content of a file that is there, its line ends made \n.
func readWorkspaceFile(root *os.Root, name string, limit int) (string, error) {
	f, err := root.Open(name)
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", name, err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("reading %s: %w", name, err)
	case len(content) > limit:
		return "", fmt.Errorf("reading %s: %w", name, tooLargeError{limit})
	}
	return strings.ReplaceAll(string(content), "\r\n", "\n"), nil
}

// unreadablePath is the result where a path could not be looked at; err says why.
func unreadablePath(want message.Text, p workspacePath, err error) (Result, error) {
	r := Result{Verdict: Unknown, Want: want, Err: err}
	data := pathData(p)
	var large tooLargeError
	switch {
	case errors.Is(err, fs.ErrPermission):
		r.Got, r.Next = message.New("file.no-permission", data), message.New("file.no-permission-next", data)
	case errors.As(err, &large):
		data["Limit"] = large.limit >> 10
		r.Got, r.Next = message.New("file.too-large", data), message.New("file.too-large-next", data)
	case errors.Is(err, errNoWorkspace), errors.Is(err, fs.ErrNotExist):
		r.Got, r.Next = message.New("file.no-workspace"), message.New("file.no-workspace-next")
	default:
		r.Got, r.Next = message.New("file.unreadable", data), message.New("file.unreadable-next", data)
	}
	return r, err
}

// missingPath is the result where what was wanted is not there: what stands in its place, and what is near.
func missingPath(want message.Text, root *os.Root, p workspacePath, there presence) Result {
	data := pathData(p)
	r := Result{Verdict: Fail, Want: want}
	switch there {
	case fileThere:
		r.Got, r.Next = message.New("file.is-file", data), message.New("file.is-file-next", data)
	case folderThere:
		r.Got, r.Next = message.New("file.is-folder", data), message.New("file.is-folder-next", data)
	case specialThere:
		r.Got, r.Next = message.New("file.is-special", data), message.New("file.is-special-next", data)
	case danglingThere:
		r.Got, r.Next = message.New("file.is-dangling", data), message.New("file.is-special-next", data)
	case outsideThere:
		r.Got, r.Next = message.New("file.is-outside", data), message.New("file.is-special-next", data)
	default:
		r.Got, r.Next = message.New("file.missing", data), message.New("file.missing-next", data)
		if p.folder {
			r.Next = message.New("file.missing-folder-next", data)
		}
		if near := nearPath(p.name, walk(root.FS(), p.folder)); near != "" {
			r.Near, r.Next = nearFile(root, p, near)
		}
	}
	return r
}

// nearFile says which path was found instead, how it differs, and how to mend it.
func nearFile(root *os.Root, p workspacePath, near string) (said, next message.Text) {
	data := pathData(p)
	data["Near"] = workspacePath{near, p.folder}.String()
	data["Command"] = moveCommand(root, near, p.name)
	next = message.New("file.near-next", data)
	switch base := path.Base(p.name) == path.Base(near); {
	case strings.EqualFold(p.name, near):
		return message.New("file.near-case", data), next
	case !p.folder && isExtensionOff(p.name, near):
		return message.New("file.near-extension", data), next
	case base && path.Dir(near) != "." && path.Dir(path.Dir(near)) == path.Dir(p.name):
		return message.New("file.near-deeper", data), next
	case base && path.Dir(near) == path.Dir(path.Dir(p.name)):
		return message.New("file.near-higher", data), next
	}
	return message.New("file.near", data), next
}

// moveCommand is what brings a file to where it should be. A folder with nearly the right name is renamed whole, and one that is
// missing is made first.
func moveCommand(root *os.Root, from, to string) string {
	dir, near := path.Dir(to), path.Dir(from)
	move := "mv " + shellquote.Join(from, to)
	switch there, err := lookAt(root, dir); {
	case err != nil || there != nothingThere:
		return move
	case path.Base(from) == path.Base(to) && strings.Count(from, "/") == strings.Count(to, "/") && isNearlyFolder(dir, near):
		return moveCommand(root, near, dir)
	}
	return "mkdir -p " + shellquote.Join(dir) + " && " + move
}

func isNearlyFolder(want, have string) bool {
	w, h := path.Base(want), path.Base(have)
	return w == h || strings.EqualFold(w, h) || isClose(w, h)
}

// walk returns the paths of files, or of folders, those of upper folders first.
func walk(files fs.FS, folders bool) []string {
	var found []string
	queue, left := []string{"."}, maxWalkCount
	for len(queue) > 0 && left > 0 {
		dir := queue[0]
		queue = queue[1:]
		for _, entry := range readSome(files, dir, left) {
			left--
			name := path.Join(dir, entry.Name())
			if entry.IsDir() == folders {
				found = append(found, name)
			}
			if entry.IsDir() && strings.Count(name, "/")+1 < maxWalkFolder {
				queue = append(queue, name)
			}
		}
	}
	return found
}

// readSome returns at most n entries of a folder; none of one that cannot be read, for there nothing near can be named.
func readSome(files fs.FS, dir string, n int) []fs.DirEntry {
	f, err := files.Open(dir)
	if err != nil {
		return nil
	}
	defer f.Close()
	list, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil
	}
	entries, _ := list.ReadDir(n)
	return entries
}
