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
	say     *message.Printer
	colors  Colors
	sent    string // by the terminal, and taken by no prompt yet
}

// Colors are those of prompts, as indexes into the 256 that every terminal has; none where they are "".
type Colors struct{ Accent, Faint string }

// NewMenus returns an asker for a terminal. Whether there is color is global to the process with survey: the last call says.
func NewMenus(in, out *os.File, say *message.Printer, colors Colors) *Menus {
	core.DisableColor = colors == Colors{}
	return &Menus{in: in, out: out, say: say, colors: colors}
}

// CanWake is true where the input can be watched together with a channel.
func (m *Menus) CanWake() bool { return canWake }

// Choose implements Asker.
func (m *Menus) Choose(ctx context.Context, q Question) (int, error) {
	q = q.clean()
	keys := &menuKeys{options: q.Options, at: q.Default}
	var answer int
	err := m.ask(ctx, &answer, q.Wake, func() asking {
		p := m.one(q, keys.at)
		return asking{prompt: p, screen: &p.Renderer, key: keys.translate}
	})
	return answer, err
}

// ChooseMany implements Asker.
func (m *Menus) ChooseMany(ctx context.Context, q Question) ([]int, error) {
	q = q.clean()
	keys := &menuKeys{options: q.Options, marked: map[int]bool{}}
	var answer []int
	err := m.ask(ctx, &answer, nil, func() asking {
		p := m.many(q, keys.chosen())
		m.sent = strings.Repeat(keyDown, keys.at) + m.sent // survey begins at the first
		keys.at = 0
		return asking{prompt: p, screen: &p.Renderer, key: keys.translate}
	})
	slices.Sort(answer)
	return answer, err
}

// Type implements Asker.
func (m *Menus) Type(ctx context.Context, title string) (string, error) {
	var answer string
	err := m.ask(ctx, &answer, nil, func() asking {
		p := &line{title: message.Clean(title)}
		return asking{prompt: p, line: p, key: lineKey}
	})
	return answer, err
}

// pageSize is how many options are shown at once. What is taller than the screen cannot be taken off it.
func (m *Menus) pageSize(options []string) int {
	const most = 12
	_, height := m.size()
	if height == 0 {
		return min(len(options), most)
	}
	tallest := 1
	for _, o := range options {
		tallest = max(tallest, 1+strings.Count(o, "\n"))
	}
	return max(1, min(len(options), most, (height-4)/tallest))
}

// size is that of the terminal; nothing where it does not tell.
func (m *Menus) size() (width, height int) {
	width, height, err := term.GetSize(int(m.out.Fd()))
	if err != nil || width <= 0 || height <= 0 {
		return 0, 0
	}
	return width, height
}

// asking is one prompt of survey's with what it needs beside.
type asking struct {
	prompt survey.Prompt
	screen *survey.Renderer // of a menu
	line   *line            // of a line to type: the question stays on the screen
	key    func(string) string
}

// ask asks, and once more whenever the terminal has another size: build makes the prompt as the learner has left it.
func (m *Menus) ask(ctx context.Context, answer any, wake <-chan struct{}, build func() asking) error {
	for {
		err := m.askOnce(ctx, answer, wake, build())
		switch {
		case err == nil, errors.Is(err, ErrWoken):
			return err
		case errors.Is(err, errResized):
			continue
		case gone(err), ctx.Err() != nil:
			return ErrLeft
		}
		return fmt.Errorf("asking: %w", err)
	}
}

func (m *Menus) askOnce(ctx context.Context, answer any, wake <-chan struct{}, a asking) error {
	in, err := newReader(ctx, m.in, &m.sent, a.key, wake)
	if err != nil {
		return err
	}
	defer in.Close()
	out := &canvas{File: m.out, menus: m, in: in}
	err = survey.AskOne(a.prompt, answer, survey.WithStdio(in, out, io.Discard), survey.WithIcons(m.icons),
		survey.WithRemoveSelectAll(), survey.WithRemoveSelectNone())
	switch {
	case err == nil:
	case errors.Is(err, errResized) && a.line != nil:
		m.sent = a.line.typed + m.sent
		m.wipeLine(a.line.shown())
	case errors.Is(err, errResized):
		m.wipe(out.now())
	case a.screen != nil:
		erase(a.screen)
	}
	return err
}

func (m *Menus) icons(icons *survey.IconSet) {
	icons.Question.Format = m.colors.Accent + "+b"
	icons.SelectFocus.Format = m.colors.Accent + "+b"
	icons.MarkedOption.Format = m.colors.Accent + "+b"
	icons.UnmarkedOption.Format = "default"
	icons.Help.Format = m.colors.Faint
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
