package checks

import (
	"slices"
	"strings"

	"capas/internal/strictyaml"
)

// Names are the names of images and containers that a list of checks speaks of, its variables already replaced; not patterns.
func Names(list *strictyaml.Node) []string {
	var names []string
	add := func(n *strictyaml.Node) {
		if n != nil && n.Kind == strictyaml.Text {
			names = append(names, n.Value)
		}
	}
	for _, entry := range list.Items {
		add(entry.Get("image"))
		add(entry.Get("pushed"))
		add(entry.Get("same_as"))
		if w := entry.Get("images"); w != nil {
			if ref := w.Get("reference"); ref != nil && !strings.ContainsAny(ref.Value, `*?[\`) {
				add(ref)
			}
		}
		for _, key := range []string{"same", "different"} {
			if pair := entry.Get(key); pair != nil {
				for _, ref := range pair.Items {
					add(ref)
				}
			}
		}
		if c := entry.Get("container"); c != nil {
			add(c.Get("name"))
		}
	}
	return names
}

// Has reports whether an image or a container had that name when the baseline was taken.
func (b *Baseline) Has(name string) bool {
	for _, c := range b.Containers {
		if c == name {
			return true
		}
	}
	for _, names := range b.Images {
		if slices.ContainsFunc(names, func(n string) bool { return familiar(n) == familiar(name) }) {
			return true
		}
	}
	return false
}
