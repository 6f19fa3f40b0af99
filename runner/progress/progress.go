// Package progress keeps what a learner has done: an append-only journal, and the attempts that are under way.
//
// It knows no engine and prints nothing.
package progress

import "time"

// Verb is what happened to an item.
type Verb string

// The verbs of a journal.
const (
	Started  Verb = "started"
	Failed   Verb = "failed"
	Hinted   Verb = "hinted"
	Revealed Verb = "revealed"
	Passed   Verb = "passed"
	Skipped  Verb = "skipped"
	Answered Verb = "answered"
	Reset    Verb = "reset"
)

// Entry is one line of the journal.
type Entry struct {
	ID     string    `json:"id"` // random, made by Append
	Time   time.Time `json:"time"`
	Course string    `json:"course"`
	Lesson string    `json:"lesson"`
	Item   string    `json:"item,omitempty"`
	Step   int       `json:"step,omitempty"` // counted from 1, for «where was I»
	Verb   Verb      `json:"verb"`
	Hash   string    `json:"hash,omitempty"`
	Detail string    `json:"detail,omitempty"`
}
