package prompt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/AlecAivazis/survey/v2"
	"github.com/AlecAivazis/survey/v2/core"
	"github.com/AlecAivazis/survey/v2/terminal"
	"golang.org/x/term"

	"capas/internal/message"
)

// Menus asks with survey on a terminal that moves its cursor.
type Menus struct {
	in, out *os.File
	sent    string // by the terminal, and taken by no prompt yet
}

// survey's templates as they come, with a hint in English.
var (
	selectTemplate      = survey.SelectQuestionTemplate
	multiSelectTemplate = survey.MultiSelectQuestionTemplate
)

// NewMenus returns an asker for a terminal. The words and colours of survey's templates are global to the process: the last call sets them.
func NewMenus(in, out *os.File, say *message.Printer, color bool) *Menus {
	core.DisableColor = !color
	survey.SelectQuestionTemplate = translate(selectTemplate, say.Sayf("prompt.select"))
	survey.MultiSelectQuestionTemplate = translate(multiSelectTemplate, say.Sayf("prompt.multiselect"))
	return &Menus{in: in, out: out}
}

// translate puts our words in the place of survey's hint, which stands between "[Use arrows" and the line's "]".
// It takes out the letters typed to filter: our menus do not filter.
func translate(template, words string) string {
	start := strings.Index(template, `[Use arrows`)
	end := start + strings.Index(template[start:], `]{{color "reset"}}`)
	return strings.Replace(template[:start]+words+template[end+1:], `{{ .FilterMessage }}`, "", 1)
}

// CanWake is true where the input can be watched together with a channel.
func (m *Menus) CanWake() bool { return canWake }

// Choose implements Asker.
func (m *Menus) Choose(ctx context.Context, q Question) (int, error) {
	q = q.clean()
	p := &survey.Select{Message: q.Title, Options: q.Options, Default: q.Default, PageSize: m.pageSize(q), Filter: keepAll}
	var answer int
	err := m.ask(ctx, p, &answer, asking{screen: &p.Renderer, key: menu(q), wake: q.Wake})
	return answer, err
}

// ChooseMany implements Asker.
func (m *Menus) ChooseMany(ctx context.Context, q Question) ([]int, error) {
	q = q.clean()
	q.Default = 0
	p := &survey.MultiSelect{Message: q.Title, Options: q.Options, PageSize: m.pageSize(q), Filter: keepAll}
	var answer []int
	err := m.ask(ctx, p, &answer, asking{screen: &p.Renderer, key: menu(q)})
	slices.Sort(answer)
	return answer, err
}

// Type implements Asker.
func (m *Menus) Type(ctx context.Context, title string) (string, error) {
	var answer string
	err := m.ask(ctx, &line{title: message.Clean(title)}, &answer, asking{key: lineKey})
	return answer, err
}

func menu(q Question) func(string) string {
	return (&menuKeys{options: q.Options, at: q.Default}).translate
}

// keepAll is the filter that filters nothing: a stray key would hide options.
func keepAll(string, string, int) bool { return true }

// pageSize is how many options are shown at once. What is taller than the screen cannot be taken off it.
func (m *Menus) pageSize(q Question) int {
	const most = 12
	width, height, err := term.GetSize(int(m.out.Fd()))
	if err != nil || width == 0 {
		return min(len(q.Options), most)
	}
	tallest := 1
	for _, o := range q.Options {
		tallest = max(tallest, 1+len(o)/width)
	}
	return max(1, min(len(q.Options), most, (height-4)/tallest))
}

// asking is what one prompt needs beside survey's own.
type asking struct {
	screen *survey.Renderer // nil: the question stays on the screen
	key    func(string) string
	wake   <-chan struct{}
}

func (m *Menus) ask(ctx context.Context, p survey.Prompt, answer any, a asking) error {
	in, err := newReader(ctx, m.in, &m.sent, a.key, a.wake)
	if err != nil {
		return fmt.Errorf("asking: %w", err)
	}
	defer in.Close()
	err = survey.AskOne(p, answer, survey.WithStdio(in, m.out, io.Discard), survey.WithRemoveSelectAll(), survey.WithRemoveSelectNone())
	if err == nil {
		return nil
	}
	if a.screen != nil {
		erase(a.screen)
	}
	switch {
	case errors.Is(err, ErrWoken):
		return ErrWoken
	case gone(err), ctx.Err() != nil:
		return ErrLeft
	}
	return fmt.Errorf("asking: %w", err)
}

// gone reports whether the learner went: by a key, or with the terminal.
func gone(err error) bool {
	for _, g := range []error{ErrLeft, terminal.InterruptErr, io.EOF, syscall.EIO} {
		if errors.Is(err, g) {
			return true
		}
	}
	return false
}

// erase takes the prompt's lines off the screen: rendering nothing in their place is survey's own way of counting them.
func erase(screen *survey.Renderer) { _ = screen.Render("", nil) }
