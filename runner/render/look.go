package render

import (
	"strings"

	"github.com/charmbracelet/glamour/ansi"
	"github.com/muesli/termenv"

	"capas/checks"
	"capas/internal/message"
)

// look is how the parts of a page are shown: colors and the signs that are ours.
type look struct {
	heading, subheading, head        ansi.StylePrimitive // head: of tables
	strong, emph, strike, code, link ansi.StylePrimitive
	faint                            ansi.StylePrimitive
	verdict                          map[checks.Verdict]ansi.StylePrimitive
	sign                             map[Sign]ansi.StylePrimitive

	bullet            string // before an item of a list
	done, open, under string // before the first line of a task, done or not, and before its others
	quoteFirst, quote string // before the first and the other lines of a quote
	rule              string // drawn along a line; none where nothing is drawn
	indent            string // of code blocks
	marks             map[checks.Verdict]string
	signs             map[Sign]string
}

// palette is a color for each part, as an index into the 256 that every terminal has; those above 15 look the same in
// all of them. Nothing has a background of its own.
type palette struct{ heading, code, link, faint, pass, fail, unknown string }

// Nothing can be read equally well on black and on white: what is legible on both is duller than what is chosen for one.
var palettes = map[Background]palette{
	Unknown: {heading: "30", code: "131", link: "29", faint: "243", pass: "29", fail: "131", unknown: "98"},
	Dark:    {heading: "117", code: "222", link: "115", faint: "247", pass: "114", fail: "216", unknown: "183"},
	Light:   {heading: "24", code: "94", link: "23", faint: "241", pass: "22", fail: "124", unknown: "54"},
}

func lookOf(s Style, words *message.Printer) look {
	if s.Plain {
		return plain(words)
	}
	l := drawn()
	if s.Color {
		l.paint(palettes[s.Background])
	}
	return l
}

func drawn() look {
	return look{
		strike: struck,
		bullet: "•", done: "[✓] ", open: "[ ] ", under: "    ",
		quoteFirst: "│ ", quote: "│ ",
		rule: "─", indent: "  ",
		marks: map[checks.Verdict]string{checks.Pass: "✓", checks.Fail: "✗", checks.Unknown: "?"},
		signs: map[Sign]string{Good: "✓", Careful: "!", Bad: "✗"},
	}
}

// plain says in words what the others show as signs.
func plain(words *message.Printer) look {
	return look{
		strike: struck,
		bullet: "-",
		done:   "- " + words.Say(message.New("render.task_done")) + " ",
		open:   "- " + words.Say(message.New("render.task_open")) + " ",
		under:  "  ",

		quoteFirst: words.Say(message.New("render.quote")) + " ", quote: "  ",
		indent: "  ",
		marks: map[checks.Verdict]string{
			checks.Pass:    words.Say(message.New("render.pass")),
			checks.Fail:    words.Say(message.New("render.fail")),
			checks.Unknown: words.Say(message.New("render.unknown")),
		},
		signs: map[Sign]string{
			Good:    words.Say(message.New("render.good")),
			Careful: words.Say(message.New("render.careful")),
			Bad:     words.Say(message.New("render.bad")),
		},
	}
}

// struck marks struck text where it cannot be shown so; it would say the opposite otherwise.
var struck = ansi.StylePrimitive{Prefix: "~~", Suffix: "~~"}

func (l *look) paint(p palette) {
	yes := true
	color := func(c string) ansi.StylePrimitive { return ansi.StylePrimitive{Color: &c} }
	bold := func(c string) ansi.StylePrimitive { return ansi.StylePrimitive{Color: &c, Bold: &yes} }
	l.heading, l.subheading = bold(p.heading), bold(p.heading)
	l.heading.Underline = &yes
	l.strong = ansi.StylePrimitive{Bold: &yes}
	l.emph = ansi.StylePrimitive{Italic: &yes}
	l.strike = ansi.StylePrimitive{CrossedOut: &yes}
	l.code, l.link, l.faint = color(p.code), color(p.link), color(p.faint)
	l.head = ansi.StylePrimitive{Bold: &yes}
	l.verdict = map[checks.Verdict]ansi.StylePrimitive{
		checks.Pass: bold(p.pass), checks.Fail: bold(p.fail), checks.Unknown: bold(p.unknown),
	}
	l.sign = map[Sign]ansi.StylePrimitive{Good: bold(p.pass), Careful: bold(p.unknown), Bad: bold(p.fail)}
}

// config is the look as glamour wants it. It wraps nothing (WordWrap 0) and adds nothing around code.
func (l look) config() ansi.Options {
	block := func(s ansi.StylePrimitive) ansi.StyleBlock { return ansi.StyleBlock{StylePrimitive: s} }
	return ansi.Options{
		ColorProfile: termenv.ANSI256,
		Styles: ansi.StyleConfig{
			Heading:       block(l.subheading),
			H1:            block(l.heading),
			H2:            block(l.heading),
			H6:            block(l.head), // no lesson goes so deep; heads of tables are styled as one
			Strong:        l.strong,
			Emph:          l.emph,
			Strikethrough: l.strike,
			Code:          block(l.code),
			LinkText:      l.link,
		},
	}
}

func (l look) task(done bool) (first, rest string) {
	if done {
		return l.done, l.under
	}
	return l.open, l.under
}

// underlined draws a line under a heading that neither color nor weight sets apart.
func (l look) underlined(heading []string, level int) []string {
	if len(heading) == 0 || level > 2 || l.rule == "" || l.heading.Bold != nil {
		return heading
	}
	width := 0
	for _, line := range heading {
		width = max(width, columns(line))
	}
	return append(heading, strings.Repeat(l.rule, width))
}

// painted is text in one of the look's styles. Without color it is the text.
func painted(style ansi.StylePrimitive, text string) string {
	if strings.TrimSpace(text) == "" {
		return text
	}
	out := termenv.String(text)
	if style.Color != nil {
		out = out.Foreground(termenv.ANSI256.Color(*style.Color))
	}
	if style.Bold != nil {
		out = out.Bold()
	}
	if style.Underline != nil {
		out = out.Underline()
	}
	return out.String()
}
