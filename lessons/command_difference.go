package lessons

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"capas/internal/message"
	"capas/internal/nearest"
)

// CommandDifference says what is wrong with a command where another one is wanted: the first thing that a learner would mend.
// It is the zero Text where they are the same. It tells of want the flag that is missing, never a name that is to be found out.
func CommandDifference(want, got string) message.Text {
	if SameCommand(want, got) {
		return message.Text{}
	}
	wanted, ok := simpleCall(want)
	if !ok {
		return message.New("answer.different")
	}
	given, ok := simpleCall(got)
	switch {
	case strings.TrimSpace(got) == "":
		return message.New("answer.empty")
	case !ok:
		return unreadableText(got)
	}
	if w := readDockerCall(wanted); w.command != nil && w.wrong == wrongNothing {
		return dockerDifference(w, given)
	}
	return wordDifference(wanted, given)
}

// simpleCall reads a text that is one command and nothing else.
func simpleCall(s string) (call, bool) {
	file, err := parseShell(s)
	if err != nil || len(file.Stmts) != 1 || !isBare(file.Stmts[0]) {
		return nil, false
	}
	c, ok := file.Stmts[0].Cmd.(*syntax.CallExpr)
	if !ok || len(c.Assigns) > 0 || len(c.Args) == 0 {
		return nil, false
	}
	return readCall(c), true
}

func unreadableText(got string) message.Text {
	if _, err := parseShell(got); err != nil {
		return message.New("answer.unreadable")
	}
	return message.New("answer.simple")
}

func wordDifference(want, got call) message.Text {
	for i, w := range got {
		if i == len(want) {
			return message.New("answer.argument-extra", message.Data{"Got": w.text})
		}
		if w != want[i] {
			return message.New("answer.argument", message.Data{"Got": w.text})
		}
	}
	return message.New("answer.argument-missing", message.Data{"Count": len(want) - len(got)})
}

func dockerDifference(want dockerCall, given call) message.Text {
	if first := given[0].text; first != "docker" {
		return notDocker(given)
	}
	got := readDockerCall(given)
	switch {
	case got.command == nil:
		return unknownSubcommand(given)
	case got.command != want.command:
		return message.New("answer.subcommand", message.Data{"Got": "docker " + got.name})
	case got.wrong == wrongFlag:
		return unknownFlag(got)
	case got.wrong == wrongValue:
		return message.New("answer.flag-value-missing", message.Data{"Flag": got.culprit})
	}
	if text := lateFlag(want, got); !text.IsZero() {
		return text
	}
	if text := flagDifference(want, got); !text.IsZero() {
		return text
	}
	return argumentDifference(want, got)
}

func notDocker(given call) message.Text {
	first := given[0].text
	if near := nearest.Word(first, []string{"docker"}); near != "" {
		return message.New("answer.meant", message.Data{"Got": first, "Meant": near})
	}
	if dockerCommands()[first] != nil || len(given) > 1 && dockerCommands()[first+" "+given[1].text] != nil {
		return message.New("answer.no-docker", message.Data{"Got": first})
	}
	return message.New("answer.other-program", message.Data{"Got": first})
}

func unknownSubcommand(given call) message.Text {
	if len(given) < 2 {
		return message.New("answer.no-subcommand")
	}
	tried := given[1].text
	isGroup := false
	var known []string
	for name := range dockerCommands() {
		group, _, two := strings.Cut(name, " ")
		known = append(known, group)
		isGroup = isGroup || two && group == tried
	}
	if isGroup {
		return unknownInGroup(given)
	}
	slices.Sort(known)
	if near := nearest.Word(tried, known); near != "" && near != tried {
		return message.New("answer.meant", message.Data{"Got": "docker " + tried, "Meant": "docker " + near})
	}
	return message.New("answer.subcommand", message.Data{"Got": "docker " + tried})
}

func unknownInGroup(given call) message.Text {
	group := given[1].text
	if len(given) < 3 {
		return message.New("answer.group", message.Data{"Got": "docker " + group})
	}
	var known []string
	for name := range dockerCommands() {
		if in, rest, ok := strings.Cut(name, " "); ok && in == group {
			known = append(known, rest)
		}
	}
	slices.Sort(known)
	tried := "docker " + group + " " + given[2].text
	if near := nearest.Word(given[2].text, known); near != "" {
		return message.New("answer.meant", message.Data{"Got": tried, "Meant": "docker " + group + " " + near})
	}
	return message.New("answer.subcommand", message.Data{"Got": tried})
}

func unknownFlag(got dockerCall) message.Text {
	data := message.Data{"Flag": got.culprit, "Command": "docker " + got.name}
	if len(got.culprit) > 3 {
		if near := nearest.Word(got.culprit, got.command.flagNames()); near != "" {
			data["Meant"] = near
			return message.New("answer.flag-meant", data)
		}
	}
	name := strings.TrimLeft(got.culprit, "-")
	if strings.HasPrefix(got.culprit, "--") && (got.command.switchName[name] != "" || got.command.valueName[name] != "") {
		data["Meant"] = "-" + name
		return message.New("answer.flag-meant", data)
	}
	return message.New("answer.flag-unknown", data)
}

// lateFlag tells of a flag that stands behind the image, where docker takes it for a word of the container's own command.
func lateFlag(want, got dockerCall) message.Text {
	if !got.command.ArgsEnd || len(got.args) < 2 || len(want.args) >= len(got.args) {
		return message.Text{}
	}
	for _, arg := range got.args[1:] {
		if strings.HasPrefix(arg.text, "-") && !slices.Contains(want.args, arg) {
			return message.New("answer.flag-late", message.Data{"Flag": arg.text, "Argument": got.args[0].text})
		}
	}
	return message.Text{}
}

func flagDifference(want, got dockerCall) message.Text {
	for _, name := range sortedFlags(want) {
		if got.flags[name] == nil {
			return message.New("answer.flag-missing", message.Data{"Flag": want.command.spelled(name)})
		}
	}
	for _, name := range sortedFlags(got) {
		data := message.Data{"Flag": got.command.spelled(name)}
		if want.flags[name] == nil {
			return message.New("answer.flag-extra", data)
		}
		for _, value := range got.flags[name] {
			if !slices.Contains(want.flags[name], value) {
				data["Got"] = value.text
				return message.New("answer.flag-value", data)
			}
		}
		if n := len(want.flags[name]) - len(got.flags[name]); n != 0 {
			return message.New("answer.flag-count", data)
		}
	}
	return message.Text{}
}

func sortedFlags(d dockerCall) []string {
	var names []string
	for name := range d.flags {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// spelled is a flag with its short form: "--tag (-t)".
func (c *dockerCommand) spelled(own string) string {
	for _, flags := range [][]string{c.Switches, c.Values} {
		for _, names := range flags {
			list := strings.Split(names, ",")
			if list[0] == own && len(list) > 1 && len(list[1]) == 1 {
				return "--" + own + " (-" + list[1] + ")"
			}
		}
	}
	return "--" + own
}

func argumentDifference(want, got dockerCall) message.Text {
	w, g := texts(want.args), texts(got.args)
	switch {
	case want.command.Names[0] == "image build" && len(g) == 0 && slices.Equal(w, []string{"."}):
		return message.New("answer.dot")
	case slices.Contains(w, strings.Join(g, ":")) && len(g) == 2:
		return message.New("answer.colon", message.Data{"First": g[0], "Second": g[1]})
	case len(g) < len(w):
		return message.New("answer.argument-missing", message.Data{"Count": len(w) - len(g)})
	case len(g) == len(w) && len(w) > 1 && slices.Equal(slices.Sorted(slices.Values(w)), slices.Sorted(slices.Values(g))):
		return message.New("answer.argument-order")
	}
	for i, arg := range g {
		if !slices.Contains(w, arg) || i >= len(w) {
			if len(g) > len(w) {
				return message.New("answer.argument-extra", message.Data{"Got": arg})
			}
			return message.New("answer.argument", message.Data{"Got": arg})
		}
	}
	return message.New("answer.different")
}

func texts(words []word) []string {
	var list []string
	for _, w := range words {
		list = append(list, w.text)
	}
	return list
}
