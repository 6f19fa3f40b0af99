package main

import "github.com/spf13/cobra"

func (a *app) quizCmd() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:               "quiz LESSON",
		Short:             a.say.Sayf("cmd.quiz"),
		Args:              a.args(1, 1),
		ValidArgsFunction: a.completeLesson,
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := a.open()
			if err != nil {
				return err
			}
			l, err := t.Lesson(args[0])
			if err != nil {
				return err
			}
			if a.json {
				list, err := t.Quizzes(cmd.Context(), l)
				if err != nil {
					return err
				}
				return a.answer(map[string]any{"lesson": l.ID, "quizzes": list}, nil)
			}
			done, err := t.AskQuizzes(cmd.Context(), l)
			if err == nil && !done {
				return errNotYet
			}
			return err
		},
	})
}
