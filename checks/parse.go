package checks

import (
	"maps"
	"slices"
	"strings"

	"capas/internal/nearest"
	"capas/internal/strictyaml"
)

// subjects are what a check can be about, with what reads an entry.
var subjects = map[string]func(*strictyaml.Node) ([]Check, error){
	"image":      parseImage,
	"images":     parseImages,
	"same":       parseSame,
	"different":  parseDifferent,
	"container":  parseContainer,
	"dockerfile": parseDockerfile,
	"file":       parseFile,
	"pushed":     parsePushed,
	"login":      parseLogin,
	"asked":      parseAsked,
}

// Parse reads the list under «checks:», its variables already replaced. Errors are *strictyaml.Error.
// One entry yields one check per condition, the most basic first.
func Parse(n *strictyaml.Node) ([]Check, error) {
	entries, err := n.List()
	if err != nil {
		return nil, err
	}
	var list []Check
	for _, entry := range entries {
		parse, err := subjectOf(entry)
		if err != nil {
			return nil, err
		}
		more, err := parse(entry)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

func subjectOf(entry *strictyaml.Node) (func(*strictyaml.Node) ([]Check, error), error) {
	fields, err := entry.Map()
	if err != nil {
		return nil, err
	}
	var found *strictyaml.Node
	for _, f := range fields {
		switch {
		case subjects[f.Key.Value] == nil:
		case found != nil:
			return nil, f.Key.Errorf("one check about %q and %q: write two checks", found.Value, f.Key.Value)
		default:
			found = f.Key
		}
	}
	if found == nil {
		return nil, noSubject(fields)
	}
	return subjects[found.Value], nil
}

func noSubject(fields []strictyaml.Field) error {
	known := slices.Sorted(maps.Keys(subjects))
	for _, f := range fields {
		if word := nearest.Word(f.Key.Value, known); word != "" {
			return f.Key.Errorf("unknown check %q (did you mean %q?)", f.Key.Value, word)
		}
	}
	return fields[0].Key.Errorf("a check without a subject: %q is none of %s", fields[0].Key.Value, strings.Join(known, ", "))
}

// onlyTrue reads a condition that is asked by writing true and not asked by leaving it out.
func onlyTrue(key string, n *strictyaml.Node) error {
	yes, err := n.Bool()
	switch {
	case err != nil:
		return err
	case !yes:
		return n.Errorf("%s: false checks nothing: take it away", key)
	}
	return nil
}
