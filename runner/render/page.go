package render

import (
	"fmt"
	"html"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// page lays out the blocks of one document. Each is a list of lines, and each block around it sets them further in.
type page struct {
	*inliner
	look  look
	spare int // columns beside the prose that a table may take
}

func newPage(r *Renderer, source []byte) *page {
	look := r.look()
	return &page{
		inliner: newInliner(source, look.config(), r.words),
		look:    look,
		spare:   min(r.room(), maxTable) - min(r.room(), measure),
	}
}

// blocks are the children of a node with an empty line between them; a list stands right below the line it belongs to.
func (p *page) blocks(parent ast.Node, width int) []string {
	var out []string
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		lines := p.block(n, width)
		if len(lines) == 0 {
			continue
		}
		if len(out) > 0 && !(isList(n) && n.PreviousSibling().Kind() == ast.KindTextBlock) {
			out = append(out, "")
		}
		out = append(out, lines...)
	}
	return out
}

func isList(n ast.Node) bool { return n.Kind() == ast.KindList }

func (p *page) block(n ast.Node, width int) []string {
	switch n := n.(type) {
	case *ast.Heading:
		return p.look.underlined(p.wrapped(n, ast.NewHeading(n.Level), width), n.Level)
	case *ast.Paragraph, *ast.TextBlock:
		return p.wrapped(n, ast.NewTextBlock(), width)
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		return p.code(n, width)
	case *ast.List:
		return p.list(n, width)
	case *ast.Blockquote:
		return p.quote(n, width)
	case *ast.HTMLBlock:
		return p.html(n, width)
	case *ast.ThematicBreak:
		return p.rule(width)
	case *extast.Table:
		return p.table(n, width)
	default:
		return nil
	}
}

func (p *page) wrapped(n, block ast.Node, width int) []string {
	s := p.styled(n, block)
	if strings.TrimSpace(s) == "" {
		return nil
	}
	return wrap(s, width)
}

// code is shown as it is written, whatever the width: a command is copied, a drawing keeps its shape.
func (p *page) code(n ast.Node, width int) []string {
	lines := linesOf(n.Lines(), p.source)
	if p.look.rule == "" && isDrawing(lines) {
		return p.told(n, lines, width)
	}
	var out []string
	for _, l := range lines {
		l = strings.TrimRight(untabbed(l), " ")
		if l != "" {
			l = p.look.indent + painted(p.look.code, l)
		}
		out = append(out, l)
	}
	return out
}

func linesOf(segments *text.Segments, source []byte) []string {
	out := make([]string, segments.Len())
	for i := range out {
		at := segments.At(i)
		out[i] = strings.TrimSuffix(string(at.Value(source)), "\n")
	}
	return out
}

// tabStop is how far apart terminals set the columns of tabs.
const tabStop = 8

// untabbed puts spaces for tabs: a terminal counts from the edge of the screen, not from that of the code.
func untabbed(line string) string {
	if !strings.Contains(line, "\t") {
		return line
	}
	var out strings.Builder
	column := 0
	for cell := range strings.SplitAfterSeq(line, "\t") {
		text, tabbed := strings.CutSuffix(cell, "\t")
		out.WriteString(text)
		column += columns(text)
		if tabbed {
			blanks := tabStop - column%tabStop
			out.WriteString(strings.Repeat(" ", blanks))
			column += blanks
		}
	}
	return out.String()
}

// list hangs each item under its sign. Items of several blocks stand apart.
func (p *page) list(n *ast.List, width int) []string {
	var out []string
	number := n.Start
	last := strconv.Itoa(number + n.ChildCount() - 1)
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		sign, rest := p.sign(item)
		if n.IsOrdered() {
			sign = fmt.Sprintf("%*d%c ", len(last), number, n.Marker)
			rest = strings.Repeat(" ", len(sign))
		}
		if len(out) > 0 && !n.IsTight {
			out = append(out, "")
		}
		out = append(out, p.within(item, sign, rest, width)...)
		number++
	}
	return out
}

// sign is what stands before the first line of an item and before the others: a bullet, or whether a task is done.
func (p *page) sign(item ast.Node) (first, rest string) {
	if text := item.FirstChild(); text != nil && text.HasChildren() {
		if box, ok := text.FirstChild().(*extast.TaskCheckBox); ok {
			return p.look.task(box.IsChecked)
		}
	}
	return p.look.bullet + " ", "  "
}

// quote stands beside a line, in plain text under a word.
func (p *page) quote(n ast.Node, width int) []string {
	return p.within(n, p.look.quoteFirst, p.look.quote, width)
}

// minInner is the width below which blocks are set no further in: lists in lists in quotes stay readable.
const minInner = 12

// within are the blocks of a node beside a sign.
func (p *page) within(n ast.Node, first, rest string, width int) []string {
	inner := width - max(columns(first), columns(rest))
	if inner < minInner {
		return p.blocks(n, width)
	}
	lines := p.blocks(n, inner)
	if len(lines) == 0 {
		lines = []string{""}
	}
	return under(first, rest, lines)
}

func (p *page) rule(width int) []string {
	if p.look.rule == "" {
		return nil
	}
	return []string{painted(p.look.faint, strings.Repeat(p.look.rule, width))}
}

// html shows the words of a block of HTML.
func (p *page) html(n *ast.HTMLBlock, width int) []string {
	source := strings.Join(linesOf(n.Lines(), p.source), "\n")
	if n.HasClosure() {
		source += "\n" + string(n.ClosureLine.Value(p.source))
	}
	words := strings.TrimSpace(broken(clean(html.UnescapeString(untagged(source)))))
	if words == "" {
		return nil
	}
	return wrap(words, width)
}
