package main

import (
	"github.com/spf13/cobra"
)

// registryCmd serves for those who take lessons without «capas learn», by their subcommands.
func (a *app) registryCmd() *cobra.Command {
	return &cobra.Command{
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
}
