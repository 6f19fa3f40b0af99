package checks

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	lex "github.com/moby/buildkit/frontend/dockerfile/shell"

	"capas/internal/message"
	"capas/internal/nearest"
)

// maxDockerfileSize is the largest Dockerfile that is read. The parsers follow every nesting into depth, and a program that
// runs out of stack cannot be saved: at 1 MiB "$($($(…" does that, at 64 KiB nothing comes near. They also copy what they have
// of a here-document for each of its lines.
const (
	maxDockerfileSize  = 64 << 10
	maxDockerfileLines = 2000
)

// maxWordSize is the longest text that an argument may stand for: an argument that repeats another doubles it each time.
const maxWordSize = 256

// dockerfile is one that docker can read. It has at least one stage.
type dockerfile struct {
	lines  []dockerfileLine
	stages []stage
	escape rune
	env    environment // the arguments before the first FROM that have a default
	runs   []runLine
}

// stage is one stage and what it begins from, arguments replaced by their defaults. unset names one that has none: it stands
// for nothing, or for what the reference says in its place, as in ${V:-1}.
type stage struct {
	instructions.Stage
	base, unset string
}

// dockerfileLine is an instruction as it is written: its word in capitals, and what follows, on one line, each run of blanks as one.
type dockerfileLine struct {
	word, text string
	line       int
}

func newDockerfileLine(source string, line int) dockerfileLine {
	fields := strings.Fields(source)
	if len(fields) == 0 {
		return dockerfileLine{line: line}
	}
	return dockerfileLine{strings.ToUpper(fields[0]), strings.Join(fields[1:], " "), line}
}

// instructionWords are the instructions that docker knows, in capitals and in order.
var instructionWords = slices.Sorted(func(yield func(string) bool) {
	for word := range maps.Keys(command.Commands) {
		if !yield(strings.ToUpper(word)) {
			return
		}
	}
})

const maxWords = 30

// words are the instructions in their order, of a long file the first ones.
func (d *dockerfile) words() []string {
	var words []string
	for _, i := range d.lines {
		if len(words) == maxWords {
			return append(words, "…")
		}
		words = append(words, i.word)
	}
	return words
}

// shipped are the stages that the image consists of: the last one, before it the one that it begins from, and so on.
func (d *dockerfile) shipped() []stage {
	i := len(d.stages) - 1
	chain := []stage{d.stages[i]}
	for {
		if i = d.stageNamed(d.stages[i].base, i); i < 0 {
			return chain
		}
		chain = slices.Insert(chain, 0, d.stages[i])
	}
}

// stageNamed returns the index of the stage with that name before another one, or -1.
func (d *dockerfile) stageNamed(name string, before int) int {
	for i := before - 1; i >= 0; i-- {
		if d.stages[i].Name != "" && strings.EqualFold(d.stages[i].Name, name) {
			return i
		}
	}
	return -1
}

func expand(word string, escape rune, env environment) (expanded, unset string) {
	result, err := lex.NewLex(escape).ProcessWordWithMatches(word, env)
	if err != nil {
		return word, word
	}
	for _, name := range slices.Sorted(maps.Keys(result.Unmatched)) {
		return result.Result, name
	}
	return result.Result, ""
}

// environment are arguments that have a value.
type environment map[string]string

// Get is what the parser asks.
func (e environment) Get(name string) (string, bool) {
	value, ok := e[name]
	return value, ok
}

// Keys is what the parser asks.
func (e environment) Keys() []string { return slices.Sorted(maps.Keys(e)) }

// declare sets arguments to their defaults, which may name those declared before.
func (e environment) declare(arg *instructions.ArgCommand, escape rune) {
	for _, kv := range arg.Args {
		if kv.Value == nil {
			continue
		}
		if value, _ := expand(*kv.Value, escape, e); len(value) <= maxWordSize {
			e[kv.Key] = value
		}
	}
}

func lineAt(location []parser.Range) int {
	if len(location) == 0 {
		return 0
	}
	return location[0].Start.Line
}

func joinLines(lines []int) string {
	var words []string
	for _, n := range lines {
		words = append(words, strconv.Itoa(n))
	}
	return strings.Join(words, ", ")
}

// DockerfileProblem is why docker cannot read a Dockerfile, and what to do about it. Line is 0 where it is not about one line; what
// is said is for behind a colon.
type DockerfileProblem struct {
	Line       int
	Said, Next message.Text
}

// text names the line too.
func (p *DockerfileProblem) text() message.Text {
	if p.Line == 0 {
		return p.Said
	}
	return message.New("dockerfile.line", message.Data{"Line": p.Line, "Said": p.Said})
}

// FindDockerfileProblem reads a Dockerfile as docker does, and returns nil where docker can read it or where it is too large to be read.
func FindDockerfileProblem(content string) *DockerfileProblem {
	if len(content) > maxDockerfileSize {
		return nil
	}
	_, problem := readDockerfile(content)
	return problem
}

// readDockerfile reads a Dockerfile of at most maxDockerfileSize as docker does. It returns the one or the other.
func readDockerfile(content string) (*dockerfile, *DockerfileProblem) {
	if strings.ContainsRune(content, 0) || !utf8.ValidString(content) {
		return nil, &DockerfileProblem{0, message.New("dockerfile.not-text"), message.New("dockerfile.not-text-next")}
	}
	if strings.Count(content, "\n") > maxDockerfileLines {
		data := message.Data{"Limit": maxDockerfileLines}
		return nil, &DockerfileProblem{0, message.New("dockerfile.too-long", data), message.New("dockerfile.too-long-next", data)}
	}
	parsed, err := parser.Parse(strings.NewReader(content))
	if err != nil {
		return nil, problemOfText(content, err)
	}
	d := &dockerfile{escape: parsed.EscapeToken, env: environment{}}
	for _, node := range parsed.AST.Children {
		if problem := d.add(node); problem != nil {
			return nil, problem
		}
	}
	if len(d.stages) == 0 {
		return nil, &DockerfileProblem{0, message.New("dockerfile.no-from"), message.New("dockerfile.no-from-next")}
	}
	return d, nil
}

// errNothingToRun is of a RUN that docker reads, and that fails when it builds: a shell without a command.
var errNothingToRun = errors.New("nothing to run")

// add takes an instruction to where it belongs.
func (d *dockerfile) add(node *parser.Node) *DockerfileProblem {
	line := newDockerfileLine(node.Original, node.StartLine)
	parsed, err := instructions.ParseInstruction(node)
	if err == nil && line.word == "RUN" && line.text == "" {
		err = errNothingToRun
	}
	if err != nil {
		return d.problemAt(line, err)
	}
	for _, doc := range node.Heredocs {
		line.text += " " + strings.Join(strings.Fields(doc.Content), " ")
	}
	d.lines = append(d.lines, line)
	switch c := parsed.(type) {
	case *instructions.Stage:
		base, unset := expand(c.BaseName, d.escape, d.env)
		d.stages = append(d.stages, stage{*c, base, unset})
	case instructions.Command:
		if len(d.stages) == 0 {
			return d.addBeforeFrom(line, c)
		}
		d.stages[len(d.stages)-1].AddCommand(c)
		if c, ok := c.(*instructions.RunCommand); ok {
			d.runs = append(d.runs, newRunLine(c))
		}
	}
	return nil
}

func (d *dockerfile) addBeforeFrom(line dockerfileLine, c instructions.Command) *DockerfileProblem {
	arg, ok := c.(*instructions.ArgCommand)
	if !ok {
		data := message.Data{"Line": line.line, "Word": line.word}
		return &DockerfileProblem{line.line, message.New("dockerfile.before-from", data), message.New("dockerfile.no-from-next")}
	}
	d.env.declare(arg, d.escape)
	return nil
}

// problemOfText explains a text that has no instructions to begin with.
func problemOfText(content string, err error) *DockerfileProblem {
	data := message.Data{"Line": errorLine(err), "Detail": detail(err)}
	switch {
	case strings.TrimSpace(content) == "":
		return &DockerfileProblem{0, message.New("dockerfile.empty"), message.New("dockerfile.no-from-next")}
	case strings.Contains(err.Error(), "no instructions"):
		return &DockerfileProblem{0, message.New("dockerfile.only-comments"), message.New("dockerfile.no-from-next")}
	case strings.Contains(err.Error(), "can't find ="), strings.Contains(err.Error(), "must have two arguments"):
		return problemOfPairs(content, err)
	case strings.Contains(err.Error(), "unterminated heredoc"):
		return &DockerfileProblem{errorLine(err), message.New("dockerfile.heredoc", data), message.New("dockerfile.heredoc-next", data)}
	}
	return &DockerfileProblem{errorLine(err), message.New("dockerfile.refused", data), message.New("dockerfile.refused-next", data)}
}

var withoutEquals = regexp.MustCompile(`can't find = in "([^"]*)"`)

// problemOfPairs explains an ENV or a LABEL, which are read before all other instructions.
func problemOfPairs(content string, err error) *DockerfileProblem {
	n := errorLine(err)
	lines := strings.Split(content, "\n")
	i := newDockerfileLine(lines[min(n, len(lines))-1], n)
	name, value, pair := strings.Cut(i.text, "=")
	data := message.Data{"Line": n, "Word": i.word, "Name": i.text, "Example": i.word + ` NAME="…"`}
	m := withoutEquals.FindStringSubmatch(err.Error())
	if m == nil {
		return &DockerfileProblem{n, message.New("dockerfile.no-value", data), message.New("dockerfile.no-value-next", data)}
	}
	if data["Part"] = m[1]; pair && !strings.ContainsAny(i.text, "\"'\\`") && !strings.Contains(value, "=") {
		data["Example"] = i.word + " " + name + `="` + value + `"`
	}
	return &DockerfileProblem{n, message.New("dockerfile.no-equals", data), message.New("dockerfile.no-equals-next", data)}
}

// problemAt explains an instruction that docker refuses.
func (d *dockerfile) problemAt(i dockerfileLine, err error) *DockerfileProblem {
	data := message.Data{"Line": i.line, "Word": i.word, "Detail": detail(err)}
	var unknown *instructions.UnknownInstructionError
	switch words := strings.Fields(i.text); {
	case errors.As(err, &unknown):
		return d.unknownInstruction(i, unknown.Instruction)
	case len(words) == 0:
		return &DockerfileProblem{i.line, message.New("dockerfile.no-arguments", data), message.New("dockerfile.no-arguments-next", data)}
	case slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "#") }):
		data["Meant"], _, _ = strings.Cut(i.word+" "+i.text, " #")
		return &DockerfileProblem{i.line, message.New("dockerfile.comment", data), message.New("dockerfile.write", data)}
	case strings.Contains(err.Error(), "unknown flag: "):
		return unknownInstructionFlag(err, i.line, data)
	case i.word == "SHELL":
		data["Meant"] = "SHELL " + execForm(words)
		return &DockerfileProblem{i.line, message.New("dockerfile.list", data), message.New("dockerfile.write", data)}
	case i.word == "HEALTHCHECK" && strings.Contains(err.Error(), "Unknown type"):
		flags := slices.IndexFunc(words, func(w string) bool { return !strings.HasPrefix(w, "--") })
		data["Meant"] = "HEALTHCHECK " + strings.Join(slices.Insert(words, max(flags, 0), "CMD"), " ")
		return &DockerfileProblem{i.line, message.New("dockerfile.healthcheck", data), message.New("dockerfile.write", data)}
	case i.word == "FROM" && len(words) == 2 && !strings.HasPrefix(words[0], "-"):
		data["Meant"] = words[0] + ":" + words[1]
		return &DockerfileProblem{i.line, message.New("dockerfile.from-two", data), message.New("dockerfile.from-two-next", data)}
	case i.word == "FROM":
		return &DockerfileProblem{i.line, message.New("dockerfile.from", data), message.New("dockerfile.from-next", data)}
	case (i.word == "COPY" || i.word == "ADD") && len(words) == 1:
		return &DockerfileProblem{i.line, message.New("dockerfile.no-destination", data), message.New("dockerfile.no-destination-next", data)}
	}
	return &DockerfileProblem{i.line, message.New("dockerfile.refused", data), message.New("dockerfile.refused-next", data)}
}

var unknownFlag = regexp.MustCompile(`unknown flag: (-*[\w-]+)(?: \(did you mean ([\w-]+)\?\))?`)

func unknownInstructionFlag(err error, line int, data message.Data) *DockerfileProblem {
	m := unknownFlag.FindStringSubmatch(err.Error())
	if m == nil {
		return &DockerfileProblem{line, message.New("dockerfile.refused", data), message.New("dockerfile.refused-next", data)}
	}
	data["Flag"], data["Meant"] = m[1], "--"+m[2]
	p := &DockerfileProblem{line, message.New("dockerfile.unknown-flag", data), message.New("dockerfile.unknown-flag-next", data)}
	if m[2] != "" {
		p.Next = message.New("dockerfile.unknown-meant", data)
	}
	return p
}

// unknownInstruction says what a first word of a line that is no instruction probably is.
func (d *dockerfile) unknownInstruction(i dockerfileLine, written string) *DockerfileProblem {
	data := message.Data{"Line": i.line, "Word": written, "Source": strings.TrimSpace(written + " " + i.text)}
	said := message.New("dockerfile.unknown", data)
	glued := strings.ToUpper(written[:len(written)-len(strings.TrimLeftFunc(written, isLetter))])
	switch meant := nearest.Word(written, instructionWords); {
	case slices.Contains(instructionWords, glued):
		data["Meant"] = glued
		return &DockerfileProblem{i.line, said, message.New("dockerfile.unknown-glued", data)}
	case d.isUnfinished():
		data["Before"] = d.lines[len(d.lines)-1].line
		return &DockerfileProblem{i.line, said, message.New("dockerfile.unknown-continued", data)}
	case slices.Contains(shellWords, strings.ToLower(written)):
		return &DockerfileProblem{i.line, said, message.New("dockerfile.unknown-shell", data)}
	case meant != "":
		data["Meant"] = meant
		return &DockerfileProblem{i.line, said, message.New("dockerfile.unknown-meant", data)}
	}
	data["Known"] = instructionWords
	return &DockerfileProblem{i.line, said, message.New("dockerfile.unknown-next", data)}
}

// isUnfinished reports whether the last instruction ends in the middle of a shell command.
func (d *dockerfile) isUnfinished() bool {
	if len(d.lines) == 0 {
		return false
	}
	last := d.lines[len(d.lines)-1]
	return last.word == "RUN" && (strings.HasSuffix(last.text, "&&") || strings.HasSuffix(last.text, "|"))
}

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

// shellWords are commands that learners write without RUN before them.
var shellWords = strings.Fields(`apk apt apt-get bash cat cd chmod chown cp curl dnf echo export find git go groupadd gunzip
	install ln ls make mkdir mv node npm pip pip3 printf python python3 rm sed set sh sudo tar tee touch unzip useradd wget yum`)

func errorLine(err error) int {
	var at *parser.LocationError
	if !errors.As(err, &at) || len(at.Locations) == 0 {
		return 1
	}
	return max(lineAt(at.Locations[0]), 1)
}

// detail is docker's own explanation, cut to what fits in a sentence.
func detail(err error) string {
	const limit = 120
	text := []rune(strings.Join(strings.Fields(err.Error()), " "))
	if len(text) > limit {
		return string(text[:limit]) + "…"
	}
	return string(text)
}
