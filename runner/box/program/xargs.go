//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// mostBytes of arguments are given to a command at once.
const mostBytes = 128 << 10

// xargs makes arguments of its input. What comes after the command's name is not ours to read.
func xargs(j *job) {
	options, rest := xargsArgs(j.args)
	parsed, err := newJob("xargs", j.command, options)
	if err != nil {
		j.status = complain(1, "xargs: %v\nTry 'xargs --help' for more information.", err)
		return
	}
	command := rest
	if len(command) == 0 {
		command = []string{"echo"}
	}
	most := 0
	if text, given := parsed.value['n']; given {
		if most, err = strconv.Atoi(text); err != nil || most < 1 {
			j.status = complain(1, "xargs: invalid number \"%s\" for -n option\nTry 'xargs --help' for more information.", text)
			return
		}
	}
	items, err := parsed.items(bufio.NewReader(os.Stdin))
	if err != nil {
		j.status = complain(1, "xargs: %v", err)
		return
	}
	j.given = parsed.given
	if mark, given := parsed.value['I']; given {
		for _, item := range items {
			filled := slices.Clone(command)
			for i := range filled[1:] {
				filled[i+1] = strings.ReplaceAll(filled[i+1], mark, item)
			}
			if !j.runWith(filled) {
				return
			}
		}
		return
	}
	if len(items) == 0 && !parsed.given['r'] {
		j.runWith(command)
	}
	for len(items) > 0 {
		n := portion(items, most)
		if !j.runWith(append(slices.Clone(command), items[:n]...)) {
			return
		}
		items = items[n:]
	}
}

func xargsArgs(args []string) (options, rest []string) {
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--":
			return options, args[i+1:]
		case len(arg) == 2 && strings.Contains("-n-I-d-P-L", arg) && i+1 < len(args):
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

// portion is how many of the items go to one command.
func portion(items []string, most int) int {
	bytes := 0
	for i, item := range items {
		bytes += len(item) + 1
		if i > 0 && (bytes > mostBytes || i == most) {
			return i
		}
	}
	return len(items)
}

// items are words, or lines with -I, or what a separator parts with -0 and -d.
func (j *job) items(in *bufio.Reader) ([]string, error) {
	text, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	separator := j.value['d']
	if j.given['0'] {
		separator = "\x00"
	}
	if separator == `\n` {
		separator = "\n"
	}
	switch {
	case separator != "":
		all := strings.Split(strings.TrimSuffix(string(text), separator), separator)
		return slices.DeleteFunc(all, func(s string) bool { return s == "" && len(text) == 0 }), nil
	case j.given['I']:
		var lines []string
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimLeft(strings.TrimSuffix(line, "\n"), " \t"); line != "" {
				lines = append(lines, line)
			}
		}
		return lines, nil
	}
	return words(string(text))
}

// words are parted by blanks; quotes and backslashes keep them together.
func words(text string) (all []string, err error) {
	var word strings.Builder
	inWord, quote, escaped := false, rune(0), false
	for _, r := range text {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0 && r == '\n':
			return nil, unmatched(quote)
		case quote != 0:
			word.WriteRune(r)
		case r == '\\':
			escaped, inWord = true, true
		case r == '"' || r == '\'':
			quote, inWord = r, true
		case strings.ContainsRune(" \t\n", r):
			if inWord {
				all = append(all, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, unmatched(quote)
	}
	if inWord {
		all = append(all, word.String())
	}
	return all, nil
}

func unmatched(quote rune) error {
	name := map[rune]string{'"': "double", '\'': "single"}[quote]
	return fmt.Errorf("unmatched %s quote; by default quotes are special to xargs unless you use the -0 option", name)
}

// runWith runs a command, and says whether to go on.
func (j *job) runWith(command []string) bool {
	if j.given['t'] {
		fmt.Fprintln(os.Stderr, strings.Join(command, " "))
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err := cmd.Run()
	exit := new(exec.ExitError)
	switch {
	case err == nil:
		return true
	case errors.As(err, &exit) && exit.ExitCode() == 255:
		j.status = complain(124, "xargs: %s: exited with status 255; aborting", command[0])
		return false
	case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled():
		j.status = complain(125, "xargs: %s: terminated by signal %d", command[0], exit.Sys().(syscall.WaitStatus).Signal())
		return false
	case errors.As(err, &exit):
		j.status = 123
		return true
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		j.status = complain(127, "xargs: %s: %s", command[0], reason(syscall.ENOENT))
	default:
		j.status = complain(126, "xargs: %s: %s", command[0], reason(err))
	}
	return false
}
