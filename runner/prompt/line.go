package prompt

import (
	"fmt"

	"github.com/AlecAivazis/survey/v2"
)

// line is survey's Input with another end: survey writes the answer anew, and where the answer is longer than a
// line of the terminal it does so over what stands above. Here it stays as it was typed.
type line struct {
	survey.Renderer
	title string
	typed string
}

// shown is what stands on the screen.
func (l *line) shown() string { return "? " + l.title + " " + l.typed }

// Prompt implements survey.Prompt.
func (l *line) Prompt(config *survey.PromptConfig) (any, error) {
	err := l.Render(survey.InputQuestionTemplate, survey.InputTemplateData{Input: survey.Input{Message: l.title}, Config: config})
	if err != nil {
		return "", err
	}
	keys := l.NewRuneReader()
	_ = keys.SetTermMode()
	defer func() { _ = keys.RestoreTermMode() }()
	text, err := keys.ReadLine(0, func(r rune, text []rune) ([]rune, bool, error) {
		return text, r == '\r' || r == '\n', nil
	})
	l.typed = string(text)
	fmt.Fprint(l.Stdio().Out, "\r\n")
	return l.typed, err
}

// Cleanup implements survey.Prompt.
func (l *line) Cleanup(*survey.PromptConfig, any) error { return nil }
