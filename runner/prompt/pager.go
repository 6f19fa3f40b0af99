package prompt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/AlecAivazis/survey/v2/terminal"
	"github.com/charmbracelet/x/ansi"
)

// The pager is ours: what others print does not stay in the terminal's memory, or is told in English.

// Page prints a text. Where it does not fit on the screen together with so many rows after it, it stops whenever the screen
// is full until the learner has read on. All of it stays in what the terminal remembers. It returns ErrLeft when the learner
// leaves.
func (m *Menus) Page(ctx context.Context, text string, after int) error {
	p := &pager{menus: m, lines: strings.SplitAfter(text, "\n"), after: after}
	for {
		p.print()
		if !p.waits() {
			return nil
		}
		move, err := m.pause(ctx)
		if err != nil {
			return err
		}
		p.turn(move)
	}
}

// pager is a text of which a part has been read.
type pager struct {
	menus  *Menus
	lines  []string
	after  int
	next   int   // the first line that is not printed yet
	unread int   // rows printed since the last stop
	stops  []int // where each screen began
	step   int   // how many lines come next; 0: a screen
	all    bool
}

// print prints what comes next.
func (p *pager) print() {
	width, height := p.menus.size()
	p.all = p.all || height == 0
	p.unread = 0
	if p.step == 0 {
		p.stops = append(p.stops, p.next)
	}
	for begin := p.next; p.next < len(p.lines); p.next++ {
		tall := rows(strings.TrimSuffix(p.lines[p.next], "\n"), width)
		if p.lines[p.next] == "" {
			tall = 0 // after the last line end
		}
		full := p.step == 0 && p.unread+tall >= height || p.step > 0 && p.next-begin == p.step
		if full && p.next > begin && !p.all {
			break
		}
		p.unread += tall
		fmt.Fprint(p.menus.out, p.lines[p.next])
	}
	p.step = 0
}

// waits reports whether the learner has to say when to go on.
func (p *pager) waits() bool {
	_, height := p.menus.size()
	return !p.all && (p.next < len(p.lines) || p.unread+p.after > height)
}

// move is where a reader goes.
type pageMove int

const (
	pageOn pageMove = iota
	pageLine
	pageBack
	pageAll
)

func (p *pager) turn(move pageMove) {
	switch move {
	case pageLine:
		p.step = 1
		if p.next == len(p.lines) { // all has been read
			p.all = true
		}
	case pageBack:
		// The last stop is where the screen began that has just been read.
		back := max(0, len(p.stops)-2)
		p.next, p.stops = p.stops[back], p.stops[:back]
	case pageAll:
		p.all = true
	case pageOn:
		p.all = p.all || p.next == len(p.lines)
	}
}

// pause waits for a key that moves, under what was printed, and leaves nothing there.
func (m *Menus) pause(ctx context.Context) (pageMove, error) {
	for {
		move, err := m.pageKey(ctx, m.pauseWords())
		if !errors.Is(err, errResized) {
			return move, err
		}
	}
}

func (m *Menus) pauseWords() string {
	width, _ := m.size()
	if words := m.say.Sayf("prompt.more"); ansi.StringWidth(words) < width {
		return words
	}
	return m.say.Sayf("prompt.more-short")
}

func (m *Menus) faint(words string) string {
	if m.colors.Faint == "" {
		return words
	}
	return "\x1b[38;5;" + m.colors.Faint + "m" + words + "\x1b[0m"
}

// pageKey shows the words and waits for one key that moves. The terminal gives keys before the words ask for one.
func (m *Menus) pageKey(ctx context.Context, words string) (pageMove, error) {
	in, err := newReader(ctx, m.in, &m.sent, pageKey, nil)
	if err != nil {
		return pageOn, fmt.Errorf("waiting for a key: %w", err)
	}
	defer in.Close()
	keys := terminal.NewRuneReader(terminal.Stdio{In: in, Out: m.out, Err: io.Discard})
	if err := keys.SetTermMode(); err != nil {
		return pageAll, nil // nobody can be waited for
	}
	defer func() { _ = keys.RestoreTermMode() }()
	fmt.Fprint(m.out, m.faint(words))
	defer m.wipeLine(words)
	for {
		r, _, err := keys.ReadRune()
		switch {
		case errors.Is(err, errResized):
			return pageOn, err
		case gone(err), r == terminal.KeyInterrupt, r == terminal.KeyEndTransmission:
			return pageOn, ErrLeft
		case err != nil:
			return pageOn, fmt.Errorf("waiting for a key: %w", err)
		}
		if move, ok := pageMoves[r]; ok {
			return move, nil
		}
	}
}

// pageMoves are the keys of less and more.
var pageMoves = map[rune]pageMove{
	' ': pageOn, 'f': pageOn, '\r': pageLine, '\n': pageLine, 'j': pageLine, terminal.KeyArrowDown: pageLine,
	'b': pageBack, 'q': pageAll, 'Q': pageAll, 'G': pageAll, terminal.SpecialKeyEnd: pageAll,
}

// pageKey puts one key for each move, as survey reads keys that it does not know by other names.
func pageKey(key string) string {
	switch key {
	case "\x1b[6~", "\x16": // PageDown
		return " "
	case "\x1b[5~": // PageUp
		return "b"
	case keyDown:
		return "\r"
	case keyEnd:
		return "q"
	}
	if strings.HasPrefix(key, escape) {
		return ""
	}
	return key
}
