// Package checks asks a Docker engine whether an exercise is done.
//
// It reads and nothing else: it knows no lessons, prints nothing, and changes no image.
package checks

import (
	"context"

	"capas/internal/message"
)

// Verdict is the answer to a check. The zero Verdict is Unknown.
type Verdict int

// The three answers, never blurred.
const (
	Unknown Verdict = iota // it could not be asked
	Fail                   // not yet
	Pass
)

var verdictNames = [...]string{"unknown", "fail", "pass"}

func (v Verdict) String() string { return verdictNames[v] }

// MarshalText writes "pass", "fail" or "unknown".
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Check is one condition on the engine or the workspace. Eval looks once, reads only and does not wait;
// an error says that it could not be asked, never that it does not hold.
type Check interface {
	Eval(ctx context.Context, f *Facts) (Result, error)
}

// Result is what a check found. Want, Got, Near and Next are the feedback: what was wanted, what was found instead,
// the nearest thing there is, and the one thing to do next; Near may be empty, on Pass Near and Next are.
type Result struct {
	Verdict               Verdict
	Want, Got, Near, Next message.Text
	// Blocked marks a condition on something that another failed check of the same exercise already found missing.
	Blocked bool
	// Err is why an Unknown could not be asked.
	Err error

	missing   string          // the image that it found missing, if that is what it says
	guessed   bool            // Near is no more than a guess
	condition *imageCondition // what was asked of an image, if that is what it is about
}

// Overall is Fail where one result is, else Unknown where one is, else Pass; of no results it is Unknown.
func Overall(results []Result) Verdict {
	if len(results) == 0 {
		return Unknown
	}
	worst := Pass
	for _, r := range results {
		switch {
		case r.Verdict == Fail:
			return Fail
		case r.Verdict == Unknown:
			worst = Unknown
		}
	}
	return worst
}

// answer is the result of a condition that could be asked; next is for when it does not hold.
func answer(holds bool, got, next message.Text) Result {
	if holds {
		return Result{Verdict: Pass, Got: got}
	}
	return Result{Verdict: Fail, Got: got, Next: next}
}
