package render

import (
	"strings"

	"github.com/charmbracelet/glamour/ansi"

	"capas/checks"
)

const (
	widestBar = 20
	narrowBar = 10
)

// Bar draws how much of a whole is done, before words that say the same: in the plain style these alone. It is full only where
// all is done, and empty only where nothing is.
func (r *Renderer) Bar(done, total int, words string) string {
	if r.style.Plain || total <= 0 {
		return r.Line(words)
	}
	width := widestBar
	if r.Width() < 3*widestBar {
		width = narrowBar
	}
	full := min(max(done*width/total, 0), width)
	if done > 0 && full == 0 {
		full = 1
	}
	bar := painted(r.look().verdict[checks.Pass], strings.Repeat("█", full)) + painted(r.look().faint, strings.Repeat("░", width-full))
	rest := r.Width() - width - 1
	return joined(under(bar+" ", strings.Repeat(" ", width+1), wrap(r.spans(ansi.StylePrimitive{}, words), rest)))
}
