package proof

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"capas/checks"
	"capas/internal/message"
	"capas/internal/nearest"
	"capas/internal/strictyaml"
	"capas/lessons"
	"capas/runner"
	"capas/runner/scene"
)

// exercise is one to prove, with all its cases.
type exercise struct {
	lesson *lessons.Lesson
	item   *lessons.Item
	runs   []run
}

// run is one case that has not been decided: what is typed, and which words a mistake must meet.
type run struct {
	kind         Kind
	index        int
	script, says string
	values       lessons.Values
}

func (e exercise) String() string { return e.lesson.ID + "/" + e.item.ID }

func (e exercise) at() string { return fmt.Sprintf("%s:%d", e.lesson.File, e.item.Line) }

// exercises are those that only names, in the order of the course.
func (p *Proof) exercises(ctx context.Context, only []string) ([]exercise, error) {
	if err := p.known(only); err != nil {
		return nil, err
	}
	var list []exercise
	for _, id := range p.Course.Order {
		if !wanted(only, id) {
			continue
		}
		l, err := p.Course.Lesson(p.Lang, id)
		if err != nil {
			return nil, err
		}
		for _, it := range l.Items() {
			if it.Exercise != nil && (len(only) == 0 || slices.Contains(only, id) || slices.Contains(only, id+"/"+it.ID)) {
				list = append(list, p.exercise(ctx, l, it))
			}
		}
	}
	return list, nil
}

// wanted reports whether a lesson is named, or an item of it.
func wanted(only []string, lesson string) bool {
	return len(only) == 0 || slices.ContainsFunc(only, func(name string) bool {
		id, _, _ := strings.Cut(name, "/")
		return id == lesson
	})
}

// known is an error for a name that is no lesson of the course, nor an exercise of one.
func (p *Proof) known(only []string) error {
	for _, name := range only {
		id, item, one := strings.Cut(name, "/")
		if !slices.Contains(p.Course.Order, id) {
			return fmt.Errorf("the course %q has no lesson %q%s", p.Course.ID, id, meant(id, p.Course.Order))
		}
		if !one {
			continue
		}
		l, err := p.Course.Lesson(p.Lang, id)
		if err != nil {
			return err
		}
		if it := l.Item(item); it == nil || it.Exercise == nil {
			return fmt.Errorf("the lesson %q has no exercise %q%s", id, item, meant(item, exerciseIDs(l)))
		}
	}
	return nil
}

func meant(word string, known []string) string {
	if near := nearest.Word(word, known); near != "" {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return fmt.Sprintf(" (known: %s)", strings.Join(known, ", "))
}

func exerciseIDs(l *lessons.Lesson) []string {
	var ids []string
	for _, it := range l.Items() {
		if it.Exercise != nil {
			ids = append(ids, it.ID)
		}
	}
	return ids
}

// exercise lays out the cases of one. Images are chosen once; picked values take turns, so that each has its case.
func (p *Proof) exercise(ctx context.Context, l *lessons.Lesson, it *lessons.Item) exercise {
	ex := it.Exercise
	runs := []run{{kind: Untouched}, {kind: Solution, script: ex.Solution}}
	for i, script := range ex.Also {
		runs = append(runs, run{kind: Also, index: i + 1, script: script})
	}
	for i, m := range ex.Mistakes {
		runs = append(runs, run{kind: Mistake, index: i + 1, script: m.Do, says: m.Says})
	}
	chosen := (&runner.Tutor{Course: p.Course, Say: message.For(p.Lang), Set: p.Set, Engine: p.Engine}).Values(ctx, l)
	for i := range runs {
		v := maps.Clone(chosen)
		for name, declared := range l.Vars {
			if _, set := p.Set[name]; len(declared.Pick) > 0 && !set {
				v[name] = declared.Pick[i%len(declared.Pick)]
			}
		}
		runs[i].values = v
		runs[i].script, runs[i].says = l.Expand(runs[i].script, v), l.Expand(runs[i].says, v)
	}
	return exercise{l, it, runs}
}

// pulled are the names of the images that the scene needs from elsewhere.
func (e exercise) pulled(v lessons.Values) map[string]bool {
	names := map[string]bool{}
	for _, entry := range e.lesson.Scene(e.item.Exercise, v) {
		if entry.Pull != "" {
			names[familiar(entry.Pull)] = true
		}
	}
	return names
}

// taken is an error where a name that the exercise makes or asks for stands for something. Images that variables choose are there to
// be used.
func (e exercise) taken(there *snapshot, v lessons.Values) error {
	pulled := e.pulled(v)
	for name, declared := range e.lesson.Vars {
		if declared.Online != "" {
			pulled[familiar(v[name])] = true
		}
	}
	made := scene.Names(e.lesson.Scene(e.item.Exercise, v))
	for _, name := range append(made, checks.Names(e.checks(v))...) {
		_, image := there.names[familiar(name)]
		if image && !pulled[familiar(name)] {
			return &Taken{At: e.at(), Exercise: e.String(), Name: name}
		}
		if there.container(name) {
			return &Taken{At: e.at(), Exercise: e.String(), Name: name, Container: true}
		}
	}
	return nil
}

func (e exercise) checks(v lessons.Values) *strictyaml.Node {
	return e.item.Exercise.Checks.Expand(func(s string) string { return e.lesson.Expand(s, v) })
}

// words are all that the exercise says in its scene, its checks and its scripts, apart at what cannot stand in a name.
func (e exercise) words(v lessons.Values) map[string]bool {
	words := map[string]bool{}
	add := func(texts ...string) {
		for _, text := range texts {
			for word := range strings.FieldsFuncSeq(e.lesson.Expand(text, v), outsideNames) {
				words[strings.TrimRight(word, ".:/@-_")] = true
			}
		}
	}
	ex := e.item.Exercise
	add(ex.Solution)
	add(ex.Also...)
	for _, m := range ex.Mistakes {
		add(m.Do)
	}
	ex.Checks.Expand(func(s string) string { add(s); return s })
	for _, entry := range ex.Scene {
		add(sceneTexts(entry)...)
	}
	return words
}

func outsideNames(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-/:@", r)
}

func sceneTexts(s lessons.SceneEntry) []string {
	texts := []string{s.Pull, s.Absent}
	if s.Tag != nil {
		texts = append(texts, s.Tag.From, s.Tag.To)
	}
	if s.Build != nil {
		texts = append(texts, s.Build.Tag, s.Build.Dockerfile)
	}
	if s.Run != nil {
		texts = append(texts, s.Run.Image, s.Run.Name)
	}
	if s.File != nil {
		texts = append(texts, s.File.Content) // a Dockerfile names its base
	}
	return texts
}
