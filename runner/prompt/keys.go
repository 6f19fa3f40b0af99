package prompt

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The keys that survey knows, as a terminal sends them.
const (
	keyUp     = "\x1b[A"
	keyDown   = "\x1b[B"
	keyRight  = "\x1b[C"
	keyLeft   = "\x1b[D"
	keyHome   = "\x1b[H"
	keyEnd    = "\x1b[F"
	keyRemove = "\x1b[3~"
	escape    = "\x1b"
	ctrlC     = "\x03"
	ctrlD     = "\x04"
)

// sameKey holds other terminals' ways to send the same keys.
var sameKey = map[string]string{
	"\x1bOA": keyUp, "\x1bOB": keyDown, "\x1bOC": keyRight, "\x1bOD": keyLeft,
	"\x1bOH": keyHome, "\x1b[1~": keyHome, "\x1b[7~": keyHome,
	"\x1bOF": keyEnd, "\x1b[4~": keyEnd, "\x1b[8~": keyEnd,
}

// oneKey is a control sequence, another escape sequence, Alt and a letter, or a letter.
var oneKey = regexp.MustCompile(`^(?:\x1b+\[[0-?]*[ -/]*[@-~]|\x1b+O[ -~]|\x1b+[^\[O\x1b]|[^\x1b])`)

// cutKey splits what a terminal sent after its first key. A key that has not come whole yet is "".
func cutKey(sent string) (key, rest string) {
	if !utf8.FullRuneInString(strings.TrimLeft(sent, escape)) {
		return "", sent
	}
	key = oneKey.FindString(sent)
	if key == "" { // a sequence that breaks off where the next key begins?
		key = sent[:1+strings.IndexFunc(sent[1:], unicode.IsControl)]
	}
	rest = sent[len(key):]
	if same, ok := sameKey[key]; ok {
		key = same
	}
	return key, rest
}

// lineKey lets through what edits a line, and the terminal's answer to "where is the cursor?". What survey would
// misread (it takes Ctrl and an arrow for letters) is dropped. Before Enter the cursor goes to the end of what is typed.
func lineKey(key string) string {
	switch {
	case key == "\r", key == "\n":
		return keyEnd + key
	case !strings.HasPrefix(key, escape),
		key == keyUp, key == keyDown, key == keyRight, key == keyLeft, key == keyHome, key == keyEnd, key == keyRemove,
		strings.HasPrefix(key, "\x1b[") && strings.HasSuffix(key, "R"):
		return key
	}
	return ""
}

// menuKeys turns keys into moves through a menu: a letter goes to the next option that begins with it, a number to that
// option. It follows where the menu stands, which survey does not tell.
type menuKeys struct {
	options []string
	at      int
	marked  map[int]bool // nil where one is chosen
}

// chosen are the options that are marked.
func (m *menuKeys) chosen() []int { return slices.Sorted(maps.Keys(m.marked)) }

func (m *menuKeys) mark() {
	if m.marked[m.at] {
		delete(m.marked, m.at)
	} else if m.marked != nil {
		m.marked[m.at] = true
	}
}

func (m *menuKeys) translate(key string) string {
	switch key {
	case keyUp, "\x10", "\x1b[Z": // Ctrl-P and Shift-Tab too
		return m.moveTo(m.at - 1)
	case keyDown, "\x0e", "\t":
		return m.moveTo(m.at + 1)
	case keyHome:
		return m.moveTo(0)
	case keyEnd:
		return m.moveTo(len(m.options) - 1)
	case "\r", "\n":
		return key
	case " ":
		m.mark()
		return key
	}
	if to, ok := m.named(key); ok {
		return m.moveTo(to)
	}
	return ""
}

func (m *menuKeys) moveTo(to int) string {
	n := len(m.options)
	steps := (to - m.at + n) % n
	m.at = (to + n) % n
	if steps == n-1 {
		return keyUp
	}
	return strings.Repeat(keyDown, steps)
}

// named is the option that a letter or a number means.
func (m *menuKeys) named(key string) (int, bool) {
	for i := range m.options {
		to := (m.at + 1 + i) % len(m.options)
		if strings.EqualFold(initial(m.options[to]), key) {
			return to, true
		}
	}
	return number(key, len(m.options))
}

func initial(option string) string {
	for _, r := range option {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return string(r)
		}
	}
	return ""
}
