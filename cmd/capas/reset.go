package main

import (
	"github.com/spf13/cobra"

	"capas/internal/message"
)

func (a *app) resetCmd() *cobra.Command {
	var yes, undo bool
	cmd := &cobra.Command{
		Use:               "reset [LESSON[/ITEM] | --undo]",
		Short:             a.say.Sayf("cmd.reset"),
		Args:              a.args(0, 1),
		ValidArgsFunction: a.completePart,
		RunE: func(cmd *cobra.Command, args []string) error {
			if undo && len(args) > 0 {
				return a.mistyped(
					message.New("cmd.too-many", message.Data{"Given": args, "Command": "capas reset --undo"}),
					message.New("cmd.see-help", message.Data{"Command": cmd.CommandPath()}))
			}
			t, err := a.open()
			if err != nil {
				return err
			}
			if undo {
				return t.Restore()
			}
			part, err := t.Part(first(args))
			if err != nil {
				return err
			}
			done, err := t.Reset(cmd.Context(), part, yes)
			if err == nil && !done {
				return errNotYet
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, a.say.Sayf("cmd.flag-yes"))
	cmd.Flags().BoolVar(&undo, "undo", false, a.say.Sayf("cmd.flag-undo"))
	return cmd
}
