package lessons

import (
	"io/fs"
)

// Course is a folder of lessons. Lessons are read when they are asked for.
type Course struct {
	ID       string
	Version  string
	Language string            // the default
	Title    map[string]string // by language
	Summary  map[string]string
	Order    []string // ids of lessons
	Vars     Vars
	// and the file system, unexported
}

// Open reads course.yaml and nothing else.
func Open(files fs.FS) (*Course, error) { panic("contract") }

// Languages are those that have a folder with at least one lesson.
func (c *Course) Languages() []string { panic("contract") }

// Heading is what a list of lessons shows: of each lesson its front matter, and the ids of its items.
type Heading struct {
	ID, Title, Summary, Lang, File string
	Minutes                        int
	Needs                          []string
	Items                          []string
}

// Headings reads every lesson of a language as far as a list needs, in the course's order; a lesson that is missing in that
// language comes from the default one.
func (c *Course) Headings(lang string) ([]Heading, error) { panic("contract") }

// Lesson reads one lesson. An unknown id is an error that names the nearest (errors.As *UnknownLesson).
func (c *Course) Lesson(lang, id string) (*Lesson, error) { panic("contract") }

// Parse reads one lesson; file is its path, for errors. It returns a lesson or an error (of type Errors), never both.
func Parse(file string, src []byte, vars Vars) (*Lesson, error) { panic("contract") }

// Hash names an item's checks and right answers: it changes when what is asked changes, not when prose does.
func (it *Item) Hash() string { panic("contract") }
