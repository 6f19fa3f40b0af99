package prompt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/AlecAivazis/survey/v2"
	"github.com/AlecAivazis/survey/v2/core"
	"github.com/AlecAivazis/survey/v2/terminal"

	"capas/internal/message"
)

// Menus asks with survey on a terminal that moves its cursor.
type Menus struct {
	in, out *os.File
}

// NewMenus returns an asker for a terminal. The words of survey's templates are global to the process: the last call sets them.
func NewMenus(in, out *os.File, say *message.Printer, color bool) *Menus {
	core.DisableColor = !color
	survey.SelectQuestionTemplate = translate(survey.SelectQuestionTemplate,
		`[Use arrows to move, type to filter`, say.Sayf("prompt.select"))
	survey.MultiSelectQuestionTemplate = translate(survey.MultiSelectQuestionTemplate,
		`[Use arrows to move, space to select,`, say.Sayf("prompt.multiselect"))
	return &Menus{in: in, out: out}
}

// translate puts our words in the place of survey's hint, which stands between "[Use arrows" and the line's "]".
func translate(template, marker, words string) string {
	start := strings.Index(template, marker)
	if start < 0 {
		return template // translated by an earlier call
	}
	end := start + strings.Index(template[start:], `]{{color "reset"}}`)
	return template[:start] + words + template[end+1:]
}

// CanWake is true where the input can be watched together with a channel.
func (m *Menus) CanWake() bool { return canWake }

// Choose implements Asker.
func (m *Menus) Choose(ctx context.Context, q Question) (int, error) {
	p := &survey.Select{Message: q.Title, Options: q.Options, Default: q.Default, PageSize: pageSize(q), Filter: keepAll(q)}
	var answer int
	err := m.ask(ctx, p, &p.Renderer, &answer, q.Wake)
	return answer, err
}

// ChooseMany implements Asker.
func (m *Menus) ChooseMany(ctx context.Context, q Question) ([]int, error) {
	p := &survey.MultiSelect{Message: q.Title, Options: q.Options, PageSize: pageSize(q), Filter: keepAll(q)}
	var answer []int
	err := m.ask(ctx, p, &p.Renderer, &answer, nil)
	slices.Sort(answer)
	return answer, err
}

// Type implements Asker.
func (m *Menus) Type(ctx context.Context, title string) (string, error) {
	p := &survey.Input{Message: title}
	var answer string
	err := m.ask(ctx, p, &p.Renderer, &answer, nil)
	return answer, err
}

// A short menu is not filtered: a stray key would hide its options.
func keepAll(q Question) func(string, string, int) bool {
	if len(q.Options) > 12 {
		return nil
	}
	return func(string, string, int) bool { return true }
}

func pageSize(q Question) int { return min(len(q.Options), 12) }

// ask runs one prompt. survey ends a prompt with an error on an escape sequence that it does not know (Alt and a letter): then it is asked again.
func (m *Menus) ask(ctx context.Context, p survey.Prompt, screen *survey.Renderer, answer any, wake <-chan struct{}) error {
	for {
		in, err := newReader(ctx, m.in, wake)
		if err != nil {
			return err
		}
		err = survey.AskOne(p, answer, survey.WithStdio(in, m.out, io.Discard))
		in.Close()
		if err == nil {
			return nil
		}
		erase(screen)
		switch {
		case errors.Is(err, ErrWoken):
			return ErrWoken
		case errors.Is(err, terminal.InterruptErr), errors.Is(err, io.EOF), errors.Is(err, ErrLeft), ctx.Err() != nil:
			return ErrLeft
		case !strings.Contains(err.Error(), "unexpected escape sequence"):
			return fmt.Errorf("asking: %w", err)
		}
	}
}

// erase takes the prompt's lines off the screen: rendering nothing in their place is survey's own way of counting them.
func erase(screen *survey.Renderer) { _ = screen.Render("", nil) }
