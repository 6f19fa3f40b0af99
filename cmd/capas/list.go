package main

import "github.com/spf13/cobra"

func (a *app) listCmd() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:   "list",
		Short: a.say.Sayf("cmd.list"),
		Args:  a.args(0, 0),
		RunE: func(*cobra.Command, []string) error {
			if _, err := a.open(); err != nil {
				return err
			}
			return a.list()
		},
	})
}

func (a *app) list() error {
	rows, err := a.tutor.Rows()
	if err != nil {
		return err
	}
	return a.answer(map[string]any{"course": a.tutor.Course.ID, "lessons": rows}, func() { a.tutor.List(rows) })
}
