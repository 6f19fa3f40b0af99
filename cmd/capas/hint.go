package main

import (
	"context"

	"github.com/spf13/cobra"

	"capas/lessons"
	"capas/runner"
)

func (a *app) hintCmd() *cobra.Command {
	return a.onExercise("hint [LESSON[/ITEM]]", a.say.Sayf("cmd.hint"),
		func(ctx context.Context, l *lessons.Lesson, it *lessons.Item) error {
			h := a.tutor.NextHint(ctx, l, it, runner.StepOf(l, it))
			return a.answer(h, func() { a.tutor.PrintHint(h) })
		})
}
