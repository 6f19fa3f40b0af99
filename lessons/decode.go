package lessons

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"capas/internal/strictyaml"
)

// yaml decodes a text that stands in the file, so that every place in the nodes is one of the file.
func (p *problems) yaml(t *text) *strictyaml.Node {
	n, err := strictyaml.Parse(t.bytes)
	if err != nil {
		e := err.(*strictyaml.Error) // Parse promises it
		line, col := t.moved(e.Line, e.Col)
		p.at(line, col, "%s", t.placesIn(e.Message))
		return nil
	}
	move(n, t)
	if !p.harmless(n) {
		return nil
	}
	return n
}

func move(n *strictyaml.Node, t *text) {
	n.Line, n.Col = t.moved(n.Line, n.Col)
	for _, item := range n.Items {
		move(item, t)
	}
	for _, f := range n.Fields {
		if move(f.Key, t); f.Value.Kind == strictyaml.Null {
			f.Value.Line, f.Value.Col = f.Key.Line, f.Key.Col
			continue
		}
		move(f.Value, t)
	}
}

var placeInMessage = regexp.MustCompile(`\[(\d+):(\d+)\]`)

// placesIn makes the places that the decoder names in a message places of the file.
func (t *text) placesIn(message string) string {
	return placeInMessage.ReplaceAllStringFunc(message, func(found string) string {
		var line, col int
		if _, err := fmt.Sscanf(found, "[%d:%d]", &line, &col); err != nil {
			return found
		}
		line, _ = t.moved(line, col)
		return fmt.Sprintf("line %d", line)
	})
}

// harmless reports control characters that are written as escapes ("\x1b"), which the bytes of the file do not show.
func (p *problems) harmless(n *strictyaml.Node) bool {
	if i := strings.IndexFunc(n.Value, steers); i >= 0 {
		p.add(n.Errorf("the control character %U: take it away", []rune(n.Value[i:])[0]))
		return false
	}
	for _, item := range n.Items {
		if !p.harmless(item) {
			return false
		}
	}
	for _, f := range n.Fields {
		if !p.harmless(f.Key) || !p.harmless(f.Value) {
			return false
		}
	}
	return true
}

// known reports a node that is no map, and its first key that is none of the known ones.
func (p *problems) known(n *strictyaml.Node, what string, keys ...string) bool {
	_, err := n.Known(what, keys...)
	p.add(err)
	return err == nil
}

// has reports the keys that a map lacks.
func (p *problems) has(n *strictyaml.Node, what string, keys ...string) bool {
	var lacks []string
	for _, key := range keys {
		if n.Get(key) == nil {
			lacks = append(lacks, "«"+key+":»")
		}
	}
	if len(lacks) > 0 {
		p.add(n.Errorf("%s needs %s", what, strings.Join(lacks, ", ")))
	}
	return len(lacks) == 0
}

// alone reports a map of more than one key.
func (p *problems) alone(n *strictyaml.Node, what string) bool {
	if len(n.Fields) == 1 {
		return true
	}
	p.add(n.Fields[1].Key.Errorf("%s says one thing: %q and %q are two", what, n.Fields[0].Key.Value, n.Fields[1].Key.Value))
	return false
}

// words is a text that says something, without the line end of its last line. A nil node has none.
func (p *problems) words(n *strictyaml.Node) string {
	s := p.content(n)
	if n != nil && n.Kind == strictyaml.Text && strings.TrimSpace(s) == "" {
		p.add(n.Errorf("want text, found an empty one"))
	}
	return strings.TrimRight(s, "\n")
}

// content is a text as it stands, which may be empty.
func (p *problems) content(n *strictyaml.Node) string {
	if n == nil {
		return ""
	}
	s, err := n.Text()
	if n.Kind == strictyaml.Map && len(n.Fields) > 0 {
		err = n.Errorf("want text, found «%s: …»: a text that holds a colon and a blank goes in quotes", n.Fields[0].Key.Value)
	}
	p.add(err)
	return s
}

// line is a text of one printable line.
func (p *problems) line(n *strictyaml.Node) string {
	s := p.words(n)
	if strings.TrimSpace(s) != "" && !oneLine(s) {
		p.add(n.Errorf("want one line of printable text"))
	}
	return s
}

// items are those of a list; a single text stands for a list of one. A nil node has none.
func (p *problems) items(n *strictyaml.Node) []*strictyaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind == strictyaml.Text {
		return []*strictyaml.Node{n}
	}
	items, err := n.List()
	p.add(err)
	return items
}

func (p *problems) allWords(n *strictyaml.Node) []string {
	var texts []string
	for _, item := range p.items(n) {
		texts = append(texts, p.words(item))
	}
	return texts
}

var (
	idPattern   = regexp.MustCompile(`^[a-z0-9-]+$`)
	notInID     = regexp.MustCompile(`[^a-z0-9]+`)
	withoutMark = strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ü", "u", "ñ", "n")
)

const idRule = "an id is of small letters a-z, digits and hyphens"

// id is a text that is an id.
func (p *problems) id(n *strictyaml.Node) string {
	s := p.words(n)
	if s != "" && !idPattern.MatchString(s) {
		p.add(n.Errorf("%q: %s%s", s, idRule, didYouMean(identifier(s, "-"))))
	}
	return s
}

// ids are those of a list, or the only one, and where each stands. None is there twice.
func (p *problems) ids(n *strictyaml.Node) ([]string, []*strictyaml.Node) {
	items := p.items(n)
	var ids []string
	for _, item := range items {
		id := p.id(item)
		if slices.Contains(ids, id) {
			p.add(item.Errorf("%q is there twice", id))
		}
		ids = append(ids, id)
	}
	return ids, items
}

// identifier is the id or name that somebody probably meant, or "".
func identifier(s, joint string) string {
	meant := notInID.ReplaceAllString(withoutMark.Replace(strings.ToLower(s)), joint)
	if meant = strings.Trim(meant, joint); meant == s {
		return ""
	}
	return meant
}
