package lessons

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"capas/internal/nearest"
	"capas/internal/strictyaml"
)

// Error is what is wrong at one place of a file of the course. Line and Col count from 1; Col counts characters.
type Error struct {
	File      string
	Line, Col int
	Message   string
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Message) }

// Errors are all that is wrong with what was read, by file, line and column. There is at least one.
type Errors []*Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives errors.As each of the errors.
func (e Errors) Unwrap() []error {
	list := make([]error, len(e))
	for i, one := range e {
		list[i] = one
	}
	return list
}

// UnknownLesson says that no lesson has an id.
type UnknownLesson struct {
	ID      string
	Nearest string // the id that was probably meant, or ""
}

func (e *UnknownLesson) Error() string {
	return fmt.Sprintf("no lesson has the id %q%s", e.ID, didYouMean(e.Nearest))
}

func didYouMean(word string) string {
	if word == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", word)
}

func meant(word string, known []string) string { return didYouMean(nearest.Word(word, known)) }

// problems gathers what is wrong with one file.
type problems struct {
	file string
	list Errors
}

func (p *problems) at(line, col int, format string, args ...any) {
	p.list = append(p.list, &Error{p.file, line, col, fmt.Sprintf(format, args...)})
}

// add takes an error of strictyaml whose place is one of the file. A nil error is none.
func (p *problems) add(err error) {
	if err == nil {
		return
	}
	if e, ok := errors.AsType[*strictyaml.Error](err); ok {
		p.at(e.Line, e.Col, "%s", e.Message)
		return
	}
	p.at(1, 1, "%v", err)
}

func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	p.list.sort()
	return slices.CompactFunc(p.list, func(a, b *Error) bool { // the first at a place is the cause
		return a.Line == b.Line && a.Col == b.Col
	})
}

func (e Errors) sort() {
	slices.SortStableFunc(e, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
}
