//go:build linux

package main

import (
	"fmt"
	"strings"
)

// job is one run of a utility: what it was asked, and the exit status so far.
type job struct {
	name string
	command
	given  map[rune]bool
	value  map[rune]string   // of the options that take one
	values map[rune][]string // the same, where one may be given more than once
	args   []string
	status int
}

// command is a utility of our own.
type command struct {
	options string // its letters; a colon follows those that take a value
	long    string // the letters' long names, as "r=recursive f=force"
	least   int    // how many operands it needs
	fails   int    // its exit status on a wrong option; 1 where not said
	run     func(*job)
}

// newJob reads options and operands in any order, as GNU's getopt does. An error is what getopt says.
func newJob(name string, c command, args []string) (*job, error) {
	j := &job{name: name, command: c, given: map[rune]bool{}, value: map[rune]string{}, values: map[rune][]string{}}
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		var err error
		switch {
		case arg == "--":
			j.args = append(j.args, args...)
			return j, nil
		case strings.HasPrefix(arg, "--"):
			err = j.longOption(arg[2:])
		case len(arg) > 1 && arg[0] == '-':
			args, err = j.letters(arg[1:], args)
		default:
			j.args = append(j.args, arg)
		}
		if err != nil {
			return nil, err
		}
	}
	return j, nil
}

func (j *job) letters(letters string, args []string) ([]string, error) {
	for i, letter := range letters {
		_, after, known := strings.Cut(j.options, string(letter))
		if !known || letter == ':' {
			return nil, fmt.Errorf("invalid option -- '%c'", letter)
		}
		j.given[letter] = true
		if !strings.HasPrefix(after, ":") {
			continue
		}
		if rest := letters[i+1:]; rest != "" {
			j.set(letter, rest)
			return args, nil
		}
		if len(args) == 0 {
			return nil, fmt.Errorf("option requires an argument -- '%c'", letter)
		}
		j.set(letter, args[0])
		return args[1:], nil
	}
	return args, nil
}

func (j *job) set(letter rune, value string) {
	j.value[letter] = value
	j.values[letter] = append(j.values[letter], value)
}

func (j *job) longOption(option string) error {
	name, value, _ := strings.Cut(option, "=")
	for pair := range strings.FieldsSeq(j.long) {
		if letter, long, _ := strings.Cut(pair, "="); long == name {
			j.given[rune(letter[0])] = true
			j.set(rune(letter[0]), value)
			return nil
		}
	}
	return fmt.Errorf("unrecognized option '--%s'", option)
}

// fail says what could not be done and lets the rest go on.
func (j *job) fail(format string, args ...any) {
	j.status = complain(1, j.name+": "+format, args...)
}

// quoted is how a name stands in a message.
func quoted(name string) string { return "'" + name + "'" }
