// Package strictyaml reads YAML that people write by hand: one small document, nothing but text, lists and maps,
// and an error with its line and column wherever YAML would silently mean something else.
//
// It knows no lesson and no check.
package strictyaml

import (
	"fmt"
	"slices"
	"strings"

	"capas/internal/nearest"
)

// Kind says what a node is.
type Kind int

// The kinds of node. A Number is anything that YAML takes for a number; it stands as it was written.
const (
	Text Kind = iota
	Number
	Bool
	Null
	List
	Map
)

// Node is one value of a document. Line and Col count from 1 within the source that was parsed.
type Node struct {
	Kind      Kind
	Line, Col int
	Value     string  // of a Text, Number or Bool, as it was written
	Items     []*Node // of a List
	Fields    []Field // of a Map, in the order written; keys are unique
}

// Field is one key of a map and its value.
type Field struct {
	Key   *Node
	Value *Node
}

// Error is what is wrong at one place of the source.
type Error struct {
	Line, Col int
	Message   string
}

func (e *Error) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Col, e.Message) }

// Errorf returns an error at the node's place.
func (n *Node) Errorf(format string, args ...any) *Error {
	return &Error{Line: n.Line, Col: n.Col, Message: fmt.Sprintf(format, args...)}
}

// Text returns the node's text. What is not text but would read like it (a number, a date, true, nothing) is an error
// that says to put it in quotes.
func (n *Node) Text() (string, error) {
	switch n.Kind {
	case Text:
		return n.Value, nil
	case Number, Bool:
		return "", n.Errorf("want text, found the %s %s: put it in quotes, %q", n.Kind, n.Value, n.Value)
	case Null:
		return "", n.Errorf("want text, found nothing: write the text, in quotes if it begins with # or is meant to be empty")
	}
	return "", n.Errorf("want text, found %s", n.Kind)
}

// Bool returns true or false.
func (n *Node) Bool() (bool, error) {
	if n.Kind != Bool {
		return false, n.Errorf("want true or false, found %s", n.describe())
	}
	return n.Value == "true", nil
}

// List returns the items of a list that has at least one.
func (n *Node) List() ([]*Node, error) {
	switch {
	case n.Kind != List:
		return nil, n.Errorf("want a list (one «- …» a line), found %s", n.describe())
	case len(n.Items) == 0:
		return nil, n.Errorf("want a list with at least one item, found an empty one: take it away or fill it")
	}
	return n.Items, nil
}

// Texts returns the texts of a list, or of a single text as a list of one.
func (n *Node) Texts() ([]string, error) {
	items := []*Node{n}
	if n.Kind == List || n.Kind == Map {
		var err error
		if items, err = n.List(); err != nil {
			return nil, err
		}
	}
	texts := make([]string, 0, len(items))
	for _, item := range items {
		t, err := item.Text()
		if err != nil {
			return nil, err
		}
		texts = append(texts, t)
	}
	return texts, nil
}

// Map returns the fields of a map that has at least one.
func (n *Node) Map() ([]Field, error) {
	switch {
	case n.Kind != Map:
		return nil, n.Errorf("want «key: value» lines, found %s", n.describe())
	case len(n.Fields) == 0:
		return nil, n.Errorf("want at least one «key: value» line, found none")
	}
	return n.Fields, nil
}

// Known is Map for a map whose keys are all among the known ones. what names the map in the error: "exercise", "check".
func (n *Node) Known(what string, known ...string) ([]Field, error) {
	fields, err := n.Map()
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if !slices.Contains(known, f.Key.Value) {
			return nil, f.Key.Errorf("unknown key %q in %s%s", f.Key.Value, what, meant(f.Key.Value, known))
		}
	}
	return fields, nil
}

func meant(word string, known []string) string {
	if w := nearest.Word(word, known); w != "" {
		return fmt.Sprintf(" (did you mean %q?)", w)
	}
	return fmt.Sprintf(" (known: %s)", strings.Join(known, ", "))
}

// Get returns the value of a key, or nil.
func (n *Node) Get(key string) *Node {
	for _, f := range n.Fields {
		if f.Key.Value == key {
			return f.Value
		}
	}
	return nil
}

// Expand returns a copy of the node in which every text, keys of maps included, went through f.
func (n *Node) Expand(f func(string) string) *Node {
	if n == nil {
		return nil
	}
	c := *n
	if n.Kind == Text {
		c.Value = f(n.Value)
	}
	c.Items = nil
	for _, item := range n.Items {
		c.Items = append(c.Items, item.Expand(f))
	}
	c.Fields = nil
	for _, field := range n.Fields {
		c.Fields = append(c.Fields, Field{Key: field.Key.Expand(f), Value: field.Value.Expand(f)})
	}
	return &c
}

func (n *Node) describe() string {
	switch n.Kind {
	case Text, Number, Bool:
		return fmt.Sprintf("the %s %q", n.Kind, n.Value)
	}
	return n.Kind.String()
}

func (k Kind) String() string {
	return [...]string{"text", "number", "true-or-false word", "nothing", "a list", "a map"}[k]
}
