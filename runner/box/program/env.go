//go:build linux

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
)

// Exit statuses of env itself, beside that of the program it runs.
const (
	envFailed      = 125
	envCannotRun   = 126
	envFoundNoSuch = 127
)

// env prints the environment, or changes it and becomes another program. What comes after that program's name is not ours to read.
func env(j *job) {
	options, rest := envArgs(j.args)
	parsed, err := newJob("env", j.command, options)
	if err != nil {
		j.status = complain(envFailed, "env: %v\nTry 'env --help' for more information.", err)
		return
	}
	variables := os.Environ()
	if parsed.given['i'] || slices.Contains(options, "-") {
		variables = nil
	}
	if name := parsed.value['u']; parsed.given['u'] {
		if name == "" || strings.Contains(name, "=") {
			j.status = complain(envFailed, "env: cannot unset %s: %s", quoted(name), reason(syscall.EINVAL))
			return
		}
		variables = unsetIn(variables, name)
	}
	for len(rest) > 0 && strings.Contains(rest[0], "=") {
		name, _, _ := strings.Cut(rest[0], "=")
		variables = append(unsetIn(variables, name), rest[0])
		rest = rest[1:]
	}
	if len(rest) == 0 {
		for _, v := range variables {
			fmt.Println(v)
		}
		return
	}
	j.become(rest, variables)
}

// envArgs tells options, and the names that follow -u, from variables and the program.
func envArgs(args []string) (options, rest []string) {
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--":
			return options, args[i+1:]
		case arg == "-u" && i+1 < len(args):
			options = append(options, arg, args[i+1])
			i++
		case strings.HasPrefix(arg, "-"):
			options = append(options, arg)
		default:
			return options, args[i:]
		}
	}
	return options, nil
}

func unsetIn(variables []string, name string) []string {
	return slices.DeleteFunc(variables, func(v string) bool { return strings.HasPrefix(v, name+"=") })
}

// become runs a program in our place, found in the PATH that it will have.
func (j *job) become(args, variables []string) {
	for _, v := range variables {
		if path, is := strings.CutPrefix(v, "PATH="); is {
			os.Setenv("PATH", path)
		}
	}
	path, err := exec.LookPath(args[0])
	if err == nil {
		err = syscall.Exec(path, args, variables)
	}
	j.status = envCannotRun
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		err, j.status = syscall.ENOENT, envFoundNoSuch
	}
	complain(0, "env: %s: %s", quoted(args[0]), reason(err))
}

func printenv(j *job) {
	if len(j.args) == 0 {
		for _, v := range os.Environ() {
			fmt.Println(v)
		}
	}
	for _, name := range j.args {
		value, set := os.LookupEnv(name)
		if !set {
			j.status = 1
			continue
		}
		fmt.Println(value)
	}
}
