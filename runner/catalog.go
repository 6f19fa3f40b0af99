package runner

import (
	"context"
	"errors"
	"time"

	"capas/checks"
	"capas/internal/message"
	"capas/internal/nearest"
	"capas/lessons"
	"capas/runner/progress"
	"capas/runner/prompt"
)

// Row is what a list shows of one lesson.
type Row struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Summary string `json:"summary"`
	Minutes int    `json:"minutes"`
	Items   int    `json:"items"`
	Done    int    `json:"done"`
	Status  string `json:"status"` // "untouched", "started" or "done"
}

// Rows are the lessons of the course with what is done of each.
func (t *Tutor) Rows() ([]Row, error) {
	headings, err := t.Course.Headings(t.Lang)
	if err != nil {
		return nil, err
	}
	state, err := t.State()
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(headings))
	for i, h := range headings {
		rows[i] = t.row(state, h)
	}
	return rows, nil
}

func (t *Tutor) row(state *progress.State, h lessons.Heading) Row {
	r := Row{ID: h.ID, Title: h.Title, Summary: h.Summary, Minutes: h.Minutes, Items: len(h.Items), Status: "untouched"}
	for _, it := range h.Items {
		if state.Item(t.Course.ID, h.ID, it).Done() {
			r.Done++
		}
	}
	switch _, begun := state.Position(t.Course.ID, h.ID); {
	case r.Items > 0 && r.Done == r.Items:
		r.Status = "done"
	case begun:
		r.Status = "started"
	}
	return r
}

// List prints the lessons.
func (t *Tutor) List(rows []Row) {
	t.print(t.Page.Title(t.courseTitle()))
	for _, r := range rows {
		t.print(t.marked(r.Status == "done", t.rowText(r)))
	}
	t.print(t.Page.Note(t.Say.Sayf("runner.list-note")))
}

func (t *Tutor) courseTitle() string {
	if title := t.Course.Title[t.Lang]; title != "" {
		return title
	}
	return t.Course.Title[t.Course.Language]
}

func (t *Tutor) rowStatus(r Row) string {
	switch r.Status {
	case "done":
		return t.Say.Sayf("runner.row-done")
	case "started":
		return t.Say.Sayf("runner.row-started", message.Data{"Done": r.Done, "Total": r.Items})
	}
	return t.Say.Sayf("runner.row-untouched", message.Data{"Count": r.Items})
}

// menu asks which lesson comes next; "" where the learner leaves.
func (t *Tutor) menu(ctx context.Context) (string, error) {
	rows, err := t.Rows()
	if err != nil {
		return "", err
	}
	q := prompt.Question{Title: t.Say.Sayf("runner.which-lesson"), Default: nextRow(rows)}
	for _, r := range rows {
		q.Options = append(q.Options, message.Clean(r.Title)+" · "+t.rowStatus(r))
	}
	q.Options = append(q.Options, t.Say.Sayf("runner.leave"))
	t.print("\n" + t.Page.Title(t.courseTitle()))
	n, err := t.Ask.Choose(ctx, q)
	if errors.Is(err, prompt.ErrLeft) || err == nil && n == len(rows) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return rows[n].ID, nil
}

// nextRow is the first lesson that is not done; the first where all are.
func nextRow(rows []Row) int {
	for i, r := range rows {
		if r.Status != "done" {
			return i
		}
	}
	return 0
}

// Summary is how far the learner has come in the course.
type Summary struct {
	Course  string       `json:"course"`
	Done    int          `json:"done"`
	Items   int          `json:"items"`
	Lessons []LessonDone `json:"lessons"`
}

// LessonDone is how far the learner has come in a lesson.
type LessonDone struct {
	Row
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
}

// Progress says how far the learner has come, item by item.
func (t *Tutor) Progress() (*Summary, error) {
	rows, err := t.Rows()
	if err != nil {
		return nil, err
	}
	state, err := t.State()
	if err != nil {
		return nil, err
	}
	s := &Summary{Course: t.Course.ID, Lessons: []LessonDone{}}
	for _, r := range rows {
		l, err := t.Lesson(r.ID)
		if err != nil {
			return nil, err
		}
		d := LessonDone{Row: r, Parts: []ItemDone{}}
		if last := state.Touched(t.Course.ID, r.ID); !last.IsZero() {
			d.Last = &last
		}
		for _, it := range l.Items() {
			d.Parts = append(d.Parts, t.itemProgress(state, l, it))
		}
		s.Done, s.Items = s.Done+r.Done, s.Items+r.Items
		s.Lessons = append(s.Lessons, d)
	}
	return s, nil
}

func (t *Tutor) itemProgress(state *progress.State, l *lessons.Lesson, it *lessons.Item) ItemDone {
	p := state.Item(t.Course.ID, l.ID, it.ID)
	return ItemDone{ID: it.ID, Kind: it.Kind(), Status: p.Status(it.Hash()), Hints: p.Hints, Failures: p.Failures, Revealed: p.Revealed}
}

// ShowProgress prints how far the learner has come.
func (t *Tutor) ShowProgress(s *Summary) {
	t.print(t.Page.Title(t.Say.Sayf("runner.progress", message.Data{"Course": t.courseTitle(), "Done": s.Done, "Total": s.Items})))
	for _, l := range s.Lessons {
		t.blank()
		t.print(t.Page.Title(t.rowText(l.Row)))
		for _, it := range l.Parts {
			t.print(t.itemLine(it))
		}
	}
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

func nearestItem(l *lessons.Lesson, id string) string {
	var ids []string
	for _, it := range l.Items() {
		ids = append(ids, it.ID)
	}
	return nearest.Word(id, ids)
}

// rowText is a lesson in a list, and what is done of it.
func (t *Tutor) rowText(r Row) string {
	return t.Say.Sayf("runner.row", message.Data{"ID": r.ID, "Title": r.Title, "Minutes": r.Minutes}) + " · " + t.rowStatus(r)
}

// marked is a line of a list; what is done has the mark of a pass.
func (t *Tutor) marked(done bool, line string) string {
	if done {
		return t.Page.Item(t.Page.Mark(checks.Pass), line)
	}
	return t.Page.Bullet(line)
}
