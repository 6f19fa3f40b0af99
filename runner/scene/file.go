package scene

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
)

// writeFile makes a file in the workspace and the folders above it. A file that is there is the learner's and stays.
func writeFile(workspace, name, content string) error {
	root, err := os.OpenRoot(workspace)
	if err != nil {
		return fmt.Errorf("opening the workspace: %w", err)
	}
	defer root.Close()
	name = path.Clean(name)
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return fmt.Errorf("making the folder of %q: %w", name, err)
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("making %q: %w", name, err)
	}
	_, err = io.WriteString(f, content)
	if err := errors.Join(err, f.Close()); err != nil {
		_ = root.Remove(name) // half a file would be kept by the next attempt
		return fmt.Errorf("writing %q: %w", name, err)
	}
	return nil
}
