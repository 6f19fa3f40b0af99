package runner

import (
	"context"
	"strings"

	"capas/internal/message"
	"capas/lessons"
	"capas/runner/progress"
)

// Hint is one hint of an exercise, with its number of how many.
type Hint struct {
	Number int    `json:"number"` // from 1
	Total  int    `json:"total"`
	Text   string `json:"text"` // Markdown
}

func (t *Tutor) hintsUsed(l *lessons.Lesson, it *lessons.Item) int {
	state, err := t.State()
	if err != nil {
		return 0
	}
	return state.Item(t.Course.ID, l.ID, it.ID).HintsOf(it.Hash())
}

// NextHint records and returns the next hint of an exercise; when all were given, the last one again.
func (t *Tutor) NextHint(ctx context.Context, l *lessons.Lesson, it *lessons.Item, step int) Hint {
	all := it.Exercise.Hints
	n := min(t.hintsUsed(l, it), len(all)-1)
	t.record(l, step, it, progress.Hinted, "")
	return Hint{n + 1, len(all), l.Expand(all[n], t.Values(ctx, l))}
}

// Solution records that the solution was shown, and returns it.
func (t *Tutor) Solution(ctx context.Context, l *lessons.Lesson, it *lessons.Item, step int) string {
	t.record(l, step, it, progress.Revealed, "")
	return l.Expand(it.Exercise.Solution, t.Values(ctx, l))
}

// Skip records that an exercise is left out for now.
func (t *Tutor) Skip(l *lessons.Lesson, it *lessons.Item) {
	t.record(l, stepOf(l, it.ID), it, progress.Skipped, "")
	t.print(t.Page.Line(t.Say.Sayf("runner.skipped", message.Data{"Item": l.ID + "/" + it.ID})))
}

func (t *Tutor) showHint(ctx context.Context, l *lessons.Lesson, it *lessons.Item, step int) {
	t.PrintHint(t.NextHint(ctx, l, it, step))
}

// PrintHint shows a hint.
func (t *Tutor) PrintHint(h Hint) {
	t.print(t.Page.Title(t.Say.Sayf("runner.hint", message.Data{"Number": h.Number, "Total": h.Total})))
	t.markdown(h.Text)
}

func (t *Tutor) showSolution(ctx context.Context, l *lessons.Lesson, it *lessons.Item, step int) {
	t.PrintSolution(t.Solution(ctx, l, it, step))
}

// PrintSolution shows a solution.
func (t *Tutor) PrintSolution(script string) {
	t.print(t.Page.Title(t.Say.Sayf("runner.solution-title")))
	t.markdown("````sh\n" + strings.TrimRight(script, "\n") + "\n````\n")
	note := message.New("runner.solution-note")
	if t.Practice != nil {
		note = message.New("runner.practice-solution-note")
	}
	t.print(t.Page.Note(t.Say.Say(note)))
	t.blank()
}
