package lessons

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	gmtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// tree is the block structure of a text in Markdown. What stands within a line is left to whoever shows it.
type tree struct {
	text  *text
	root  ast.Node
	lines map[ast.Node]int // the line, by index, on which a block begins
}

func parseMarkdown(t *text) *tree {
	tr := &tree{text: t, lines: map[ast.Node]int{}}
	ctx := parser.NewContext()
	ctx.Set(treeKey, tr)
	tr.root = blockParser.Parse(gmtext.NewReader(t.bytes), parser.WithContext(ctx))
	return tr
}

// blockParser is goldmark.DefaultParser without what reads inside lines and collects the definitions of links.
// It is safe for concurrent use.
var blockParser = parser.NewParser(parser.WithBlockParsers(placing(parser.DefaultBlockParsers())...))

var treeKey = parser.NewContextKey()

// placed is a block parser that notes on which line each block begins: the tree itself tells only where text stands,
// and an empty heading has none.
type placed struct{ parser.BlockParser }

func placing(list []util.PrioritizedValue) []util.PrioritizedValue {
	for i, v := range list {
		list[i].Value = placed{v.Value.(parser.BlockParser)}
	}
	return list
}

func (p placed) Open(parent ast.Node, reader gmtext.Reader, ctx parser.Context) (ast.Node, parser.State) {
	_, segment := reader.Position()
	node, state := p.BlockParser.Open(parent, reader, ctx)
	if node != nil {
		t := ctx.Get(treeKey).(*tree)
		t.lines[node] = t.text.index(segment.Start)
	}
	return node, state
}

// end is the index of the line after a block that stands at the outermost level: where the next one begins.
func (t *tree) end(n ast.Node) int {
	if next := n.NextSibling(); next != nil {
		return t.lines[next]
	}
	return t.text.count()
}
