package lessons_test

import (
	"slices"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	en := map[string]string{"en/10-one.md": lesson("one", "One"), "en/20-two.md": lesson("two", "Two", "needs: [one]\n")}
	three := strings.Replace(courseYAML, "- two", "- two\n  - three", 1)
	draw := func(n, from string) string {
		return lesson("two", "Dos") + "\n```quiz final draw=" + n + "\n" + from + "\n```\n"
	}
	for _, tc := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"good", nil, nil},
		{"good in two languages", en, nil},
		{"no lesson at all", map[string]string{"es/10-uno.md": "", "es/20-dos.md": ""}, []string{
			"course.yaml:1:1: no lesson in the default language: want files such as es/10-first.md"}},
		{"broken lessons", map[string]string{"es/10-uno.md": "a", "es/20-dos.md": "---\nid: two\ntitle: Dos\n---\n"}, []string{
			"es/10-uno.md:1:1: a lesson begins with a line of ---, then «id: …» and «title: …», then --- again",
			"es/20-dos.md:1:1: a lesson needs a step: a line «## …» opens one"}},
		{"a file that is no lesson", map[string]string{"es/dos.md": "a", "es/README.md": "a", "es/a.png": "a"}, []string{
			"es/dos.md:1:1: not read: the file of a lesson is called NN-some-words.md, as in 40-build.md"}},
		{"missing lesson", map[string]string{"es/20-dos.md": ""}, []string{
			`course.yaml:12:5: no lesson in es has the id "two"`}},
		{"unlisted lesson", map[string]string{"es/30-tres.md": lesson("twoo", "Tres")}, []string{
			`es/30-tres.md:2:1: course.yaml does not list the lesson "twoo" (did you mean "two"?)`}},
		{"same lesson and items", map[string]string{"es/30-tres.md": lesson("two", "Tres")}, []string{
			`es/30-tres.md:2:1: the id "two" is that of es/20-dos.md too`,
			`es/30-tres.md:7:1: the id "two-a" is that of an item in es/20-dos.md:8 too: it must be the only one in the course`,
			`es/30-tres.md:14:1: the id "two-b" is that of an item in es/20-dos.md:15 too: it must be the only one in the course`}},
		{"unknown need", map[string]string{"es/20-dos.md": lesson("two", "Dos", "needs: [oone]\n")}, []string{
			`es/20-dos.md:4:1: needs: no lesson has the id "oone" (did you mean "one"?)`}},
		{"need that comes later", map[string]string{"es/10-uno.md": lesson("one", "Uno", "needs: two\n"), "es/20-dos.md": lesson("two", "Dos")}, []string{
			`es/10-uno.md:4:1: needs "two", which course.yaml lists after it`}},
		{"circle", map[string]string{
			"course.yaml":   three,
			"es/10-uno.md":  lesson("one", "Uno", "needs: [three]\n"),
			"es/20-dos.md":  lesson("two", "Dos", "needs: [one]\n"),
			"es/30-tres.md": lesson("three", "Tres", "needs: [two]\n"),
		}, []string{`es/10-uno.md:4:1: these lessons need one another: one → three → two → one`}},
		{"draws what is there", map[string]string{"es/20-dos.md": draw("4", "one two")}, nil},
		{"draws from nowhere", map[string]string{"es/20-dos.md": draw("2", "onee")}, []string{
			`es/20-dos.md:20:1: no lesson has the id "onee" (did you mean "one"?)`}},
		{"draws too many", map[string]string{"es/20-dos.md": draw("5", "one two")}, []string{
			`es/20-dos.md:20:1: draw=5: the lessons named have 4 questions together`}},
		{"lesson missing in a language", map[string]string{"en/10-one.md": en["en/10-one.md"]}, []string{
			`es/20-dos.md:1:1: the lesson "two" is missing in en`}},
		{"lesson in one language only", map[string]string{"en/10-one.md": lesson("on", "One"), "en/20-two.md": en["en/20-two.md"]}, []string{
			`en/10-one.md:2:1: course.yaml does not list the lesson "on" (did you mean "one"?)`,
			`en/10-one.md:2:1: no lesson in es has the id "on" (did you mean "one"?)`,
			`es/10-uno.md:1:1: the lesson "one" is missing in en`}},
		{"other items and needs", map[string]string{
			"en/10-one.md": strings.Replace(lesson("one", "One"), "quiz one-a", "quiz one-aa", 1),
			"en/20-two.md": strings.Replace(lesson("two", "Two"), "- [x] a\n- [ ] b", "- [ ] a\n- [x] b", 1),
		}, []string{
			`en/10-one.md:1:1: the item "one-a" of es/10-uno.md:7 is missing`,
			`en/10-one.md:7:1: es/10-uno.md has no item "one-aa" (did you mean "one-a"?)`,
			`en/20-two.md:2:1: needs other lessons than es/20-dos.md`,
			`en/20-two.md:7:1: "two-a" is not what it is in es/20-dos.md:8: another kind, other right choices, or another number of them`}},
		{"a quiz for an exercise", map[string]string{
			"en/10-one.md": strings.Replace(lesson("one", "One"), "```quiz one-b\n¿?\n\n= a\n", "```exercise one-b\ngoal: a\nchecks: [{image: a}]\nhints: b\nsolution: c\n", 1),
			"en/20-two.md": en["en/20-two.md"],
		}, []string{
			`en/10-one.md:14:1: "one-b" is not what it is in es/10-uno.md:14: another kind, other right choices, or another number of them`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			if err := open(t, course(tc.files)).Check(); err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
			}
		})
	}
}
