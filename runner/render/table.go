package render

import (
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// grid is a table whose cells are styled and not yet wrapped.
type grid struct {
	head  []string
	rows  [][]string
	align []extast.Alignment
}

// table is drawn where its columns find room, and told row by row where they do not or nothing is drawn.
func (p *page) table(n *extast.Table, width int) []string {
	g := p.grid(n)
	if p.look.rule != "" {
		if widths, ok := g.fit(width + p.spare); ok {
			return p.columns(g, widths)
		}
	}
	return p.records(g, width)
}

func (p *page) grid(n *extast.Table) grid {
	g := grid{align: n.Alignments}
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		if row.Kind() == extast.KindTableHeader {
			g.head = p.cells(row, func() ast.Node { return ast.NewHeading(6) })
			continue
		}
		g.rows = append(g.rows, p.cells(row, func() ast.Node { return ast.NewTextBlock() }))
	}
	return g
}

func (p *page) cells(row ast.Node, block func() ast.Node) []string {
	var out []string
	for c := row.FirstChild(); c != nil; c = c.NextSibling() {
		out = append(out, p.styled(c, block()))
	}
	return out
}

const (
	gap     = 2  // between columns
	minCell = 12 // the width that a column keeps whatever the others want, where it has use for it
)

// fit is the width of each column; false where a word or a command would have to be broken.
func (g grid) fit(width int) ([]int, bool) {
	widths, least := make([]int, len(g.head)), make([]int, len(g.head))
	for _, row := range append([][]string{g.head}, g.rows...) {
		for c, cell := range row {
			full, word := extent(cell)
			widths[c] = max(widths[c], min(full, width))
			least[c] = max(least[c], word, min(full, minCell))
		}
	}
	over := gap*(len(widths)-1) - width
	for _, w := range widths {
		over += w
	}
	for ; over > 0; over-- {
		c := widest(widths, least)
		if c < 0 {
			return nil, false
		}
		widths[c]--
	}
	return widths, true
}

// extent is how wide a cell is on as few lines as it can have, and how wide its widest word.
func extent(cell string) (full, word int) {
	for line := range strings.SplitSeq(cell, lineBreak) {
		full = max(full, columns(line))
		for _, w := range strings.FieldsFunc(line, isBlank) {
			word = max(word, columns(w))
		}
	}
	return full, word
}

// widest is the widest of the columns that can give; -1 if none can.
func widest(widths, least []int) int {
	best := -1
	for c, w := range widths {
		if w > least[c] && (best < 0 || w > widths[best]) {
			best = c
		}
	}
	return best
}

// columns draws a table. Where a row takes several lines, an empty one parts it from the next.
func (p *page) columns(g grid, widths []int) []string {
	out := g.row(g.head, widths)
	rules := make([]string, len(widths))
	for c, w := range widths {
		rules[c] = painted(p.look.faint, strings.Repeat(p.look.rule, w))
	}
	out = append(out, strings.Join(rules, strings.Repeat(" ", gap)))
	rows := make([][]string, len(g.rows))
	for i, r := range g.rows {
		rows[i] = g.row(r, widths)
	}
	apart := slices.ContainsFunc(rows, func(lines []string) bool { return len(lines) > 1 })
	for i, lines := range rows {
		if apart && i > 0 {
			out = append(out, "")
		}
		out = append(out, lines...)
	}
	return out
}

// row sets the cells of a row side by side.
func (g grid) row(cells []string, widths []int) []string {
	wrapped := make([][]string, len(cells))
	height := 0
	for c, cell := range cells {
		wrapped[c] = wrap(cell, widths[c])
		height = max(height, len(wrapped[c]))
	}
	out := make([]string, height)
	for i := range out {
		var line strings.Builder
		for c, lines := range wrapped {
			if c > 0 {
				line.WriteString(strings.Repeat(" ", gap))
			}
			cell := ""
			if i < len(lines) {
				cell = lines[i]
			}
			line.WriteString(aligned(cell, widths[c], g.align[c]))
		}
		out[i] = strings.TrimRight(line.String(), " ")
	}
	return out
}

func aligned(cell string, width int, how extast.Alignment) string {
	left, room := 0, max(0, width-columns(cell))
	switch how {
	case extast.AlignRight:
		left = room
	case extast.AlignCenter:
		left = room / 2
	}
	return strings.Repeat(" ", left) + cell + strings.Repeat(" ", room-left)
}

// records tells a table as a list: each row an item, each cell a line with its column's head before it.
func (p *page) records(g grid, width int) []string {
	sign := p.look.bullet + " "
	blanks := strings.Repeat(" ", columns(sign))
	if width < minInner {
		sign, blanks = "", ""
	}
	var out []string
	for _, row := range g.rows {
		var lines []string
		for c, cell := range row {
			lines = append(lines, field(g.head[c], cell, width-2*columns(sign))...)
		}
		out = append(out, under(sign, blanks, lines)...)
	}
	return out
}

// field is one cell, its further lines set in.
func field(head, cell string, width int) []string {
	switch {
	case columns(cell) == 0:
		return nil
	case columns(head) > 0:
		cell = head + ": " + cell
	}
	return under("", "  ", wrap(cell, width))
}
