package lessons

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"capas/internal/nearest"
	"capas/internal/strictyaml"
)

// Course is a folder of lessons. Lessons are read when they are asked for.
type Course struct {
	ID       string
	Version  string
	Language string            // the default
	Title    map[string]string // by language
	Summary  map[string]string
	Order    []string // ids of lessons
	Vars     Vars     // those of every lesson, but Workspace

	files   fs.FS
	orderAt []*strictyaml.Node // where each id of Order stands
}

const courseFile = "course.yaml"

// Open reads course.yaml and nothing else.
func Open(files fs.FS) (*Course, error) {
	src, err := read(files, courseFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no course here: there is no %s: %w", courseFile, err)
	}
	if err != nil {
		return nil, err
	}
	p := &problems{file: courseFile}
	c := p.course(src)
	if err := p.err(); err != nil {
		return nil, err
	}
	c.files = files
	return c, nil
}

func (p *problems) course(src []byte) *Course {
	t := p.open(src)
	if t == nil {
		return nil
	}
	n := p.yaml(t)
	if n == nil || !p.known(n, "the course", "id", "title", "summary", "language", "version", "vars", "lessons") ||
		!p.has(n, "the course", "id", "title", "language", "version", "lessons") {
		return nil
	}
	c := &Course{
		ID:       p.id(n.Get("id")),
		Version:  p.line(n.Get("version")),
		Language: p.words(n.Get("language")),
		Title:    p.languages(n.Get("title")),
		Summary:  p.languages(n.Get("summary")),
	}
	c.Order, c.orderAt = p.ids(n.Get("lessons"))
	if !language.MatchString(c.Language) {
		p.add(n.Get("language").Errorf("%q: want the two letters of a language, as in «es»", c.Language))
	} else if c.Title[c.Language] == "" && n.Get("title").Kind == strictyaml.Map {
		p.add(n.Get("title").Errorf("the title lacks the default language, %s", c.Language))
	}
	c.Vars = given("")
	delete(c.Vars, Workspace) // each lesson has its own
	if vars := n.Get("vars"); vars != nil {
		maps.Copy(c.Vars, p.variables(vars))
		if way := c.Vars.circle(); way != nil {
			p.add(vars.Errorf("these variables stand for one another: %s", strings.Join(way, " → ")))
		}
	}
	p.misspelt(t, c.Vars)
	return c
}

// languages reads a text in several languages.
func (p *problems) languages(n *strictyaml.Node) map[string]string {
	texts := map[string]string{}
	if n == nil {
		return texts
	}
	fields, err := n.Map()
	p.add(err)
	for _, f := range fields {
		if !language.MatchString(f.Key.Value) {
			p.add(f.Key.Errorf("%q: want the two letters of a language, as in «es»", f.Key.Value))
		}
		texts[f.Key.Value] = p.line(f.Value)
	}
	return texts
}

// read returns a file's bytes, and of a file that is too large just enough to tell.
func read(files fs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, MaxLesson+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return src, nil
}

var lessonFile = regexp.MustCompile(`^[0-9]+-[a-z0-9-]+\.md$`)

// lessonFiles are the paths of a language's lessons, by name. A language without a folder has none.
func (c *Course) lessonFiles(lang string) ([]string, error) {
	if !language.MatchString(lang) {
		return nil, nil
	}
	entries, err := fs.ReadDir(c.files, lang)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the lessons in %q: %w", lang, err)
	}
	var list []string
	for _, e := range entries {
		if !e.IsDir() && lessonFile.MatchString(e.Name()) {
			list = append(list, path.Join(lang, e.Name()))
		}
	}
	return list, nil
}

// Languages are those that have a folder with at least one lesson.
func (c *Course) Languages() []string {
	entries, err := fs.ReadDir(c.files, ".")
	if err != nil {
		return nil
	}
	var list []string
	for _, e := range entries {
		if files, err := c.lessonFiles(e.Name()); err == nil && len(files) > 0 {
			list = append(list, e.Name())
		}
	}
	return list
}

// Lesson reads one lesson. An unknown id is an error that names the nearest (errors.As *UnknownLesson).
// One that is missing in the language comes from the default one.
func (c *Course) Lesson(lang, id string) (*Lesson, error) {
	known := map[string]bool{}
	var broken Errors
	for _, l := range slices.Compact([]string{lang, c.Language}) {
		file, err := c.find(l, id, known, &broken)
		if err != nil {
			return nil, err
		}
		if file != "" {
			return c.Read(Heading{File: file})
		}
	}
	if len(broken) > 0 && slices.Contains(c.Order, id) {
		return nil, broken // one of these files is the lesson
	}
	return nil, &UnknownLesson{ID: id, Nearest: nearestOf(id, known, c.Order)}
}

// Read reads the lesson that a heading of this course is of.
func (c *Course) Read(h Heading) (*Lesson, error) {
	src, err := read(c.files, h.File)
	if err != nil {
		return nil, err
	}
	return Parse(h.File, src, c.Vars)
}

// find is the file of a lesson in one language, or "". It reads front matter only, gathers the ids that it saw and what
// is wrong with files that may be the one.
func (c *Course) find(lang, id string, known map[string]bool, broken *Errors) (string, error) {
	files, err := c.lessonFiles(lang)
	if err != nil {
		return "", err
	}
	for _, file := range files {
		f, err := c.frontOf(file)
		if errs, ok := errors.AsType[Errors](err); ok {
			*broken = append(*broken, errs...)
			continue
		}
		if err != nil {
			return "", err
		}
		if f.id == id {
			return file, nil
		}
		known[f.id] = true
	}
	return "", nil
}

func nearestOf(id string, known map[string]bool, order []string) string {
	words := slices.Clone(order)
	for _, w := range slices.Sorted(maps.Keys(known)) {
		if !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return nearest.Word(id, words)
}
