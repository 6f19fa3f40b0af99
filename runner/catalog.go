package runner

import (
	"context"
	"errors"
	"slices"

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
	Done    int    `json:"done"`    // as they are asked now
	Changed int    `json:"changed"` // done once, and asked otherwise since
	Status  string `json:"status"`  // "untouched", "started" or "done"
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
	// One that is broken says so when it is taken.
	read, _ := t.readLessons(headings, func(h lessons.Heading) bool { return t.anyDone(state, h) })
	rows := make([]Row, len(headings))
	for i, h := range headings {
		rows[i] = t.row(state, h, read[i])
	}
	return rows, nil
}

func (t *Tutor) anyDone(state *progress.State, h lessons.Heading) bool {
	return slices.ContainsFunc(h.Items, func(id string) bool { return state.Item(t.Course.ID, h.ID, id).Done() })
}

// row is a lesson in a list. Without the lesson itself nobody knows whether what was done has changed.
func (t *Tutor) row(state *progress.State, h lessons.Heading, l *lessons.Lesson) Row {
	r := Row{ID: h.ID, Title: h.Title, Summary: h.Summary, Minutes: h.Minutes, Items: len(h.Items), Status: "untouched"}
	for _, id := range h.Items {
		if state.Item(t.Course.ID, h.ID, id).Done() {
			r.Done++
		}
	}
	if l != nil {
		r.Changed = len(t.changed(state, l))
		r.Done -= r.Changed
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
	if slices.ContainsFunc(rows, func(r Row) bool { return r.Changed > 0 }) {
		t.print(t.Page.Note(t.Say.Sayf("runner.list-changed")))
	}
}

func (t *Tutor) courseTitle() string {
	if title := t.Course.Title[t.Lang]; title != "" {
		return title
	}
	return t.Course.Title[t.Course.Language]
}

func (t *Tutor) rowStatus(r Row) string {
	switch {
	case r.Changed > 0:
		return t.Say.Sayf("runner.row-changed", message.Data{"Done": r.Done, "Total": r.Items, "Count": r.Changed})
	case r.Status == "done":
		return t.Say.Sayf("runner.row-done")
	case r.Status == "started":
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
