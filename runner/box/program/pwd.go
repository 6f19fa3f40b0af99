//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// pwd tells where it is, and with -P without going by symbolic links.
func pwd(j *job) {
	if len(j.args) > 0 {
		complain(0, "pwd: ignoring non-option arguments")
	}
	dir, err := os.Getwd() // trusts $PWD as far as that is right
	if !j.given['L'] && err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		j.fail("%s", reason(err))
		return
	}
	fmt.Println(dir)
}
