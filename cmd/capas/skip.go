package main

import (
	"context"

	"github.com/spf13/cobra"

	"capas/lessons"
)

func (a *app) skipCmd() *cobra.Command {
	return a.onExercise("skip [LESSON[/ITEM]]", a.say.Sayf("cmd.skip"),
		func(_ context.Context, l *lessons.Lesson, it *lessons.Item) error {
			a.tutor.Skip(l, it)
			return nil
		})
}
