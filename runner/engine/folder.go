package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fsnotify/fsnotify"
)

// mostFolders bounds how many folders are followed. A learner's workspace has a few; one that has more was pointed at by mistake.
const mostFolders = 1000

// folder follows what happens below a path that need not be there yet.
type folder struct {
	root     string
	watcher  *fsnotify.Watcher
	followed int    // folders
	above    string // where the root is missing: the nearest folder that is there, which is followed instead
}

func openFolder(root string) (*folder, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watching folders: %w", err)
	}
	f := &folder{root: root, watcher: w}
	if err := f.begin(); err != nil {
		_ = w.Close()
		return nil, err
	}
	return f, nil
}

// begin follows the root, or where it is missing the nearest folder above that is there.
func (f *folder) begin() error {
	for _, path := range f.watcher.WatchList() {
		_ = f.watcher.Remove(path)
	}
	for {
		near := nearestFolder(f.root)
		if near == f.root {
			f.above, f.followed = "", 0
			return f.add(f.root)
		}
		f.above = near
		if err := f.watcher.Add(near); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("watching folder %s: %w", near, err)
		}
		if nearestFolder(f.root) == near {
			return nil
		}
		_ = f.watcher.Remove(near) // something came or went in between
	}
}

func nearestFolder(path string) string {
	for {
		if isFolder(path) || filepath.Dir(path) == path {
			return path
		}
		path = filepath.Dir(path)
	}
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// add follows a folder and those in it. Each is followed before it is read, so that none slips through in between.
func (f *folder) add(dir string) error {
	if f.followed++; f.followed > mostFolders {
		return nil
	}
	err := f.watcher.Add(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // gone again
	}
	if err != nil {
		return fmt.Errorf("watching folder %s: %w", dir, err)
	}
	entries, _ := os.ReadDir(dir) // what cannot be read cannot be followed
	for _, e := range entries {
		if e.IsDir() && e.Name() != ".git" {
			if err := f.add(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *folder) follow(ctx context.Context, out chan<- Change) {
	defer f.watcher.Close()
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-f.watcher.Events:
			if c := f.apply(e); c.What != 0 {
				send(ctx, out, c)
			}
		case err := <-f.watcher.Errors: // too much at once: some of it was not seen
			send(ctx, out, Change{What: Workspace, Err: errors.Join(err, f.begin())})
		}
	}
}

// apply answers with what the event says about the workspace; with nothing while that is not there.
func (f *folder) apply(e fsnotify.Event) Change {
	gone := e.Has(fsnotify.Remove) || e.Has(fsnotify.Rename)
	switch {
	case f.above != "":
		return f.await(gone && e.Name == f.above)
	case gone && e.Name == f.root:
		return Change{What: Workspace, Err: f.begin()}
	case e.Has(fsnotify.Create) && isOwnFolder(e.Name):
		return Change{What: Workspace, Err: f.add(e.Name)}
	}
	return Change{What: Workspace}
}

// await looks whether the root is nearer than before.
func (f *folder) await(lost bool) Change {
	if !lost && nearestFolder(f.root) == f.above {
		return Change{}
	}
	if err := f.begin(); err != nil || f.above == "" {
		return Change{What: Workspace, Err: err}
	}
	return Change{}
}

// isOwnFolder is isFolder, but for links: those lead elsewhere.
func isOwnFolder(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir()
}
