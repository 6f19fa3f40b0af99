package render

import (
	"regexp"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Three control characters steer the wrapping of a text. No text from outside holds one: all is cleaned before.
const (
	lineBreak = "\v"   // a line ends here
	glue      = "\x1f" // a space within code, where a line breaks only if the code does not fit on a line of its own
	edge      = "\x1e" // before and after code: nothing to see, and the next best place to break
)

var unsteered = strings.NewReplacer(lineBreak, " ", glue, " ", edge, "")

// glued is code that wrapping keeps in one piece where it can.
func glued(code string) string {
	return edge + strings.ReplaceAll(code, " ", glue) + edge
}

// wrap breaks a styled text at its spaces into lines no wider than width, but for words that are.
func wrap(s string, width int) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(s, lineBreak) {
		lines = append(lines, fill(pieces(paragraph, width), width)...)
	}
	for i, l := range lines {
		lines[i] = unsteered.Replace(l)
	}
	return carryStyle(lines)
}

// piece is text that stays whole, and what parts it from the one before where both stand on one line.
type piece struct{ space, text string }

func pieces(s string, width int) []piece {
	var out []piece
	for _, word := range strings.FieldsFunc(s, isBlank) {
		if columns(word) <= width {
			out = append(out, piece{" ", word})
			continue
		}
		parts := split(word, width)
		parts[0].space = " "
		out = append(out, parts...)
	}
	return out
}

// isBlank leaves the no-break space alone.
func isBlank(r rune) bool { return r == ' ' || r == '\n' || r == '\t' }

// split takes apart a word that is wider than a line: at the edges of code, then within code, then between wide
// characters, which is how Chinese and Japanese are written. A long address stays whole.
func split(word string, width int) []piece {
	var out []piece
	for _, code := range strings.Split(word, edge) {
		if columns(code) <= width {
			out = append(out, piece{"", code})
			continue
		}
		for i, part := range strings.Split(code, glue) {
			wide := splitWide(part, width)
			if i > 0 {
				wide[0].space = " "
			}
			out = append(out, wide...)
		}
	}
	return out
}

func splitWide(s string, width int) []piece {
	if columns(s) <= width {
		return []piece{{"", s}}
	}
	var out []piece
	start, afterWide := 0, false
	for at, state := 0, byte(0); at < len(s); {
		_, wide, n, next := ansi.DecodeSequence(s[at:], state, nil)
		if at > start && (wide > 1 || afterWide && wide > 0) {
			out = append(out, piece{"", s[start:at]})
			start = at
		}
		if wide > 0 {
			afterWide = wide > 1
		}
		at, state = at+n, next
	}
	return append(out, piece{"", s[start:]})
}

func fill(words []piece, width int) []string {
	var lines []string
	line, used, space := "", 0, ""
	for _, w := range words {
		space = max(space, w.space)
		wide := columns(w.text)
		switch {
		case wide == 0: // a sequence, whose space is the next piece's
			line += w.text
			continue
		case used == 0:
			line, used = line+w.text, wide
		case used+len(space)+wide <= width:
			line, used = line+space+w.text, used+len(space)+wide
		default:
			lines = append(lines, line)
			line, used = w.text, wide
		}
		space = ""
	}
	return append(lines, line)
}

// columns is the width of a styled text on the terminal.
func columns(s string) int {
	return ansi.StringWidth(s) + strings.Count(s, glue)
}

// sequence finds what sets color and weight: all that our styles write.
var sequence = regexp.MustCompile("\x1b\\[[0-9;]*m")

const reset = "\x1b[0m"

// carryStyle ends a style at the end of each line and takes it up on the next, so that no margin is underlined.
func carryStyle(lines []string) []string {
	active := ""
	for i, l := range lines {
		if active == "" && !strings.Contains(l, "\x1b") {
			continue
		}
		l = active + l
		active = ""
		for _, q := range sequence.FindAllString(l, -1) {
			if q == reset {
				active = ""
			} else {
				active += q
			}
		}
		if active != "" {
			l += reset
		}
		lines[i] = l
	}
	return lines
}

// under sets lines beside a sign: first before the first one, blanks or the sign given by rest before the others.
func under(first, rest string, lines []string) []string {
	out := make([]string, len(lines))
	prefix := first
	for i, l := range lines {
		out[i] = prefix + l
		if l == "" {
			out[i] = strings.TrimRight(prefix, " ")
		}
		prefix = rest
	}
	return out
}
