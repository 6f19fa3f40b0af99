package prompt

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// errResized says that the terminal has another size than when the prompt was drawn.
var errResized = errors.New("the terminal was resized while asking")

// canvas is the terminal as survey writes to it. It knows where survey leaves the cursor, so that a prompt can be taken off
// a terminal that was resized: one that moves the cursor with the text when lines break elsewhere, as nearly all do.
type canvas struct {
	*os.File
	menus *Menus
	in    *reader
	shown string // the menu as it was drawn last
	width int    // of the terminal then
	up    int    // how many rows above its end the cursor stands
}

// Write takes nothing any more from a prompt that was drawn for another size: it would put the cursor where it was then.
func (c *canvas) Write(p []byte) (int, error) {
	if c.in.resized() {
		return len(p), nil
	}
	switch text := string(p); {
	case strings.Contains(text, "\n"):
		c.shown, c.up = text, 0
		c.width, _ = c.menus.size()
	case text == "\x1b[1A":
		c.up++
	case text == "\x1b8":
		c.up = 0
	}
	return c.File.Write(p)
}

// now is how tall the menu is, now that lines break elsewhere, and in which of its rows the cursor stands.
func (c *canvas) now() (row, tall int) {
	width, _ := c.menus.size()
	lines := strings.Split(strings.TrimSuffix(ansi.Strip(c.shown), "\n"), "\n")
	left := -c.up
	for _, l := range lines {
		left += rows(l, c.width)
	}
	found := false
	for _, l := range lines {
		before := rows(l, c.width)
		switch {
		case found:
		case left < before:
			row, found = tall+max(0, left)*c.width/max(width, 1), true
		default:
			left -= before
		}
		tall += rows(l, width)
	}
	if !found {
		row = tall
	}
	return row, tall
}

// rows is how many rows of the terminal a line takes.
func rows(line string, width int) int {
	if width <= 0 {
		return 1
	}
	return max(1, (ansi.StringWidth(line)+width-1)/width)
}

// wipe takes off the screen so many rows, in one of which the cursor stands, as far as they have not left it at its top. It
// does so row by row: what is erased as a whole may go to what the terminal remembers.
func (m *Menus) wipe(row, tall int) {
	var out strings.Builder
	out.WriteString("\r")
	if row > 0 {
		fmt.Fprintf(&out, "\x1b[%dA", row)
	}
	out.WriteString("\x1b7" + strings.Repeat("\x1b[2K\x1b[1B", tall) + "\x1b8\x1b[?25h")
	fmt.Fprint(m.out, out.String())
}

// wipeLine takes off the screen a text with the cursor at its end.
func (m *Menus) wipeLine(text string) {
	width, _ := m.size()
	tall := rows(text, width)
	m.wipe(tall-1, tall)
}
