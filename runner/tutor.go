// Package runner takes a learner through a course: what is shown, what is asked, what the engine answers, what is kept.
//
// It reads no command line and no environment: cmd decides who sits there and what their terminal can do.
package runner

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"capas/internal/message"
	"capas/lessons"
	"capas/runner/engine"
	"capas/runner/progress"
	"capas/runner/prompt"
	"capas/runner/registry"
	"capas/runner/render"
)

// Tutor knows the course, the learner's progress and their engine. Its methods are for one goroutine.
type Tutor struct {
	Course     *lessons.Course
	Lang       string           // of lessons; the words of the program are Say's
	Say        *message.Printer // the words of the program
	Page       *render.Renderer
	Out        io.Writer    // lessons and answers
	Noise      io.Writer    // what is said beside them
	Ask        prompt.Asker // nil where there is no terminal: nothing is ever asked then
	Pager      Pager        // of long steps; nil where nothing is to be stopped
	Journal    *progress.Journal
	Attempts   progress.Attempts
	Workspaces string         // the folder of the workspaces, one a lesson
	Registry   string         // the folder of what is served to pull and what was pushed; "" where nothing is served
	Offline    bool           // no registry elsewhere is asked for an image
	Home       string         // the folder that a shell knows as ~; "" where none does
	Set        lessons.Values // values that the learner gave to variables
	Engine     *Link
	Logins     engine.Credentials // to registries
	Command    string             // how this program is called here
	Docker     string             // the folder of a docker command for the learner's shell; "" where the machine has one
	Practice   *Practice          // where the learner works on this terminal; nil where they do so elsewhere
	Unfit      message.Text       // why the learner's shell cannot be that
	Watched    bool               // what the learner asks the engine is seen by another capas, around the shell that this one runs in

	member *registry.Member             // of those who serve, once a lesson needs it
	values map[string]lessons.Values    // chosen in this run, by lesson
	warned map[string]bool              // what was told once and is not told again
	since  string                       // what changed, as it was told last
	told   time.Time                    // of the last push or pull that was told
	titles map[string][]lessons.Heading // of lessons in all languages, by id

	translated map[string][]*lessons.Lesson // lessons in the other languages, by id, those that were asked for
	redo       map[string]bool              // items that are asked again although they are done
	held       *strings.Builder             // what is printed and not read yet; nil where it is shown at once
}

// Lesson reads a lesson in the learner's language.
func (t *Tutor) Lesson(id string) (*lessons.Lesson, error) {
	l, err := t.Course.Lesson(t.Lang, id)
	var unknown *lessons.UnknownLesson
	if errors.As(err, &unknown) {
		return nil, notThere(message.New("runner.no-lesson", message.Data{"Name": id}), unknown.Nearest, "capas list")
	}
	return l, err
}

// noteLanguage says once that a lesson is told in another language than the program's.
func (t *Tutor) noteLanguage(l *lessons.Lesson) {
	if l.Lang == t.Lang {
		return
	}
	var language any = "«" + l.Lang + "»"
	if name, ok := languages[l.Lang]; ok {
		language = name
	}
	words := t.Say.Sayf("runner.other-language", message.Data{"Language": language})
	if t.once(words) {
		t.print("\n" + t.Page.Note(words))
	}
}

var languages = map[string]message.Text{
	"es": message.New("runner.language-es"),
	"en": message.New("runner.language-en"),
}

// Item reads a lesson and finds an item in it.
func (t *Tutor) Item(lesson, item string) (*lessons.Lesson, *lessons.Item, error) {
	l, err := t.Lesson(lesson)
	if err != nil {
		return nil, nil, err
	}
	it := l.Item(item)
	if it == nil {
		near := nearestItem(l, item)
		if near != "" {
			near = l.ID + "/" + near
		}
		return nil, nil, notThere(message.New("runner.no-item", message.Data{"Name": item}), near, "capas show "+l.ID)
	}
	return l, it, nil
}

// Workspace makes the folder of a lesson's work where it is not there yet, and returns its path.
func (t *Tutor) Workspace(lesson string) (string, error) {
	dir := filepath.Join(t.Workspaces, lesson)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", refuse(
			message.New("runner.no-workspace", message.Data{"Error": err.Error()}),
			message.New("runner.no-workspace-remedy"))
	}
	return dir, nil
}

// path is a folder as it is typed in a shell.
func (t *Tutor) path(dir string) string {
	short := dir
	if in, err := filepath.Rel(t.Home, dir); err == nil && t.Home != "" && filepath.IsLocal(in) {
		short = "~/" + filepath.ToSlash(in)
	}
	if !needsQuotes.MatchString(filepath.ToSlash(short)) {
		return short
	}
	return "'" + strings.ReplaceAll(dir, "'", `'\''`) + "'"
}

var needsQuotes = regexp.MustCompile(`[^\p{L}\p{N}_./~:-]`)

// State replays the journal. Lines that do not count are told once a run.
func (t *Tutor) State() (*progress.State, error) {
	state, problems, err := t.Journal.Read()
	for _, p := range problems {
		t.warnOnce(t.Say.Say(p.Text()))
	}
	return state, err
}

// record keeps what happened. A journal that cannot be written is told once, and the lesson goes on.
func (t *Tutor) record(l *lessons.Lesson, step int, it *lessons.Item, verb progress.Verb, detail string) {
	e := progress.Entry{Course: t.Course.ID, Lesson: l.ID, Step: step, Verb: verb, Detail: detail}
	if it != nil {
		e.Item, e.Hash = it.ID, it.Hash()
	}
	if err := t.Journal.Append(e); err != nil {
		t.warn(err)
	}
}

// warn tells an error that does not stop the lesson, once a run.
func (t *Tutor) warn(err error) {
	if a, ok := advice(err); ok {
		t.warnOnce(t.Say.Say(a.Reason) + "\n" + t.Say.Say(a.Remedy))
		return
	}
	t.warnOnce(err.Error())
}

func (t *Tutor) warnOnce(text string) {
	if t.once(text) {
		fmt.Fprintln(t.Noise, message.Clean(text))
	}
}

// once reports whether a text has not been told yet, and takes it as told.
func (t *Tutor) once(text string) bool {
	if t.warned == nil {
		t.warned = map[string]bool{}
	}
	told := t.warned[text]
	t.warned[text] = true
	return !told
}
