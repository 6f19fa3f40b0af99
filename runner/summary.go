package runner

import (
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"capas/internal/message"
	"capas/lessons"
	"capas/runner/progress"
)

// Summary is how far the learner has come in the course.
type Summary struct {
	Course  string `json:"course"`
	Done    int    `json:"done"`
	Items   int    `json:"items"`
	Changed int    `json:"changed"`
	Effort
	Next    *Next        `json:"next"` // null where nothing is left to do
	Lessons []LessonDone `json:"lessons"`
}

// Effort is what it took.
type Effort struct {
	Seconds  int     `json:"seconds"`  // spent, as the journal tells: gaps between its entries up to progress.Pause
	Hints    int     `json:"hints"`    // shown
	Revealed int     `json:"revealed"` // items whose solution or answer was shown
	Quizzes  Quizzes `json:"quizzes"`
}

// Quizzes counts questions.
type Quizzes struct {
	Items    int `json:"items"`
	Answered int `json:"answered"`
	FirstTry int `json:"first_try"` // of those answered: right at once
}

// LessonDone is how far the learner has come in a lesson.
type LessonDone struct {
	Row
	Effort
	Last  *time.Time `json:"last"` // when something last happened; null where nothing did
	Parts []ItemDone `json:"parts"`
}

// ItemDone is how far the learner has come with an item.
type ItemDone struct {
	ID       string          `json:"id"`
	Kind     string          `json:"kind"` // "exercise" or "quiz"
	Status   progress.Status `json:"status"`
	Hints    int             `json:"hints"`
	Failures int             `json:"failures"`
	Revealed bool            `json:"revealed"`
	FirstTry bool            `json:"first_try"` // done without a failure before, and without its solution
}

// Next is what comes next.
type Next struct {
	Lesson  string `json:"lesson"`
	Title   string `json:"title"` // of the lesson
	Item    string `json:"item"`  // the first one that is not done; "" where the lesson has none
	Command string `json:"command"`
}

// Progress says how far the learner has come, item by item.
func (t *Tutor) Progress() (*Summary, error) {
	state, err := t.State()
	if err != nil {
		return nil, err
	}
	headings, err := t.Course.Headings(t.Lang)
	if err != nil {
		return nil, err
	}
	read, err := t.readLessons(headings, func(lessons.Heading) bool { return true })
	if err != nil {
		return nil, err
	}
	s := &Summary{Course: t.Course.ID, Lessons: []LessonDone{}}
	for i, h := range headings {
		d := t.lessonProgress(state, h, read[i])
		s.Done, s.Items, s.Changed = s.Done+d.Done, s.Items+d.Items, s.Changed+d.Changed
		s.add(d.Effort)
		s.Lessons = append(s.Lessons, d)
	}
	s.Next = t.next(state, s.Lessons)
	return s, nil
}

// readLessons reads those that are wanted; in the place of another, or of one that cannot be read, there is nil.
func (t *Tutor) readLessons(headings []lessons.Heading, wanted func(lessons.Heading) bool) ([]*lessons.Lesson, error) {
	list := make([]*lessons.Lesson, len(headings))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, h := range headings {
		if !wanted(h) {
			continue
		}
		group.Go(func() (err error) {
			list[i], err = t.Course.Read(h)
			return err
		})
	}
	return list, group.Wait()
}

func (e *Effort) add(o Effort) {
	e.Seconds += o.Seconds
	e.Hints += o.Hints
	e.Revealed += o.Revealed
	e.Quizzes.Items += o.Quizzes.Items
	e.Quizzes.Answered += o.Quizzes.Answered
	e.Quizzes.FirstTry += o.Quizzes.FirstTry
}

func (t *Tutor) lessonProgress(state *progress.State, h lessons.Heading, l *lessons.Lesson) LessonDone {
	d := LessonDone{Row: t.row(state, h, l), Parts: []ItemDone{}}
	if last := state.Touched(t.Course.ID, h.ID); !last.IsZero() {
		d.Last = &last
	}
	d.Seconds = int(state.Spent(t.Course.ID, h.ID).Seconds())
	for _, it := range l.Items() {
		part := t.itemProgress(state, l, it)
		d.add(part.effort())
		d.Parts = append(d.Parts, part)
	}
	return d
}

func (t *Tutor) itemProgress(state *progress.State, l *lessons.Lesson, it *lessons.Item) ItemDone {
	p, hash := state.Item(t.Course.ID, l.ID, it.ID), t.hash(state, l, it)
	return ItemDone{
		ID: it.ID, Kind: it.Kind(), Status: p.Status(hash), Hints: p.Hints, Failures: p.Failures,
		Revealed: p.Revealed, FirstTry: p.FirstTry(hash),
	}
}

func (it ItemDone) effort() Effort {
	e := Effort{Hints: it.Hints, Revealed: one(it.Revealed)}
	if it.Kind == "quiz" {
		e.Quizzes = Quizzes{1, one(it.Status.Done()), one(it.FirstTry)}
	}
	return e
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// next is where the learner goes on: in the lesson that they are in, else in the first one that is not done.
func (t *Tutor) next(state *progress.State, list []LessonDone) *Next {
	var found *LessonDone
	for i, l := range list {
		open := l.Done < l.Items || l.Status == "untouched" // one without items is read once
		if open && (found == nil || l.ID == state.LastLesson(t.Course.ID)) {
			found = &list[i]
		}
	}
	if found == nil {
		return nil
	}
	n := &Next{Lesson: found.ID, Title: found.Title, Command: t.Command + " learn " + found.ID}
	at, _ := state.Position(t.Course.ID, found.ID)
	for _, it := range found.Parts {
		if !it.Status.Done() && (n.Item == "" || it.ID == at.Item) {
			n.Item = it.ID
		}
	}
	return n
}

// ShowProgress prints how far the learner has come.
func (t *Tutor) ShowProgress(s *Summary) {
	t.print(t.Page.Title(t.courseTitle()))
	t.print(t.Page.Bar(s.Done, s.Items, t.doneWords(s.Done, s.Items, s.Effort)))
	for _, l := range s.Lessons {
		t.blank()
		t.showLessonProgress(l)
	}
	if s.Quizzes.Answered > 0 || s.Seconds > 0 {
		t.blank()
	}
	if s.Quizzes.Answered > 0 {
		t.print(t.Page.Line(t.Say.Sayf("runner.quizzes-right", message.Data{"Answered": s.Quizzes.Answered, "Total": s.Quizzes.Items, "Right": s.Quizzes.FirstTry})))
	}
	if s.Seconds > 0 {
		t.print(t.Page.Note(t.Say.Sayf("runner.time-note", message.Data{"Minutes": int(progress.Pause.Minutes())})))
	}
	t.blank()
	t.showNext(s.Next)
}

func (t *Tutor) showLessonProgress(l LessonDone) {
	t.print(t.Page.Title("`" + l.ID + "` · " + l.Title))
	t.print(t.Page.Bar(l.Done, l.Items, t.doneWords(l.Done, l.Items, l.Effort)))
	if l.Status != "started" {
		return
	}
	for _, it := range l.Parts {
		t.print(t.itemLine(it))
	}
	for _, it := range l.Parts {
		if it.Status == progress.Changed {
			t.print(t.Page.Note(t.Say.Sayf("runner.changed-type", message.Data{"Item": it.ID, "Command": recheckCommand(l.ID, it.ID, it.Kind)})))
		}
	}
}

// doneWords say what a bar shows, and what it took.
func (t *Tutor) doneWords(done, items int, e Effort) string {
	words := []string{t.Say.Sayf("runner.done-of", message.Data{"Done": done, "Count": items})}
	if e.Seconds > 0 {
		words = append(words, t.Say.Say(timeWords(e.Seconds)))
	}
	if e.Hints > 0 {
		words = append(words, t.Say.Sayf("runner.hints-used", message.Data{"Count": e.Hints}))
	}
	if e.Revealed > 0 {
		words = append(words, t.Say.Sayf("runner.solutions-seen", message.Data{"Count": e.Revealed}))
	}
	return strings.Join(words, " · ")
}

func timeWords(seconds int) message.Text {
	minutes := (seconds + 30) / 60
	switch {
	case minutes == 0:
		return message.New("runner.time-short")
	case minutes < 60:
		return message.New("runner.time-minutes", message.Data{"Minutes": minutes})
	}
	return message.New("runner.time-hours", message.Data{"Hours": minutes / 60, "Minutes": minutes % 60})
}

func (t *Tutor) itemLine(it ItemDone) string {
	line := "`" + it.ID + "` · " + t.Say.Say(statusWords[it.Status])
	if it.Hints > 0 {
		line += " · " + t.Say.Sayf("runner.hints-used", message.Data{"Count": it.Hints})
	}
	return t.marked(it.Status.Done(), line)
}

var statusWords = map[progress.Status]message.Text{
	progress.Untouched:       message.New("runner.status-untouched"),
	progress.InProgress:      message.New("runner.status-started"),
	progress.SkippedOver:     message.New("runner.status-skipped"),
	progress.Changed:         message.New("runner.status-changed"),
	progress.DoneAnswered:    message.New("runner.status-answered"),
	progress.DonePassed:      message.New("runner.status-passed"),
	progress.DoneAfterReveal: message.New("runner.status-revealed"),
}

func (t *Tutor) showNext(n *Next) {
	switch {
	case n == nil:
		t.print(t.Page.Line(t.Say.Sayf("runner.next-none")))
		return
	case n.Item == "":
		t.print(t.Page.Line(t.Say.Sayf("runner.next-lesson", message.Data{"Lesson": n.Title})))
	default:
		t.print(t.Page.Line(t.Say.Sayf("runner.next-item", message.Data{"Lesson": n.Title, "Item": n.Item})))
	}
	t.print(t.Page.Command(n.Command))
}
