package render

import (
	"strings"
	"testing"
)

func TestBar(t *testing.T) {
	for name, c := range map[string]struct {
		style       Style
		done, total int
		words, want string
	}{
		"nothing":            {Style{Width: 80}, 0, 7, "0 de 7", "░░░░░░░░░░░░░░░░░░░░ 0 de 7\n"},
		"some":               {Style{Width: 80}, 4, 7, "4 de 7", "███████████░░░░░░░░░ 4 de 7\n"},
		"all":                {Style{Width: 80}, 7, 7, "7 de 7", "████████████████████ 7 de 7\n"},
		"a little":           {Style{Width: 80}, 1, 1000, "x", "█░░░░░░░░░░░░░░░░░░░ x\n"},
		"all but a little":   {Style{Width: 80}, 999, 1000, "x", "███████████████████░ x\n"},
		"narrow, and hangs":  {Style{Width: 30}, 1, 2, "1 de 2 · 35 min · 2 pistas", "█████░░░░░ 1 de 2 · 35 min · 2\n           pistas\n"},
		"plain":              {Style{Width: 80, Plain: true}, 4, 7, "4 de 7", "4 de 7\n"},
		"a whole of nothing": {Style{Width: 80}, 0, 0, "0 de 0", "0 de 0\n"},
		"as wide as it is":   {Style{WidthNow: func() int { return 80 }}, 4, 7, "4 de 7", "███████████░░░░░░░░░ 4 de 7\n"},
		"more than all":      {Style{Width: 80}, 9, 7, "x", "████████████████████ x\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := New(c.style).Bar(c.done, c.total, c.words); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
	if got := New(Style{Width: 80, Color: true}).Bar(1, 2, "\x1b]0;x\a"); strings.Contains(got, "\x1b]") || !strings.Contains(got, "\x1b[") {
		t.Errorf("with color: %q", got)
	}
}
