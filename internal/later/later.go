// Package later puts the first garbage collection off from 4 MB to 16, so that what only prints a list does without.
//
// It is a package of its own because main would be too late: the libraries initialise 4 MB. A package is initialised as soon as those
// are that it imports, in the order of their paths, and this one has the path of a first.
package later

import "runtime/debug"

var usual = debug.SetGCPercent(400)

// Usual collects memory as usual from the next collection on.
func Usual() { debug.SetGCPercent(usual) }
