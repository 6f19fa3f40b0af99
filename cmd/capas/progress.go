package main

import "github.com/spf13/cobra"

func (a *app) progressCmd() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:   "progress",
		Short: a.say.Sayf("cmd.progress"),
		Args:  a.args(0, 0),
		RunE: func(*cobra.Command, []string) error {
			t, err := a.open()
			if err != nil {
				return err
			}
			s, err := t.Progress()
			if err != nil {
				return err
			}
			return a.answer(s, func() { t.ShowProgress(s) })
		},
	})
}
