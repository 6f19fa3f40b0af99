package main

import (
	"github.com/spf13/cobra"

	"capas/checks"
	"capas/internal/message"
	"capas/lessons"
	"capas/runner"
)

func (a *app) checkCmd() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:   "check [LESSON[/ITEM]]",
		Short: a.say.Sayf("cmd.check"),
		Args:  a.args(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := a.open()
			if err != nil {
				return err
			}
			l, it, err := a.exercise(first(args))
			if err != nil {
				return err
			}
			if it == nil {
				a.note(message.New("runner.all-done", message.Data{"Lesson": l.Title}))
				return nil
			}
			r, err := t.CheckNow(cmd.Context(), l, it)
			if err != nil {
				return err
			}
			return a.report(r)
		},
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

// exercise finds what «LESSON/ITEM», «LESSON», «ITEM» or nothing means. The item is nil where the lesson has none left to do.
func (a *app) exercise(arg string) (*lessons.Lesson, *lessons.Item, error) {
	l, it, err := a.tutor.Find(arg)
	if err != nil || it == nil {
		return l, nil, err
	}
	if it.Exercise == nil {
		return nil, nil, a.mistyped(
			message.New("runner.not-an-exercise", message.Data{"Name": it.ID}),
			message.New("runner.type", message.Data{"Command": "capas quiz " + l.ID}))
	}
	return l, it, nil
}

// note says something beside the answer.
func (a *app) note(text message.Text) {
	if !a.json {
		_, _ = a.stdout.Write([]byte(a.tutor.Page.Note(a.say.Say(text))))
	}
}
