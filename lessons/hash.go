package lessons

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"capas/internal/strictyaml"
)

// Hash names an item's checks and right answers: it changes when what is asked changes, not when prose does. Of choices it
// knows which are right by their place, not their words, so that a typo reopens nothing and every language has the same.
func (it *Item) Hash() string {
	var b strings.Builder
	if it.Exercise != nil {
		canonical(&b, it.Exercise.Checks)
	} else {
		it.Quiz.canonical(&b)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:16])
}

// canonical writes a node so that two write the same only if they mean the same.
func canonical(b *strings.Builder, n *strictyaml.Node) {
	switch n.Kind {
	case strictyaml.List:
		b.WriteByte('[')
		for _, item := range n.Items {
			canonical(b, item)
			b.WriteByte(',')
		}
		b.WriteByte(']')
	case strictyaml.Map:
		b.WriteByte('{')
		fields := slices.Clone(n.Fields)
		slices.SortFunc(fields, func(x, y strictyaml.Field) int { return cmp.Compare(x.Key.Value, y.Key.Value) })
		for _, f := range fields {
			fmt.Fprintf(b, "%q:", f.Key.Value)
			canonical(b, f.Value)
			b.WriteByte(',')
		}
		b.WriteByte('}')
	default:
		fmt.Fprintf(b, "%d%q", n.Kind, n.Value)
	}
}

func (q *Quiz) canonical(b *strings.Builder) {
	fmt.Fprintf(b, "quiz %d %d", q.Kind, len(q.Choices))
	for i, c := range q.Choices {
		if c.Right {
			fmt.Fprintf(b, " %d", i)
		}
	}
	fmt.Fprintf(b, " %q", slices.Sorted(slices.Values(q.Answers)))
	if q.Live != nil {
		fmt.Fprintf(b, " %q %q", q.Live.Kind, q.Live.Ref)
	}
	fmt.Fprintf(b, " %d %q", q.Draw, slices.Sorted(slices.Values(q.From)))
}
