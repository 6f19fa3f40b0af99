package message_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"

	"github.com/goccy/go-yaml"

	"capas/internal/message"
)

// sentence is one message of a catalog.
type sentence struct {
	plural bool
	forms  []string        // names of the plural forms
	fields map[string]bool // what its templates name, {{.Image}}
}

// catalog holds the sentences of a language by their whole id, "checks.image.missing".
type catalog map[string]sentence

func TestLanguagesSayTheSame(t *testing.T) {
	first := readCatalog(t, message.Languages[0])
	for _, lang := range message.Languages[1:] {
		other := readCatalog(t, lang)
		for _, id := range slices.Sorted(maps.Keys(first)) {
			there, ok := other[id]
			switch {
			case !ok:
				t.Errorf("%s: %q is missing", lang, id)
			case !maps.Equal(first[id].fields, there.fields):
				t.Errorf("%s: %q names %s, and in %s %s", lang, id, names(there.fields), message.Languages[0], names(first[id].fields))
			case first[id].plural != there.plural:
				t.Errorf("%s: %q has plural forms in one language only", lang, id)
			}
		}
		for _, id := range slices.Sorted(maps.Keys(other)) {
			if _, ok := first[id]; !ok {
				t.Errorf("%s: %q is missing", message.Languages[0], id)
			}
		}
	}
}

func TestEverySentenceCanBeSaid(t *testing.T) {
	for _, lang := range message.Languages {
		p := message.For(lang)
		for id, s := range readCatalog(t, lang) {
			if s.plural && !slices.Equal(s.forms, []string{"one", "other"}) {
				t.Errorf("%s: %q has the forms %q, want one and other", lang, id, s.forms)
			}
			for _, count := range []int{1, 2} {
				data := message.Data{}
				for field := range s.fields {
					data[field] = "X"
				}
				if s.plural {
					data["Count"] = count
				}
				if got := p.Sayf(id, data); strings.TrimSpace(got) == "" || strings.Contains(got, "<no value>") {
					t.Errorf("%s: %q says %q", lang, id, got)
				}
			}
		}
	}
}

func TestCodeAndCatalogAgree(t *testing.T) {
	said := readCatalog(t, message.Languages[0])
	uses := usesIn(t, filepath.Join("..", ".."))
	used := map[string]bool{}
	for _, u := range uses {
		s, ok := said[u.id]
		switch {
		case u.id == "":
			t.Errorf("%s: the id is not a literal string, so that no test can find it", u.place)
		case !ok && u.inTest: // a test may ask for what is not there
		case !ok:
			t.Errorf("%s: %q is in no catalog", u.place, u.id)
		case u.known:
			for _, missing := range without(s.needs(), u.data) {
				t.Errorf("%s: %q is said without its %s", u.place, u.id, missing)
			}
		}
		used[u.id] = used[u.id] || !u.inTest
	}
	for _, id := range slices.Sorted(maps.Keys(said)) {
		if !used[id] {
			t.Errorf("%q is said nowhere", id)
		}
	}
}

// needs are the fields that a sentence cannot do without.
func (s sentence) needs() []string {
	all := maps.Clone(s.fields)
	if s.plural {
		all["Count"] = true
	}
	return slices.Sorted(maps.Keys(all))
}

func without(list, others []string) []string {
	return slices.DeleteFunc(list, func(x string) bool { return slices.Contains(others, x) })
}

func names(set map[string]bool) string {
	return fmt.Sprintf("%q", slices.Sorted(maps.Keys(set)))
}

func readCatalog(t *testing.T, lang string) catalog {
	t.Helper()
	files, err := filepath.Glob(lang + "/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no catalog in %s: %v", lang, err)
	}
	c := catalog{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := yaml.Unmarshal(text, &tree); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		c.add(t, strings.TrimSuffix(filepath.Base(file), ".yaml"), tree)
	}
	if len(c) == 0 {
		t.Fatalf("found no sentences in %s", lang)
	}
	return c
}

// add takes in what stands under an id: a text, the forms of a plural, or more ids.
func (c catalog) add(t *testing.T, id string, value any) {
	t.Helper()
	switch value := value.(type) {
	case string:
		c[id] = sentence{fields: fieldsOf(t, id, value)}
	case map[string]any:
		if _, plural := value["other"]; !plural {
			for key, v := range value {
				c.add(t, id+"."+key, v)
			}
			return
		}
		s := sentence{plural: true, forms: slices.Sorted(maps.Keys(value)), fields: map[string]bool{}}
		for _, text := range value {
			maps.Copy(s.fields, fieldsOf(t, id, fmt.Sprint(text)))
		}
		c[id] = s
	default:
		t.Errorf("%q is %v, want a text", id, value)
	}
}

func fieldsOf(t *testing.T, id, text string) map[string]bool {
	t.Helper()
	trees, err := parse.Parse(id, text, "", "")
	if err != nil {
		t.Errorf("%q: %v", id, err)
		return nil
	}
	fields := map[string]bool{}
	for _, tree := range trees {
		collect(tree.Root, fields)
	}
	return fields
}

// collect finds the fields that a template names, in its branches too.
func collect(n parse.Node, fields map[string]bool) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			collect(child, fields)
		}
	case *parse.ActionNode:
		collect(n.Pipe, fields)
	case *parse.PipeNode:
		for _, command := range n.Cmds {
			for _, arg := range command.Args {
				collect(arg, fields)
			}
		}
	case *parse.FieldNode:
		fields[n.Ident[0]] = true
	case *parse.IfNode:
		collectBranch(&n.BranchNode, fields)
	case *parse.RangeNode:
		collectBranch(&n.BranchNode, fields)
	case *parse.WithNode:
		collectBranch(&n.BranchNode, fields)
	}
}

func collectBranch(n *parse.BranchNode, fields map[string]bool) {
	collect(n.Pipe, fields)
	collect(n.List, fields)
	collect(n.ElseList, fields)
}

// use is one place of the code that says a sentence.
type use struct {
	place  string
	id     string // "" where it is not a literal
	data   []string
	known  bool // whether data is all that is given
	inTest bool
}

// usesIn finds message.New("…") and Sayf("…") in every Go file.
func usesIn(t *testing.T, root string) []use {
	t.Helper()
	var list []use
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git"):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		of, err := usesOf(name)
		list = append(list, of...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatal("found no sentence in the code")
	}
	return list
}

func usesOf(name string) ([]use, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	if filepath.Base(filepath.Dir(name)) == "message" && file.Name.Name == "message" {
		return nil, nil // where New and Sayf are made
	}
	var list []use
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && says(call) {
			u := use{place: set.Position(call.Pos()).String(), inTest: strings.HasSuffix(name, "_test.go")}
			u.id = literal(call.Args[0])
			u.data, u.known = dataOf(call.Args[1:])
			if u.id != "" || !u.inTest {
				list = append(list, u)
			}
		}
		return true
	})
	return list, nil
}

func says(call *ast.CallExpr) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 {
		return false
	}
	pkg, _ := selector.X.(*ast.Ident)
	return selector.Sel.Name == "Sayf" || selector.Sel.Name == "New" && pkg != nil && pkg.Name == "message"
}

func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	text, err := strconv.Unquote(lit.Value)
	return cmp.Or(text, fmt.Sprint(err))
}

// dataOf are the keys of a Data that is written out where the sentence is said.
func dataOf(args []ast.Expr) (keys []string, known bool) {
	if len(args) == 0 {
		return nil, true
	}
	composite, ok := args[0].(*ast.CompositeLit)
	if !ok {
		return nil, false
	}
	for _, element := range composite.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			keys = append(keys, literal(pair.Key))
		}
	}
	return keys, true
}
