package progress

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"capas/internal/message"
)

func TestWordsForEveryTrouble(t *testing.T) {
	wrap := func(err error) error {
		return fmt.Errorf("locking: %w", &fs.PathError{Op: "open", Path: "/state", Err: err})
	}
	causes := map[cause]error{
		denied: wrap(syscall.EACCES), readOnly: wrap(syscall.EROFS), full: wrap(syscall.ENOSPC),
		locked: fmt.Errorf("locking: %w", context.DeadlineExceeded), other: errors.New("\x1b[31mred"),
	}
	for _, lang := range message.Languages {
		said := map[string]bool{}
		p := message.For(lang)
		for want, err := range causes {
			e := &Error{Path: "/state/progress.jsonl", Writing: true, Err: err}
			if got := e.cause(); got != want {
				t.Errorf("%v is cause %d, want %d", err, got, want)
			}
			reason, remedy := p.Say(e.Advice().Reason), p.Say(e.Advice().Remedy)
			e.Writing = false
			for _, text := range []string{reason, remedy, p.Say(e.Advice().Reason)} {
				if text == "" || said[text] || strings.ContainsAny(text, "\x1b\n") || strings.Contains(text, "<no value>") {
					t.Errorf("%s: %q", lang, text)
				}
				said[text] = true
			}
		}
		for _, text := range []message.Text{
			Problem{Path: "/p", Line: 3}.Text(), Problem{Path: "/p", Line: 3, Torn: true}.Text(),
			(&BrokenAttempt{Path: "/p", Aside: "/p.broken-1"}).Text(), (&BrokenAttempt{Path: "/p"}).Text(),
		} {
			if got := p.Say(text); !strings.Contains(got, "/p") || strings.Contains(got, "<no value>") {
				t.Errorf("%s: %q", lang, got)
			}
		}
	}
}
