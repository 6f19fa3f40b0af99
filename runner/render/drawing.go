package render

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"

	"capas/internal/message"
)

// A drawing is a block of code with lines and boxes in it. Read aloud it is noise: the plain style tells what its author
// says instead, in the line that opens the block («```drawing Two names of one image»), or else its words, from top to
// bottom, and in each line what stands side by side.

var (
	box       = regexp.MustCompile(`[\x{2500}-\x{257F}]|\+--+\+`)
	typed     = regexp.MustCompile(`\+(?:--+\+)+|\||<-+ `) // the same with the characters of a keyboard
	toRight   = regexp.MustCompile(`[\s\x{2500}-\x{257F}]*[→▶►][\s\x{2500}-\x{257F}]*`)
	toLeft    = regexp.MustCompile(`[\s\x{2500}-\x{257F}]*[←◀◄][\s\x{2500}-\x{257F}]*`)
	notThere  = regexp.MustCompile(`[\s\x{2500}-\x{257F}]*[✗✘×][\s\x{2500}-\x{257F}]*`)
	betweenIn = regexp.MustCompile(`(?:\s*[\x{2190}-\x{21FF}\x{2500}-\x{25FF}\x{2700}-\x{27BF}]+\s*)+|\s{2,}`)
)

// isDrawing knows drawings made of the characters for it, and boxes of plus, minus and bars.
func isDrawing(lines []string) bool {
	for _, l := range lines {
		if box.MatchString(l) {
			return true
		}
	}
	return false
}

// told is a drawing in words.
func (p *page) told(n ast.Node, lines []string, width int) []string {
	out := []string{p.words.Say(message.New("render.drawing"))}
	if alt := p.instead(n); alt != "" {
		return wrap(out[0]+" "+alt, width)
	}
	for _, l := range lines {
		if words := p.drawn(l); words != "" {
			out = append(out, p.look.indent+words)
		}
	}
	return out
}

// instead is what an author says instead of a drawing.
func (p *page) instead(n ast.Node) string {
	block, ok := n.(*ast.FencedCodeBlock)
	if !ok || block.Info == nil {
		return ""
	}
	alt, ok := strings.CutPrefix(unescaped(block.Info.Value(p.source)), "drawing ")
	if !ok {
		return ""
	}
	return strings.TrimSpace(unsteered.Replace(alt))
}

// drawn are the words of one line of a drawing. Arrows that point down say nothing that the order of the lines does not.
func (p *page) drawn(line string) string {
	say := func(words message.Text) string { return " " + p.words.Say(words) + " " }
	line = typed.ReplaceAllString(line, "│")
	line = toRight.ReplaceAllString(line, say(message.New("render.to")))
	line = toLeft.ReplaceAllString(line, say(message.New("render.from")))
	line = notThere.ReplaceAllString(line, "; "+p.words.Say(message.New("render.not"))+": ")
	var parts []string
	for _, part := range betweenIn.Split(line, -1) {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "; ")
}
