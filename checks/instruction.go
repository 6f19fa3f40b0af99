package checks

import (
	"regexp"
	"strconv"
	"strings"
)

// What builders put around an instruction when they write it into an image's history.
var (
	arguments = regexp.MustCompile(`^\|(\d+) `)                                                            // |1 VERSION=2 touch x
	shell     = regexp.MustCompile(`(?:^| )/(?:\S*/)?(?:ba|da|a|k|z)?sh (?:[-+]\S+ |pipefail )*-[a-z]*c `) // /bin/sh -c, /bin/bash -eo pipefail -c
	source    = regexp.MustCompile(`\b(file|dir|multi):([0-9a-f]{10})[0-9a-f]*((?: \S+)*) in `)            // COPY file:0123456789abcdef… in /dest
	words     = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	blanks    = regexp.MustCompile(`\s+`)
	keyword   = regexp.MustCompile(`^(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR) `)
)

const notRun = "/bin/sh -c #(nop) "

// instruction is a row of an image's history (its CreatedBy) as a Dockerfile says it. The classic builder and BuildKit write
// rows in ways of their own: "/bin/sh -c touch x" and "RUN /bin/sh -c touch x # buildkit" are both "RUN touch x".
// A name of a file that the classic builder replaced by a hash cannot be had back.
func instruction(createdBy string) string {
	s := strings.TrimSuffix(strings.TrimSpace(createdBy), "# buildkit")
	s = strings.TrimSpace(blanks.ReplaceAllString(s, " "))
	if i := strings.Index(s, strings.TrimSpace(notRun)); i >= 0 {
		return configured(strings.TrimSpace(s[i+len(notRun)-1:]))
	}
	switch command, run := strings.CutPrefix(s, "RUN "); {
	case run:
		return "RUN " + commandOf(command)
	case s == "" || strings.HasPrefix(s, "#"):
		return s
	case keyword.MatchString(s):
		return configured(s)
	}
	return "RUN " + commandOf(s)
}

// commandOf takes the build's arguments and the shell away from what RUN ran.
func commandOf(s string) string {
	args := arguments.FindStringSubmatch(s)
	at := shell.FindStringIndex(s)
	switch {
	case args != nil && at != nil:
		return s[at[1]:]
	case args != nil:
		n, _ := strconv.Atoi(args[1]) // of digits only; too many are more than there are fields
		fields := strings.Fields(s[len(args[0]):])
		return strings.Join(fields[min(n, len(fields)):], " ")
	case at != nil && at[0] == 0:
		return s[at[1]:]
	}
	return s
}

// configured mends the arguments that builders print as Go values.
func configured(s string) string {
	word, rest, _ := strings.Cut(s, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "CMD", "ENTRYPOINT":
		rest = execOrShell(rest)
	case "HEALTHCHECK":
		rest = healthcheck(rest)
	case "EXPOSE":
		rest = strings.ReplaceAll(unwrapped(strings.TrimPrefix(rest, "map")), ":{}", "")
		rest = strings.ReplaceAll(rest, "/tcp", "")
	case "VOLUME":
		rest = unwrapped(rest)
	case "ADD", "COPY":
		rest = source.ReplaceAllString(rest, "$1:$2$3 ")
	}
	return strings.TrimSpace(word + " " + rest)
}

// unwrapped takes the brackets of a list away.
func unwrapped(s string) string {
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"), `"`, "")
}

// execOrShell turns the list ["a" "b"] into ["a", "b"], and ["/bin/sh" "-c" "x"] into x.
func execOrShell(s string) string {
	list := quotedWords(s)
	switch {
	case !strings.HasPrefix(s, "["):
		return s
	case len(list) == 3 && list[0] == "/bin/sh" && list[1] == "-c":
		return list[2]
	}
	return execForm(list)
}

// healthcheck turns &{["CMD-SHELL" "x"] "30s" …}, and {Test:[CMD-SHELL x] Interval:30s …} of newer builders, with or without the &, into
// CMD x. Where the words of the latter end cannot be told: they are parted at blanks.
func healthcheck(s string) string {
	s = strings.TrimPrefix(s, "&")
	if newer, ok := strings.CutPrefix(s, "{Test:["); ok {
		test, _, _ := strings.Cut(newer, "] Interval:")
		kind, rest, _ := strings.Cut(test, " ")
		switch kind {
		case "CMD-SHELL":
			return "CMD " + rest
		case "CMD":
			return "CMD " + execForm(strings.Fields(rest))
		}
		return test
	}
	test, _, printed := strings.Cut(strings.TrimPrefix(s, "{"), "]")
	list := quotedWords(test)
	switch {
	case !printed || len(list) == 0:
		return s
	case list[0] == "CMD-SHELL":
		return "CMD " + strings.Join(list[1:], " ")
	case list[0] == "CMD":
		return "CMD " + execForm(list[1:])
	}
	return list[0]
}

func quotedWords(s string) []string {
	var list []string
	for _, q := range words.FindAllString(s, -1) {
		if w, err := strconv.Unquote(q); err == nil {
			list = append(list, w)
		}
	}
	return list
}

// execForm is a command as a list, the way that a Dockerfile writes it.
func execForm(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = strconv.Quote(a)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
