package lessons

import (
	"maps"
	"slices"
	"strings"

	"capas/checks"
)

// Items are the exercises and quizzes of the lesson, in order.
func (l *Lesson) Items() []*Item {
	var items []*Item
	for i := range l.Steps {
		items = append(items, l.Steps[i].Items()...)
	}
	return items
}

// Items are those of one step, in order.
func (s *Step) Items() []*Item {
	var items []*Item
	for _, b := range s.Blocks {
		if b.Item != nil {
			items = append(items, b.Item)
		}
	}
	return items
}

// Item is the one with an id, or nil.
func (l *Lesson) Item(id string) *Item {
	for _, it := range l.Items() {
		if it.ID == id {
			return it
		}
	}
	return nil
}

// Expand replaces the variables in a text of the lesson.
func (l *Lesson) Expand(text string, values Values) string { return l.Vars.Expand(text, values) }

// Names reports whether the lesson's text names a variable, or one whose value, with these values, begins with what it stands for:
// of ${mirror} the base ${mirror}/base:1.
func (l *Lesson) Names(name string, values Values) bool {
	whole := l.Expand("${"+name+"}", values)
	return slices.ContainsFunc(l.named, func(n string) bool {
		value := l.Expand("${"+n+"}", values)
		return n == name || l.Vars.has(n) && strings.HasPrefix(value, whole+"/")
	})
}

// Unseen are the quizzes that count in place of what nobody can see.
func (ex *Exercise) Unseen() []string {
	var quizzes []string
	for _, check := range ex.Checks.Items {
		if n := check.Get("unseen"); n != nil {
			quizzes = append(quizzes, n.Value)
		}
	}
	return quizzes
}

// Checks are the conditions of an exercise, with the values of one attempt.
func (l *Lesson) Checks(ex *Exercise, values Values) ([]checks.Check, error) {
	return checks.Parse(ex.Checks.Expand(func(s string) string { return l.Expand(s, values) }))
}

// Scene is what an exercise needs to find, with the values of one attempt.
func (l *Lesson) Scene(ex *Exercise, values Values) []SceneEntry {
	scene := make([]SceneEntry, len(ex.Scene))
	for i, e := range ex.Scene {
		scene[i] = e.expand(func(s string) string { return l.Expand(s, values) })
	}
	return scene
}

// Slow reports whether the entry may take a while to make.
func (e SceneEntry) Slow() bool { return e.Pull != "" || e.Build != nil || e.Run != nil }

func (e SceneEntry) expand(f func(string) string) SceneEntry {
	out := SceneEntry{Pull: f(e.Pull), Absent: f(e.Absent)}
	switch {
	case e.Build != nil:
		out.Build = &SceneBuild{Tag: f(e.Build.Tag), Dockerfile: f(e.Build.Dockerfile), Files: map[string]string{}}
		for _, path := range slices.Sorted(maps.Keys(e.Build.Files)) {
			out.Build.Files[f(path)] = f(e.Build.Files[path])
		}
	case e.Tag != nil:
		out.Tag = &SceneTag{From: f(e.Tag.From), To: f(e.Tag.To)}
	case e.Run != nil:
		out.Run = &SceneRun{Image: f(e.Run.Image), Name: f(e.Run.Name)}
		for _, word := range e.Run.Cmd {
			out.Run.Cmd = append(out.Run.Cmd, f(word))
		}
	case e.File != nil:
		out.File = &SceneFile{Path: f(e.File.Path), Content: f(e.File.Content)}
	}
	return out
}

// Kind is "exercise" or "quiz".
func (it *Item) Kind() string {
	if it.Quiz != nil {
		return "quiz"
	}
	return "exercise"
}
