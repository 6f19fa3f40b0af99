// Package checks asks a Docker engine whether an exercise is done.
//
// It reads and nothing else: it knows no lessons, prints nothing, and changes no image.
package checks

import (
	"context"

	"capas/internal/message"
	"capas/internal/strictyaml"
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
}

// Parse reads the list under «checks:», its variables already replaced. Errors are *strictyaml.Error.
// One entry yields one check per condition, the most basic first.
func Parse(n *strictyaml.Node) ([]Check, error) { panic("contract") }

// Evaluate asks every check, independent ones in parallel, and returns one result a check in their order.
func Evaluate(ctx context.Context, f *Facts, list []Check) []Result { panic("contract") }

// Overall is Fail where one result is, else Unknown where one is, else Pass; of no results it is Unknown.
func Overall(results []Result) Verdict { panic("contract") }
