package lessons

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
)

const (
	answers  = "a list of choices, or lines that begin with «= », «$ » or «? »"
	noAnswer = "the quiz has no answer: end it with " + answers + ", after an empty line"
)

// quiz reads a question by the shape of its answer, which is the last list or paragraph of the body.
func (r *reading) quiz(item *Item, body *text) *Quiz {
	if len(bytes.TrimSpace(body.bytes)) == 0 {
		r.at(item.Line, 1, "the quiz is empty: it needs a question and its answer")
		return nil
	}
	q := &quizReading{reading: r, body: parseMarkdown(body), quiz: &Quiz{}}
	switch answer := q.explanation().(type) {
	case nil:
		q.at(item.Line, 1, noAnswer)
	case *ast.List:
		if q.question(answer, item) && q.whole(answer) {
			q.choices(answer)
		}
	case *ast.Paragraph:
		if !q.unanswered(answer) && q.question(answer, item) {
			q.lines(answer)
		}
	case *ast.FencedCodeBlock:
		if _, closed := q.close(q.body, answer); closed {
			q.at(q.line(answer), 1, noAnswer)
		}
	default:
		q.at(q.line(answer), 1, "a quiz ends with its answer ("+answers+"); only a block quote may follow it")
	}
	return q.quiz
}

// quizReading is one quiz while it is read.
type quizReading struct {
	*reading
	body *tree
	quiz *Quiz
}

func (q *quizReading) line(n ast.Node) int { return q.body.text.first + q.body.lines[n] }

// explanation takes the block quotes at the end, and returns the block before them.
func (q *quizReading) explanation() ast.Node {
	n := q.body.root.LastChild()
	first := n
	for n != nil && n.Kind() == ast.KindBlockquote {
		first, n = n, n.PreviousSibling()
	}
	if n != nil && n != first {
		q.quiz.Explanation = unquote(q.body.text.lines(q.body.lines[first], q.body.text.count()))
	}
	return n
}

// question takes everything before the answer.
func (q *quizReading) question(answer ast.Node, item *Item) bool {
	q.quiz.Question = strings.Trim(string(q.body.text.lines(0, q.body.lines[answer])), "\n")
	if strings.TrimSpace(q.quiz.Question) == "" {
		q.at(item.Line, 1, "the quiz has an answer and no question: write it above, and an empty line between them")
		return false
	}
	return true
}

// whole reports a list of choices that something cuts in two.
func (q *quizReading) whole(list *ast.List) bool {
	before := list.PreviousSibling()
	if _, ok := before.(*ast.List); ok {
		q.at(q.line(list), 1, "two lists one after the other: choices are one list, with the same sign before each; a list of the question has a sentence after it")
		return false
	}
	if quote, ok := before.(*ast.Blockquote); ok {
		if half, ok := quote.PreviousSibling().(*ast.List); ok && q.alike(half, list) {
			q.at(q.line(quote), 1, "this block quote cuts the list in two: indent it as far as the text of its choice")
			return false
		}
	}
	return true
}

// alike reports whether a list could be the beginning of another one: it has marks, or both have numbers.
func (q *quizReading) alike(half, list *ast.List) bool {
	_, mark := q.mark(half.FirstChild().(*ast.ListItem))
	return mark != 0 || half.IsOrdered() && list.IsOrdered()
}

func (q *quizReading) choices(list *ast.List) {
	marks, right := 0, 0
	for n := list.FirstChild(); n != nil; n = n.NextSibling() {
		c, marked := q.choice(n.(*ast.ListItem), list)
		if marked {
			marks++
		}
		if c.Right {
			right++
		}
		q.quiz.Choices = append(q.quiz.Choices, c)
	}
	q.kind(list, marks, right)
	q.distinct(list)
}

// kind tells the three kinds of list apart, and reports what is none of them.
func (q *quizReading) kind(list *ast.List, marks, right int) {
	line, all := q.line(list), len(q.quiz.Choices)
	switch {
	case all == 1:
		q.at(line, 1, "one choice only: a quiz needs two at least")
	case marks != 0 && (marks != all || list.IsOrdered()):
		q.at(q.odd(list), 1, "a mixed list: choices are a list with - in which each begins with [ ] or [x]; things to put in order are a list with numbers and without marks")
	case list.IsOrdered():
		q.quiz.Kind = Order
	case marks == 0:
		q.at(line, 1, "no choice has a mark: each begins with [ ], the right one with [x] (or is this a list to put in order? write 1. 2. 3.)")
	case right == 0:
		q.at(line, 1, "no choice is right: mark the right one with [x]")
	case right > 1:
		q.quiz.Kind = ChooseAll
	}
}

// odd is the line of the item that makes a list mixed.
func (q *quizReading) odd(list *ast.List) int {
	for n := list.FirstChild(); n != nil; n = n.NextSibling() {
		if _, mark := q.mark(n.(*ast.ListItem)); (mark == 0) != list.IsOrdered() {
			return q.line(n)
		}
	}
	return q.line(list)
}

// mark is the text of an item on its first line, and the x or blank of its mark; 0 where it has none.
func (q *quizReading) mark(n *ast.ListItem) (string, byte) {
	from := q.body.lines[n]
	text := dedent(q.body.text.lines(from, from+1), n.Offset, true)
	if len(text) < 3 || text[0] != '[' || text[2] != ']' || !strings.ContainsRune(" xX", rune(text[1])) {
		return text, 0
	}
	if strings.HasPrefix(text[3:], "(") {
		return text, 0 // a link
	}
	return text[3:], text[1]
}

func (q *quizReading) choice(n *ast.ListItem, list *ast.List) (c Choice, marked bool) {
	from, end := q.body.lines[n], q.body.end(list)
	if next := n.NextSibling(); next != nil {
		end = q.body.lines[next]
	}
	said := end
	if feedback := q.feedback(n); feedback != nil {
		said = q.body.lines[feedback]
		c.Feedback = unquote([]byte(dedent(q.body.text.lines(said, end), n.Offset, false)))
	}
	first, mark := q.mark(n)
	if mark != 0 && !strings.HasPrefix(first, " ") && strings.TrimSpace(first) != "" {
		q.at(q.line(n), 1, "want a blank after the mark: «[%c] …»", mark)
	}
	if from+1 < said {
		first += dedent(q.body.text.lines(from+1, said), n.Offset, false)
	}
	c.Text, c.Right = strings.TrimSpace(first), mark == 'x' || mark == 'X'
	if c.Text == "" {
		q.at(q.line(n), 1, "a choice without text")
	}
	return c, mark != 0
}

// feedback is the first block quote under a choice, or nil. Nothing but others may follow it.
func (q *quizReading) feedback(n *ast.ListItem) ast.Node {
	var first ast.Node
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch quote := c.Kind() == ast.KindBlockquote; {
		case quote && first == nil && c != n.FirstChild():
			first = c
		case !quote && first != nil:
			q.at(q.line(c), 1, "text after the block quote of a choice: feedback is the last thing under it")
			return first
		}
	}
	return first
}

// distinct reports a choice that is there twice: nobody could tell which of the two is meant.
func (q *quizReading) distinct(list *ast.List) {
	seen := map[string]bool{}
	n := list.FirstChild()
	for _, c := range q.quiz.Choices {
		if c.Text != "" && seen[c.Text] {
			q.at(q.line(n), 1, "the choice %q is there twice", c.Text)
		}
		seen[c.Text] = true
		n = n.NextSibling()
	}
}

// dedent takes up to so many columns of blanks from the beginning of each line; from the first line whatever they hold,
// where it begins with the mark of a list item.
func dedent(lines []byte, columns int, item bool) string {
	var out strings.Builder
	for line := range bytes.Lines(lines) {
		i, col := 0, 0
		for i < len(line) && col < columns && (item || line[i] == ' ' || line[i] == '\t') && line[i] != '\n' {
			if col++; line[i] == '\t' {
				col = (col + 3) / 4 * 4
			}
			i++
		}
		out.WriteString(strings.Repeat(" ", max(0, col-columns)))
		out.Write(line[i:])
		item = false
	}
	return out.String()
}

// unquote is what stands in block quotes: each line without its > and the blank after it.
func unquote(lines []byte) string {
	var out strings.Builder
	for line := range bytes.Lines(lines) {
		if rest, found := bytes.CutPrefix(bytes.TrimLeft(line, " "), []byte(">")); found {
			line = bytes.TrimPrefix(rest, []byte(" "))
		}
		out.Write(line)
	}
	return strings.TrimSpace(out.String())
}
