package lessons

import (
	"maps"
	"path"
	"regexp"
	"strings"
)

// Parse reads one lesson; file is its path, for errors. It returns a lesson or an error (of type Errors), never both.
func Parse(file string, src []byte, vars Vars) (*Lesson, error) {
	r := &reading{problems: problems{file: file}, ids: map[string]int{}}
	l := r.lesson(src, vars)
	if err := r.err(); err != nil {
		return nil, err
	}
	return l, nil
}

// reading is one lesson while it is read.
type reading struct {
	problems
	tree *tree
	vars Vars
	ids  map[string]int // the line of each item
}

func (r *reading) lesson(src []byte, vars Vars) *Lesson {
	file := r.open(src)
	if file == nil {
		return nil
	}
	top, body := r.divide(file)
	if top == nil {
		return nil
	}
	r.entities(file)
	f := r.front(top)
	if f == nil {
		f = &front{}
	}
	r.declare(vars, f)
	r.misspelt(file, r.vars)
	l := &Lesson{
		ID: f.id, Title: f.title, Summary: f.summary, Minutes: f.minutes, Needs: f.needs,
		Lang: langOf(r.file), File: r.file, Vars: r.vars,
		idLine: f.idLine, needsLine: f.needsLine,
		named: Var{Value: string(src)}.names(),
	}
	if body.count() == 0 {
		r.at(1, 1, "a lesson needs a step: a line «## …» opens one")
		return nil
	}
	r.tree = parseMarkdown(body)
	r.steps(l)
	return l
}

// declare joins the variables that every lesson has, the course's and the lesson's own; the later ones win.
func (r *reading) declare(course Vars, f *front) {
	r.vars = given(f.id)
	maps.Copy(r.vars, course)
	maps.Copy(r.vars, f.vars)
	if way := r.vars.circle(); way != nil && f.varsAt != nil {
		r.add(f.varsAt.Errorf("these variables stand for one another: %s", strings.Join(way, " → ")))
	}
}

var language = regexp.MustCompile(`^[a-z]{2}$`)

// langOf is the language of a lesson file, which is the name of its folder.
func langOf(file string) string {
	if lang := path.Base(path.Dir(file)); language.MatchString(lang) {
		return lang
	}
	return ""
}

func (r *reading) steps(l *Lesson) {
	text, last := r.tree.text, 0
	prose := func(to int) {
		if md := strings.Trim(string(text.lines(last, max(last, to))), "\n"); strings.TrimSpace(md) == "" {
			return
		} else if len(l.Steps) == 0 {
			l.Opening = md
		} else {
			l.step().Blocks = append(l.step().Blocks, Block{Markdown: md})
		}
	}
	for _, part := range r.outline(r.tree) {
		prose(part.from)
		last = part.to
		if part.item == nil {
			l.Steps = append(l.Steps, Step{Title: part.title, Line: text.first + part.from})
			continue
		}
		item := r.item(part)
		if len(l.Steps) == 0 {
			r.at(item.Line, 1, "%s before the first step: write a line «## …» above it", article(part.item.kind))
			continue
		}
		l.step().Blocks = append(l.step().Blocks, Block{Item: item})
	}
	prose(text.count())
	if len(l.Steps) == 0 {
		r.at(text.first, 1, "a lesson needs a step: a line «## …» opens one")
	}
}

func (l *Lesson) step() *Step { return &l.Steps[len(l.Steps)-1] }

func (r *reading) item(part part) *Item {
	item := &Item{ID: part.item.id, Line: r.tree.text.first + part.from}
	if before, ok := r.ids[item.ID]; ok && item.ID != "" {
		r.at(item.Line, 1, "%q is already the id of the item at line %d: give this one an id of its own", item.ID, before)
	}
	r.ids[item.ID] = item.Line
	if part.item.broken {
		return item
	}
	body := r.tree.body(part.fence)
	if len(body.bytes) > MaxBlock {
		r.at(item.Line, 1, "%s of %d bytes: at most %d", article(part.item.kind), len(body.bytes), MaxBlock)
		return item
	}
	switch {
	case part.item.kind == "exercise":
		item.Exercise = r.exercise(item, body)
	case part.item.draw > 0:
		item.Quiz = r.drawing(item, part.item.draw, body)
	default:
		item.Quiz = r.quiz(item, body)
	}
	return item
}
