// Package progress keeps what a learner has done: an append-only journal, and the attempts that are under way.
//
// It knows no engine and prints nothing.
package progress

import (
	"path/filepath"
	"time"

	"github.com/adrg/xdg"
)

// Verb is what happened to an item.
type Verb string

// The verbs of a journal.
const (
	Started  Verb = "started"  // an item was begun; without an item, a step was reached
	Failed   Verb = "failed"   // a check did not hold, or an answer was wrong
	Hinted   Verb = "hinted"   // one hint was shown
	Revealed Verb = "revealed" // the solution was shown
	Passed   Verb = "passed"   // the exercise is done
	Skipped  Verb = "skipped"
	Answered Verb = "answered" // the quiz is done
	Reset    Verb = "reset"    // forget all before: of the item, without one of the lesson, without that of the course
	Restored Verb = "restored" // the reset whose id is the detail does not count
)

// Entry is one line of the journal.
type Entry struct {
	ID     string    `json:"id"`   // random, made by Append
	Time   time.Time `json:"time"` // now, where it is zero; Append keeps it later than that of the line before
	Course string    `json:"course"`
	Lesson string    `json:"lesson"`
	Item   string    `json:"item,omitempty"`
	Step   int       `json:"step,omitempty"` // counted from 1, for «where was I»
	Verb   Verb      `json:"verb"`
	Hash   string    `json:"hash,omitempty"`
	Detail string    `json:"detail,omitempty"`
}

// StateDir is where the journal and the attempts live unless somebody says otherwise.
func StateDir() string { return filepath.Join(xdg.StateHome, "capas") }
