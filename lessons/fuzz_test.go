package lessons_test

import (
	"bytes"
	"errors"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"capas/lessons"
)

// FuzzParse begins with every lesson and every case.
func FuzzParse(f *testing.F) {
	for _, src := range sources(f) {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		late := time.AfterFunc(10*time.Second, func() { panic("still reading after ten seconds") })
		defer late.Stop()
		l, err := lessons.Parse(caseFile, src, courseVars)
		if (l == nil) == (err == nil) {
			t.Fatalf("lesson %v, error %v", l, err)
		}
		if err != nil {
			placed(t, err, src)
			return
		}
		agree(t, l, src)
		for _, it := range l.Items() {
			if it.Hash() != l.Item(it.ID).Hash() {
				t.Errorf("%s: another hash each time", it.ID)
			}
		}
	})
}

// placed sees that each error stands somewhere in the source, in order.
func placed(t *testing.T, err error, src []byte) {
	t.Helper()
	errs, ok := errors.AsType[lessons.Errors](err)
	if !ok || len(errs) == 0 {
		t.Fatalf("error of type %T: %v", err, err)
	}
	lines, before := 1+bytes.Count(src, []byte("\n")), 1
	for _, e := range errs {
		if e.File != caseFile || e.Line < before || e.Line > lines || e.Col < 1 || e.Message == "" {
			t.Errorf("error at no place of the %d lines after line %d: %v", lines, before, e)
		}
		before = e.Line
	}
}

// agree sees that a list of lessons tells of a lesson what the lesson tells itself.
func agree(t *testing.T, l *lessons.Lesson, src []byte) {
	t.Helper()
	want := lessons.Heading{
		ID: l.ID, Title: l.Title, Summary: l.Summary, Lang: l.Lang, File: l.File, Minutes: l.Minutes, Needs: l.Needs,
	}
	for _, it := range l.Items() {
		want.Items = append(want.Items, it.ID)
	}
	list := strings.Replace(courseYAML, "  - one\n  - two\n", "  - \""+l.ID+"\"\n", 1)
	c := open(t, fstest.MapFS{"course.yaml": {Data: []byte(list)}, l.File: {Data: src}})
	got, err := c.Headings(path.Dir(l.File))
	if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("heading %+v, %v\nlesson  %+v", got, err, want)
	}
}

func TestHeadingsAgreeWithLessons(t *testing.T) {
	good := 0
	for name, src := range sources(t) {
		if l, err := lessons.Parse(caseFile, src, courseVars); err == nil {
			t.Run(name, func(t *testing.T) { agree(t, l, src) })
			good++
		}
	}
	if good == 0 {
		t.Fatal("found no good lesson")
	}
}

func TestErrorsStandInTheFile(t *testing.T) {
	bad := 0
	for name, src := range sources(t) {
		if _, err := lessons.Parse(caseFile, src, courseVars); err != nil {
			t.Run(name, func(t *testing.T) { placed(t, err, src) })
			bad++
		}
	}
	if bad == 0 {
		t.Fatal("found no broken lesson")
	}
}

// TestParseGathersErrors breaks each block of one lesson.
func TestParseGathersErrors(t *testing.T) {
	src := "---\nid: x\ntitle: 7\n---\n## Uno\n\n```exercise a\ngol: a\n```\n\n```quiz b\n¿?\n\n- [ ] a\n- [ ] b\n```\n\n##\n\n```exercise c\nchecks: []\n```\n"
	_, err := lessons.Parse(caseFile, []byte(src), nil)
	errs, _ := errors.AsType[lessons.Errors](err)
	var lines []int
	for _, e := range errs {
		lines = append(lines, e.Line)
	}
	if want := []int{3, 8, 14, 18, 21, 21}; !slices.Equal(lines, want) {
		t.Errorf("errors at lines %v, want %v:\n%v", lines, want, err)
	}
}
