package main

import (
	"context"

	"github.com/spf13/cobra"

	"capas/checks"
	"capas/lessons"
	"capas/runner"
)

func (a *app) checkCmd() *cobra.Command {
	return a.onExercise("check [LESSON[/ITEM]]", a.say.Sayf("cmd.check"),
		func(ctx context.Context, l *lessons.Lesson, it *lessons.Item) error {
			r, err := a.tutor.CheckNow(ctx, l, it)
			if err != nil {
				return err
			}
			return a.report(r)
		})
}

// report prints a verdict and ends the command with the exit code that goes with it.
func (a *app) report(r *runner.Report) error {
	err := a.answer(r.JSON(a.say), func() {
		if r.Verdict == checks.Unknown && r.Trouble != nil {
			a.complain(a.say.Say(r.Trouble.Reason), a.say.Say(r.Trouble.Remedy))
			return
		}
		a.tutor.ShowReport(r)
	})
	switch {
	case err != nil:
		return err
	case r.Verdict == checks.Fail:
		return errNotYet
	case r.Verdict == checks.Unknown:
		return errUnknown
	}
	return nil
}
