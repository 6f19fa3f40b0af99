package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// understandsSequences turns escape sequences on, which a console of Windows may have off; it reports false of one that
// does not know them.
func understandsSequences(out *os.File) bool {
	console := windows.Handle(out.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return true // no console of Windows: a terminal of another kind
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
