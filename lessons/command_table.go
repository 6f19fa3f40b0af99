package lessons

import (
	"slices"
	"strings"
	"sync"

	"capas/internal/dockerflags"
)

// dockerCommand is one command of docker.
type dockerCommand struct {
	dockerflags.Command
	switchName map[string]string
	valueName  map[string]string
}

// dockerCommands are the commands by each of their names.
var dockerCommands = sync.OnceValue(func() map[string]*dockerCommand {
	byName := map[string]*dockerCommand{}
	for _, row := range dockerflags.Commands() {
		c := &dockerCommand{row, ownNames(row.Switches), ownNames(row.Values)}
		for _, name := range c.Names {
			byName[name] = c
		}
	}
	return byName
})

// ownNames maps each name of a flag to its first.
func ownNames(flags []string) map[string]string {
	own := map[string]string{}
	for _, names := range flags {
		list := strings.Split(names, ",")
		for _, name := range list {
			own[name] = list[0]
		}
	}
	return own
}

// flagNames are the long names of a command's flags, in order.
func (c *dockerCommand) flagNames() []string {
	var names []string
	for _, flags := range [][]string{c.Switches, c.Values} {
		for _, all := range flags {
			for name := range strings.SplitSeq(all, ",") {
				if len(name) > 1 {
					names = append(names, "--"+name)
				}
			}
		}
	}
	slices.Sort(names)
	return names
}

// What docker would refuse of a call.
type wrongCall int

const (
	wrongNothing wrongCall = iota
	wrongFlag              // no such flag
	wrongValue             // a flag that takes a value has none
)

// dockerCall is a call of docker, read as docker reads it.
type dockerCall struct {
	command *dockerCommand // nil: no command of docker that the table knows
	name    string         // as it was called: "images"
	flags   map[string][]word
	args    []word
	wrong   wrongCall
	culprit string // the flag that is wrong, as written
}

// readDockerCall reads the words of a call. It stops at the first thing that docker would refuse.
func readDockerCall(c call) dockerCall {
	var d dockerCall
	name, rest := dockerName(c)
	if name == "" {
		return d
	}
	d.command, d.name, d.flags = dockerCommands()[name], name, map[string][]word{}
	for len(rest) > 0 && d.wrong == wrongNothing {
		switch w := rest[0]; {
		case w.literal && w.text == "--":
			d.args, rest = append(d.args, rest[1:]...), nil
		case !strings.HasPrefix(w.text, "-") || w.text == "-":
			d.args, rest = append(d.args, d.argument(w)), rest[1:]
			if d.command.ArgsEnd {
				d.args, rest = append(d.args, rest...), nil
			}
		case !w.literal:
			d.wrong, d.culprit, rest = wrongFlag, w.text, nil // a flag out of a variable
		case strings.HasPrefix(w.text, "--"):
			rest = d.longFlag(w.text, rest[1:])
		default:
			rest = d.shortFlags(w.text, rest[1:])
		}
	}
	return d
}

// dockerName returns the longest name of a command that the call begins with, and the words after it.
func dockerName(c call) (name string, rest call) {
	if len(c) < 2 || c[0] != (word{"docker", true}) || !c[1].literal {
		return "", nil
	}
	if len(c) > 2 && c[2].literal && dockerCommands()[c[1].text+" "+c[2].text] != nil {
		return c[1].text + " " + c[2].text, c[3:]
	}
	if dockerCommands()[c[1].text] != nil {
		return c[1].text, c[2:]
	}
	return "", nil
}

// argument writes the folder of a build in one way.
func (d *dockerCall) argument(w word) word {
	if d.command.Names[0] == "image build" && w.text == "./" {
		w.text = "."
	}
	return w
}

func (d *dockerCall) longFlag(written string, rest call) call {
	name, value, given := strings.Cut(written[2:], "=")
	own, takes := d.command.valueName[name]
	switch {
	case len(name) == 1: // a short name behind two dashes is none
	case takes && given:
		d.set(own, word{value, true})
		return rest
	case takes:
		return d.setNext(own, written, rest)
	case d.command.switchName[name] != "":
		if !given {
			value = "true"
		}
		d.set(d.command.switchName[name], word{value, true})
		return rest
	}
	d.wrong, d.culprit = wrongFlag, "--"+name
	return nil
}

// shortFlags reads one dash and one letter or more; the rest behind one that takes a value is its value.
func (d *dockerCall) shortFlags(written string, rest call) call {
	for i := 1; i < len(written); i++ {
		letter := written[i : i+1]
		after := written[i+1:]
		if own := d.command.switchName[letter]; own != "" {
			if value, given := strings.CutPrefix(after, "="); given {
				d.set(own, word{value, true})
				return rest
			}
			d.set(own, word{"true", true})
			continue
		}
		own := d.command.valueName[letter]
		switch {
		case own == "":
			d.wrong, d.culprit = wrongFlag, "-"+letterAt(written, i)
			return nil
		case after == "":
			return d.setNext(own, "-"+letter, rest)
		}
		d.set(own, word{strings.TrimPrefix(after, "="), true})
		return rest
	}
	return rest
}

// letterAt is the whole letter, of several bytes perhaps, that begins at i.
func letterAt(s string, i int) string {
	for _, r := range s[i:] {
		return string(r)
	}
	return ""
}

func (d *dockerCall) set(own string, value word) { d.flags[own] = append(d.flags[own], value) }

func (d *dockerCall) setNext(own, written string, rest call) call {
	if len(rest) == 0 {
		d.wrong, d.culprit = wrongValue, written
		return nil
	}
	d.set(own, rest[0])
	return rest[1:]
}
