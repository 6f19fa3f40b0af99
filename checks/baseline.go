package checks

import (
	"context"
	"time"

	"capas/internal/message"
)

// Baseline is what an engine held when an attempt began. It is kept as JSON.
type Baseline struct {
	Time       time.Time           `json:"time"`
	Images     map[string][]string `json:"images"`         // id to its names; ids, not digests of content
	Containers map[string]string   `json:"containers"`     // id to name
	Seen       []string            `json:"seen,omitempty"` // names of images seen since, for «gone»
}

// TakeBaseline asks the engine what it holds: two requests.
func TakeBaseline(ctx context.Context, e Engine) (*Baseline, error) { panic("contract") }

// Difference says in one sentence what changed since the baseline ("since you began: +1 image, 1 now without a name");
// the zero Text when nothing did. It also adds to b.Seen the names that are there now.
func (f *Facts) Difference(ctx context.Context) (message.Text, error) { panic("contract") }

// LiveValue is the answer that the engine gives now to a question about an image: kind is "layers", "size", "id", "tags" or
// "config" (with the field after it, "config cmd"). It returns every form that is accepted, the best first.
func LiveValue(ctx context.Context, f *Facts, kind, ref string) ([]string, error) { panic("contract") }
