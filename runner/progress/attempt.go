package progress

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"capas/internal/message"
)

// Attempt is one try at an item, from its beginning on.
type Attempt struct {
	Lesson   string            `json:"lesson"`
	Item     string            `json:"item"`
	Hash     string            `json:"hash,omitempty"`
	Began    time.Time         `json:"began"`
	Engine   string            `json:"engine,omitempty"`   // on which it is made: "embedded", or "" for the one that docker talks to
	Baseline json.RawMessage   `json:"baseline,omitempty"` // of checks, which alone understands it
	Values   map[string]string `json:"values,omitempty"`   // what variables stand for: picked values and chosen images
	Asked    json.RawMessage   `json:"asked,omitempty"`    // what the learner was seen to ask the engine for; of checks too
	Made     []string          `json:"made,omitempty"`     // names on the engine that were not there before, and are the course's
}

// Attempts are the attempts under way, a file each, below a state directory.
type Attempts struct{ Dir string }

// BrokenAttempt says that an attempt could not be understood. The attempt begins anew; the file was set aside, not thrown away.
type BrokenAttempt struct {
	Path  string
	Aside string // where it is now; "" where it could not be moved
	Err   error
}

func (e *BrokenAttempt) Error() string {
	return fmt.Sprintf("reading attempt %s (set aside as %q): %v", e.Path, e.Aside, e.Err)
}

func (e *BrokenAttempt) Unwrap() error { return e.Err }

// Text tells the learner.
func (e *BrokenAttempt) Text() message.Text {
	if e.Aside == "" {
		return message.New("progress.attempt.stuck", message.Data{"Path": e.Path})
	}
	return message.New("progress.attempt.broken", message.Data{"Path": e.Path, "Aside": e.Aside})
}

// Load returns the attempt at an item, or nil where there is none. Its error is a *BrokenAttempt or an *Error.
func (a Attempts) Load(course, item string) (*Attempt, error) {
	path, err := a.path(course, item)
	if err != nil {
		return nil, err
	}
	data, err := readRegular(path)
	if err != nil {
		return nil, &Error{Path: path, Err: err}
	}
	if data == nil {
		return nil, nil
	}
	var attempt *Attempt
	if err := json.Unmarshal(data, &attempt); err != nil {
		return nil, setAside(path, err)
	}
	if attempt == nil || attempt.Item != item {
		return nil, setAside(path, fmt.Errorf("not an attempt at %q", item))
	}
	return attempt, nil
}

// All returns the attempts at items of a course. Those that cannot be understood are left out, and left alone.
func (a Attempts) All(course string) ([]*Attempt, error) {
	dir := filepath.Join(a.Dir, "attempts", course)
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &Error{Path: dir, Err: err}
	}
	var all []*Attempt
	for _, f := range files {
		var attempt *Attempt
		data, err := readRegular(filepath.Join(dir, f.Name()))
		if err == nil && filepath.Ext(f.Name()) == ".json" && json.Unmarshal(data, &attempt) == nil && attempt != nil {
			all = append(all, attempt)
		}
	}
	return all, nil
}

// Save keeps the attempt, whole or not at all. Its error is an *Error.
func (a Attempts) Save(course string, attempt *Attempt) error {
	path, err := a.path(course, attempt.Item)
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(attempt, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the attempt at %q: %w", attempt.Item, err)
	}
	err = os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = replace(path, append(data, '\n'))
	}
	if err != nil {
		return &Error{Path: path, Writing: true, Err: err}
	}
	return nil
}

// Forget ends the attempt at an item: the next one begins anew. What it made stays known as the course's.
// Its error is a *BrokenAttempt or an *Error.
func (a Attempts) Forget(course, item string) error {
	attempt, err := a.Load(course, item)
	switch {
	case err != nil || attempt == nil:
		return err
	case len(attempt.Made) == 0:
		return a.Remove(course, item)
	}
	return a.Save(course, &Attempt{Lesson: attempt.Lesson, Item: attempt.Item, Made: attempt.Made})
}

// Forgotten reports whether Forget left no more of the attempt than what it made.
func (a *Attempt) Forgotten() bool { return a.Began.IsZero() }

// Remove ends the attempt at an item. One that is not there is no error.
func (a Attempts) Remove(course, item string) error {
	path, err := a.path(course, item)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &Error{Path: path, Writing: true, Err: err}
	}
	return nil
}

// safeID is what a lesson's author may call a course or an item where it becomes the name of a file, on any system.
var safeID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

func (a Attempts) path(course, item string) (string, error) {
	for _, id := range []string{course, item} {
		if !safeID.MatchString(id) || id[len(id)-1] == '.' || !filepath.IsLocal(id) {
			return "", fmt.Errorf("id %q cannot be the name of a file: use letters, digits and '-'", id)
		}
	}
	return filepath.Join(a.Dir, "attempts", course, item+".json"), nil
}

func setAside(path string, cause error) error {
	for n := 1; ; n++ {
		aside := fmt.Sprintf("%s.broken-%d", path, n)
		if _, err := os.Lstat(aside); err == nil {
			continue
		}
		if err := os.Rename(path, aside); err != nil {
			aside, cause = "", errors.Join(cause, err)
		}
		return &BrokenAttempt{Path: path, Aside: aside, Err: cause}
	}
}

// replace puts data where a reader finds the old file or the new one, and never a part.
func replace(path string, data []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	syncDir(dir)
	return nil
}
