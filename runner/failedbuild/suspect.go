package failedbuild

import (
	"context"
	"path"
	"runtime"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/image"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"mvdan.cc/sh/v3/syntax"

	"capas/checks"
)

// suspect looks for what a RUN cannot find, where nobody saw what it wrote: in the base, and in what has been copied since.
func (x *inquiry) suspect(ctx context.Context, r *recipe, s *step) Explanation {
	c, ok := s.command.(*instructions.RunCommand)
	if !ok || !s.changedOnlyBy("COPY") {
		return none
	}
	img, _, there := x.image(ctx, s)
	if !there {
		return none
	}
	calls := callsOf(c)
	if len(calls) > 0 {
		if e := x.script(ctx, r, s, calls[0].name); !e.isNone() {
			return e
		}
		if e := x.reads(ctx, r, s, img, calls[0]); !e.isNone() {
			return e
		}
	}
	if !s.changedOnlyBy() {
		return none
	}
	for _, call := range calls {
		if name := call.name; name != "" && !strings.ContainsAny(name, "/$~*[") && !isBuiltin(name) && !x.hasCommand(ctx, img, name) {
			return x.withoutCommand(ctx, r, s, name, false)
		}
	}
	return none
}

// changedOnlyBy reports whether nothing before a step changes files of the image but instructions of those kinds.
func (s *step) changedOnlyBy(kinds ...string) bool {
	return !slices.ContainsFunc(s.before(), func(before *step) bool {
		switch before.word {
		case "RUN", "COPY", "ADD", "SHELL":
			return !slices.Contains(kinds, before.word)
		case "ENV":
			return strings.Contains(before.text, "PATH")
		}
		return false
	})
}

// script knows a script of the folder that cannot be run.
func (x *inquiry) script(ctx context.Context, r *recipe, s *step, name string) Explanation {
	if !strings.Contains(name, "/") || strings.ContainsAny(name, "$~*") {
		return none
	}
	file, by := r.hostFile(s, s.absolute(name))
	if file == "" {
		return none
	}
	copied, ok := by.command.(*instructions.CopyCommand)
	if ok && copied.Chmod == "" && runtime.GOOS != "windows" && !isExecutable(under(r.place.root, file)) {
		return r.notExecutable(s, name, file, by)
	}
	content, ok := readFile(under(r.place.root, file), checks.MaxFile)
	if !ok {
		return none
	}
	img, _, there := x.image(ctx, s)
	switch first, interpreter := interpreterOf(content); {
	case strings.HasSuffix(first, "\r"):
	case interpreter == "" || !there || x.within(ctx, img, interpreter) != "" || !strings.HasPrefix(interpreter, "/"):
		return none
	}
	return x.withoutScript(ctx, r, s, name, r.data(s))
}

// reads knows a command that only reads, of a path that is nowhere.
func (x *inquiry) reads(ctx context.Context, r *recipe, s *step, img image.InspectResponse, c invocation) Explanation {
	if !slices.Contains([]string{"cat", "ls", "cd", "head", "tail", "wc", "sort"}, c.name) {
		return none
	}
	made := s.madeBefore(r)
	for _, name := range c.args {
		if name == "" || strings.HasPrefix(name, "-") || strings.ContainsAny(name, "$~*?[") || !path.IsAbs(name) && s.workdir == "" {
			return none
		}
		at := s.absolute(name)
		if _, there, err := x.facts.FileMode(ctx, img, at); err == nil && !there && !leadsTo(at, made) {
			return x.withoutPath(ctx, r, s, name)
		}
	}
	return none
}

// invocation is a command that a RUN runs for certain. What only the shell knows is "".
type invocation struct {
	name string
	args []string
}

// maxScript is the longest RUN whose commands are looked at. The parser follows nesting into depth.
const maxScript = 4 << 10

// callsOf are the first commands that a RUN runs, those of a list joined by &&.
func callsOf(c *instructions.RunCommand) []invocation {
	if !c.PrependShell {
		if len(c.CmdLine) == 0 {
			return nil
		}
		return []invocation{{c.CmdLine[0], c.CmdLine[1:]}}
	}
	script := strings.Join(c.CmdLine, " ")
	if len(script) > maxScript || len(c.Files) > 0 {
		return nil
	}
	file, err := syntax.NewParser().Parse(strings.NewReader(script), "")
	if err != nil || len(file.Stmts) == 0 {
		return nil
	}
	return joined(file.Stmts[0])
}

func joined(s *syntax.Stmt) []invocation {
	switch c := s.Cmd.(type) {
	case *syntax.BinaryCmd:
		first := joined(c.X)
		if c.Op == syntax.AndStmt && len(first) > 0 {
			return append(first, joined(c.Y)...)
		}
	case *syntax.CallExpr:
		if s.Negated || s.Background || len(c.Args) == 0 || len(s.Redirs) > 0 {
			return nil
		}
		call := invocation{name: c.Args[0].Lit()}
		for _, arg := range c.Args[1:] {
			call.args = append(call.args, arg.Lit())
		}
		return []invocation{call}
	}
	return nil
}

func isBuiltin(name string) bool {
	return slices.Contains(strings.Fields(`. : [ [[ alias bg break cd command continue declare echo eval exec exit export false fg getopts hash
		jobs kill let local printf pwd read readonly return set shift shopt source test time times trap true type typeset ulimit
		umask unalias unset wait`), name)
}
