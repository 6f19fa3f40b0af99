package main

import (
	"github.com/spf13/cobra"

	"capas/internal/message"
	"capas/runner"
)

func (a *app) hintCmd() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:   "hint LESSON/ITEM",
		Short: a.say.Sayf("cmd.hint"),
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
			h := t.NextHint(cmd.Context(), l, it, runner.StepOf(l, it))
			return a.answer(h, func() { t.PrintHint(h) })
		},
	})
}

func (a *app) solutionCmd() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:   "solution LESSON/ITEM",
		Short: a.say.Sayf("cmd.solution"),
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
			script := t.Solution(cmd.Context(), l, it, runner.StepOf(l, it))
			return a.answer(map[string]string{"solution": script}, func() { t.PrintSolution(script) })
		},
	})
}
