// Package bluemonday stands in for github.com/microcosm-cc/bluemonday, so that capas starts sooner.
//
// It lets nothing through. Glamour imports bluemonday to take the tags out of HTML, and no HTML of a page of ours reaches glamour:
// package render shows the words of it itself. Bluemonday's released versions compile the patterns of every CSS property when a
// program starts, also for a policy without styles, and bring an HTML and a CSS parser along: 8 ms of the 58 that `capas list` took.
// Once a release compiles them when they are used, this folder and the replace line in go.mod go away.
package bluemonday

// Policy is what HTML may hold.
type Policy struct{}

// StrictPolicy returns the policy that glamour asks for.
func StrictPolicy() *Policy { return &Policy{} }

// Sanitize returns nothing, which no policy objects to.
func (*Policy) Sanitize(string) string { return "" }
