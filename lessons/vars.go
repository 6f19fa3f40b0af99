package lessons

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"capas/internal/nearest"
	"capas/internal/strictyaml"
)

// Vars are the declared variables, by name.
type Vars map[string]Var

// Var is a declared variable; one of the three kinds.
type Var struct {
	Value   string   // a plain value
	Pick    []string // one of these, kept for the attempt
	Online  string   // an image reference, with Offline
	Offline string
}

// The variables that every lesson has, unless it or its course declares one of that name. Who runs the lesson gives them values.
const (
	Workspace = "workspace" // the learner's folder for the lesson
	Mirror    = "mirror"    // the registry on this machine that has the practice bases to pull
	Registry  = "registry"  // the one that the learner pushes to
	User      = "user"      // the learner's account there
	Password  = "password"
)

// UsualWorkspace is where the folder of a lesson is if the learner says nothing else.
func UsualWorkspace(lesson string) string { return "~/capas/" + lesson }

// given are the variables that every lesson has. The ports are not 5000: macOS listens there.
func given(lesson string) Vars {
	return Vars{
		Workspace: {Value: UsualWorkspace(lesson)},
		Mirror:    {Value: "localhost:5017"},
		Registry:  {Value: "localhost:5018"},
		User:      {Value: "capas"},
		Password:  {Value: "password"},
	}
}

// Given reports whether every lesson has a variable of this name.
func Given(name string) bool {
	_, ok := given("")[name]
	return ok
}

// Values are what variables stand for in one attempt. A name without a value stands for its first:
// Value, the first of Pick, Online.
type Values map[string]string

// Expand replaces ${name} where name is declared, and $${name} by ${name}. A value may name other variables.
func (v Vars) Expand(text string, values Values) string { return v.expand(text, values, nil) }

var written = regexp.MustCompile(`\$?\$\{([a-z][a-z0-9_]*)\}`)

// expand leaves the names that are being replaced already: values that people give may go in circles.
func (v Vars) expand(text string, values Values, within []string) string {
	if !strings.Contains(text, "${") {
		return text
	}
	return written.ReplaceAllStringFunc(text, func(found string) string {
		name := found[strings.Index(found, "{")+1 : len(found)-1]
		declared, ok := v[name]
		switch {
		case !ok || slices.Contains(within, name):
			return found
		case strings.HasPrefix(found, "$$"):
			return found[1:]
		}
		value, ok := values[name]
		if !ok {
			value = declared.first()
		}
		return v.expand(value, values, append(slices.Clip(within), name))
	})
}

func (v Vars) has(name string) bool {
	_, ok := v[name]
	return ok
}

func (v Var) first() string {
	switch {
	case len(v.Pick) > 0:
		return v.Pick[0]
	case v.Online != "":
		return v.Online
	}
	return v.Value
}

func (v Var) all() []string {
	if len(v.Pick) > 0 {
		return v.Pick
	}
	return []string{v.Value + v.Online, v.Offline}
}

// ValidValue says what is wrong with a value that somebody gives to a variable.
func ValidValue(value string) error {
	if !oneLine(value) || strings.Contains(value, "`") {
		return errors.New("want one printable line without backquotes")
	}
	return nil
}

var varName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// variables reads the map under «vars:».
func (p *problems) variables(n *strictyaml.Node) Vars {
	fields, err := n.Map()
	p.add(err)
	vars := Vars{}
	for _, f := range fields {
		if name := f.Key.Value; !varName.MatchString(name) {
			p.add(f.Key.Errorf("%q is no name of a variable: small letters, digits and _, a letter first%s", name, didYouMean(identifier(name, "_"))))
			continue
		}
		vars[f.Key.Value] = p.variable(f.Value)
	}
	return vars
}

func (p *problems) variable(n *strictyaml.Node) Var {
	if n.Kind != strictyaml.Map {
		return Var{Value: p.value(n)}
	}
	if online := n.Get("online"); online != nil {
		p.add(online.Errorf("«online:» and «offline:» stand under «image:», as in «image: {online: …, offline: …}»"))
		return Var{}
	}
	if !p.known(n, "a variable", "pick", "image") || !p.alone(n, "a variable") {
		return Var{}
	}
	if pick := n.Get("pick"); pick != nil {
		return Var{Pick: p.values(pick)}
	}
	image := n.Get("image")
	if !p.known(image, "image", "online", "offline") || !p.has(image, "image", "online", "offline") {
		return Var{}
	}
	return Var{Online: p.value(image.Get("online")), Offline: p.value(image.Get("offline"))}
}

func (p *problems) values(n *strictyaml.Node) []string {
	items, err := n.List()
	p.add(err)
	var values []string
	for _, item := range items {
		values = append(values, p.value(item))
	}
	return values
}

func (p *problems) value(n *strictyaml.Node) string {
	value, err := n.Text()
	if err == nil && ValidValue(value) != nil {
		err = n.Errorf("the value of a variable: %v", ValidValue(value))
	}
	p.add(err)
	return value
}

// circle is the way from a variable that stands for itself back to it, or nothing.
func (v Vars) circle() []string {
	next := func(name string) []string { return v[name].names() }
	for _, name := range slices.Sorted(maps.Keys(v)) {
		for _, n := range next(name) {
			if way := wayBetween(n, name, next); way != nil {
				return append([]string{name}, way...)
			}
		}
	}
	return nil
}

// names are those that a variable's values hold.
func (v Var) names() []string {
	var names []string
	for _, value := range v.all() {
		for _, m := range written.FindAllStringSubmatch(value, -1) {
			if !strings.HasPrefix(m[0], "$$") {
				names = append(names, m[1])
			}
		}
	}
	return names
}

var braces = regexp.MustCompile(`\$\{([^${}\n]*)\}`)

// misspelt reports the names in a text that are nearly those of declared variables.
func (p *problems) misspelt(t *text, vars Vars) {
	declared := slices.Sorted(maps.Keys(vars))
	for _, m := range braces.FindAllSubmatchIndex(t.bytes, -1) {
		name := string(t.bytes[m[2]:m[3]])
		if near := vars.nearly(name, declared); near != "" {
			line, col := t.place(m[0])
			p.at(line, col, "no variable is called %q (did you mean ${%s}?); a variable of the shell can be written $%s", name, near, strings.TrimSpace(name))
		}
	}
}

// nearly is the declared name that was probably meant. Names in capitals are the shell's and the Dockerfile's own, unless
// they differ in nothing else.
func (v Vars) nearly(name string, declared []string) string {
	if _, ok := v[name]; ok {
		return ""
	}
	word := strings.ToLower(strings.TrimSpace(name))
	if _, ok := v[word]; ok {
		return word
	}
	if !varName.MatchString(strings.TrimSpace(name)) {
		return ""
	}
	return nearest.Word(word, declared)
}
