package checks

import (
	"context"
	"slices"
	"strings"

	"capas/internal/message"
	"capas/internal/nearest"
	"capas/internal/strictyaml"
)

// parseDockerfile reads the checks of one Dockerfile of the workspace, which must be there and be one that docker can read:
//
//	dockerfile: hola/Dockerfile
//	instructions: [FROM, RUN touch]  # in this order, others may stand between; what follows the word is part of its text
//	base: ubuntu:24.04               # what the last stage begins from, arguments at their defaults
//	stages: ">= 2"
//	avoid: [latest-base, cd-in-run]  # rules, each by its name
func parseDockerfile(n *strictyaml.Node) ([]Check, error) {
	if _, err := n.Known("dockerfile check", "dockerfile", "instructions", "base", "stages", "avoid"); err != nil {
		return nil, err
	}
	p, err := parseWorkspacePath(n.Get("dockerfile"))
	if err != nil {
		return nil, err
	}
	if p.folder {
		return nil, n.Get("dockerfile").Errorf("%s is a folder (it ends in /): name the file, %sDockerfile", p, p)
	}
	list := []Check{dockerfileReads{p}}
	for _, c := range []struct {
		key   string
		parse func(*strictyaml.Node, workspacePath) ([]Check, error)
	}{
		{"base", parseBase}, {"stages", parseStages}, {"instructions", parseInstructions}, {"avoid", parseAvoid},
	} {
		v := n.Get(c.key)
		if v == nil {
			continue
		}
		more, err := c.parse(v, p)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

func parseBase(n *strictyaml.Node, p workspacePath) ([]Check, error) {
	if n.Kind == strictyaml.Text && n.Value == "scratch" {
		return []Check{dockerfileBase{p, n.Value}}, nil
	}
	ref, err := parseReference(n)
	if err != nil {
		return nil, err
	}
	return []Check{dockerfileBase{p, ref}}, nil
}

func parseStages(n *strictyaml.Node, p workspacePath) ([]Check, error) {
	bound, err := parseCount(n)
	if err != nil {
		return nil, err
	}
	return []Check{dockerfileStages{p, bound}}, nil
}

func parseInstructions(n *strictyaml.Node, p workspacePath) ([]Check, error) {
	if _, err := n.Texts(); err != nil {
		return nil, err
	}
	items := n.Items
	if n.Kind != strictyaml.List {
		items = []*strictyaml.Node{n}
	}
	c := dockerfileInstructions{path: p}
	for _, item := range items {
		w := wantedInstruction(newDockerfileLine(item.Value, 0))
		if !slices.Contains(instructionWords, w.word) {
			return nil, item.Errorf("unknown instruction %q%s", w.word, orMeant(w.word, instructionWords))
		}
		c.wanted = append(c.wanted, w)
	}
	return []Check{c}, nil
}

func parseAvoid(n *strictyaml.Node, p workspacePath) ([]Check, error) {
	names, err := n.Texts()
	if err != nil {
		return nil, err
	}
	var list []Check
	for i, name := range names {
		r := slices.IndexFunc(dockerfileRules, func(r dockerfileRule) bool { return r.name == name })
		if r < 0 {
			at := n
			if n.Kind == strictyaml.List {
				at = n.Items[i]
			}
			return nil, at.Errorf("unknown rule %q%s", name, orMeant(name, ruleNames()))
		}
		list = append(list, dockerfileAvoids{p, dockerfileRules[r]})
	}
	return list, nil
}

func orMeant(word string, known []string) string {
	if w := nearest.Word(word, known); w != "" {
		return " (did you mean \"" + w + "\"?)"
	}
	return " (known: " + strings.Join(known, ", ") + ")"
}

// dockerfileReads is that a Dockerfile is there and that docker can read it.
type dockerfileReads struct{ path workspacePath }

// Eval tells of one that docker cannot read the line, and what was probably meant there.
func (c dockerfileReads) Eval(_ context.Context, f *Facts) (Result, error) {
	r, err := workspaceFileExists(c).in(f.scope.Workspace)
	if err != nil || r.Verdict != Pass {
		return r, err
	}
	want := message.New("dockerfile.want-reads", pathData(c.path))
	content, gone, err := contentOf(f.scope.Workspace, c.path, maxDockerfileSize)
	switch {
	case err != nil:
		return unreadablePath(want, c.path, err)
	case gone: // between the two looks
		return Result{Verdict: Fail, Want: want, Got: message.New("file.missing", pathData(c.path))}, nil
	}
	if _, problem := readDockerfile(content); problem != nil {
		return Result{Verdict: Fail, Want: want, Got: problem.text(), Next: problem.Next}, nil
	}
	return Result{Verdict: Pass, Want: want, Got: message.New("dockerfile.reads", pathData(c.path))}, nil
}

// judged asks a Dockerfile; where there is none that can be read the answer is blocked, which dockerfileReads tells.
func judged(f *Facts, p workspacePath, want message.Text, judge func(*dockerfile) Result) (Result, error) {
	content, gone, err := contentOf(f.scope.Workspace, p, maxDockerfileSize)
	if err != nil {
		return unreadablePath(want, p, err)
	}
	d, problem := readDockerfile(content)
	if gone || problem != nil {
		return Result{Verdict: Fail, Want: want, Got: message.New("dockerfile.blocked", pathData(p)), Blocked: true}, nil
	}
	r := judge(d)
	r.Want = want
	return r, nil
}

// dockerfileInstructions is that instructions are there in an order, whatever stands between them.
type dockerfileInstructions struct {
	path   workspacePath
	wanted []wantedInstruction
}

// wantedInstruction is an instruction and a part of its text, which may be empty.
type wantedInstruction dockerfileLine

func (w wantedInstruction) String() string { return strings.TrimSpace(w.word + " " + w.text) }

func (w wantedInstruction) is(i dockerfileLine) bool {
	return w.word == i.word && strings.Contains(i.text, w.text)
}

// Eval says of the first instruction that is not where it should be whether it is elsewhere or has another text.
func (c dockerfileInstructions) Eval(_ context.Context, f *Facts) (Result, error) {
	var words []string
	for _, w := range c.wanted {
		words = append(words, w.String())
	}
	want := message.New("dockerfile.want-instructions", message.Data{"Path": c.path.String(), "Instructions": words})
	return judged(f, c.path, want, c.judge)
}

func (c dockerfileInstructions) judge(d *dockerfile) Result {
	got := message.New("dockerfile.instructions", message.Data{"Instructions": d.words()})
	var used []int
	rest := 0
	for _, w := range c.wanted {
		i := slices.IndexFunc(d.lines[rest:], w.is)
		if i < 0 {
			near, next := missingInstruction(d, w, used)
			return Result{Verdict: Fail, Got: got, Near: near, Next: next}
		}
		used = append(used, rest+i)
		rest += i + 1
	}
	return Result{Verdict: Pass, Got: got}
}

func missingInstruction(d *dockerfile, w wantedInstruction, used []int) (near, next message.Text) {
	data := message.Data{"Want": w.String(), "Word": w.word, "Text": w.text}
	next = message.New("dockerfile.instruction-first", data)
	if len(used) > 0 {
		last := d.lines[used[len(used)-1]]
		data["After"], data["AfterLine"] = last.word, last.line
		next = message.New("dockerfile.instruction-after", data)
	}
	for i, there := range d.lines {
		if slices.Contains(used, i) || there.word != w.word {
			continue
		}
		data["Line"] = there.line
		if w.is(there) {
			return message.New("dockerfile.instruction-early", data), message.New("dockerfile.instruction-move", data)
		}
		return message.New("dockerfile.instruction-text", data), message.New("dockerfile.instruction-mend", data)
	}
	return message.Text{}, next
}

// dockerfileBase is that the last stage begins from an image.
type dockerfileBase struct {
	path workspacePath
	ref  string
}

// Eval follows a stage that begins from another one.
func (c dockerfileBase) Eval(_ context.Context, f *Facts) (Result, error) {
	want := message.New("dockerfile.want-base", message.Data{"Path": c.path.String(), "Want": c.ref})
	return judged(f, c.path, want, c.judge)
}

func (c dockerfileBase) judge(d *dockerfile) Result {
	first := d.shipped()[0]
	data := message.Data{"Want": c.ref, "Base": first.base, "Line": lineAt(first.Location), "Written": first.BaseName, "Unset": first.unset}
	r := Result{Verdict: Fail, Got: message.New("dockerfile.base", data), Next: message.New("dockerfile.base-next", data)}
	want, have := splitReference(c.ref), splitReference(first.base)
	switch {
	case isSameBase(want, have):
		return Result{Verdict: Pass, Got: r.Got}
	case first.unset != "":
		r.Got, r.Next = message.New("dockerfile.base-unset", data), message.New("dockerfile.base-unset-next", data)
	case strings.EqualFold(c.ref, first.base):
		r.Near = message.New("dockerfile.base-case", data)
	case want.repository() == have.repository() && have.tag == "latest":
		r.Near = message.New("dockerfile.base-latest", data)
	case want.tag == have.tag && want.place() == have.place() && isClose(want.base, have.base):
		r.Near = message.New("dockerfile.base-near", data)
	}
	return r
}

// isSameBase takes a name with a digest for the name too.
func isSameBase(want, have splitName) bool {
	if want.digest != "" {
		return want.prefix() == have.prefix() && want.base == have.base && want.digest == have.digest
	}
	return want.prefix() == have.prefix() && want.base == have.base && want.tag == have.tag
}

// dockerfileStages is how many stages there are.
type dockerfileStages struct {
	path  workspacePath
	bound quantity
}

// Eval counts what FROM opens.
func (c dockerfileStages) Eval(_ context.Context, f *Facts) (Result, error) {
	want := message.New("dockerfile.want-stages", message.Data{"Path": c.path.String(), "Bound": c.bound.text(stagesText(c.bound.n))})
	return judged(f, c.path, want, c.judge)
}

func (c dockerfileStages) judge(d *dockerfile) Result {
	n := int64(len(d.stages))
	r := Result{Verdict: Fail, Got: message.New("dockerfile.stages", message.Data{"Stages": stagesText(n)})}
	switch {
	case c.bound.holds(n):
		r.Verdict = Pass
	case c.bound.tooFew(n):
		r.Next = message.New("dockerfile.stages-few")
	default:
		r.Next = message.New("dockerfile.stages-many")
	}
	return r
}

func stagesText(n int64) message.Text {
	return message.New("dockerfile.noun-stages", message.Data{"Count": n})
}

// dockerfileAvoids is that nothing breaks a rule.
type dockerfileAvoids struct {
	path workspacePath
	rule dockerfileRule
}

// Eval names the lines that break it.
func (c dockerfileAvoids) Eval(_ context.Context, f *Facts) (Result, error) {
	return judged(f, c.path, c.rule.says, c.judge)
}

func (c dockerfileAvoids) judge(d *dockerfile) Result {
	lines := c.rule.find(d)
	if len(lines) == 0 {
		return Result{Verdict: Pass, Got: message.New("dockerfile.rule-kept", pathData(c.path))}
	}
	return Result{
		Verdict: Fail,
		Got:     message.New("dockerfile.rule-broken", message.Data{"Count": len(lines), "Lines": joinLines(lines), "Path": c.path.String()}),
		Next:    c.rule.next,
	}
}
