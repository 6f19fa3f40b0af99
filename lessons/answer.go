package lessons

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// SameAnswer reports whether got says what want says: capitals, accents, blanks around it and the number of blanks within do not
// count. It is symmetric, and true of two equal texts.
func SameAnswer(want, got string) bool { return plain(want) == plain(got) }

func plain(s string) string {
	bare := transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), cases.Fold(), norm.NFKC)
	out, _, err := transform.String(bare, s)
	if err != nil {
		out = s
	}
	return strings.Join(strings.Fields(out), " ")
}
