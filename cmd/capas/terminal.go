package main

import (
	"os"
	"strings"

	"golang.org/x/term"

	"capas/runner/render"
)

// screen is what the terminal can do, decided once.
type screen struct {
	width       int
	interactive bool // somebody sits there and can be asked
	plain       bool // plain lines: no cursor movement, words instead of signs
	color, dark bool
}

// Lines longer than this are hard to read, however wide the terminal.
const widest = 100

const usualWidth = 80

func (a *app) terminal() screen {
	in, out := asTerminal(a.stdin), asTerminal(a.stdout)
	s := screen{width: usualWidth, interactive: in != nil && out != nil, dark: a.darkBackground()}
	if out != nil {
		if w, _, err := term.GetSize(int(out.Fd())); err == nil && w > 0 {
			s.width = min(w, widest)
		}
	}
	s.plain = a.plain || out == nil || a.env("TERM") == "dumb"
	s.color = !s.plain && a.env("NO_COLOR") == ""
	return s
}

// asTerminal is the stream as a file, where it is a terminal.
func asTerminal(stream any) *os.File {
	if f, ok := stream.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// darkBackground asks the variable that terminals set, not the terminal: some never answer.
func (a *app) darkBackground() bool {
	colors := strings.Split(a.env("COLORFGBG"), ";")
	switch colors[len(colors)-1] {
	case "7", "15":
		return false
	}
	return true
}

func (s screen) style(lang string) render.Style {
	return render.Style{Width: s.width, Color: s.color, Dark: s.dark, Plain: s.plain, Lang: lang}
}

// language is the one that was chosen, else the course's own.
func language(flag string, env func(string) string) string {
	if l, _ := chosenLanguage(flag, env); l != "" {
		return l
	}
	return "es"
}

// chosenLanguage is the flag, else what the environment says in the order of POSIX, and what of them it is; "" where nothing chooses.
func chosenLanguage(flag string, env func(string) string) (lang, by string) {
	for _, choice := range [][2]string{{flag, "--lang"}, {env("LC_ALL"), "LC_ALL"}, {env("LC_MESSAGES"), "LC_MESSAGES"}, {env("LANG"), "LANG"}} {
		if l := choice[0]; l != "" && l != "C" && l != "POSIX" && !strings.HasPrefix(l, "C.") {
			return l, choice[1]
		}
	}
	return "", ""
}

// langFlag finds «--lang» before the command line is read, so that errors in it are told in that language.
func langFlag(args []string) string {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--lang="); ok {
			return value
		}
		if arg == "--lang" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}
