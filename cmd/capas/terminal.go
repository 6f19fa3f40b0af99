package main

import (
	"os"
	"runtime"
	"strings"

	"golang.org/x/term"

	"capas/internal/message"
	"capas/runner/prompt"
	"capas/runner/render"
)

// screen is what the terminal can do, decided once.
type screen struct {
	out         *os.File // the terminal; nil where the output is none
	interactive bool     // somebody sits there and can be asked
	plain       bool     // plain lines: no cursor movement, words instead of signs
	plainBy     string   // what asked for them, "" for nothing
	color       bool
	background  render.Background
}

// usualWidth is that of what is no terminal, or does not tell.
const usualWidth = 80

func (a *app) terminal() screen {
	in, out := asTerminal(a.stdin), asTerminal(a.stdout)
	s := screen{out: out, interactive: in != nil && out != nil, background: a.backgroundOf()}
	s.plain, s.plainBy = a.plainLines(out)
	s.color = !s.plain && a.env("NO_COLOR") == "" && a.env("CLICOLOR") != "0"
	return s
}

// plainLines reports whether signs and colors have no place in the output, and who says so. They have one on a terminal that
// knows escape sequences, and elsewhere where CLICOLOR_FORCE asks for them, for a pager that shows them.
func (a *app) plainLines(out *os.File) (plain bool, by string) {
	term := a.env("TERM")
	switch {
	case a.plain:
		return true, a.plainBy
	case isSet(a.env("CAPAS_PLAIN")):
		return true, "CAPAS_PLAIN"
	case out == nil:
		return !isSet(a.env("CLICOLOR_FORCE")) || a.env("NO_COLOR") != "", ""
	case term == "dumb":
		return true, "TERM=dumb"
	case term == "" && runtime.GOOS != "windows":
		return true, ""
	}
	return !understandsSequences(out), ""
}

// isSet reads a variable that turns something on.
func isSet(value string) bool { return value != "" && value != "0" }

// asTerminal is the stream as a file, where it is a terminal.
func asTerminal(stream any) *os.File {
	if f, ok := stream.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// width is how wide the output is now: a terminal can be resized.
func (s screen) width() int {
	if s.out != nil {
		if w, _, err := term.GetSize(int(s.out.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return usualWidth
}

var backgrounds = map[string]render.Background{"dark": render.Dark, "light": render.Light}

// backgroundOf is what the learner says, else what the terminal says in a variable. It is not asked: many never answer, and
// an answer that comes late would be taken for something typed.
func (a *app) backgroundOf() render.Background {
	for _, said := range []string{a.background, a.env("CAPAS_BACKGROUND")} {
		if b, ok := backgrounds[said]; ok {
			return b
		}
	}
	colors := strings.Split(a.env("COLORFGBG"), ";")
	switch colors[len(colors)-1] {
	case "7", "15":
		return render.Light
	case "0", "1", "2", "3", "4", "5", "6", "8":
		return render.Dark
	}
	return render.Unknown
}

func (a *app) checkBackground() error {
	if _, ok := backgrounds[a.background]; ok || a.background == "" {
		return nil
	}
	return a.mistyped(
		message.New("cmd.no-background", message.Data{"Given": a.background}),
		message.New("cmd.see-help", message.Data{"Command": "capas"}))
}

func (s screen) style(lang string) render.Style {
	return render.Style{WidthNow: s.width, Color: s.color, Background: s.background, Plain: s.plain, Lang: lang}
}

// menus asks on a terminal that draws; nil elsewhere.
func (a *app) menus(s screen) *prompt.Menus {
	if !s.interactive || s.plain {
		return nil
	}
	return prompt.NewMenus(a.stdin.(*os.File), s.out, a.say, prompt.Colors(s.style("").Colors()))
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
