package main

import (
	"github.com/spf13/cobra"

	"capas/internal/message"
	"capas/runner"
)

// registryCmd serves for those who take lessons without «capas learn», by their subcommands.
func (a *app) registryCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "registry",
		Short: a.say.Sayf("cmd.registry"),
		Args:  a.noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := a.open()
			if err != nil {
				return err
			}
			return t.Serve(cmd.Context())
		},
	}
	cmd.AddCommand(a.trafficCmd())
	return cmd
}

func (a *app) trafficCmd() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:   "traffic",
		Short: a.say.Sayf("cmd.traffic"),
		Args:  a.args(0, 0),
		RunE: func(*cobra.Command, []string) error {
			t, err := a.open()
			if err != nil {
				return err
			}
			list, err := t.Traffic()
			if err != nil {
				return err
			}
			return a.answer(runner.TrafficJSON(list), func() {
				if len(list) == 0 {
					a.note(message.New("cmd.no-traffic"))
				}
				t.ShowTraffic(list)
			})
		},
	})
}
