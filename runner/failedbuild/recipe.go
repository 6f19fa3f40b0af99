package failedbuild

import (
	"io"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	lex "github.com/moby/buildkit/frontend/dockerfile/shell"

	"capas/checks"
	"capas/internal/message"
)

// recipe is a Dockerfile that docker can read.
type recipe struct {
	place  *place
	call   *call
	steps  []*step
	stages []*stage
	escape rune

	ignored *ignores // read once it is asked for
}

// ignores are what the folder leaves out.
func (r *recipe) ignores(classic bool) *ignores {
	if r.ignored == nil {
		r.ignored = r.place.readIgnores(classic)
	}
	return r.ignored
}

// stage is what one FROM opens.
type stage struct {
	name  string
	base  string // arguments replaced
	unset string // an argument of it that has no value
	from  *step
	steps []*step // without its FROM
	after *stage  // the stage that it begins from; nil where that is an image
}

// step is one instruction.
type step struct {
	line    int
	word    string // COPY
	text    string // what follows, on one line, each run of blanks as one
	node    *parser.Node
	command any    // as package instructions has it
	stage   *stage // nil before the first FROM
	env     environment
	workdir string // in which it runs; "" where it is not known
	user    *step  // the USER that it runs as; nil where none was said
}

// before are the steps whose files a step finds: those of its stage that come first, and those of the stages that it begins from.
func (s *step) before() []*step {
	var list []*step
	for st := s.stage; st != nil; st = st.after {
		i := slices.Index(st.steps, s)
		if i < 0 {
			i = len(st.steps)
		}
		list = append(list, st.steps[:i]...)
	}
	return list
}

func (s *step) source() string { return strings.TrimSpace(s.word + " " + s.text) }

// environment are the arguments and variables whose value is known. It is never changed once a step has it.
type environment map[string]string

// Get is what the parser asks.
func (e environment) Get(name string) (string, bool) {
	value, ok := e[name]
	return value, ok
}

// Keys is what the parser asks.
func (e environment) Keys() []string { return slices.Sorted(maps.Keys(e)) }

// What is kept of a Dockerfile is bounded: an argument that repeats another doubles it each time.
const (
	maxDockerfile = 64 << 10
	maxWord       = 1 << 10
	maxVariables  = 100
)

func (e environment) with(name, value string) environment {
	if len(e) >= maxVariables || len(value) > maxWord {
		value = secret
	}
	if len(e) >= 2*maxVariables {
		return e
	}
	e = maps.Clone(e)
	if e == nil {
		e = environment{}
	}
	e[name] = value
	return e
}

// readRecipe reads the Dockerfile, or says why docker cannot.
func readRecipe(p *place, c *call) (*recipe, Explanation) {
	content, ok := readFile(p.file, maxDockerfile)
	if !ok {
		return nil, none
	}
	if problem := checks.FindDockerfileProblem(content); problem != nil {
		return nil, unreadable(p, content, problem)
	}
	parsed, err := parser.Parse(strings.NewReader(content))
	if err != nil {
		return nil, none // of what could be read a moment ago
	}
	r := &recipe{place: p, call: c, escape: parsed.EscapeToken}
	builder := builder{recipe: r, given: givenArgs(c.buildArgs)}
	for _, node := range parsed.AST.Children {
		builder.add(node)
	}
	return r, none
}

// readFile returns a text of at most so many bytes; false where there is none.
func readFile(name string, limit int64) (string, bool) {
	f, err := os.Open(name)
	if err != nil {
		return "", false
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	return string(content), err == nil && int64(len(content)) <= limit
}

func unreadable(p *place, content string, problem *checks.DockerfileProblem) Explanation {
	data := message.Data{"Place": p.shown, "Said": problem.Said}
	if problem.Line == 0 {
		return Explanation{What: message.New("build.unreadable", data), Next: problem.Next}
	}
	data["Place"] = p.shown + ":" + strconv.Itoa(problem.Line)
	e := Explanation{What: message.New("build.unreadable-line", data), Next: problem.Next}
	if lines := strings.Split(content, "\n"); problem.Line <= len(lines) {
		e.Found = message.New("build.source", message.Data{"Source": short(strings.TrimSpace(lines[problem.Line-1]))})
	}
	return e
}

const maxShown = 100

// short is a text cut to what fits in a sentence, without what would end a code span.
func short(text string) string {
	text = strings.ReplaceAll(strings.Join(strings.Fields(message.Clean(text)), " "), "`", "'")
	if runes := []rune(text); len(runes) > maxShown {
		return string(runes[:maxShown]) + "…"
	}
	return text
}

// givenArgs are the values that --build-arg gives.
func givenArgs(list []string) map[string]string {
	given := map[string]string{}
	for _, arg := range list {
		name, value, ok := strings.Cut(arg, "=")
		if !ok {
			value = secret // out of the shell's environment
		}
		given[name] = value
	}
	return given
}

// builder goes through the instructions and keeps what holds when each of them begins.
type builder struct {
	*recipe
	given   map[string]string
	args    environment // those before the first FROM
	env     environment
	workdir string
	user    *step
}

func (b *builder) add(node *parser.Node) {
	command, err := instructions.ParseInstruction(node)
	if err != nil {
		return
	}
	fields := strings.Fields(node.Original)
	s := &step{line: node.StartLine, word: strings.ToUpper(fields[0]), text: strings.Join(fields[1:], " "), node: node, command: command}
	s.env, s.workdir, s.user = b.env, b.workdir, b.user
	b.steps = append(b.steps, s)
	if from, ok := command.(*instructions.Stage); ok {
		b.open(s, from)
		return
	}
	if len(b.stages) == 0 {
		if arg, ok := command.(*instructions.ArgCommand); ok {
			b.args = b.declare(b.args, arg, nil)
		}
		return
	}
	s.stage = b.stages[len(b.stages)-1]
	s.stage.steps = append(s.stage.steps, s)
	b.follow(s)
}

func (b *builder) open(s *step, from *instructions.Stage) {
	s.env = b.args
	base, unset := b.expand(from.BaseName, b.args)
	st := &stage{name: strings.ToLower(from.Name), base: base, unset: unset, from: s}
	st.after = b.stageNamed(base)
	s.stage = st
	b.stages = append(b.stages, st)
	b.env, b.workdir, b.user = nil, "", nil
	if st.after == nil {
		return
	}
	b.workdir, b.user = st.after.from.workdir, st.after.from.user
	if n := len(st.after.steps); n > 0 {
		b.env, b.workdir, b.user = st.after.steps[n-1].env, st.after.steps[n-1].workdir, st.after.steps[n-1].user
	}
}

// follow takes in what an instruction changes for those after it.
func (b *builder) follow(s *step) {
	switch c := s.command.(type) {
	case *instructions.ArgCommand:
		b.env = b.declare(b.env, c, b.args)
	case *instructions.EnvCommand:
		before := b.env
		for _, kv := range c.Env {
			value, unset := b.expand(kv.Value, before)
			if unset != "" {
				value = secret
			}
			b.env = b.env.with(kv.Key, value)
		}
	case *instructions.WorkdirCommand:
		dir, unset := b.expand(c.Path, b.env)
		switch {
		case unset != "" || !known(dir):
			b.workdir = ""
		case path.IsAbs(dir):
			b.workdir = path.Clean(dir)
		case b.workdir != "":
			b.workdir = path.Join(b.workdir, dir)
		}
	case *instructions.UserCommand:
		b.user = s
	}
}

func (b *builder) declare(env environment, arg *instructions.ArgCommand, outer environment) environment {
	for _, kv := range arg.Args {
		value, given := b.given[kv.Key]
		above, declared := outer[kv.Key]
		switch {
		case given:
		case kv.Value != nil:
			expanded, unset := b.expand(*kv.Value, env)
			if value = expanded; unset != "" {
				value = secret
			}
		case declared:
			value = above
		default:
			continue
		}
		env = env.with(kv.Key, value)
	}
	return env
}

// expand replaces variables; unset names one that has no value that is known.
func (r *recipe) expand(word string, env environment) (expanded, unset string) {
	if len(word) > maxWord {
		return secret, ""
	}
	result, err := lex.NewLex(r.escape).ProcessWordWithMatches(word, env)
	if err != nil {
		return secret, ""
	}
	for _, name := range slices.Sorted(maps.Keys(result.Unmatched)) {
		return result.Result, name
	}
	return result.Result, ""
}

// word is a word of an instruction with its variables replaced; not ok where one of them is not known.
func (r *recipe) word(word string, s *step) (expanded string, ok bool) {
	expanded, unset := r.expand(word, s.env)
	return expanded, unset == "" && known(expanded)
}

// stageNamed is the last stage so far with that name or number; nil where there is none.
func (r *recipe) stageNamed(name string) *stage {
	for _, st := range slices.Backward(r.stages) {
		if st.name != "" && strings.EqualFold(st.name, name) {
			return st
		}
	}
	return nil
}

// stageCalled is a stage as --from calls it, by its number too.
func (r *recipe) stageCalled(name string) *stage {
	if n, err := strconv.Atoi(name); err == nil && n >= 0 && n < len(r.stages) {
		return r.stages[n]
	}
	return r.stageNamed(name)
}

// target is the stage that is built.
func (r *recipe) target() *stage {
	if r.call.target != "" {
		return r.stageCalled(r.call.target)
	}
	return r.stages[len(r.stages)-1]
}

// needed are the steps that the target needs, in their order.
func (r *recipe) needed() []*step {
	target := r.target()
	if target == nil {
		return nil
	}
	want := map[*stage]bool{}
	queue := []*stage{target}
	for len(queue) > 0 {
		st := queue[0]
		queue = queue[1:]
		if st == nil || want[st] {
			continue
		}
		want[st] = true
		queue = append(queue, st.after)
		for _, s := range st.steps {
			if name := s.from(); name != "" {
				queue = append(queue, r.stageCalled(name))
			}
		}
	}
	var steps []*step
	for _, s := range r.steps {
		if s.stage != nil && want[s.stage] {
			steps = append(steps, s)
		}
	}
	return steps
}

var mountFrom = regexp.MustCompile(`--mount=\S*\bfrom=([^,\s]+)`)

// from is the stage or the image that a step takes something from.
func (s *step) from() string {
	switch c := s.command.(type) {
	case *instructions.CopyCommand:
		return c.From
	case *instructions.RunCommand:
		if m := mountFrom.FindStringSubmatch(s.text); m != nil {
			return m[1]
		}
	}
	return ""
}

var stepNumber = regexp.MustCompile(`^(?:Step|STEP) (\d+)/(\d+) ?: `)

// kitNumber is how BuildKit numbers its steps, those of each stage by themselves.
var kitNumber = regexp.MustCompile(`^\[(?:\S+ )?\d+/\d+\] `)

// step is the one that a builder tells of, with its number or without; nil where there is none like it.
func (r *recipe) step(told string) *step {
	told = strings.TrimSpace(kitNumber.ReplaceAllString(told, ""))
	if told == "" {
		return nil
	}
	number := 0
	if m := stepNumber.FindStringSubmatch(told); m != nil {
		number, _ = strconv.Atoi(m[1])
		told = told[len(m[0]):]
		if m[2] != strconv.Itoa(len(r.steps)) && r.call.target == "" {
			return nil // another Dockerfile
		}
	}
	if number > 0 && number <= len(r.steps) && r.is(r.steps[number-1], told) {
		return r.steps[number-1]
	}
	if i := slices.IndexFunc(r.steps, func(s *step) bool { return r.is(s, told) }); i >= 0 {
		return r.steps[i]
	}
	return nil
}

// is reports whether a step is the one that a builder tells of. BuildKit tells it with its variables replaced.
func (r *recipe) is(s *step, told string) bool {
	if s.is(told) {
		return true
	}
	expanded, ok := r.word(s.text, s)
	return ok && s.word+" "+strings.Join(strings.Fields(expanded), " ") == strings.Join(strings.Fields(told), " ")
}

func (s *step) is(told string) bool {
	word, text, _ := strings.Cut(strings.Join(strings.Fields(told), " "), " ")
	return strings.EqualFold(word, s.word) && text == s.text
}

// at is the place of a step as it is told: "hola/Dockerfile:3".
func (r *recipe) at(s *step) string { return r.place.shown + ":" + strconv.Itoa(s.line) }

// data are what sentences about a step name.
func (r *recipe) data(s *step) message.Data {
	there := r.place.word
	if there == "." {
		there = ""
	}
	return message.Data{
		"Place": r.at(s), "Line": s.line, "Source": short(s.source()), "Word": s.word,
		"There": there, "Command": r.call.name,
	}
}
