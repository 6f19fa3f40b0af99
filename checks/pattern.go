package checks

import (
	"regexp"
	"strings"

	"capas/internal/strictyaml"
)

// Pattern is a regular expression, or a text to be found as it stands: CMD ["sh"] needs no escaping.
type Pattern struct {
	text string
	re   *regexp.Regexp
}

func (p Pattern) String() string { return p.text }

func (p Pattern) in(s string) bool {
	return strings.Contains(s, p.text) || p.re != nil && p.re.MatchString(s)
}

// parsePatterns reads one pattern or a list of them.
func parsePatterns(n *strictyaml.Node) ([]Pattern, error) {
	nodes := []*strictyaml.Node{n}
	if n.Kind == strictyaml.List || n.Kind == strictyaml.Map {
		var err error
		if nodes, err = n.List(); err != nil {
			return nil, err
		}
	}
	var list []Pattern
	for _, n := range nodes {
		p, err := parsePattern(n)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

func parsePattern(n *strictyaml.Node) (Pattern, error) {
	text, err := n.Text()
	if err != nil {
		return Pattern{}, err
	}
	re, err := regexp.Compile("(?m)" + text)
	switch {
	case err != nil:
		return Pattern{}, n.Errorf("the pattern %q cannot be read: %v", text, err)
	case re.MatchString(""):
		return Pattern{}, n.Errorf("the pattern %q is found in anything: it checks nothing", text)
	}
	return Pattern{text, re}, nil
}
