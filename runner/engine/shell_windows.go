package engine

const pipes = true // named pipes are how engines listen

// Unset is the command that takes a variable away, in PowerShell.
func Unset(name string) string { return "Remove-Item Env:" + name }

// Export is the command that sets a variable for what is typed after it, in PowerShell.
func Export(name, value string) string { return "$Env:" + name + ` = "` + value + `"` }

// AddToPath is the command by which a shell finds the programs of a folder too, in PowerShell.
func AddToPath(dir string) string { return `$Env:Path += ";` + dir + `"` }
