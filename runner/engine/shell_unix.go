//go:build !windows

package engine

import "github.com/kballard/go-shellquote"

const pipes = false // named pipes are how engines listen

// Unset is the command that takes a variable away.
func Unset(name string) string { return "unset " + name }

// Export is the command that sets a variable for what is typed after it.
func Export(name, value string) string { return "export " + name + "=" + shellquote.Join(value) }

// AddToPath is the command by which a shell finds the programs of a folder too.
func AddToPath(dir string) string { return `export PATH="$PATH":` + shellquote.Join(dir) }
