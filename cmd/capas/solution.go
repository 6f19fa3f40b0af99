package main

import (
	"context"

	"github.com/spf13/cobra"

	"capas/lessons"
	"capas/runner"
)

func (a *app) solutionCmd() *cobra.Command {
	return a.onExercise("solution [LESSON[/ITEM]]", a.say.Sayf("cmd.solution"),
		func(ctx context.Context, l *lessons.Lesson, it *lessons.Item) error {
			script := a.tutor.Solution(ctx, l, it, runner.StepOf(l, it))
			return a.answer(map[string]string{"solution": script}, func() { a.tutor.PrintSolution(script) })
		})
}
