package main

import (
	"errors"
	"strconv"

	"github.com/spf13/cobra"

	"capas/internal/message"
	"capas/lessons"
	"capas/runner"
	"capas/runner/shell"
)

func (a *app) learnCmd() *cobra.Command {
	return &cobra.Command{
		Use:               "learn [LESSON [STEP]]",
		Short:             a.say.Sayf("cmd.learn"),
		Args:              a.args(0, 2),
		ValidArgsFunction: a.completeStep,
		RunE:              a.learn,
	}
}

// learn takes lessons in a terminal. Without one nobody can be asked: what there is to read is printed, with what to type.
func (a *app) learn(cmd *cobra.Command, args []string) error {
	practice, err := a.practice(cmd.Context())
	keeps := err == nil && practice != nil && a.kept == ""
	if keeps {
		practice, err = nil, a.keep()
	}
	var unfit *shell.Unfit
	if !errors.As(err, &unfit) && (keeps || err != nil) { // unfit is told where it matters
		return err
	}
	t, err := a.open()
	if err != nil {
		return err
	}
	if t.Ask != nil {
		t.Docker = a.ownDocker()
	}
	if unfit != nil {
		t.Unfit = unfit.Text()
	}
	if practice != nil {
		t.PractiseIn(practice)
	}
	if len(args) == 0 && t.Ask != nil {
		return t.Learn(cmd.Context(), "", runner.Here)
	}
	if len(args) == 0 {
		if err := a.list(); err != nil {
			return err
		}
		a.note(message.New("cmd.no-terminal-list"))
		return nil
	}
	l, err := t.Lesson(args[0])
	if err != nil {
		return err
	}
	step, err := a.step(l, args[1:], runner.Here)
	if err != nil {
		return err
	}
	if t.Ask != nil {
		return t.Learn(cmd.Context(), l.ID, step)
	}
	if step == runner.Here {
		if step, err = t.Position(l); err != nil {
			return err
		}
	}
	if err := t.Show(cmd.Context(), l, step); err != nil {
		return err
	}
	a.note(message.New("cmd.no-terminal-lesson", message.Data{"Lesson": l.ID, "Next": min(step+1, len(l.Steps))}))
	return nil
}

// step reads the number of a step, where one is given.
func (a *app) step(l *lessons.Lesson, args []string, otherwise int) (int, error) {
	if len(args) == 0 {
		return otherwise, nil
	}
	step, err := strconv.Atoi(args[0])
	if err != nil {
		return 0, a.mistyped(message.New("cmd.not-a-step", message.Data{"Given": args[0]}), message.New("runner.type", message.Data{"Command": "capas show " + l.ID}))
	}
	return step, a.tutor.CheckStep(l, step)
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
