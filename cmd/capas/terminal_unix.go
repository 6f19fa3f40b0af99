//go:build !windows

package main

import "os"

// understandsSequences is true of every terminal that is not dumb.
func understandsSequences(*os.File) bool { return true }
