//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// amount is how much of a file head or tail gives.
type amount struct {
	n     int64
	bytes bool // or lines
	other bool // head: all but the last n; tail: from the nth on
}

const usualLines = 10

func head(j *job) { eachEnd(j, '-', amount.head) }

func tail(j *job) { eachEnd(j, '+', amount.tail) }

// eachEnd gives of every file what give does. The sign before a number is that of the other end.
func eachEnd(j *job, sign byte, give func(amount, io.Writer, io.Reader) error) {
	read, err := newJob(j.name, j.command, numberSpelled(j.args))
	if err != nil {
		j.status = complain(1, "%s: %v\nTry '%s --help' for more information.", j.name, err, j.name)
		return
	}
	a, ok := amountOf(read, sign)
	if !ok {
		j.status = read.status
		return
	}
	if len(read.args) == 0 {
		read.args = []string{"-"}
	}
	for i, name := range read.args {
		read.oneEnd(name, i, a, give)
	}
	if read.given['f'] || read.given['F'] {
		follow(read.args)
	}
	j.status = read.status
}

// numberSpelled writes the old -3, which is understood before all else, as -n3.
func numberSpelled(args []string) []string {
	if len(args) == 0 || !strings.HasPrefix(args[0], "-") {
		return args
	}
	if _, err := strconv.ParseUint(args[0][1:], 10, 63); err != nil {
		return args
	}
	return append([]string{"-n" + args[0][1:]}, args[1:]...)
}

func amountOf(j *job, sign byte) (amount, bool) {
	text, unit, a := j.value['n'], "lines", amount{n: usualLines}
	if j.given['c'] {
		text, unit, a.bytes = j.value['c'], "bytes", true
	} else if !j.given['n'] {
		return a, true
	}
	number := text
	if a.other = number != "" && number[0] == sign; a.other || strings.HasPrefix(number, "-") {
		number = number[1:]
	}
	n, err := strconv.ParseUint(number, 10, 63)
	if err != nil {
		j.fail("invalid number of %s: %s", unit, quoted(strings.TrimPrefix(text, "-")))
	}
	a.n = int64(n)
	return a, err == nil
}

func (j *job) oneEnd(name string, i int, a amount, give func(amount, io.Writer, io.Reader) error) {
	in := os.Stdin
	title := "standard input"
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			j.fail("cannot open %s for reading: %s", quoted(name), reason(err))
			return
		}
		defer f.Close()
		in, title = f, name
	}
	if len(j.args) > 1 && !j.given['q'] || j.given['v'] {
		fmt.Printf("%s==> %s <==\n", strings.Repeat("\n", min(i, 1)), title)
	}
	out := bufio.NewWriter(os.Stdout)
	err := give(a, out, in)
	out.Flush()
	if err != nil {
		j.fail("error reading %s: %s", quoted(title), reason(err))
	}
}

func (a amount) head(out io.Writer, in io.Reader) error {
	switch {
	case a.other:
		all, err := io.ReadAll(in)
		out.Write(all[:len(all)-len(a.last(all))])
		return err
	case a.bytes:
		_, err := io.CopyN(out, in, a.n)
		return ended(err)
	}
	r := bufio.NewReader(in)
	for range a.n {
		line, err := r.ReadBytes('\n')
		out.Write(line)
		if err != nil {
			return ended(err)
		}
	}
	return nil
}

func (a amount) tail(out io.Writer, in io.Reader) error {
	if a.other { // from the first on, which +0 and +1 are
		a.n, a.other = max(a.n-1, 0), false
		r := bufio.NewReader(in)
		if err := a.head(io.Discard, r); err != nil {
			return err
		}
		_, err := io.Copy(out, r)
		return err
	}
	all, err := io.ReadAll(in)
	out.Write(a.last(all))
	return err
}

// last is the end of a text, of as many bytes or lines.
func (a amount) last(text []byte) []byte {
	if a.bytes {
		return text[max(int64(len(text))-a.n, 0):]
	}
	at := len(text)
	for range a.n {
		at = bytes.LastIndexByte(text[:max(at-1, 0)], '\n') + 1
		if at == 0 {
			break
		}
	}
	return text[at:]
}

func ended(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// follow gives what comes to be in files, for ever.
func follow(names []string) {
	at := map[string]int64{}
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			at[name] = info.Size()
		}
	}
	for range time.Tick(200 * time.Millisecond) {
		for _, name := range names {
			at[name] = more(name, at[name])
		}
	}
}

// more gives what a file has beyond a place, and returns where it ends now.
func more(name string, at int64) int64 {
	f, err := os.Open(name)
	if err != nil {
		return at
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() == at {
		return at
	} else if info.Size() < at { // it was begun anew
		at = 0
	}
	n, _ := io.Copy(os.Stdout, io.NewSectionReader(f, at, 1<<62))
	return at + n
}
