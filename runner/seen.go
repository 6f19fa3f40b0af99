package runner

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io/fs"
	"path/filepath"
	"sync"

	"capas/checks"
)

// seen is what the learner was seen to ask the engine for in an attempt. It may be added to beside the rest.
type seen struct {
	mu   sync.Mutex
	list []checks.Asked
}

// mostSeen is how much of it is kept: what a script asks does not fill the disk.
const mostSeen = 500

func (s *seen) add(a checks.Asked) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, a)
	if len(s.list) > mostSeen {
		s.list = s.list[len(s.list)-mostSeen:]
	}
}

// all is never nil: nil would say that nobody could see.
func (s *seen) all() []checks.Asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]checks.Asked{}, s.list...)
}

// read takes over what was kept of an attempt.
func (s *seen) read(data json.RawMessage) error {
	if len(data) == 0 {
		return nil
	}
	if err := json.Unmarshal(data, &s.list); err != nil {
		return fmt.Errorf("reading what was asked in an attempt: %w", err)
	}
	return nil
}

// files is what a folder looked like.
type files struct{ sum uint64 }

// mostFiles is how many are looked at: a folder with more than that is no workspace of a lesson, and nobody waits for it.
const mostFiles = 2000

// changed reports whether the folder looks otherwise than the last time: names, kinds, sizes and times.
func (f *files) changed(dir string) bool {
	h, n := fnv.New64a(), 0
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if n++; n > mostFiles {
			return fs.SkipAll
		}
		if err != nil {
			return nil // what cannot be read looks the same until it can
		}
		if info, err := d.Info(); err == nil {
			fmt.Fprintln(h, path, info.Mode(), info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
	was := f.sum
	f.sum = h.Sum64()
	return f.sum != was
}
