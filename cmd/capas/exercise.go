package main

import (
	"context"

	"github.com/spf13/cobra"

	"capas/internal/message"
	"capas/lessons"
)

// onExercise is a command about one exercise: «LESSON/ITEM», «LESSON» for the one that comes next in it, «ITEM», or nothing
// for the one that the learner is at.
func (a *app) onExercise(use, short string, do func(context.Context, *lessons.Lesson, *lessons.Item) error) *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:               use,
		Short:             short,
		Args:              a.args(0, 1),
		ValidArgsFunction: a.completeExercise,
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := a.open()
			if err != nil {
				return err
			}
			l, it, err := t.Find(first(args))
			switch {
			case err != nil:
				return err
			case it == nil:
				return a.answer(map[string]string{"course": t.Course.ID, "lesson": l.ID, "item": "", "verdict": "pass"}, func() {
					a.note(message.New("runner.all-done", message.Data{"Lesson": l.Title}))
				})
			case it.Exercise == nil:
				return a.mistyped(
					message.New("runner.not-an-exercise", message.Data{"Name": it.ID}),
					message.New("runner.type", message.Data{"Command": "capas quiz " + l.ID}))
			}
			return do(cmd.Context(), l, it)
		},
	})
}

// note says something beside the answer.
func (a *app) note(text message.Text) {
	if !a.json {
		_, _ = a.stdout.Write([]byte(a.tutor.Page.Note(a.say.Say(text))))
	}
}
