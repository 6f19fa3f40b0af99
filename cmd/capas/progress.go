package main

import (
	"github.com/spf13/cobra"

	"capas/internal/message"
	"capas/runner/progress"
)

func (a *app) progressCmd() *cobra.Command {
	var export bool
	var merge string
	cmd := a.jsonFlag(&cobra.Command{
		Use:   "progress [--export [FILE] | --merge FILE]",
		Short: a.say.Sayf("cmd.progress"),
		Args: func(cmd *cobra.Command, args []string) error {
			if export {
				return a.args(0, 1)(cmd, args)
			}
			return a.args(0, 0)(cmd, args)
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if export && len(args) == 0 {
				return nil, cobra.ShellCompDirectiveDefault
			}
			return nil, nothing
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if export && (merge != "" || a.json) {
				return a.mistyped(message.New("cmd.export-alone"), message.New("runner.type", message.Data{"Command": "capas progress --export"}))
			}
			if _, err := a.open(); err != nil {
				return err
			}
			switch {
			case export:
				return a.export(first(args))
			case merge != "":
				return a.merge(merge)
			}
			return a.progress()
		},
	})
	cmd.Flags().BoolVar(&export, "export", false, a.say.Sayf("cmd.flag-export"))
	cmd.Flags().StringVar(&merge, "merge", "", a.say.Sayf("cmd.flag-merge"))
	_ = cmd.RegisterFlagCompletionFunc("merge", cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)) // fails for a flag that is not there
	return cmd
}

func (a *app) progress() error {
	s, err := a.tutor.Progress()
	if err != nil {
		return err
	}
	return a.answer(s, func() { a.tutor.ShowProgress(s) })
}

// export writes the journal to a file, or to standard output.
func (a *app) export(file string) error {
	if file == "" || file == "-" {
		return a.tutor.Export(a.stdout)
	}
	return a.tutor.ExportFile(file)
}

// merge takes another journal from a file, or from standard input.
func (a *app) merge(file string) error {
	take := func() (progress.Merged, error) { return a.tutor.MergeFile(file) }
	if file == "-" {
		take = func() (progress.Merged, error) { return a.tutor.Merge(a.stdin, file) }
	}
	m, err := take()
	if err != nil {
		return err
	}
	err = a.answer(a.tutor.MergedJSON(m), func() { a.tutor.ShowMerged(m, file) })
	if err == nil && len(m.LeftOut) > 0 {
		return errNotYet
	}
	return err
}
