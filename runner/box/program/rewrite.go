//go:build linux

package main

import (
	"bytes"

	"mvdan.cc/sh/v3/syntax"
)

// Names that the shell keeps to itself.
const (
	zero    = "__sh_0"     // the variable that stands for $0, which the library answers with its own name
	ownPid  = "__sh_pid"   // for $$, which is that of the first shell in those that "&" starts, too
	lastJob = "__sh_job"   // and for $!, which it answers with a number of no process
	alone   = "__sh_alone" // is set for an exec that has the whole process to itself
	inOwn   = "&"          // the command that runs a script as a process of its own
)

// rewrite puts into a statement what the library does otherwise than a shell in a process of its own.
func rewrite(statement *syntax.Stmt) {
	syntax.Walk(statement, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.ParamExp:
			switch n.Param.Value {
			case "0":
				n.Param = &syntax.Lit{Value: zero}
			case "$":
				n.Param = &syntax.Lit{Value: ownPid}
			case "!":
				n.Param = &syntax.Lit{Value: lastJob}
			}
		case *syntax.Stmt:
			if n.Background {
				background(n)
			}
		}
		return true
	})
	syntax.Walk(statement, markExec)
}

// background makes of "command &" a command that gets the script "command", and of a simple one the script "exec command", too.
func background(s *syntax.Stmt) {
	front := *s
	front.Background = false
	scripts := []string{inOwn, printed(&front)}
	if simple, is := front.Cmd.(*syntax.CallExpr); is && len(simple.Args) > 0 && simple.Args[0].Lit() != "" {
		becomes := *simple
		exec := &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: "exec"}}}
		becomes.Args = append([]*syntax.Word{exec}, simple.Args...)
		front.Cmd = &becomes
		scripts = append(scripts, simple.Args[0].Lit(), printed(&front))
	}
	*s = syntax.Stmt{Position: s.Position, Cmd: call(scripts...)}
}

func printed(n syntax.Node) string {
	var script bytes.Buffer
	syntax.NewPrinter().Print(&script, n) // a buffer takes everything
	return script.String()
}

// markExec marks the execs of the shell itself, and none of its parts that the library runs beside it in the same process.
func markExec(n syntax.Node) bool {
	switch n := n.(type) {
	case *syntax.Subshell, *syntax.CmdSubst, *syntax.ProcSubst, *syntax.FuncDecl:
		return false
	case *syntax.BinaryCmd:
		return n.Op == syntax.AndStmt || n.Op == syntax.OrStmt
	case *syntax.CallExpr:
		if len(n.Args) > 1 && n.Args[0].Lit() == "exec" {
			n.Assigns = append(n.Assigns, assignment(alone, "1"))
		}
	}
	return true
}

// call is a command as its words stand.
func call(args ...string) *syntax.CallExpr {
	c := &syntax.CallExpr{}
	for _, arg := range args {
		c.Args = append(c.Args, quotedWord(arg))
	}
	return c
}

func assignment(name, value string) *syntax.Assign {
	return &syntax.Assign{Name: &syntax.Lit{Value: name}, Value: quotedWord(value)}
}

func quotedWord(text string) *syntax.Word {
	return &syntax.Word{Parts: []syntax.WordPart{&syntax.SglQuoted{Value: text}}}
}
