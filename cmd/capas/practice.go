package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"

	"capas/internal/message"
	"capas/runner"
	"capas/runner/shell"
)

// keptFlag comes with a folder to the capas that another one keeps, so that the practice shell outlives it.
const keptFlag = "kept"

// practice is the practice shell of this run; nil where nobody sits at a terminal, or wants to work in another one.
// Its error may be a *shell.Unfit.
func (a *app) practice(ctx context.Context) (*runner.Practice, error) {
	switch {
	case !a.terminal().interactive:
		return nil, nil
	case a.practising:
		return nil, a.mistyped(message.New("cmd.practising"), message.New("cmd.practising-remedy"))
	case a.wait:
		return nil, nil
	}
	found, err := shell.Find(ctx, a.env("SHELL"))
	if err != nil {
		return nil, err
	}
	p := &runner.Practice{Shell: found, Env: a.chosen()}
	if a.kept != "" {
		p.Session, err = shell.Kept(a.kept, asTerminal(a.stdin))
	}
	return p, err
}

// chosen are the variables by which a capas in the practice shell has the same course and the same folders as this one.
func (a *app) chosen() map[string]string {
	set := map[string]string{"CAPAS_WORKSPACE": a.workspaces()}
	if dir, err := filepath.Abs(a.course); err == nil && a.course != "" {
		set["CAPAS_COURSE"] = dir
	}
	return set
}

// keep runs this command in a capas of its own, and stays for the practice shell that it may start. Its error may be a *shell.Unfit:
// nothing was run.
func (a *app) keep() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, append(os.Args[1:len(os.Args):len(os.Args)], "--"+keptFlag)...)
	cmd.Args[0] = os.Args[0] // how it is called is what it tells the learner to type
	cmd.Stdin, cmd.Stdout, cmd.Stderr = asTerminal(a.stdin), asTerminal(a.stdout), os.Stderr
	code, err := shell.Keep(cmd, asTerminal(a.stdin))
	if err == nil && code != exitDone {
		err = ended(code)
	}
	return err
}
