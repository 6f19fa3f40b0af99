package main

import (
	"github.com/spf13/cobra"

	"capas/internal/message"
)

func (a *app) learnCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "learn [LESSON]",
		Short: a.say.Sayf("cmd.learn"),
		Args:  a.args(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.learn(cmd, first(args))
		},
	}
}

// learn takes lessons in a terminal. Without one nobody can be asked: what there is to read is printed, with what to type.
func (a *app) learn(cmd *cobra.Command, lesson string) error {
	t, err := a.open()
	if err != nil {
		return err
	}
	if t.Ask != nil {
		return t.Learn(cmd.Context(), lesson)
	}
	if lesson == "" {
		if err := a.list(); err != nil {
			return err
		}
		a.note(message.New("cmd.no-terminal-list"))
		return nil
	}
	l, err := t.Lesson(lesson)
	if err != nil {
		return err
	}
	step, err := t.Position(l)
	if err != nil {
		return err
	}
	if err := t.Show(cmd.Context(), l, step); err != nil {
		return err
	}
	a.note(message.New("cmd.no-terminal-lesson", message.Data{"Lesson": l.ID, "Next": min(step+1, len(l.Steps))}))
	return nil
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
