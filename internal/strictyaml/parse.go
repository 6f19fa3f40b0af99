package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// MaxSize is the largest source that Parse reads, in bytes.
const MaxSize = 64 << 10

const maxDepth = 32

// Parse reads one document. Anchors, aliases, tags, merge keys, a key given twice and a second document are errors;
// every error is an *Error. An empty source is a Null node.
func Parse(src []byte) (node *Node, err error) {
	if len(src) > MaxSize {
		return nil, &Error{1, 1, fmt.Sprintf("%d bytes of YAML: at most %d", len(src), MaxSize)}
	}
	src = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
	if i := bytes.IndexFunc(src, forbidden); i >= 0 {
		return nil, &Error{1 + bytes.Count(src[:i], []byte("\n")), 1, "a control character in YAML: take it away"}
	}
	defer func() { // the decoder panics on some hostile input; this is the one place that meets it
		if r := recover(); r != nil {
			node, err = nil, &Error{1, 1, fmt.Sprintf("YAML that cannot be read: %v", r)}
		}
	}()
	file, err := parser.ParseBytes(src, 0)
	if err != nil {
		return nil, syntaxError(err)
	}
	var body ast.Node
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case body != nil:
			return nil, at(doc.Body, "a second YAML document: only one is read")
		default:
			body = doc.Body
		}
	}
	if body == nil {
		return &Node{Kind: Null, Line: 1, Col: 1}, nil
	}
	return convert(body, 0)
}

// A carriage return alone would be a line to the decoder and none to an editor.
func forbidden(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }

func syntaxError(err error) *Error {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) && syntax.Token != nil {
		return &Error{syntax.Token.Position.Line, max(syntax.Token.Position.Column, 1), "YAML: " + syntax.Message}
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return &Error{1, 1, "YAML: " + first}
}

func at(n ast.Node, format string, args ...any) *Error {
	e := &Error{1, 1, fmt.Sprintf(format, args...)}
	if t := n.GetToken(); t != nil && t.Position != nil {
		e.Line, e.Col = max(t.Position.Line, 1), max(t.Position.Column, 1)
	}
	return e
}

// YAML 1.1 readers take these for dates and octal numbers; the author meant text or a number, and must say which.
var ambiguous = regexp.MustCompile(`^(\d{4}-\d{1,2}-\d{1,2}.*|0[0-7]+)$`)

func convert(n ast.Node, depth int) (*Node, error) {
	if depth > maxDepth {
		return nil, at(n, "YAML nested deeper than %d", maxDepth)
	}
	place := at(n, "")
	out := &Node{Line: place.Line, Col: place.Col}
	switch n := n.(type) {
	case *ast.StringNode:
		out.Kind, out.Value = Text, n.Value
		if n.Token.Type != token.SingleQuoteType && n.Token.Type != token.DoubleQuoteType && ambiguous.MatchString(n.Value) {
			out.Kind = Number
		}
	case *ast.LiteralNode:
		out.Kind, out.Value = Text, n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		out.Kind, out.Value = Number, n.GetToken().Value
	case *ast.BoolNode:
		out.Kind, out.Value = Bool, fmt.Sprint(n.Value)
	case *ast.NullNode:
		out.Kind = Null
	case *ast.SequenceNode:
		return list(out, n, depth)
	case *ast.MappingNode:
		return fields(out, n.Values, depth)
	case *ast.MappingValueNode:
		return fields(out, []*ast.MappingValueNode{n}, depth)
	case *ast.AnchorNode:
		return nil, at(n, "an anchor (&%s): write the value out; a text that begins with & goes in quotes", n.Name)
	case *ast.AliasNode:
		return nil, at(n, "an alias (*): write the value out; a text that begins with * goes in quotes")
	case *ast.TagNode:
		return nil, at(n, "a tag (%s): a text that begins with ! goes in quotes", n.Start.Value)
	case *ast.CommentGroupNode:
		out.Kind = Null
	default:
		return nil, at(n, "YAML of a kind that is not read here (%s)", n.Type())
	}
	return out, nil
}

func list(out *Node, n *ast.SequenceNode, depth int) (*Node, error) {
	out.Kind = List
	for _, v := range n.Values {
		item, err := convert(v, depth+1)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

func fields(out *Node, values []*ast.MappingValueNode, depth int) (*Node, error) {
	out.Kind = Map
	seen := map[string]bool{}
	for i, v := range values {
		key, err := mapKey(v)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			out.Line, out.Col = key.Line, key.Col
		}
		if seen[key.Value] {
			return nil, key.Errorf("%q is there twice", key.Value)
		}
		seen[key.Value] = true
		value, err := convert(v.Value, depth+1)
		if err != nil {
			return nil, err
		}
		if value.Kind == Null {
			value.Line, value.Col = key.Line, key.Col
		}
		out.Fields = append(out.Fields, Field{Key: key, Value: value})
	}
	return out, nil
}

// mapKey reads a key: any plain or quoted word is text there, a number too.
func mapKey(v *ast.MappingValueNode) (*Node, error) {
	if v.Key.IsMergeKey() {
		return nil, at(v.Key, "a merge key (<<): write the values out")
	}
	key, err := convert(v.Key, maxDepth)
	if err != nil {
		return nil, err
	}
	if key.Kind == List || key.Kind == Map {
		return nil, key.Errorf("a key must be a word")
	}
	key.Kind = Text
	return key, nil
}
