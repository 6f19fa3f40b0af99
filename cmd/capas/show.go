package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"capas/internal/message"
)

func (a *app) showCmd() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:   "show LESSON [STEP]",
		Short: a.say.Sayf("cmd.show"),
		Args:  a.args(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := a.open()
			if err != nil {
				return err
			}
			l, err := t.Lesson(args[0])
			if err != nil {
				return err
			}
			step := -1
			if len(args) == 2 {
				if step, err = strconv.Atoi(args[1]); err != nil {
					return a.mistyped(message.New("cmd.not-a-step", message.Data{"Given": args[1]}), message.New("runner.type", message.Data{"Command": "capas show " + l.ID}))
				}
				if err := t.CheckStep(l, step); err != nil {
					return err
				}
			}
			if a.json {
				return a.answer(t.Outline(cmd.Context(), l, step), nil)
			}
			return t.Show(cmd.Context(), l, step)
		},
	})
}
