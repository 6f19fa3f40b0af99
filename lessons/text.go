package lessons

import (
	"bytes"
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"capas/internal/strictyaml"
)

// The limits of a lesson file.
const (
	MaxLesson = 1 << 20            // bytes of the file
	MaxBlock  = strictyaml.MaxSize // bytes of its front matter, and of each exercise and quiz
	MaxLines  = 20_000
	MaxLine   = 16 << 10 // bytes of a line
)

// To read Markdown takes time that grows with the square of how deep quotes and lists nest, and of how long a list is.
const (
	maxDepth  = 32  // marks of quotes and list items at the beginning of a line
	maxIndent = 256 // blanks there
)

// text is a stretch of whole lines of a file, and knows where in the file they stand.
type text struct {
	bytes  []byte
	starts []int // where each line begins, and at last the end
	first  int   // the line of the file that the first one is
	cut    []int // columns that each line lost at its beginning; nil where none did
}

// newText takes the bytes as they are: each line ends with \n, the last one too.
func newText(b []byte, first int, cut []int) *text {
	t := &text{bytes: b, first: first, cut: cut, starts: make([]int, 1, 1+bytes.Count(b, []byte("\n")))}
	for i, c := range b {
		if c == '\n' {
			t.starts = append(t.starts, i+1)
		}
	}
	return t
}

func (t *text) count() int { return len(t.starts) - 1 }

// lines are those from one index up to another.
func (t *text) lines(from, to int) []byte { return t.bytes[t.starts[from]:t.starts[to]] }

// from is the rest of the text, beginning with the line of an index.
func (t *text) from(line int) *text {
	return newText(t.lines(line, t.count()), t.first+line, nil)
}

// index is the line that holds an offset.
func (t *text) index(offset int) int {
	i, found := slices.BinarySearch(t.starts, offset)
	if !found {
		i--
	}
	return max(0, min(i, t.count()-1))
}

// place is where an offset stands in the file.
func (t *text) place(offset int) (line, col int) {
	i := t.index(offset)
	return t.moved(i+1, 1+utf8.RuneCount(t.bytes[t.starts[i]:offset]))
}

// moved makes a place within the text, counted from 1, one within the file.
func (t *text) moved(line, col int) (int, int) {
	line = max(1, min(line, t.count()))
	if t.cut != nil && line <= len(t.cut) {
		col += t.cut[line-1]
	}
	return t.first + line - 1, max(1, col)
}

var byteOrderMark = []byte("\ufeff")

// open makes a file's bytes a text: line ends become \n and a byte order mark goes. It reports what no text holds.
func (p *problems) open(src []byte) *text {
	if len(src) > MaxLesson {
		p.at(1, 1, "the file has more than %d bytes: split the lesson", MaxLesson)
		return nil
	}
	src = bytes.TrimPrefix(src, byteOrderMark)
	src = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
	if !bytes.HasSuffix(src, []byte("\n")) {
		src = append(slices.Clip(src), '\n')
	}
	t := newText(src, 1, nil)
	if !p.lines(t) || !p.characters(t) {
		return nil
	}
	return t
}

// lines reports the first line that no lesson needs and that would make reading slow.
func (p *problems) lines(t *text) bool {
	if n := t.count(); n > MaxLines {
		p.at(1, 1, "the file has %d lines: at most %d", n, MaxLines)
		return false
	}
	for i := range t.count() {
		line := t.lines(i, i+1)
		blanks := len(line) - len(bytes.TrimLeft(line, " \t"))
		switch {
		case len(line) > MaxLine:
			p.at(t.first+i, 1, "a line of %d bytes: at most %d", len(line), MaxLine)
		case depth(line) > maxDepth:
			p.at(t.first+i, 1, "more than %d quotes and lists within one another", maxDepth)
		case blanks > maxIndent:
			p.at(t.first+i, 1, "%d blanks at the beginning of a line: at most %d", blanks, maxIndent)
		default:
			continue
		}
		return false
	}
	return true
}

// characters reports the first thing that makes a file no text to show. A terminal would obey control characters, and
// the marks that reorder a line show something else than what is there.
func (p *problems) characters(t *text) bool {
	for i := 0; i < len(t.bytes); {
		if c := t.bytes[i]; c >= ' ' && c < 0x7f || c == '\n' || c == '\t' {
			i++
			continue
		}
		r, size := utf8.DecodeRune(t.bytes[i:])
		line, col := t.place(i)
		switch {
		case r == utf8.RuneError && size == 1:
			p.at(line, col, "the byte %#02x is no UTF-8: save the file as UTF-8", t.bytes[i])
			return false
		case steers(r):
			p.at(line, col, "the control character %U: take it away", r)
			return false
		}
		i += size
	}
	return true
}

// depth counts the marks of quotes and list items at the beginning of a line.
func depth(line []byte) int {
	n := 0
	for i, c := range line[:len(line)-1] {
		blank := line[i+1] == ' ' || line[i+1] == '\t' || line[i+1] == '\n'
		switch {
		case c == '>', blank && bytes.IndexByte([]byte("-*+.)"), c) >= 0:
			n++
		case bytes.IndexByte([]byte(" \t0123456789"), c) < 0:
			return n
		}
	}
	return n
}

// steers reports whether a character could steer a terminal.
func steers(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
}

var entity = regexp.MustCompile(`&#?[0-9A-Za-z]+;`)

// entities reports control characters that are written as HTML entities, which Markdown reads.
func (p *problems) entities(t *text) {
	if !bytes.Contains(t.bytes, []byte("&")) {
		return
	}
	for _, m := range entity.FindAllIndex(t.bytes, -1) {
		written := string(t.bytes[m[0]:m[1]])
		if strings.ContainsFunc(html.UnescapeString(written), steers) {
			line, col := t.place(m[0])
			p.at(line, col, "%s is a control character: take it away", written)
		}
	}
}

// oneLine reports whether a text is one printable line.
func oneLine(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r == '\n' || r == '\t' || steers(r) || unicode.In(r, unicode.Zl, unicode.Zp)
	})
}
