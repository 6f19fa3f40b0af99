package lessons

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"capas/internal/strictyaml"
)

// Check reads every lesson of every language, and returns all that is wrong with them and between them (of type Errors).
func (c *Course) Check() error {
	k := &lint{course: c, read: map[string][]*Lesson{}}
	langs := c.Languages()
	if !slices.Contains(langs, c.Language) {
		k.at(courseFile, 1, 1, "no lesson in the default language: want files such as %s/10-first.md", c.Language)
	}
	for _, lang := range langs {
		if err := k.load(lang); err != nil {
			return err
		}
	}
	if len(k.list) == 0 { // what a broken lesson lacks would be reported everywhere
		for _, lang := range langs {
			k.language(lang)
		}
	}
	if len(k.list) == 0 {
		return nil
	}
	k.list.sort()
	return k.list
}

// lint is a course while it is checked.
type lint struct {
	course *Course
	read   map[string][]*Lesson // by language
	list   Errors
}

func (k *lint) at(file string, line, col int, format string, args ...any) {
	k.list = append(k.list, &Error{file, line, col, fmt.Sprintf(format, args...)})
}

// load reads the lessons of a language, and reports files that are none.
func (k *lint) load(lang string) error {
	files, err := k.course.lessonFiles(lang)
	if err != nil {
		return err
	}
	for _, file := range files {
		src, err := read(k.course.files, file)
		if err != nil {
			return err
		}
		l, err := Parse(file, src, k.course.Vars)
		if err != nil {
			k.list = append(k.list, err.(Errors)...) // Parse promises it
			continue
		}
		k.read[lang] = append(k.read[lang], l)
	}
	return k.strays(lang)
}

func (k *lint) strays(lang string) error {
	entries, err := fs.ReadDir(k.course.files, lang)
	for _, e := range entries {
		name := e.Name()
		if strings.HasSuffix(name, ".md") && !lessonFile.MatchString(name) && !strings.HasPrefix(name, "README") {
			k.at(path.Join(lang, name), 1, 1, "not read: the file of a lesson is called NN-some-words.md, as in 40-build.md")
		}
	}
	return err
}

func (k *lint) language(lang string) {
	k.unique(lang)
	k.ordered(lang)
	k.circles(lang)
	k.references(lang)
	if lang != k.course.Language {
		k.translated(lang)
	}
}

// unique reports ids that two lessons or two items have.
func (k *lint) unique(lang string) {
	lessons, items := map[string]string{}, map[string]string{}
	for _, l := range k.read[lang] {
		if other, ok := lessons[l.ID]; ok {
			k.at(l.File, l.idLine, 1, "the id %q is that of %s too", l.ID, other)
		}
		lessons[l.ID] = l.File
		for _, it := range l.Items() {
			if other, ok := items[it.ID]; ok {
				k.at(l.File, it.Line, 1, "the id %q is that of an item in %s too: it must be the only one in the course", it.ID, other)
			}
			items[it.ID] = fmt.Sprintf("%s:%d", l.File, it.Line)
		}
	}
}

// ordered reports lessons that the course does not list, that are listed and missing, and that come before what they need.
func (k *lint) ordered(lang string) {
	order := k.course.Order
	for _, l := range k.read[lang] {
		at := slices.Index(order, l.ID)
		if at < 0 {
			k.at(l.File, l.idLine, 1, "%s does not list the lesson %q%s", courseFile, l.ID, meant(l.ID, order))
		}
		for _, need := range l.Needs {
			switch before := slices.Index(order, need); {
			case before < 0:
				k.at(l.File, l.needsLine, 1, "needs: no lesson has the id %q%s", need, meant(need, order))
			case at >= 0 && before > at && k.way(lang, need, l.ID) == nil:
				k.at(l.File, l.needsLine, 1, "needs %q, which %s lists after it", need, courseFile)
			}
		}
	}
	if lang != k.course.Language {
		return
	}
	for i, id := range order {
		if k.lesson(lang, id) == nil {
			at := k.course.orderAt[i]
			k.at(courseFile, at.Line, at.Col, "no lesson in %s has the id %q%s", lang, id, meant(id, k.ids(lang)))
		}
	}
}

// circles reports lessons that need one another, each circle once.
func (k *lint) circles(lang string) {
	told := map[string]bool{}
	for _, l := range k.read[lang] {
		for _, need := range l.Needs {
			way := k.way(lang, need, l.ID)
			if way == nil || told[l.ID] {
				continue
			}
			for _, id := range way {
				told[id] = true
			}
			k.at(l.File, l.needsLine, 1, "these lessons need one another: %s", strings.Join(append([]string{l.ID}, way...), " → "))
		}
	}
}

// way is how one lesson comes to need another; nil where it does not.
func (k *lint) way(lang, from, to string) []string {
	return wayBetween(from, to, func(id string) []string {
		if l := k.lesson(lang, id); l != nil {
			return l.Needs
		}
		return nil
	})
}

// wayBetween goes along arrows from one name to another and returns every name on the way, both ends included.
func wayBetween(from, to string, next func(string) []string) []string {
	gone := map[string]bool{}
	var walk func(at string) []string
	walk = func(at string) []string {
		if at == to {
			return []string{at}
		}
		gone[at] = true
		for _, n := range next(at) {
			if gone[n] {
				continue
			}
			if way := walk(n); way != nil {
				return append([]string{at}, way...)
			}
		}
		return nil
	}
	return walk(from)
}

func (k *lint) lesson(lang, id string) *Lesson {
	for _, l := range k.read[lang] {
		if l.ID == id {
			return l
		}
	}
	return nil
}

func (k *lint) ids(lang string) []string {
	var ids []string
	for _, l := range k.read[lang] {
		ids = append(ids, l.ID)
	}
	return ids
}

// references reports quizzes that exercises and other quizzes name and that do not exist.
func (k *lint) references(lang string) {
	quizzes := map[string]int{} // how many questions a lesson has to draw from
	names := map[string][]string{}
	for _, l := range k.read[lang] {
		for _, it := range l.Items() {
			if it.Quiz != nil && it.Quiz.Draw == 0 {
				quizzes[l.ID]++
				names[l.ID] = append(names[l.ID], it.ID)
			}
		}
	}
	for _, l := range k.read[lang] {
		for _, it := range l.Items() {
			if it.Exercise != nil {
				k.unseen(l, it.Exercise.Checks, names[l.ID])
			} else {
				k.draw(l, it, quizzes)
			}
		}
	}
}

// unseen reports the quizzes that «unseen:» names and that the lesson does not have.
func (k *lint) unseen(l *Lesson, checks *strictyaml.Node, quizzes []string) {
	for _, check := range checks.Items {
		if n := check.Get("unseen"); n != nil && !slices.Contains(quizzes, n.Value) {
			k.at(l.File, n.Line, n.Col, "unseen: no quiz of the lesson has the id %q%s", n.Value, meant(n.Value, quizzes))
		}
	}
}

func (k *lint) draw(l *Lesson, it *Item, quizzes map[string]int) {
	all := 0
	for _, id := range it.Quiz.From {
		all += quizzes[id]
		switch {
		case !slices.Contains(k.ids(l.Lang), id):
			k.at(l.File, it.Line, 1, "no lesson has the id %q%s", id, meant(id, k.ids(l.Lang)))
			return
		case quizzes[id] == 0:
			k.at(l.File, it.Line, 1, "the lesson %q has no question to draw", id)
		}
	}
	if it.Quiz.Draw > all {
		k.at(l.File, it.Line, 1, "draw=%d: the lessons named have %d questions together", it.Quiz.Draw, all)
	}
}

// translated reports where a language differs from the default one in more than words.
func (k *lint) translated(lang string) {
	for _, original := range k.read[k.course.Language] {
		l := k.lesson(lang, original.ID)
		if l == nil {
			k.at(original.File, 1, 1, "the lesson %q is missing in %s", original.ID, lang)
			continue
		}
		if !slices.Equal(sorted(l.Needs), sorted(original.Needs)) {
			k.at(l.File, l.needsLine, 1, "needs other lessons than %s", original.File)
		}
		k.sameItems(l, original)
	}
	for _, l := range k.read[lang] {
		if k.lesson(k.course.Language, l.ID) == nil {
			k.at(l.File, l.idLine, 1, "no lesson in %s has the id %q%s", k.course.Language, l.ID, meant(l.ID, k.ids(k.course.Language)))
		}
	}
}

func (k *lint) sameItems(l, original *Lesson) {
	items, originals := byID(l), byID(original)
	for _, it := range original.Items() {
		switch mine := items[it.ID]; {
		case mine == nil:
			k.at(l.File, 1, 1, "the item %q of %s:%d is missing", it.ID, original.File, it.Line)
		case !sameShape(mine, it):
			k.at(l.File, mine.Line, 1, "%q is not what it is in %s:%d: another kind, other right choices, or another number of them", it.ID, original.File, it.Line)
		}
	}
	for _, it := range l.Items() {
		if originals[it.ID] == nil {
			k.at(l.File, it.Line, 1, "%s has no item %q%s", original.File, it.ID, meant(it.ID, slices.Sorted(maps.Keys(originals))))
		}
	}
}

// sameShape reports whether two items ask the same in two languages. What is typed may differ, and so may the text that a
// check looks for.
func sameShape(a, b *Item) bool {
	if a.Quiz == nil || b.Quiz == nil {
		return a.Quiz == b.Quiz
	}
	if a.Quiz.Kind == TypeAnswer || a.Quiz.Kind == TypeCommand {
		return a.Quiz.Kind == b.Quiz.Kind
	}
	return a.Hash() == b.Hash()
}

func byID(l *Lesson) map[string]*Item {
	items := map[string]*Item{}
	for _, it := range l.Items() {
		items[it.ID] = it
	}
	return items
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }
