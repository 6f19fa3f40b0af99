package main

import (
	"github.com/spf13/cobra"
)

func (a *app) showCmd() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:               "show LESSON [STEP]",
		Short:             a.say.Sayf("cmd.show"),
		Args:              a.args(1, 2),
		ValidArgsFunction: a.completeStep,
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := a.open()
			if err != nil {
				return err
			}
			l, err := t.Lesson(args[0])
			if err != nil {
				return err
			}
			step, err := a.step(l, args[1:], -1)
			if err != nil {
				return err
			}
			if a.json {
				return a.answer(t.Outline(cmd.Context(), l, step), nil)
			}
			return t.Show(cmd.Context(), l, step)
		},
	})
}
