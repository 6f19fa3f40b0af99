package progress

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

const (
	journalName = "progress.jsonl"
	lockName    = journalName + ".lock"
	lockWait    = 10 * time.Second // a writer holds the lock for one line: longer means that it was stopped
	lockRetry   = 3 * time.Millisecond
	tailSize    = 64 << 10
)

// Journal is the file of all that happened. Any number of programs may append to it at once.
type Journal struct {
	dir string

	mu      sync.Mutex
	unsaved []Entry // what could not be written yet: it counts as long as the program runs
}

// Open returns the journal of a state directory. It touches no file: the first Append makes what is missing.
func Open(dir string) (*Journal, error) {
	if dir == "" {
		return nil, errors.New("opening the journal: no state directory")
	}
	return &Journal{dir: dir}, nil
}

// Path is the journal's file.
func (j *Journal) Path() string { return filepath.Join(j.dir, journalName) }

// Append adds one line, whole and synced, or leaves the journal as it was: then its error is an *Error, the entry still
// counts for this Journal, and the next Append writes it first.
func (j *Journal) Append(e Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.unsaved = append(j.unsaved, identified(e))
	if err := j.flush(); err != nil {
		return &Error{Path: j.Path(), Writing: true, Err: err}
	}
	return nil
}

func identified(e Entry) Entry {
	e.ID = rand.Text()
	e.Time = after(e.Time, time.Time{})
	return e
}

func (j *Journal) flush() error {
	return j.alone(func() error {
		for len(j.unsaved) > 0 {
			if err := j.write(j.unsaved[0]); err != nil {
				return err
			}
			j.unsaved = j.unsaved[1:]
		}
		return nil
	})
}

// alone does something while nobody else writes, in a directory that is there.
func (j *Journal) alone(do func() error) error {
	if err := os.MkdirAll(j.dir, 0o700); err != nil {
		return err
	}
	unlock, err := j.lock()
	if err != nil {
		return err
	}
	defer unlock()
	return do()
}

// lock waits for its turn. Each call takes a lock of its own, so that it also holds between goroutines.
func (j *Journal) lock() (unlock func(), err error) {
	l := flock.New(filepath.Join(j.dir, lockName), flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	if _, err := l.TryLockContext(ctx, lockRetry); err != nil {
		return nil, fmt.Errorf("locking the journal: %w", err)
	}
	return func() { _ = l.Unlock() }, nil
}

// write adds an entry to the file. It needs the lock.
func (j *Journal) write(e Entry) error {
	f, err := os.OpenFile(j.Path(), os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	return appendLine(f, e)
}

// appendLine writes the entry after what the file holds.
func appendLine(f *os.File, e Entry) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	tail, err := readTail(f, size)
	if err != nil {
		return err
	}
	e.Time = after(e.Time, lastTime(tail))
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	if size > 0 && !bytes.HasSuffix(tail, []byte("\n")) {
		line = append([]byte("\n"), line...) // ends what a killed writer left, so that nothing is glued to it
	}
	if _, err := f.Write(line); err != nil {
		_ = f.Truncate(size) // a full disk took a part of it
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if size == 0 {
		syncDir(filepath.Dir(f.Name()))
	}
	return nil
}

func readTail(f *os.File, size int64) ([]byte, error) {
	n := min(size, tailSize)
	tail := make([]byte, n)
	_, err := f.ReadAt(tail, size-n)
	if err != nil && err != io.EOF {
		return nil, err
	}
	return tail, nil
}

// lastTime is that of the last line that can be read.
func lastTime(tail []byte) time.Time {
	lines := bytes.Split(tail, []byte("\n"))
	for i := len(lines) - 1; i >= 0; i-- {
		if e, err := parseEntry(lines[i]); err == nil {
			return e.Time
		}
	}
	return time.Time{}
}

// after is t, or a moment after the last line's time: replay sorts by time, and a clock that was set back,
// or ticks slowly, must not let a «reset» forget what came after it.
func after(t, last time.Time) time.Time {
	if t.IsZero() {
		t = time.Now()
	}
	t = t.UTC().Round(0)
	if !t.After(last) && last.Year() < 9999 { // the largest year that JSON holds
		t = last.UTC().Add(time.Nanosecond)
	}
	return t
}

// syncDir makes a new name durable where the system can; where it cannot, nothing is lost but a moment of safety.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
