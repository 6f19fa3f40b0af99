package progress

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Reset forgets what came before: of an item, of a lesson where item is "", of the course where lesson is "" too. What is done
// afterwards stays, and what a merge brings from before is forgotten as well: the time of an entry decides, not its place.
// First the journal is copied to a file beside it, which is returned; "" where there was no journal. Its error is an *Error,
// and nothing is forgotten then.
func (j *Journal) Reset(course, lesson, item string) (kept string, err error) {
	err = j.alone(func() error {
		if kept, err = j.keep(time.Now()); err != nil {
			return err
		}
		return j.write(identified(Entry{Course: course, Lesson: lesson, Item: item, Verb: Reset}))
	})
	if err != nil {
		return "", &Error{Path: j.Path(), Writing: true, Err: err}
	}
	return kept, nil
}

// Restore takes a reset back: what it forgot counts again, and so does what was done since.
func (j *Journal) Restore(reset Entry) error {
	return j.Append(Entry{Course: reset.Course, Lesson: reset.Lesson, Item: reset.Item, Verb: Restored, Detail: reset.ID})
}

// keep copies the journal, as it is, to a file that bears the date. It needs the lock.
func (j *Journal) keep(now time.Time) (string, error) {
	data, err := readRegular(j.Path())
	if err != nil || data == nil {
		return "", err
	}
	f, err := createBeside(filepath.Join(j.dir, now.Format("progress-2006-01-02-150405")))
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return "", err
	}
	syncDir(j.dir)
	return f.Name(), nil
}

// createBeside makes a new file with that name and our ending, or with a number where one has it already.
func createBeside(name string) (*os.File, error) {
	path := name + ".jsonl"
	for n := 2; ; n++ {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
		path = fmt.Sprintf("%s-%d.jsonl", name, n)
	}
}
