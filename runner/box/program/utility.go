//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"mvdan.cc/sh/moreinterp/coreutils"
	"mvdan.cc/sh/v3/interp"
)

// commands are the utilities that lessons rely on. The library has most of them too, but answers differently from what learners
// meet on any other machine: success for a file that is not there, directories removed without being asked.
var commands = map[string]command{
	"cat":      {options: "AbeEnstTuv", long: "n=number b=number-nonblank E=show-ends T=show-tabs s=squeeze-blank A=show-all", run: cat},
	"chmod":    {options: "Rvf", long: "R=recursive v=verbose f=silent", run: chmod},
	"chown":    {options: "Rhvf", long: "R=recursive h=no-dereference v=verbose f=silent", least: 1, run: chown},
	"cp":       {options: "RadfnprvLPT", long: "r=recursive a=archive f=force n=no-clobber v=verbose P=no-dereference L=dereference", least: 1, run: cp},
	"env":      {options: "iu:", long: "i=ignore-environment u=unset", run: env},
	"find":     {run: find},
	"id":       {options: "ugGnr", long: "u=user g=group G=groups n=name r=real", run: id},
	"ls":       {options: "1ACFRSadhlnrt", long: "a=all A=almost-all d=directory h=human-readable r=reverse R=recursive F=classify", fails: 2, run: ls},
	"mkdir":    {options: "pvm:", long: "p=parents v=verbose m=mode", least: 1, run: mkdir},
	"mv":       {options: "fnvT", long: "f=force n=no-clobber v=verbose", least: 1, run: mv},
	"printenv": {fails: 2, run: printenv},
	"rm":       {options: "Rrfdv", long: "r=recursive f=force d=dir v=verbose", run: rm},
	"sleep":    {least: 1, run: sleep},
	"touch":    {options: "acmr:", long: "c=no-create r=reference", least: 1, run: touch},
	"whoami":   {run: whoami},
}

// utility runs one of the core utilities and returns its exit status.
func utility(name string, args []string) int {
	c, ours := commands[name]
	if !ours {
		return library(name, args)
	}
	if name == "find" || name == "chmod" || name == "env" { // what looks like an option there is an expression, a mode, or another's
		return runJob(&job{name: name, command: c, args: args})
	}
	j, err := newJob(name, c, args)
	if err != nil {
		return complain(max(c.fails, 1), "%s: %v\nTry '%s --help' for more information.", name, err, name)
	}
	return runJob(j)
}

func runJob(j *job) int {
	if len(j.args) < j.least {
		return complain(1, "%s: missing %s\nTry '%s --help' for more information.", j.name, missing(j), j.name)
	}
	j.run(j)
	return j.status
}

func missing(j *job) string {
	switch j.name {
	case "cp", "mv", "touch":
		return "file operand"
	}
	return "operand"
}

// library runs a command that the shell or its library has built in.
func library(name string, args []string) int {
	runner, err := interp.New(
		interp.StdIO(os.Stdin, os.Stdout, os.Stderr),
		interp.ExecHandlers(coreutils.ExecHandler, func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return unknown }),
	)
	if err != nil {
		return complain(1, "%s: %v", name, err)
	}
	return exitStatus(runner.Run(context.Background(), call(append([]string{name}, args...)...)))
}

func unknown(_ context.Context, args []string) error {
	return interp.ExitStatus(uint8(complain(127, "%s: not a utility of this program", args[0])))
}

// complain says what is wrong and returns the exit status.
func complain(status int, format string, args ...any) int {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	return status
}

// reason is the C library's sentence for an error, as every utility prints it: "No such file or directory".
// Go's own begin with a small letter.
func reason(err error) string {
	var number syscall.Errno
	if !errors.As(err, &number) {
		return err.Error()
	}
	text := number.Error()
	return string(text[0]&^0x20) + text[1:]
}
