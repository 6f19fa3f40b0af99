package runner

import (
	"context"
	"fmt"

	"capas/internal/message"
	"capas/lessons"
)

func (t *Tutor) print(text string) {
	if t.held != nil {
		t.held.WriteString(text)
		return
	}
	fmt.Fprint(t.Out, text)
}

func (t *Tutor) blank() { t.print("\n") }

// page prints Markdown of a lesson, its variables replaced.
func (t *Tutor) page(ctx context.Context, l *lessons.Lesson, markdown string) {
	t.markdown(l.Expand(markdown, t.Values(ctx, l)))
}

// markdown prints Markdown between blank lines.
func (t *Tutor) markdown(text string) {
	page, err := t.Page.Markdown(text)
	if err != nil { // the page is still worth reading as it was written
		page = message.Clean(text)
	}
	if page != "" {
		t.print("\n" + page + "\n")
	}
}
