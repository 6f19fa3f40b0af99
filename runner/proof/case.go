package proof

import (
	"fmt"
	"strconv"
	"strings"

	"capas/checks"
)

// Kind is what was done before the engine was asked.
type Kind string

// The kinds of case.
const (
	Untouched Kind = "untouched" // nothing: the exercise must not pass
	Solution  Kind = "solution"
	Also      Kind = "also"
	Mistake   Kind = "mistake" // it must not pass, and say the right words
)

// Case is what became of one way to do an exercise.
type Case struct {
	At         string `json:"at"` // where the exercise stands, "es/40-construir.md:216"
	Lesson     string `json:"lesson"`
	Item       string `json:"item"`
	Kind       Kind   `json:"kind"`
	Index      int    `json:"index,omitempty"` // of an also or a mistake, counted from 1
	OK         bool   `json:"ok"`
	Why        string `json:"why,omitempty"`        // it is not, for the author of the lesson
	Feedback   string `json:"feedback,omitempty"`   // what a learner would have read
	Transcript string `json:"transcript,omitempty"` // of the terminal, where it is not
}

// String is the case in one line, as compilers put it.
func (c Case) String() string {
	s := fmt.Sprintf("%s: %s/%s: %s", c.At, c.Lesson, c.Item, c.Name())
	if c.OK {
		return s + ": ok"
	}
	return s + ": " + c.Why
}

// Name is the kind, and its number where there may be several: "also 2".
func (c Case) Name() string {
	if c.Index == 0 {
		return string(c.Kind)
	}
	return string(c.Kind) + " " + strconv.Itoa(c.Index)
}

// wrong says what is wrong with a verdict, and what to do about it; "" where nothing is.
func (r run) wrong(verdict checks.Verdict, feedback string) string {
	passes := verdict == checks.Pass
	switch {
	case r.kind == Untouched && passes:
		return "it passes before anything is done: all checks hold on the bare scene; let one ask for what the learner has to do"
	case r.kind == Solution && !passes:
		return "it does not pass after its own solution: mend the solution, or the check that the feedback speaks of"
	case r.kind == Also && !passes:
		return "it does not pass after this other way: mend the way, or let the checks accept it"
	case r.kind == Mistake && passes:
		return "it passes after this mistake: let a check tell it from a right answer, or take it from the mistakes"
	case r.kind == Mistake && !strings.Contains(oneLine(feedback), oneLine(plain(r.says))):
		return fmt.Sprintf("it fails after this mistake, as it should, but the feedback lacks %q: put words of the feedback under «says:», or let the checks find what is there", r.says)
	}
	return ""
}

// oneLine is a text as it is before it is broken into lines.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// plain is a text as the feedback has it: without the backquotes around what is typed.
func plain(text string) string { return strings.ReplaceAll(text, "`", "") }
