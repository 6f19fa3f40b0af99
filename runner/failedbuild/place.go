package failedbuild

import (
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"capas/checks"
	"capas/internal/message"
	"capas/internal/nearest"
)

// place is what is built: a folder and a Dockerfile.
type place struct {
	root  string // the folder
	word  string // the folder as it was typed
	shown string // the Dockerfile as somebody names it who typed the command
	file  string // the Dockerfile
}

// findPlace finds what a build builds, or says why docker does not.
func findPlace(c *call) (*place, Explanation) {
	word := c.flags.Arg(0)
	switch {
	case !known(word) || !known(c.file) || isRemote(word) || c.file == "-":
		return nil, none
	}
	p := &place{root: under(c.dir, word), word: word}
	info, err := os.Stat(p.root)
	switch {
	case os.IsNotExist(err):
		return nil, c.noFolder(p)
	case err != nil:
		return nil, none
	case !info.IsDir():
		return nil, c.fileForFolder(p)
	}
	if e := c.findFile(p); !e.isNone() {
		return nil, e
	}
	return p, none
}

// isRemote reports whether a build does not build a folder of this machine.
func isRemote(word string) bool {
	return word == "-" || strings.Contains(word, "://") || strings.HasPrefix(word, "github.com/") || strings.HasPrefix(word, "git@")
}

// findFile finds the Dockerfile of a folder that is there.
func (c *call) findFile(p *place) Explanation {
	if c.file != "" {
		p.file, p.shown = under(c.dir, c.file), path.Clean(filepath.ToSlash(c.file))
		switch info, err := os.Stat(p.file); {
		case os.IsNotExist(err):
			return c.noSuchFile(p)
		case err == nil && info.IsDir():
			return c.folderForFile(p)
		}
		return none
	}
	for _, name := range []string{"Dockerfile", "dockerfile"} { // docker tries both
		if file := filepath.Join(p.root, name); isFile(file) {
			p.file, p.shown = file, p.named(name)
			return none
		}
	}
	return c.noDockerfile(p)
}

// named is a file of the folder as it is named from where the build was typed.
func (p *place) named(name string) string { return path.Join(filepath.ToSlash(p.word), name) }

func (c *call) noFolder(p *place) Explanation {
	data := message.Data{"Command": c.name, "Folder": p.word}
	e := Explanation{
		What: message.New("build.no-folder", data),
		Next: message.New("build.no-folder-next", data),
	}
	if near := nearFolder(c.dir, p.word); near != "" {
		data["Near"], data["Retyped"] = near, c.refolded(quoted(near))
		e.Near, e.Next = message.New("build.near-folder", data), message.New("build.type", data)
		return e
	}
	if filepath.Base(filepath.Clean(c.dir)) == filepath.Clean(p.word) && hasDockerfile(c.dir) {
		data["Retyped"] = c.refolded(".")
		e.Near, e.Next = message.New("build.inside-folder", data), message.New("build.type", data)
		return e
	}
	if isName(p.word) && len(c.tags) == 0 && hasDockerfile(c.dir) {
		data["Retyped"] = c.refolded("-t " + p.word + " .")
		e.Near, e.Next = message.New("build.folder-name", data), message.New("build.type", data)
		return e
	}
	if folder := c.folderToBuild(); folder != "" {
		data["Near"], data["Retyped"] = folder, c.refolded(quoted(folder))
		e.Near, e.Next = message.New("build.dockerfile-in", data), message.New("build.type", data)
	}
	return e
}

func (c *call) fileForFolder(p *place) Explanation {
	folder := path.Dir(filepath.ToSlash(p.word))
	data := message.Data{"Command": c.name, "File": p.word, "Retyped": c.refolded(quoted(folder))}
	return Explanation{
		What:  message.New("build.file-for-folder", data),
		Found: message.New("build.file-for-folder-found", data),
		Next:  message.New("build.type", data),
	}
}

func (c *call) folderForFile(p *place) Explanation {
	data := message.Data{"Command": c.name, "File": c.file, "Retyped": c.retyped(c.file, quoted(path.Join(c.file, "Dockerfile")))}
	e := Explanation{What: message.New("build.folder-for-file", data), Next: message.New("build.folder-for-file-next", data)}
	if hasDockerfile(p.file) {
		e.Next = message.New("build.type", data)
	}
	return e
}

func (c *call) noSuchFile(p *place) Explanation {
	data := message.Data{"Command": c.name, "File": c.file, "Folder": p.word}
	e := Explanation{What: message.New("build.no-file", data), Next: message.New("build.no-file-next", data)}
	switch inside := filepath.Join(p.root, filepath.FromSlash(c.file)); {
	case isFile(inside) && !filepath.IsAbs(filepath.FromSlash(c.file)):
		data["Near"] = p.named(c.file)
		e.Found = message.New("build.no-file-inside", data)
	default:
		near := nearFile(c.dir, c.file)
		if near == "" {
			return e
		}
		data["Near"] = near
		e.Near = message.New("build.near-file", data)
	}
	data["Retyped"] = c.retyped(c.file, quoted(data["Near"].(string)))
	e.Next = message.New("build.type", data)
	return e
}

// noDockerfile looks for one under nearly that name, below, above and beside.
func (c *call) noDockerfile(p *place) Explanation {
	data := message.Data{"Command": c.name, "Folder": p.word, "Here": p.word == "."}
	e := Explanation{What: message.New("build.no-dockerfile", data), Next: message.New("build.no-dockerfile-next", data)}
	if near := nearDockerfile(p.root); near != "" {
		data["Near"], data["Move"] = near, "mv "+quoted(p.named(near))+" "+quoted(p.named("Dockerfile"))
		e.Found, e.Next = message.New("build.other-dockerfile", data), message.New("build.other-dockerfile-next", data)
		return e
	}
	for _, where := range []string{p.word, "."} {
		if found := foldersWithDockerfile(under(c.dir, where)); len(found) == 1 {
			folder := path.Join(filepath.ToSlash(where), found[0])
			return c.elsewhere(e, data, folder)
		}
	}
	if hasDockerfile(filepath.Dir(p.root)) {
		return c.elsewhere(e, data, path.Join(filepath.ToSlash(p.word), ".."))
	}
	if found := foldersWithDockerfile(filepath.Dir(p.root)); len(found) == 1 {
		return c.elsewhere(e, data, path.Join(filepath.ToSlash(p.word), "..", found[0]))
	}
	return e
}

// elsewhere names the folder that has a Dockerfile. Who builds the folder where they are is probably in the wrong one.
func (c *call) elsewhere(e Explanation, data message.Data, folder string) Explanation {
	data["Near"], data["Retyped"], data["Cd"] = path.Join(folder, "Dockerfile"), c.refolded(quoted(folder)), "cd "+quoted(folder)
	e.Found, e.Next = message.New("build.dockerfile-elsewhere", data), message.New("build.type", data)
	if data["Here"].(bool) {
		e.Next = message.New("build.dockerfile-cd", data)
	}
	return e
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

func isExecutable(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode()&0o111 != 0
}

func hasDockerfile(dir string) bool { return isFile(filepath.Join(dir, "Dockerfile")) }

// maxEntries is how many entries of a folder are looked at.
const maxEntries = 500

// entries are some of what is in a folder, in order.
func entries(dir string) []os.DirEntry {
	f, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer f.Close()
	list, err := f.ReadDir(maxEntries)
	if err != nil && err != io.EOF {
		return nil
	}
	slices.SortFunc(list, func(a, b os.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list
}

// foldersWithDockerfile are the folders directly in a folder that have one.
func foldersWithDockerfile(dir string) []string {
	var found []string
	for _, e := range entries(dir) {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && hasDockerfile(filepath.Join(dir, e.Name())) {
			found = append(found, e.Name())
		}
	}
	return found
}

// nearDockerfile is a file of a folder with nearly the name of a Dockerfile.
func nearDockerfile(dir string) string {
	var names []string
	for _, e := range entries(dir) {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return checks.NearPath("Dockerfile", slices.DeleteFunc(names, func(n string) bool {
		return strings.HasPrefix(n, ".") || strings.HasSuffix(strings.ToLower(n), ".dockerignore")
	}))
}

// nearFolder and nearFile are what is near a path that somebody typed in a folder.
func nearFolder(dir, word string) string { return nearEntry(dir, word, true) }

func nearFile(dir, word string) string { return nearEntry(dir, word, false) }

func nearEntry(dir, word string, folders bool) string {
	word = filepath.ToSlash(word)
	parent, relative := path.Dir(word), !filepath.IsAbs(filepath.FromSlash(word))
	var names []string
	for _, e := range entries(under(dir, parent)) {
		if e.IsDir() == folders {
			names = append(names, path.Join(parent, e.Name()))
		}
	}
	if near := closest(word, names); near != "" || !relative {
		return near
	}
	return checks.NearPath(word, walk(dir, folders))
}

// closest is the path that was probably meant: of those in the same folder the one that differs least.
func closest(want string, have []string) string {
	var beside []string
	for _, h := range have {
		if path.Dir(h) == path.Dir(path.Clean(want)) && path.Clean(h) != path.Clean(want) {
			beside = append(beside, path.Base(h))
		}
	}
	near := nearest.Word(path.Base(want), beside)
	if i := slices.IndexFunc(beside, func(b string) bool { return sameLetters(b, path.Base(want)) }); i >= 0 && near == "" {
		near = beside[i]
	}
	if near != "" {
		return path.Join(path.Dir(path.Clean(want)), near)
	}
	return checks.NearPath(want, have)
}

// sameLetters reports whether two names only differ in the order of their letters.
func sameLetters(a, b string) bool {
	x, y := []rune(a), []rune(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

const (
	maxWalk  = 2000
	maxDepth = 4
)

// walk returns the paths of files, or of folders, below a folder, those of upper folders first.
func walk(dir string, folders bool) []string {
	var found []string
	queue, left := []string{"."}, maxWalk
	for len(queue) > 0 && left > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, e := range entries(filepath.Join(dir, filepath.FromSlash(at))) {
			left--
			name := path.Join(at, e.Name())
			if e.IsDir() == folders {
				found = append(found, name)
			}
			if e.IsDir() && e.Name() != ".git" && strings.Count(name, "/")+1 < maxDepth {
				queue = append(queue, name)
			}
		}
	}
	return found
}
