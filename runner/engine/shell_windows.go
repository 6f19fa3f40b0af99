package engine

// What PowerShell understands.

func unset(name string) string { return "Remove-Item Env:" + name }

func export(name, value string) string { return "$Env:" + name + ` = "` + value + `"` }
