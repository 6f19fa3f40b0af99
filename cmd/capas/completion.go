package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"capas/internal/message"
	"capas/lessons"
	"capas/runner/engine"
)

// addCompletion adds cobra's own command «completion», in our words.
func (a *app) addCompletion(root *cobra.Command) {
	root.CompletionOptions.DisableNoDescFlag = true
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.InitDefaultCompletionCmd()
	cmd, _, _ := root.Find([]string{"completion"})
	cmd.Short = a.say.Sayf("cmd.completion")
	cmd.Long = ""
	cmd.Args = a.noArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	install := map[string]message.Text{
		"bash":       message.New("cmd.completion-bash"),
		"zsh":        message.New("cmd.completion-zsh"),
		"fish":       message.New("cmd.completion-fish"),
		"powershell": message.New("cmd.completion-powershell"),
	}
	for _, shell := range cmd.Commands() {
		shell.Short = a.say.Sayf("cmd.completion-shell", message.Data{"Shell": shell.Name()})
		shell.Long = shell.Short + "\n\n" + a.say.Say(install[shell.Name()])
		shell.Args = a.args(0, 0)
	}
}

// completeFlags says what the options of every command are completed with.
func (a *app) completeFlags(root *cobra.Command) {
	for name, complete := range map[string]cobra.CompletionFunc{
		"lang":       a.completeLang,
		"background": cobra.FixedCompletions([]cobra.Completion{"dark", "light"}, nothing),
		"engine":     cobra.FixedCompletions([]cobra.Completion{"auto", "host", "embedded"}, nothing),
		"context":    a.completeContext,
		"set":        a.completeSet,
	} {
		_ = root.RegisterFlagCompletionFunc(name, complete) // fails for a flag that is not there; the tests complete each
	}
	for _, name := range []string{"course", "workspace"} {
		_ = root.MarkPersistentFlagDirname(name)
	}
}

// What is offered is read from the course and from docker's configuration, as little of it as will do: no engine is asked and no
// journal is read. What cannot be read is not offered, for an error has no place in a line that is being typed.
const (
	nothing   = cobra.ShellCompDirectiveNoFileComp
	inOrder   = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	unblanked = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder | cobra.ShellCompDirectiveNoSpace
)

// completeLesson offers what «LESSON» stands for.
func (a *app) completeLesson(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, nothing
	}
	return a.lessonIDs(""), inOrder
}

// completeStep offers what «LESSON STEP» stands for.
func (a *app) completeStep(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 1 {
		return a.steps(args[0]), inOrder
	}
	return a.completeLesson(cmd, args, typed)
}

// completeExercise offers what «LESSON/ITEM» stands for in two stages, as shells do with folders: the lesson with its stroke,
// after which no blank must come, and then its exercises.
func (a *app) completeExercise(_ *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	lesson, _, within := strings.Cut(typed, "/")
	switch {
	case len(args) > 0:
		return nil, nothing
	case within:
		return a.items(lesson, func(it *lessons.Item) bool { return it.Exercise != nil }), inOrder
	}
	return a.lessonIDs("/"), unblanked
}

// completePart offers what can be begun anew: a lesson by itself, or with a stroke after it each of its items.
func (a *app) completePart(_ *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	lesson, _, within := strings.Cut(typed, "/")
	switch {
	case len(args) > 0:
		return nil, nothing
	case within:
		return a.items(lesson, func(*lessons.Item) bool { return true }), inOrder
	}
	return a.lessonIDs(""), inOrder
}

func (a *app) lessonIDs(end string) []cobra.Completion {
	course, err := lessons.Open(a.files())
	if err != nil {
		return nil
	}
	titles, err := course.Titles(a.say.Lang())
	if err != nil {
		return nil
	}
	var list []cobra.Completion
	for _, h := range titles {
		list = append(list, described(h.ID+end, h.Title))
	}
	return list
}

func (a *app) steps(lesson string) []cobra.Completion {
	l, err := a.lesson(lesson)
	if err != nil {
		return nil
	}
	list := []cobra.Completion{described("0", l.Title)}
	for n, step := range l.Steps {
		list = append(list, described(strconv.Itoa(n+1), l.Expand(step.Title, nil)))
	}
	return list
}

func (a *app) items(lesson string, wanted func(*lessons.Item) bool) []cobra.Completion {
	l, err := a.lesson(lesson)
	if err != nil {
		return nil
	}
	var list []cobra.Completion
	for _, it := range l.Items() {
		if wanted(it) {
			list = append(list, described(l.ID+"/"+it.ID, l.Expand(asked(it), nil)))
		}
	}
	return list
}

func asked(it *lessons.Item) string {
	if it.Exercise != nil {
		return it.Exercise.Goal
	}
	return it.Quiz.Question
}

func (a *app) lesson(id string) (*lessons.Lesson, error) {
	course, err := lessons.Open(a.files())
	if err != nil {
		return nil, err
	}
	return course.Lesson(a.say.Lang(), id)
}

func (a *app) completeLang(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var list []cobra.Completion
	for _, lang := range message.Languages {
		list = append(list, described(lang, message.For(lang).Sayf("cmd.language")))
	}
	return list, inOrder
}

func (a *app) completeContext(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	target, _ := engine.Resolve(engine.Options{Env: a.env}) // whatever is wrong with the one in use: another one is asked for
	var list []cobra.Completion
	for _, c := range target.Contexts() {
		if c.Err == nil {
			list = append(list, described(c.Name, c.Host))
		}
	}
	return list, inOrder
}

// completeSet offers the variables of the course, to be followed by a value.
func (a *app) completeSet(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	course, err := lessons.Open(a.files())
	if err != nil || strings.Contains(typed, "=") {
		return nil, nothing
	}
	var list []cobra.Completion
	for name := range course.Vars {
		list = append(list, name+"=")
	}
	slices.Sort(list)
	return list, unblanked
}

// described is a word to offer with what it means, on one line: a course may hold anything.
func described(word, meaning string) cobra.Completion {
	return cobra.CompletionWithDesc(word, strings.Join(strings.Fields(message.Clean(meaning)), " "))
}
