package progress

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
	entries, problems, err := j.entries()
	if err != nil {
		return nil, nil, &Error{Path: j.Path(), Err: err}
	}
	for i := range problems {
		problems[i].Path = j.Path()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return replay(append(entries, j.unsaved...)), problems, nil
}

func (j *Journal) entries() ([]Entry, []Problem, error) {
	data, err := readRegular(j.Path())
	if err != nil {
		return nil, nil, err
	}
	if n := len(data); n > 0 && data[n-1] != '\n' {
		// Perhaps a writer is in the middle of this line: look again when it is done.
		// Where no lock can be had (a read-only disk), nobody writes.
		if unlock, err := j.lock(); err == nil {
			data, err = readRegular(j.Path())
			unlock()
			if err != nil {
				return nil, nil, err
			}
		}
	}
	entries, problems := parse(data)
	return entries, problems, nil
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
func parse(data []byte) (entries []Entry, problems []Problem) {
	for n := 1; len(data) > 0; n++ {
		line, rest, ended := bytes.Cut(data, []byte("\n"))
		data = rest
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		e, err := parseEntry(line)
		if err != nil {
			problems = append(problems, Problem{Line: n, Torn: !ended || cutShort(line), Err: err})
			continue
		}
		entries = append(entries, e)
	}
	return entries, problems
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
