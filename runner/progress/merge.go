package progress

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	utf "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"capas/internal/message"
)

// MaxMerge is how large another journal may be, in bytes: some fifty times that of a whole course.
const MaxMerge = 16 << 20

const (
	maxLine   = 16 << 10       // of another journal, in bytes: ours have a few hundred
	maxBroken = 1000           // lines of another journal; one with more is none
	ahead     = 24 * time.Hour // how far the clock of another machine may be ahead of ours
)

var (
	// ErrTooLarge says that a file is larger than any journal.
	ErrTooLarge = errors.New("larger than any journal")
	// ErrNotAJournal says that a file is something else.
	ErrNotAJournal = errors.New("not a journal")
)

// Merged is what came of another journal.
type Merged struct {
	Added   int       // entries that were not here
	Known   int       // entries that were
	Newer   int       // those of the added ones that a newer capas wrote: they are kept, and this one does not understand them
	LeftOut []LeftOut // lines that were not taken
}

// LeftOut is a line of another journal that was not taken, and why.
type LeftOut struct {
	Line int // counted from 1
	Err  error
}

var (
	errTorn    = errors.New("the line is cut short")
	errTooLong = errors.New("the line is too long")
	errFuture  = errors.New("the entry has a time that has not come")
)

// Text tells the learner.
func (l LeftOut) Text() message.Text {
	data := message.Data{"Line": l.Line}
	switch {
	case errors.Is(l.Err, errTorn):
		return message.New("progress.merge.torn", data)
	case errors.Is(l.Err, errTooLong):
		return message.New("progress.merge.long", data)
	case errors.Is(l.Err, errFuture):
		return message.New("progress.merge.future", data)
	}
	return message.New("progress.merge.broken", data)
}

// Merge adds the entries of another journal that this one lacks, all or none: whichever of two journals takes the other, and
// however often, the same entries are there in the end, in the order of their time. Its error is an *Error, ErrNotAJournal
// or ErrTooLarge.
//
// What could do harm is left out: lines that are no entries, those of many times the size of ours, and those more than a day
// ahead of this machine's clock, which would outdate all that is done from now on.
func (j *Journal) Merge(other io.Reader) (Merged, error) {
	data, err := io.ReadAll(io.LimitReader(other, MaxMerge+1))
	switch {
	case err != nil:
		return Merged{}, fmt.Errorf("reading another journal: %w", err)
	case len(data) > MaxMerge:
		return Merged{}, ErrTooLarge
	}
	theirs, m, err := readOther(data, time.Now().Add(ahead))
	if err != nil || len(theirs) == 0 {
		return m, err
	}
	err = j.alone(func() error {
		ours, err := readRegular(j.Path())
		if err != nil {
			return err
		}
		var merged []byte
		merged, m = merge(ours, theirs, m)
		if m.Added == 0 {
			return nil
		}
		return j.rewrite(merged)
	})
	if err != nil {
		return Merged{}, &Error{Path: j.Path(), Writing: true, Err: err}
	}
	return m, nil
}

// readOther takes of another journal what counts, each entry once.
func readOther(data []byte, latest time.Time) (list []line, m Merged, err error) {
	entries, broken, torn := 0, 0, 0
	for l := range lines(asUTF8(data)) {
		entries += count(l.err == nil)
		broken += count(l.err != nil)
		torn += count(cutShort(l.text))
		if broken > maxBroken {
			return nil, Merged{}, ErrNotAJournal
		}
		if err := l.unfit(latest); err != nil {
			m.LeftOut = append(m.LeftOut, LeftOut{l.number, err})
			continue
		}
		list = append(list, l)
	}
	if entries == 0 && broken > torn {
		return nil, Merged{}, ErrNotAJournal
	}
	return once(list), m, nil
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// asUTF8 undoes what a shell of Windows makes of what a program prints: UTF-16, or a mark before it.
func asUTF8(data []byte) []byte {
	if text, _, err := transform.Bytes(utf.BOMOverride(encoding.Nop.NewDecoder()), data); err == nil {
		return text
	}
	return data
}

func (l line) unfit(latest time.Time) error {
	switch {
	case l.err != nil && cutShort(l.text):
		return errTorn
	case l.err != nil:
		return l.err
	case len(l.text) > maxLine:
		return errTooLong
	case l.Time.After(latest):
		return errFuture
	}
	return nil
}

// key tells entries apart. Two with one id differ only where a hand has edited one: both are kept, and replay chooses.
func (l line) key() Entry {
	e := l.Entry
	e.Time = e.Time.UTC()
	return e
}

func once(list []line) []line {
	seen := map[Entry]bool{}
	return slices.DeleteFunc(list, func(l line) bool {
		again := seen[l.key()]
		seen[l.key()] = true
		return again
	})
}

// merge puts the lines of two journals in the order of their time. None of ours is changed; one that is broken stays behind the
// line that it follows.
func merge(ours []byte, theirs []line, m Merged) ([]byte, Merged) {
	var all []line
	known := map[Entry]bool{}
	for l := range lines(ours) {
		if n := len(all); n > 0 && l.err != nil {
			all[n-1].text = slices.Concat(all[n-1].text, []byte("\n"), l.text)
			continue
		}
		known[l.key()] = l.err == nil
		all = append(all, l)
	}
	for _, l := range theirs {
		if known[l.key()] {
			m.Known++
			continue
		}
		m.Added++
		m.Newer += count(l.newer())
		l.text = printable(l.text)
		all = append(all, l)
	}
	return inOrder(all), m
}

// inOrder is a journal of these lines.
func inOrder(list []line) []byte {
	slices.SortStableFunc(list, func(a, b line) int { return order(a.Entry, b.Entry) })
	var out bytes.Buffer
	for _, l := range list {
		out.Write(l.text)
		out.WriteByte('\n')
	}
	return out.Bytes()
}

// newer reports whether the line says something that this capas does not know.
func (l line) newer() bool {
	var e Entry
	strict := json.NewDecoder(bytes.NewReader(l.text))
	strict.DisallowUnknownFields()
	return strict.Decode(&e) != nil || !tellsOfAnItem[e.Verb] && e.Verb != Reset && e.Verb != Restored
}

// rewrite puts a journal in the place of the one that is there, at once. It needs the lock.
func (j *Journal) rewrite(data []byte) error {
	path := j.Path()
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // somebody keeps it elsewhere
	}
	return replace(path, data)
}

// Export is what of the journal can be taken elsewhere: every line that counts, once, in the order of time, as it was written,
// but for characters that could steer a terminal, which are escaped. The lines that do not count are told beside it. Its
// error is an *Error.
func (j *Journal) Export() ([]byte, []Problem, error) {
	data, err := j.contents()
	if err != nil {
		return nil, nil, &Error{Path: j.Path(), Err: err}
	}
	var list []line
	var problems []Problem
	for l := range lines(data) {
		if l.err != nil {
			problems = append(problems, l.problem(j.Path()))
			continue
		}
		l.text = printable(l.text)
		list = append(list, l)
	}
	return inOrder(once(list)), problems, nil
}

// printable is an entry's text without blanks, and without what could steer a terminal.
func printable(text []byte) []byte {
	var short bytes.Buffer
	if err := json.Compact(&short, text); err != nil {
		panic(fmt.Sprintf("an entry that is no JSON: %v", err)) // it was read as such
	}
	out := make([]byte, 0, short.Len())
	for _, r := range short.String() { // a byte that is no text comes as U+FFFD
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			out = fmt.Appendf(out, `\u%04x`, r) // it can only stand within a string
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}
