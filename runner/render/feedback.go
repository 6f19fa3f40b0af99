package render

import (
	"strings"

	"github.com/charmbracelet/glamour/ansi"

	"capas/checks"
)

// The texts of this file are plain but for `code` in backquotes, which is shown as on a page. They need no glamour.
// Each ends in one newline, but for Mark.

// Title is a heading: what a menu or a list is about.
func (r *Renderer) Title(text string) string {
	lines := wrap(r.spans(r.look().heading, text), r.Width())
	return joined(r.look().underlined(lines, 1))
}

// Line is a paragraph.
func (r *Renderer) Line(text string) string {
	return r.lines(r.spans(ansi.StylePrimitive{}, text), "")
}

// Note is an aside: what can be read over.
func (r *Renderer) Note(text string) string {
	return r.lines(r.spans(r.look().faint, text), "")
}

// Mark stands before what a verdict is about: a sign, or words in the plain style.
func (r *Renderer) Mark(v checks.Verdict) string {
	return painted(r.look().verdict[v], r.look().marks[v])
}

// Sign is how well something is that was looked at.
type Sign int

// The signs.
const (
	Good Sign = iota
	Careful
	Bad
)

// Sign stands before what was looked at: a sign, or words in the plain style.
func (r *Renderer) Sign(s Sign) string {
	return painted(r.look().sign[s], r.look().signs[s])
}

// Item is a text with a mark before it, which its further lines hang under.
func (r *Renderer) Item(mark, text string) string {
	blanks := strings.Repeat(" ", columns(mark)+1)
	if r.style.Plain {
		blanks = "  " // the mark is words
	}
	return r.lines(mark+" "+r.spans(ansi.StylePrimitive{}, text), blanks)
}

// Under is a text that belongs to the item above it.
func (r *Renderer) Under(text string) string {
	const blanks = "  "
	return joined(under(blanks, blanks, wrap(r.spans(ansi.StylePrimitive{}, text), r.Width()-columns(blanks))))
}

// Bullet is an item of a list.
func (r *Renderer) Bullet(text string) string { return r.Item(r.look().bullet, text) }

// Command is a line to type. It is never broken.
func (r *Renderer) Command(text string) string {
	return r.look().indent + painted(r.look().code, strings.TrimSpace(clean(text))) + "\n"
}

// lines wraps a styled text and sets all but its first line in.
func (r *Renderer) lines(styled, blanks string) string {
	return joined(under("", blanks, wrap(styled, r.Width()-columns(blanks))))
}

// spans styles a text and the code within it. A backquote without its pair is shown.
func (r *Renderer) spans(style ansi.StylePrimitive, text string) string {
	var out strings.Builder
	text = clean(text)
	for {
		before, rest, _ := strings.Cut(text, "`")
		code, after, paired := strings.Cut(rest, "`")
		if !paired {
			out.WriteString(painted(style, text))
			return out.String()
		}
		out.WriteString(painted(style, before))
		out.WriteString(painted(r.look().code, glued(code)))
		text = after
	}
}
