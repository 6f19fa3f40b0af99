package message

import (
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// Clean takes from a text all that could steer a terminal: escape sequences whole, other control characters one by one,
// and the marks that reorder lines. Line ends and tabs stay.
func Clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD") // a terminal may read a stray byte as a control character
	if strings.IndexFunc(s, steers) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if steers(r) {
			return -1
		}
		return r
	}, ansi.Strip(s))
}

func steers(r rune) bool {
	if r == '\n' || r == '\t' {
		return false
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}
