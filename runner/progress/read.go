package progress

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"

	"capas/internal/message"
)

// Problem is a line of the journal that does not count. It stays in the file.
type Problem struct {
	Path string
	Line int  // counted from 1
	Torn bool // left half-written by a program that was killed: nothing was lost but that line
	Err  error
}

// Text tells the learner.
func (p Problem) Text() message.Text {
	data := message.Data{"Path": p.Path, "Line": p.Line}
	if p.Torn {
		return message.New("progress.torn", data)
	}
	return message.New("progress.broken", data)
}

// Read replays the journal. A journal that is not there yet is an empty state; one that cannot be read is an *Error.
func (j *Journal) Read() (*State, []Problem, error) {
	data, err := j.contents()
	if err != nil {
		return nil, nil, &Error{Path: j.Path(), Err: err}
	}
	entries, problems := parse(j.Path(), data)
	j.mu.Lock()
	defer j.mu.Unlock()
	return replay(append(entries, j.unsaved...)), problems, nil
}

// contents are what the file holds at one moment.
func (j *Journal) contents() ([]byte, error) {
	data, err := readRegular(j.Path())
	if n := len(data); n > 0 && data[n-1] != '\n' {
		// Perhaps a writer is in the middle of this line: look again when it is done.
		// Where no lock can be had (a read-only disk), nobody writes.
		if unlock, err := j.lock(); err == nil {
			defer unlock()
			return readRegular(j.Path())
		}
	}
	return data, err
}

// readRegular reads a file that may be missing. It opens no pipe or device, which could wait for ever.
func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	return os.ReadFile(path)
}

// parse reads every line by itself: what is wrong with one says nothing about the others.
// A last line without its end counts where it is whole, for no part of an object is an object.
func parse(path string, data []byte) (entries []Entry, problems []Problem) {
	for l := range lines(data) {
		if l.err != nil {
			problems = append(problems, l.problem(path))
			continue
		}
		entries = append(entries, l.Entry)
	}
	return entries, problems
}

// line is one that is not blank: an entry, or what is wrong with it.
type line struct {
	Entry
	text   []byte // without its end
	number int    // counted from 1
	torn   bool   // the beginning of an entry
	err    error
}

func (l line) problem(path string) Problem {
	return Problem{Path: path, Line: l.number, Torn: l.torn, Err: l.err}
}

// lines are those of a journal.
func lines(data []byte) iter.Seq[line] {
	return func(yield func(line) bool) {
		for n := 1; len(data) > 0; n++ {
			text, rest, ended := bytes.Cut(data, []byte("\n"))
			data = rest
			if len(bytes.TrimSpace(text)) == 0 {
				continue
			}
			e, err := parseEntry(text)
			if !yield(line{e, text, n, err != nil && (!ended || cutShort(text)), err}) {
				return
			}
		}
	}
}

// cutShort reports whether a line is the beginning of an object.
func cutShort(line []byte) bool {
	var e Entry
	return errors.Is(json.NewDecoder(bytes.NewReader(line)).Decode(&e), io.ErrUnexpectedEOF)
}

// parseEntry takes verbs and fields that it does not know: a newer capas may have written them.
func parseEntry(line []byte) (Entry, error) {
	var e Entry
	if err := json.Unmarshal(line, &e); err != nil {
		return Entry{}, err
	}
	switch {
	case e.ID == "":
		return Entry{}, errors.New("an entry without id")
	case e.Time.IsZero():
		return Entry{}, errors.New("an entry without time")
	case e.Verb == "":
		return Entry{}, errors.New("an entry without verb")
	}
	return e, nil
}
