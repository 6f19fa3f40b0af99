package lessons

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// SameCommand reports whether a shell would do the same with two commands, as far as their words tell: quotes and blanks do not
// count; of docker commands neither does the order of flags, nor which of its forms a flag has (-t x, --tag x, --tag=x; -it, -i -t)
// nor which of its names the command has (docker images, docker image ls). A tag that docker would put is not put.
//
// Commands joined by pipes, && or ; are compared one by one, anything with more shell in it as the shell's own words.
// It is symmetric, and true of two equal texts. What no shell reads equals only itself.
func SameCommand(want, got string) bool { return normalCommand(want) == normalCommand(got) }

// maxCommandSize is the longest command that is read. The parser follows nesting into depth.
const maxCommandSize = 4 << 10

// normalCommand is one text for all commands that are the same.
func normalCommand(s string) string {
	file, err := parseShell(s)
	if err != nil {
		return "unreadable " + strings.TrimSpace(s)
	}
	var parts []string
	for _, stmt := range file.Stmts {
		parts = append(parts, normalStatement(stmt))
	}
	return strings.Join(parts, " ; ")
}

func parseShell(s string) (*syntax.File, error) {
	if len(s) > maxCommandSize {
		return nil, strconv.ErrRange
	}
	return syntax.NewParser().Parse(strings.NewReader(s), "")
}

func normalStatement(stmt *syntax.Stmt) string {
	if !isBare(stmt) {
		return printed(stmt)
	}
	switch c := stmt.Cmd.(type) {
	case *syntax.BinaryCmd:
		return normalStatement(c.X) + " " + c.Op.String() + " " + normalStatement(c.Y)
	case *syntax.CallExpr:
		if len(c.Assigns) == 0 {
			return readCall(c).normal()
		}
	}
	return printed(stmt)
}

// isBare reports whether a statement is nothing but its command: no redirection, no !, no &.
func isBare(stmt *syntax.Stmt) bool {
	return !stmt.Negated && !stmt.Background && !stmt.Coprocess && len(stmt.Redirs) == 0
}

func printed(n syntax.Node) string {
	var b bytes.Buffer
	if err := syntax.NewPrinter(syntax.Minify(true)).Print(&b, n); err != nil {
		return "unprintable" // a bytes.Buffer takes everything, and what was parsed can be printed
	}
	return b.String()
}

// word is one word of a command. One that the shell would expand (a variable, a pattern) is not literal, and stands as written.
type word struct {
	text    string
	literal bool
}

// call is one command and its words.
type call []word

func readCall(c *syntax.CallExpr) call {
	words := make(call, len(c.Args))
	for i, w := range c.Args {
		text, ok := literalParts(w.Parts, false)
		if !ok {
			text = printed(w)
		}
		words[i] = word{text, ok}
	}
	return words
}

// literalParts is what a word says once the shell has taken its quotes away; not ok where the shell would expand it.
func literalParts(parts []syntax.WordPart, quoted bool) (text string, ok bool) {
	var b strings.Builder
	for _, part := range parts {
		switch part := part.(type) {
		case *syntax.Lit:
			if !quoted && expands(part.Value) {
				return "", false
			}
			b.WriteString(unescaped(part.Value, quoted))
		case *syntax.SglQuoted:
			if part.Dollar {
				return "", false
			}
			b.WriteString(part.Value)
		case *syntax.DblQuoted:
			inner, ok := literalParts(part.Parts, true)
			if !ok || part.Dollar {
				return "", false
			}
			b.WriteString(inner)
		default:
			return "", false
		}
	}
	return b.String(), true
}

// expands reports whether a shell makes something else of a word without quotes: file names, a home, a list in braces.
func expands(lit string) bool {
	if strings.HasPrefix(lit, "~") {
		return true
	}
	for i := 0; i < len(lit); i++ {
		switch lit[i] {
		case '\\':
			i++
		case '*', '?', '[':
			return true
		}
	}
	return strings.Contains(lit, "{") && (strings.Contains(lit, ",") || strings.Contains(lit, ".."))
}

// unescaped takes away the backslashes that a shell takes away: all of them, or within double quotes those before $ ` " and \.
func unescaped(lit string, quoted bool) string {
	if !strings.Contains(lit, `\`) {
		return lit
	}
	var b strings.Builder
	for i := 0; i < len(lit); i++ {
		if lit[i] == '\\' && i+1 < len(lit) && (!quoted || strings.IndexByte("$`\"\\\n", lit[i+1]) >= 0) {
			if i++; lit[i] == '\n' {
				continue
			}
		}
		b.WriteByte(lit[i])
	}
	return b.String()
}

// normal is one text for all calls that are the same. One of docker that docker would refuse stands word for word.
func (c call) normal() string {
	d := readDockerCall(c)
	if d.command == nil || d.wrong != wrongNothing {
		return c.quoted()
	}
	return d.normal()
}

func (c call) quoted() string {
	words := make([]string, len(c))
	for i, w := range c {
		words[i] = w.quoted()
	}
	return strings.Join(words, " ")
}

// quoted tells a word that the shell expands from the same text in quotes.
func (w word) quoted() string {
	if w.literal {
		return strconv.Quote(w.text)
	}
	return w.text
}

func (d dockerCall) normal() string {
	var flags []string
	for name, values := range d.flags {
		for _, v := range values {
			flags = append(flags, "--"+name+"="+v.quoted())
		}
	}
	slices.Sort(flags)
	var args []string
	for _, a := range d.args {
		args = append(args, a.quoted())
	}
	if d.command.AnyOrder {
		slices.Sort(args)
	}
	return strings.Join(slices.Concat([]string{"docker " + d.command.Names[0]}, flags, []string{"--"}, args), " ")
}
