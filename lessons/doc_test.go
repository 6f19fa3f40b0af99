package lessons_test

import (
	"go/doc/comment"
	"go/parser"
	"go/token"
	"strings"
	"testing"
	"testing/fstest"

	"capas/lessons"
)

// examples are the blocks of code in the specification, by the heading that they stand under.
func examples(t *testing.T) map[string][]string {
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	found, under := map[string][]string{}, ""
	for _, block := range new(comment.Parser).Parse(file.Doc.Text()).Content {
		switch block := block.(type) {
		case *comment.Heading:
			under = string(block.Text[0].(comment.Plain))
		case *comment.Code:
			found[under] = append(found[under], block.Text)
		}
	}
	return found
}

// TestExamplesOfTheSpecification reads each example as what the specification says that it is.
func TestExamplesOfTheSpecification(t *testing.T) {
	vars := lessons.Vars{"base": {Value: "ubuntu:24.04"}}
	front := "---\nid: x\ntitle: X\n---\n"
	exercise := func(scene, checks string) string {
		return front + "## Paso\n\n```exercise x\ngoal: a\n" + scene + checks + "hints: b\nsolution: c\n```\n"
	}
	read := map[string]int{}
	for heading, list := range examples(t) {
		for _, code := range list {
			first, _, _ := strings.Cut(code, "\n")
			src := ""
			switch {
			case heading == "A course" && strings.HasPrefix(code, "id:"):
				open(t, fstest.MapFS{"course.yaml": {Data: []byte(code)}})
				read[heading]++
				continue
			case heading == "A lesson" && first == "---":
				src = code + "## Paso\n"
			case heading == "Exercise" && strings.HasPrefix(code, "goal: Construye"):
				src = front + "## Paso\n\n```exercise x\n" + code + "```\n"
			case heading == "Scene":
				src = exercise(code, "checks: [{image: a}]\n")
			case heading == "Checks":
				src = exercise("", code)
			case heading == "Exercises and quizzes" && strings.HasPrefix(code, "````"), heading == "Quiz" && strings.HasPrefix(code, "```"):
				src = front + "## Paso\n\n" + code
			case heading == "Quiz" && strings.ContainsAny(code[:len("¿")], "¿P"):
				src = front + "## Paso\n\n```quiz x\n" + code + "```\n"
			case heading == "Variables" && first == "vars:":
				src = strings.Replace(front, "title: X\n", "title: X\n"+code, 1) + "## Paso\n"
			default:
				continue
			}
			read[heading]++
			if _, err := lessons.Parse(caseFile, []byte(src), vars); err != nil {
				t.Errorf("%s: %v\n%s", heading, err, code)
			}
		}
	}
	want := map[string]int{"A course": 1, "A lesson": 1, "Exercises and quizzes": 1, "Exercise": 1, "Scene": 1, "Checks": 10, "Quiz": 7, "Variables": 1}
	for heading, n := range want {
		if read[heading] != n {
			t.Errorf("%s: read %d examples, want %d", heading, read[heading], n)
		}
	}
}
