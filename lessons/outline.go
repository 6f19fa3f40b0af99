package lessons

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"

	"capas/internal/nearest"
)

// part is what divides a lesson: the heading of a step, or an item. Everything between two parts is prose.
type part struct {
	from, to int    // its lines, by index
	title    string // of a heading
	item     *itemInfo
	fence    *ast.FencedCodeBlock // of an item
}

// itemInfo is what stands in the info string of an item's fence.
type itemInfo struct {
	kind   string // "exercise" or "quiz"
	id     string
	draw   int
	broken bool // what it says, or where its fence ends, is wrong: its body would only confuse
}

// outline finds the parts of a lesson. It decodes no block, so that a list of lessons is cheap.
func (p *problems) outline(tr *tree) []part {
	var parts []part
	for n := tr.root.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			if n.Level == 2 && p.atx(tr, n) {
				line := tr.lines[n]
				parts = append(parts, part{from: line, to: line + 1, title: p.title(tr, n)})
			}
		case *ast.FencedCodeBlock:
			info := p.info(tr, n)
			end, closed := p.close(tr, n)
			if info != nil {
				info.broken = info.broken || !closed
				parts = append(parts, part{from: tr.lines[n], to: end, item: info, fence: n})
			}
		case *ast.Blockquote, *ast.List:
			p.nested(tr, n)
		}
	}
	return parts
}

// atx reports a heading that is one only because a line of hyphens follows its paragraph.
func (p *problems) atx(tr *tree, n *ast.Heading) bool {
	line := tr.lines[n]
	if bytes.HasPrefix(bytes.TrimLeft(tr.text.lines(line, line+1), " "), []byte("#")) {
		return true
	}
	p.at(tr.text.first+line, 1, "a line of hyphens makes the paragraph above it a heading: write «## …» for a step, or leave an empty line before it for a rule")
	return false
}

func (p *problems) title(tr *tree, n *ast.Heading) string {
	if n.Lines().Len() == 0 {
		p.at(tr.text.first+tr.lines[n], 1, "a step needs a title after ##")
		return ""
	}
	return strings.TrimSpace(string(n.Lines().Value(tr.text.bytes)))
}

// close is the line after a fence, and whether it has an end.
func (p *problems) close(tr *tree, n *ast.FencedCodeBlock) (int, bool) {
	end := tr.lines[n] + 1 + n.Lines().Len()
	if end >= tr.text.count() {
		p.at(tr.text.first+tr.lines[n], 1, "this fence is never closed (a block that holds fences of its own needs more backquotes than they have)")
		return tr.text.count(), false
	}
	return end + 1, true
}

// nested reports the items within a list or a quote.
func (p *problems) nested(tr *tree, outer ast.Node) {
	_ = ast.Walk(outer, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if n.Type() != ast.TypeBlock {
			return ast.WalkSkipChildren, nil
		}
		fence, ok := n.(*ast.FencedCodeBlock)
		if !ok || !entering {
			return ast.WalkContinue, nil
		}
		if kind := string(fence.Language(tr.text.bytes)); kind == "exercise" || kind == "quiz" {
			line, col := tr.text.place(fence.Info.Segment.Start)
			p.at(line, col, "%s within a list or a quote: begin its fence at the start of the line", article(kind))
		}
		return ast.WalkContinue, nil
	})
}

func article(kind string) string {
	if kind == "exercise" {
		return "an exercise"
	}
	return "a " + kind
}

// info reads the info string of a fence; nil where it is that of some code.
func (p *problems) info(tr *tree, n *ast.FencedCodeBlock) *itemInfo {
	if n.Info == nil {
		return nil
	}
	line, col := tr.text.place(n.Info.Segment.Start)
	words := strings.Fields(string(n.Info.Segment.Value(tr.text.bytes)))
	kind := words[0]
	if kind != "exercise" && kind != "quiz" {
		if near := nearest.Word(kind, []string{"exercise", "quiz"}); near != "" {
			p.at(line, col, "unknown kind of block %q (did you mean %q?)", kind, near)
		}
		return nil
	}
	info := &itemInfo{kind: kind}
	if len(words) == 1 {
		p.at(line, col, "%s needs an id: «%s some-id»", article(kind), kind)
		return info
	}
	info.id = words[1]
	if !idPattern.MatchString(info.id) {
		p.at(line, col+utf8.RuneCountInString(kind)+1, "%q: %s%s", info.id, idRule, didYouMean(identifier(info.id, "-")))
	}
	if rest := words[2:]; len(rest) > 0 {
		p.draw(info, rest, line, col)
	}
	return info
}

func (p *problems) draw(info *itemInfo, rest []string, line, col int) {
	value, found := strings.CutPrefix(rest[0], "draw=")
	n, err := strconv.Atoi(value)
	info.broken = true
	switch {
	case len(rest) > 1 || !found:
		p.at(line, col, "unknown words after the id: %q%s", strings.Join(rest, " "), infoMeant(info, rest))
	case info.kind != "quiz":
		p.at(line, col, "draw= is for a quiz")
	case err != nil || n < 1 || n > 1000:
		p.at(line, col, "draw=%s: want how many questions, as in draw=12", value)
	default:
		info.draw, info.broken = n, false
	}
}

func infoMeant(info *itemInfo, rest []string) string {
	key, _, found := strings.Cut(rest[0], "=")
	if found || info.kind == "quiz" && len(rest) == 1 && nearest.Word(key, []string{"draw"}) != "" {
		return didYouMean("draw=12")
	}
	return didYouMean(identifier(info.id+" "+strings.Join(rest, " "), "-"))
}

// body is what stands between the fences of an item.
func (tr *tree) body(n *ast.FencedCodeBlock) *text {
	var cut []int
	for _, s := range n.Lines().Sliced(0, n.Lines().Len()) {
		begin := tr.text.starts[tr.text.index(s.Start)]
		cut = append(cut, s.Start-begin-s.Padding)
	}
	return newText(n.Lines().Value(tr.text.bytes), tr.text.first+tr.lines[n]+1, cut)
}
