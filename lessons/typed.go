package lessons

import (
	"errors"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/yuin/goldmark/ast"
	"mvdan.cc/sh/v3/syntax"

	"capas/internal/nearest"
)

// lines reads an answer to be typed: a paragraph whose every line begins with the same mark. It is read as written; what
// Markdown makes of a line (emphasis, a link) is nothing to a command.
func (q *quizReading) lines(n *ast.Paragraph) {
	lines := n.Lines().Sliced(0, n.Lines().Len())
	at := func(i int) string { return strings.TrimSpace(string(lines[i].Value(q.body.text.bytes))) }
	first, mark := q.line(n), at(0)[0]
	for i := range lines {
		switch line := at(i); {
		case !marked(line):
			q.at(first+i, 1, "this line does not begin with «%c » as those above: one answer a line, and an empty line after the last", mark)
			return
		case line[0] != mark:
			q.at(first+i, 1, "lines of two kinds, «%c » and «%c »: all begin with the same", mark, line[0])
			return
		default:
			q.quiz.Answers = append(q.quiz.Answers, strings.TrimSpace(line[1:]))
		}
	}
	q.typed(mark, first)
}

// unanswered reports a paragraph at the end whose first line has no mark: it is still the question.
func (q *quizReading) unanswered(n *ast.Paragraph) bool {
	for i, s := range n.Lines().Sliced(0, n.Lines().Len()) {
		if marked(strings.TrimSpace(string(s.Value(q.body.text.bytes)))) {
			if i > 0 {
				q.at(q.line(n)+i, 1, "the question runs into its answer: leave an empty line between them")
			}
			return i > 0
		}
	}
	q.at(q.line(n), 1, noAnswer)
	return true
}

func marked(line string) bool {
	return len(line) > 2 && strings.IndexByte("=$?", line[0]) >= 0 && (line[1] == ' ' || line[1] == '\t')
}

func (q *quizReading) typed(mark byte, line int) {
	switch mark {
	case '=':
		q.quiz.Kind = TypeAnswer
	case '$':
		q.quiz.Kind = TypeCommand
		q.commands(line)
	case '?':
		q.quiz.Kind = TypeLive
		asked := q.quiz.Answers
		if q.quiz.Answers = nil; len(asked) > 1 {
			q.at(line+1, 1, "two values to ask for: one «? » line a quiz")
			return
		}
		q.live(asked[0], line)
	}
}

// commands reports answers that no shell reads: nobody could type them.
func (q *quizReading) commands(line int) {
	for i, command := range q.quiz.Answers {
		if _, err := parseShell(command); err != nil {
			why := err.Error()
			if e, ok := errors.AsType[syntax.ParseError](err); ok {
				why = e.Text
			}
			q.at(line+i, 1, "no shell reads this command: %s", why)
		}
	}
}

// The values that an engine can be asked for, as checks.LiveValue knows them, and the fields of a configuration; of those
// that hold several values under names, one is asked for.
var (
	liveKinds    = []string{"layers", "size", "id", "digest", "tags", "config"}
	configFields = []string{"cmd", "entrypoint", "user", "workdir", "stopsignal", "ports", "volumes", "env", "label"}
	namedFields  = []string{"env", "label"}
)

func (q *quizReading) live(asked string, line int) {
	words := strings.Fields(asked)
	if kind := words[0]; !slices.Contains(liveKinds, kind) {
		q.at(line, 1, "unknown value %q%s; known: %s", kind, didYouMean(nearest.Word(kind, liveKinds)), strings.Join(liveKinds, ", "))
		return
	}
	want := words[0] + " IMAGE"
	if words[0] == "config" {
		if len(words) < 2 || !slices.Contains(configFields, words[1]) {
			q.at(line, 1, "config wants a field, as in «? config cmd IMAGE»; known: %s", strings.Join(configFields, ", "))
			return
		}
		want = "config " + words[1] + " IMAGE"
		if slices.Contains(namedFields, words[1]) {
			want = "config " + words[1] + " NAME IMAGE"
		}
	}
	if len(words) != len(strings.Fields(want)) {
		q.at(line, 1, "want «? %s»", want)
		return
	}
	last := len(words) - 1
	if _, err := reference.ParseAnyReference(q.first(words[last])); err != nil {
		q.at(line, 1, "%q is no name of an image: %v", words[last], err)
		return
	}
	q.quiz.Live = &Live{Kind: strings.Join(words[:last], " "), Ref: words[last]}
}

// drawing reads a quiz that takes its questions from other lessons: its body names them.
func (r *reading) drawing(item *Item, draw int, body *text) *Quiz {
	q := &Quiz{Draw: draw}
	for i := range body.count() {
		for _, id := range strings.Fields(string(body.lines(i, i+1))) {
			switch {
			case !idPattern.MatchString(id) || strings.Trim(id, "-") == "":
				r.at(body.first+i, 1, "%q is no id of a lesson: the body of a drawing quiz holds nothing but ids, with blanks between them%s", id, didYouMean(identifier(id, "-")))
			case slices.Contains(q.From, id):
				r.at(body.first+i, 1, "the lesson %q is there twice", id)
			default:
				q.From = append(q.From, id)
			}
		}
	}
	if len(q.From) == 0 {
		r.at(item.Line, 1, "draw=%d from which lessons? Write their ids in the body", draw)
	}
	return q
}
