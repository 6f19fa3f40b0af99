package lessons

import (
	"bytes"
	"slices"
	"strconv"

	"capas/internal/strictyaml"
)

// front is what stands between the two lines of --- at the top of a lesson.
type front struct {
	id, title, summary string
	minutes            int
	needs              []string
	vars               Vars
	varsAt             *strictyaml.Node
	idLine, needsLine  int
}

// divide cuts a lesson in its front matter and the rest; nil where there is none.
func (p *problems) divide(t *text) (front, body *text) {
	if !isRule(t.lines(0, 1)) {
		p.at(1, 1, "a lesson begins with a line of ---, then «id: …» and «title: …», then --- again")
		return nil, nil
	}
	for i := 1; i < t.count() && t.starts[i]-t.starts[1] <= MaxBlock; i++ {
		if isRule(t.lines(i, i+1)) {
			return newText(t.lines(1, i), 2, nil), t.from(i + 1)
		}
	}
	p.at(1, 1, "the front matter that begins here has no second line of --- within %d bytes", MaxBlock)
	return nil, nil
}

func isRule(line []byte) bool { return string(bytes.TrimRight(line, " \t\r\n")) == "---" }

func (p *problems) front(t *text) *front {
	n := p.yaml(t)
	if n == nil {
		return nil
	}
	if n.Kind == strictyaml.Null {
		p.at(1, 1, "the front matter is empty: it needs «id:» and «title:»")
		return nil
	}
	if !p.known(n, "the front matter", "id", "title", "summary", "minutes", "needs", "vars") || !p.has(n, "the front matter", "id", "title") {
		return nil
	}
	f := &front{
		id:    p.id(n.Get("id")),
		title: p.heading(n.Get("title")),
	}
	if summary := n.Get("summary"); summary != nil {
		f.summary = p.heading(summary)
	}
	if minutes := n.Get("minutes"); minutes != nil {
		f.minutes = p.minutes(minutes)
	}
	if f.varsAt = n.Get("vars"); f.varsAt != nil {
		f.vars = p.variables(f.varsAt)
	}
	f.idLine, f.needsLine = n.Get("id").Line, n.Get("id").Line
	if needs := n.Get("needs"); needs != nil {
		f.needsLine = needs.Line
		f.needs = p.needs(needs, f.id)
	}
	return f
}

// heading is a line that is shown in lists, where no variable has a value yet.
func (p *problems) heading(n *strictyaml.Node) string {
	s := p.line(n)
	if m := written.FindString(s); m != "" {
		p.add(n.Errorf("%s: variables are not replaced in front matter", m))
	}
	return s
}

func (p *problems) minutes(n *strictyaml.Node) int {
	m, err := strconv.Atoi(n.Value)
	if n.Kind != strictyaml.Number || err != nil || m < 1 || m > 600 {
		p.add(n.Errorf("minutes: want a whole number from 1 to 600, as in «minutes: 12»"))
		return 0
	}
	return m
}

func (p *problems) needs(n *strictyaml.Node, id string) []string {
	ids, at := p.ids(n)
	if i := slices.Index(ids, id); i >= 0 {
		p.add(at[i].Errorf("the lesson %q needs itself", id))
	}
	return ids
}
