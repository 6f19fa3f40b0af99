package doctor

import (
	"runtime"
	"strings"

	"capas/internal/message"
)

// Terminal is what the program decided of the terminal and of the language, and why.
type Terminal struct {
	Interactive bool   // somebody sits there and can be asked
	Kind        string // TERM
	Program     string // that draws it: "tmux", "iTerm.app"; "" where it does not tell
	Columns     int    // how wide it is; 0 where there is none
	Width       int    // how wide capas writes
	Color       bool
	Background  string // "dark" or "light"; "" where nobody told
	Plain       bool   // plain lines
	PlainBy     string // what asked for them: "--plain", "TERM=dumb", the path of a configuration; "" for none
	NoColor     string // what turned colors off: "NO_COLOR"; "" for nothing
	Lang        string // the language that capas speaks
	LangBy      string // what chose it: "--lang", "LC_ALL", the path of a configuration; "" for none
	LangAsked   string // what that says
	Locale      Locale
}

// Locale is what says how letters are written.
type Locale struct {
	Variable string // that decides; "" for none
	Value    string
}

// LocaleOf reads the locale of letters as POSIX says.
func LocaleOf(env func(string) string) Locale {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := env(name); value != "" {
			return Locale{name, value}
		}
	}
	return Locale{}
}

// UTF8 reports whether letters are written as UTF-8, which has all of them.
func (l Locale) UTF8() bool {
	_, charset, _ := strings.Cut(l.Value, ".")
	charset, _, _ = strings.Cut(charset, "@")
	return strings.EqualFold(strings.ReplaceAll(charset, "-", ""), "utf8")
}

// mended is the command that makes it UTF-8, and changes nothing else.
func (l Locale) mended() string {
	name, _, _ := strings.Cut(l.Value, ".")
	name, _, _ = strings.Cut(name, "@")
	if name == "" || name == "POSIX" {
		name = "C"
	}
	variable := l.Variable
	if variable == "" {
		variable = "LANG"
	}
	return "export " + variable + "=" + name + ".UTF-8"
}

func judgeTerminal(t Terminal) []Finding {
	list := []Finding{t.kind()}
	if t.Interactive {
		list = append(list, t.width())
	}
	list = append(list, t.color())
	if t.Interactive && !t.Plain && runtime.GOOS != "windows" {
		list = append(list, t.letters())
	}
	return append(list, t.language())
}

func (t Terminal) kind() Finding {
	data := message.Data{"Kind": t.Kind, "Program": t.Program, "By": t.PlainBy}
	switch {
	case !t.Interactive:
		return fine(OfTerminal, "kind", message.New("doctor.terminal.none"))
	case t.PlainBy != "":
		return fine(OfTerminal, "kind", message.New("doctor.terminal.plain", data))
	case t.Kind == "" && runtime.GOOS != "windows":
		return warning(OfTerminal, "kind", message.New("doctor.terminal.unknown"), typing("export TERM=xterm-256color"))
	case t.Program != "":
		return fine(OfTerminal, "kind", message.New("doctor.terminal.program", data))
	}
	return fine(OfTerminal, "kind", message.New("doctor.terminal.ok", data))
}

const narrowest = 40 // columns that everything is made to be read in

func (t Terminal) width() Finding {
	data := message.Data{"Columns": t.Columns, "Width": t.Width}
	switch {
	case t.Columns == 0:
		return fine(OfTerminal, "width", message.New("doctor.width.unknown", data))
	case t.Columns < narrowest:
		return warning(OfTerminal, "width", message.New("doctor.width.narrow", data), message.New("doctor.width.widen"))
	case t.Columns > t.Width:
		return fine(OfTerminal, "width", message.New("doctor.width.wide", data))
	}
	return fine(OfTerminal, "width", message.New("doctor.width.ok", data))
}

func (t Terminal) color() Finding {
	switch {
	case t.Color && t.Background == "dark":
		return fine(OfTerminal, "color", message.New("doctor.color.dark"))
	case t.Color && t.Background == "light":
		return fine(OfTerminal, "color", message.New("doctor.color.light"))
	case t.Color:
		return fine(OfTerminal, "color", message.New("doctor.color.unknown"))
	case t.NoColor != "":
		return fine(OfTerminal, "color", message.New("doctor.color.off", message.Data{"By": t.NoColor}))
	}
	return fine(OfTerminal, "color", message.New("doctor.color.plain"))
}

func (t Terminal) letters() Finding {
	data := message.Data{"Value": t.Locale.Value, "Variable": t.Locale.Variable, "Command": t.Locale.mended()}
	switch {
	case t.Kind == "linux":
		return warning(OfTerminal, "letters", message.New("doctor.letters.console"), typing("capas --plain"))
	case t.Locale.UTF8():
		return fine(OfTerminal, "letters", message.New("doctor.letters.ok"))
	case t.Locale.Value == "":
		return warning(OfTerminal, "letters", message.New("doctor.letters.unset"), message.New("doctor.letters.remedy", data))
	}
	return warning(OfTerminal, "letters", message.New("doctor.letters.other", data), message.New("doctor.letters.remedy", data))
}

func (t Terminal) language() Finding {
	lang := message.New("doctor.language.es")
	if t.Lang == "en" {
		lang = message.New("doctor.language.en")
	}
	data := message.Data{"Language": lang, "By": t.LangBy, "Asked": t.LangAsked}
	switch {
	case t.LangBy == "":
		return fine(OfTerminal, "language", message.New("doctor.language.default", data))
	case !strings.HasPrefix(strings.ToLower(t.LangAsked), t.Lang):
		return fine(OfTerminal, "language", message.New("doctor.language.missing", data))
	}
	return fine(OfTerminal, "language", message.New("doctor.language.by", data))
}
