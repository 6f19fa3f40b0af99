// Package render turns Markdown into text for a terminal.
//
// It alone knows glamour, and knows no lesson and no engine: it is given Markdown and a width, and decides
// neither whether there is a terminal nor what colors it has.
//
// goldmark reads the page, glamour styles what stands within a block (text, code, emphasis, links, headings), and blocks
// are laid out here: glamour breaks lines at hyphens, also within commands, and has no say over code, lists and tables
// in lists.
package render

import (
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"capas/internal/message"
)

const (
	minWidth = 20  // the narrowest page; a narrower terminal wraps by itself
	measure  = 80  // the widest line of prose: longer ones are hard to read, however wide the terminal
	maxTable = 120 // the widest table
)

// Style is how a page looks.
type Style struct {
	Width      int        // in columns
	WidthNow   func() int // asked anew for each text, where the width can change; nil: it is Width
	Color      bool       // escape sequences for color and weight, and no others
	Background Background // what the colors must be legible on
	Plain      bool       // words instead of symbols and no escape sequences, whatever Color says: for screen readers and pipes
	Lang       string     // the language of the few words that are ours
}

// Background is what a terminal shows behind its text.
type Background int

// The backgrounds. Unknown may be either of the others.
const (
	Unknown Background = iota
	Dark
	Light
)

// String is "dark", "light", or "" where it is unknown.
func (b Background) String() string { return [...]string{"", "dark", "light"}[b] }

// Colors are those of a style for what stands beside its pages, as indexes into the 256 that every terminal has.
type Colors struct{ Accent, Faint string }

// Colors returns none where the style has no color.
func (s Style) Colors() Colors {
	if !s.Color || s.Plain {
		return Colors{}
	}
	p := palettes[s.Background]
	return Colors{Accent: p.heading, Faint: p.faint}
}

// Renderer renders pages and lines in one style. It is safe for concurrent use.
type Renderer struct {
	style Style
	look  func() look
	words *message.Printer
}

// New returns a renderer. It costs next to nothing; what is heavy is set up when first used.
func New(s Style) *Renderer {
	words := message.For(s.Lang)
	s.Color = s.Color && !s.Plain
	return &Renderer{
		style: s,
		look:  sync.OnceValue(func() look { return lookOf(s, words) }),
		words: words,
	}
}

// markdown is CommonMark with tables, task lists and strikethrough, as lessons are written.
var markdown = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList))
})

// room is how wide the terminal is.
func (r *Renderer) room() int {
	if r.style.WidthNow != nil {
		return max(r.style.WidthNow(), minWidth)
	}
	return max(r.style.Width, minWidth)
}

// Width is how wide a line of prose may be.
func (r *Renderer) Width() int { return min(r.room(), measure) }

// Markdown renders a page. It begins with text and ends in one newline; a page without text is empty. No line is wider
// than the style's width but for lines of code, which are never broken, and words that cannot be; no prose is so wide
// that it would be hard to read.
func (r *Renderer) Markdown(src string) (string, error) {
	source := []byte(clean(src))
	p := newPage(r, source)
	lines := p.blocks(markdown().Parser().Parse(text.NewReader(source)), r.Width())
	if p.err != nil {
		return "", p.err
	}
	return joined(lines), nil
}

// Words are those of a text in Markdown on one line, without the marks of code and emphasis.
func Words(src string) string {
	page, err := New(Style{Width: measure, Plain: true}).Markdown(src)
	if err != nil {
		page = clean(src)
	}
	return strings.Join(strings.Fields(page), " ")
}

// clean takes from a text all that could steer a terminal, bytes that are no text included.
func clean(s string) string {
	return message.Clean(strings.ToValidUTF8(s, "\uFFFD"))
}

// joined makes text of lines, without empty ones around it.
func joined(lines []string) string {
	page := strings.Trim(strings.Join(lines, "\n"), "\n")
	if page == "" {
		return ""
	}
	return page + "\n"
}
