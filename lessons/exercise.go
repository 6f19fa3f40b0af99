package lessons

import (
	"fmt"

	"capas/checks"
	"capas/internal/strictyaml"
)

func (r *reading) exercise(item *Item, body *text) *Exercise {
	n := r.yaml(body)
	if n == nil {
		return nil
	}
	if n.Kind == strictyaml.Null {
		r.at(item.Line, 1, "the exercise is empty: it needs «goal:», «checks:», «hints:» and «solution:»")
		return nil
	}
	if !r.known(n, "an exercise", "goal", "scene", "checks", "hints", "solution", "also", "mistakes") {
		return nil
	}
	r.has(n, fmt.Sprintf("the exercise %q", item.ID), "goal", "checks", "hints", "solution")
	return &Exercise{
		Goal:     r.words(n.Get("goal")),
		Scene:    r.scene(n.Get("scene")),
		Checks:   r.checks(n.Get("checks")),
		Hints:    r.allWords(n.Get("hints")),
		Solution: r.words(n.Get("solution")),
		Also:     r.allWords(n.Get("also")),
		Mistakes: r.mistakes(n.Get("mistakes")),
	}
}

// checks sees that the list can be understood while its author looks; the learner's values come later.
func (r *reading) checks(n *strictyaml.Node) *strictyaml.Node {
	if n == nil {
		return nil
	}
	entries, err := n.List()
	r.add(err)
	for _, entry := range entries { // one by one, for an error each
		one := &strictyaml.Node{Kind: strictyaml.List, Line: n.Line, Col: n.Col, Items: []*strictyaml.Node{entry}}
		_, err := checks.Parse(one.Expand(r.first))
		r.add(err)
	}
	return n
}

// first replaces each variable by its first value.
func (r *reading) first(s string) string { return r.vars.Expand(s, nil) }

func (r *reading) mistakes(n *strictyaml.Node) []Mistake {
	if n == nil {
		return nil
	}
	items, err := n.List()
	r.add(err)
	var mistakes []Mistake
	for _, item := range items {
		if r.known(item, "a mistake", "do", "says") && r.has(item, "a mistake", "do", "says") {
			mistakes = append(mistakes, Mistake{Do: r.words(item.Get("do")), Says: r.words(item.Get("says"))})
		}
	}
	return mistakes
}
