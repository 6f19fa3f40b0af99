package lessons_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"capas/lessons"
)

const courseYAML = `id: docker-images
title: {es: Imágenes de Docker, en: Docker images}
summary:
  es: Por dentro y por fuera
language: es
version: "1.0"
vars:
  base: {image: {online: "ubuntu:24.04", offline: "${mirror}/base:1"}}
  mirror: localhost:5000
lessons:
  - one
  - two
`

const twoQuizzes = "```quiz %s-a\n¿?\n\n- [x] a\n- [ ] b\n```\n\n```quiz %s-b\n¿?\n\n= a\n```\n"

// lesson is the source of a lesson with two quizzes, whose ids begin with its own.
func lesson(id, title string, front ...string) string {
	return fmt.Sprintf("---\nid: %s\ntitle: %s\n%s---\n## Paso\n\n"+twoQuizzes, id, title, strings.Join(front, ""), id, id)
}

// course is a file system with course.yaml and two lessons in Spanish, and what else is given. Without content, a file goes.
func course(files map[string]string) fstest.MapFS {
	all := map[string]string{
		"course.yaml":  courseYAML,
		"es/10-uno.md": lesson("one", "Uno"),
		"es/20-dos.md": lesson("two", "Dos", "needs: [one]\n"),
	}
	maps.Copy(all, files)
	m := fstest.MapFS{}
	for name, content := range all {
		if content != "" {
			m[name] = &fstest.MapFile{Data: []byte(content)}
		}
	}
	return m
}

func open(t testing.TB, files fs.FS) *lessons.Course {
	t.Helper()
	c, err := lessons.Open(files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOpen(t *testing.T) {
	c := open(t, course(nil))
	if c.ID != "docker-images" || c.Version != "1.0" || c.Language != "es" || c.Title["en"] != "Docker images" ||
		c.Summary["es"] != "Por dentro y por fuera" || !slices.Equal(c.Order, []string{"one", "two"}) {
		t.Errorf("%+v", c)
	}
	if want := (lessons.Var{Online: "ubuntu:24.04", Offline: "${mirror}/base:1"}); !reflect.DeepEqual(c.Vars["base"], want) {
		t.Errorf("base = %+v", c.Vars["base"])
	}
}

func TestOpenReadsNoLesson(t *testing.T) {
	open(t, fstest.MapFS{"course.yaml": {Data: []byte(courseYAML)}})
}

func TestCourseFileErrors(t *testing.T) {
	for _, tc := range []struct{ name, old, new, want string }{
		{"lacks", "language: es\n", "", "course.yaml:1:1: the course needs «language:»"},
		{"unknown key", "lessons:", "lesson: [a]\nlessons:", `course.yaml:10:1: unknown key "lesson" in the course (did you mean "lessons"?)`},
		{"number for a version", `"1.0"`, "1.0", `course.yaml:6:10: want text, found the number 1.0: put it in quotes, "1.0"`},
		{"title in no language", "{es: Imágenes de Docker, en: Docker images}", "Docker", `course.yaml:2:8: want «key: value» lines, found the text "Docker"`},
		{"title without the default", "language: es", "language: fr", "course.yaml:2:9: the title lacks the default language, fr"},
		{"language in words", "language: es", "language: español", `course.yaml:5:11: "español": want the two letters of a language, as in «es»`},
		{"lesson twice", "- two", "- one", `course.yaml:12:5: "one" is there twice`},
		{"no lessons", "  - one\n  - two\n", "", "course.yaml:10:1: want a list (one «- …» a line), found nothing"},
		{"wrong id", "- two", "- Two Lessons", `course.yaml:12:5: "Two Lessons": an id is of small letters a-z, digits and hyphens (did you mean "two-lessons"?)`},
		{"misspelt variable", "${mirror}", "${miror}", "course.yaml:8:52: no variable is called \"miror\" (did you mean ${mirror}?); a variable of the shell can be written $miror"},
		{"circle", "mirror: localhost:5000", "mirror: ${base}", "course.yaml:8:3: these variables stand for one another: base → mirror → base"},
		{"control character", "Docker images", "Docker \x1b[2J", "course.yaml:2:44: the control character U+001B: take it away"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := lessons.Open(course(map[string]string{"course.yaml": strings.Replace(courseYAML, tc.old, tc.new, 1)}))
			if _, ok := errors.AsType[lessons.Errors](err); !ok || err.Error() != tc.want {
				t.Errorf("got  %v\nwant %v", err, tc.want)
			}
		})
	}
}

func TestNoCourse(t *testing.T) {
	if _, err := lessons.Open(fstest.MapFS{}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "course.yaml") {
		t.Errorf("error %v", err)
	}
}

func TestLanguagesHaveLessons(t *testing.T) {
	c := open(t, course(map[string]string{
		"en/10-one.md": lesson("one", "One"), "fr/README.md": "# Français\n", "pictures/10-a.md": "a", "de": "no folder",
	}))
	if got := c.Languages(); !slices.Equal(got, []string{"en", "es"}) {
		t.Errorf("languages %q", got)
	}
}

func TestHeadingsFollowTheCourse(t *testing.T) {
	c := open(t, course(map[string]string{
		"es/05-primero.md": lesson("two", "Primero", "minutes: 3\nsummary: Antes\nneeds: [one]\n"),
		"es/20-dos.md":     "",
		"en/10-one.md":     lesson("one", "One"),
	}))
	got, err := c.Headings("en")
	if err != nil {
		t.Fatal(err)
	}
	want := []lessons.Heading{
		{ID: "one", Title: "One", Lang: "en", File: "en/10-one.md", Items: []string{"one-a", "one-b"}},
		{ID: "two", Title: "Primero", Summary: "Antes", Lang: "es", File: "es/05-primero.md", Minutes: 3, Needs: []string{"one"}, Items: []string{"two-a", "two-b"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestHeadingsDecodeNoBlock(t *testing.T) {
	c := open(t, course(map[string]string{"es/10-uno.md": "---\nid: one\ntitle: Uno\n---\n## Paso\n```exercise x\n: : [\n```\n"}))
	got, err := c.Headings("es")
	if err != nil || !slices.Equal(got[0].Items, []string{"x"}) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestTitlesReadNoBody also counts what is read: a list of a thousand lessons must not read them.
func TestTitlesReadNoBody(t *testing.T) {
	long := "---\nid: one\ntitle: Uno\n---\n" + strings.Repeat("Un párrafo largo.\n\n", 10_000)
	files := &counted{FS: course(map[string]string{"es/10-uno.md": long})}
	got, err := open(t, files).Titles("es")
	if err != nil || len(got) != 2 || got[0].Title != "Uno" || got[0].Items != nil || got[1].ID != "two" {
		t.Errorf("%+v, %v", got, err)
	}
	if files.read > len(long)/10 {
		t.Errorf("%d bytes were read", files.read)
	}
}

// counted counts the bytes that are read.
type counted struct {
	fs.FS
	mu   sync.Mutex
	read int
}

func (c *counted) Open(name string) (fs.File, error) {
	f, err := c.FS.Open(name)
	if _, dir := f.(fs.ReadDirFile); dir || err != nil {
		return f, err
	}
	return countedFile{f, c}, nil
}

type countedFile struct {
	fs.File
	of *counted
}

func (f countedFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	f.of.read += n
	return n, err
}

func TestHeadingsErrors(t *testing.T) {
	for _, tc := range []struct{ name, file, src, want string }{
		{"missing", "es/20-dos.md", "", `course.yaml:12:5: no lesson has the id "two"`},
		{"broken", "es/20-dos.md", "---\nid: two\n---\n", "es/20-dos.md:2:1: the front matter needs «title:»"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := open(t, course(map[string]string{tc.file: tc.src})).Headings("es")
			if err == nil || err.Error() != tc.want {
				t.Errorf("got  %v\nwant %v", err, tc.want)
			}
		})
	}
}

func TestLesson(t *testing.T) {
	c := open(t, course(map[string]string{
		"en/10-one.md":  lesson("one", "One"),
		"es/00-roto.md": "---\nid: [\n",
	}))
	for _, tc := range []struct{ lang, id, want string }{
		{"es", "one", "es/10-uno.md"},
		{"en", "one", "en/10-one.md"},
		{"en", "two", "es/20-dos.md"},
		{"fr", "two", "es/20-dos.md"},
		{"../es", "two", "es/20-dos.md"},
	} {
		l, err := c.Lesson(tc.lang, tc.id)
		if err != nil || l.File != tc.want || l.Lang != tc.want[:2] {
			t.Errorf("%s/%s: %+v, %v", tc.lang, tc.id, l, err)
		}
	}
}

func TestUnknownLessonNamesTheNearest(t *testing.T) {
	_, err := open(t, course(nil)).Lesson("es", "towo")
	unknown, ok := errors.AsType[*lessons.UnknownLesson](err)
	if !ok || unknown.ID != "towo" || unknown.Nearest != "two" {
		t.Fatalf("error %#v", err)
	}
	if got, want := err.Error(), `no lesson has the id "towo" (did you mean "two"?)`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFrontMatterEndsWhereItEnds(t *testing.T) {
	c := open(t, course(map[string]string{"es/20-dos.md": "\ufeff---\r\nsummary: \"a\r\n ---\"\r\nid: two\r\ntitle: Dos\r\n---\r\n## Paso\r\n"}))
	if l, err := c.Lesson("es", "two"); err != nil || l.Summary != "a ---" {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestALessonThatIsListedAndBrokenIsNotUnknown(t *testing.T) {
	_, err := open(t, course(map[string]string{"es/20-dos.md": "---\nid: two\n---\n"})).Lesson("es", "two")
	if errs, ok := errors.AsType[lessons.Errors](err); !ok || errs[0].File != "es/20-dos.md" {
		t.Errorf("error %v", err)
	}
}

// topFS counts the bytes that are read of each file.
type topFS struct {
	fs.FS
	read map[string]int
}

func (f topFS) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	return &topFile{file, name, f.read}, err
}

type topFile struct {
	fs.File
	name string
	read map[string]int
}

func (f *topFile) Read(b []byte) (int, error) {
	n, err := f.File.Read(b)
	f.read[f.name] += n
	return n, err
}

func (f *topFile) ReadDir(n int) ([]fs.DirEntry, error) { return f.File.(fs.ReadDirFile).ReadDir(n) }

func TestLessonReadsOnlyTheTopOfOthers(t *testing.T) {
	files := topFS{course(map[string]string{
		"es/10-uno.md": lesson("one", "Uno") + strings.Repeat("Prosa.\n", 100_000),
	}), map[string]int{}}
	if _, err := open(t, files).Lesson("es", "two"); err != nil {
		t.Fatal(err)
	}
	if n := files.read["es/10-uno.md"]; n == 0 || n > 4096 {
		t.Errorf("read %d bytes of a lesson that nobody asked for", n)
	}
}
