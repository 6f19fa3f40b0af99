//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"

	"mvdan.cc/sh/v3/interp"
)

// commands are the utilities that a shell has not built in. A library has most of them too, but answers differently from what learners
// meet on any other machine: success for a file that is not there, directories removed without being asked, an archive that is not read.
var commands = map[string]command{
	"base64":    {options: "diw:", long: "d=decode i=ignore-garbage w=wrap", run: base64Coder},
	"cat":       {options: "AbeEnstTuv", long: "n=number b=number-nonblank E=show-ends T=show-tabs s=squeeze-blank A=show-all", run: cat},
	"chmod":     {options: "Rvf", long: "R=recursive v=verbose f=silent", run: chmod},
	"chown":     {options: "Rhvf", long: "R=recursive h=no-dereference v=verbose f=silent", least: 1, run: chown},
	"cp":        {options: "RadfnprvLPT", long: "r=recursive a=archive f=force n=no-clobber v=verbose P=no-dereference L=dereference", least: 1, run: cp},
	"env":       {options: "iu:", long: "i=ignore-environment u=unset", run: env},
	"find":      {run: find},
	"grep":      {options: grepOptions, long: grepLong, fails: 2, run: grep},
	"gunzip":    {options: gzipOptions, long: gzipLong, run: gzipper},
	"gzip":      {options: gzipOptions, long: gzipLong, run: gzipper},
	"head":      {options: "n:c:qv", long: "n=lines c=bytes q=quiet v=verbose", run: head},
	"id":        {options: "ugGnr", long: "u=user g=group G=groups n=name r=real", run: id},
	"ls":        {options: "1ACFRSadhlnrt", long: "a=all A=almost-all d=directory h=human-readable r=reverse R=recursive F=classify", fails: 2, run: ls},
	"mkdir":     {options: "pvm:", long: "p=parents v=verbose m=mode", least: 1, run: mkdir},
	"mktemp":    {options: "dup:qt", long: "d=directory u=dry-run p=tmpdir q=quiet", run: mktemp},
	"mv":        {options: "fnvT", long: "f=force n=no-clobber v=verbose", least: 1, run: mv},
	"printenv":  {fails: 2, run: printenv},
	"pwd":       {options: "LP", long: "L=logical P=physical", run: pwd},
	"rm":        {options: "Rrfdv", long: "r=recursive f=force d=dir v=verbose", run: rm},
	"sha256sum": {options: "bct", long: "c=check b=binary t=text", run: shasum},
	"shasum":    {options: "a:bct", long: "a=algorithm c=check b=binary t=text", run: shasum},
	"sleep":     {least: 1, run: sleep},
	"sort":      {options: "rnufbsk:t:o:", long: "r=reverse n=numeric-sort u=unique f=ignore-case b=ignore-leading-blanks s=stable k=key t=field-separator o=output", fails: 2, run: sortLines},
	"tail":      {options: "n:c:qvfF", long: "n=lines c=bytes q=quiet v=verbose f=follow", run: tail},
	"tar":       {options: "cxtzvpPf:C:s:", long: "c=create x=extract t=list z=gzip v=verbose p=preserve-permissions f=file C=directory s=strip-components", run: tarArchive},
	"touch":     {options: "acmr:", long: "c=no-create r=reference", least: 1, run: touch},
	"wc":        {options: "lwcm", long: "l=lines w=words c=bytes m=chars", run: wc},
	"whoami":    {run: whoami},
	"xargs":     {options: "0rtn:I:d:L:P:", long: "0=null r=no-run-if-empty t=verbose n=max-args d=delimiter", run: xargs},
}

const (
	gzipOptions = "cdfkntv123456789"
	gzipLong    = "c=stdout d=decompress f=force k=keep n=no-name t=test v=verbose 1=fast 9=best"
)

// selfRead are those in whose arguments what looks like an option may be an expression, a mode, a letter of a word, or another's.
var selfRead = []string{"chmod", "env", "find", "head", "tail", "tar", "xargs"}

// utility runs one of the core utilities and returns its exit status.
func utility(name string, args []string) int {
	c, ours := commands[name]
	if !ours {
		return builtin(name, args)
	}
	if slices.Contains(selfRead, name) {
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

// builtin runs a command that the shell's library has built in: echo, printf, test and the like.
func builtin(name string, args []string) int {
	if !interp.IsBuiltin(name) {
		return complain(127, "%s: not a utility of this program", name)
	}
	runner, err := interp.New(interp.StdIO(os.Stdin, os.Stdout, os.Stderr))
	if err != nil {
		return complain(1, "%s: %v", name, err)
	}
	return exitStatus(runner.Run(context.Background(), call(append([]string{name}, args...)...)))
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
