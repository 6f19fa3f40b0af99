// Package nearest finds the word that somebody probably meant.
//
// It knows nothing of what the words stand for.
package nearest

import (
	"strings"

	"github.com/agext/levenshtein"
)

// Word returns the known word closest to the given one, upper and lower case forgiven, or "" when none is close:
// at most one change in three letters, two at least for words of four and more.
func Word(word string, known []string) string {
	best, least := "", limit(word)+1
	for _, k := range known {
		d := levenshtein.Distance(strings.ToLower(word), strings.ToLower(k), nil)
		if d < least {
			best, least = k, d
		}
	}
	return best
}

func limit(word string) int {
	n := len([]rune(word))
	if n < 4 {
		return 1
	}
	return max(2, n/3)
}
