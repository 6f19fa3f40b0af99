package dockercli

import (
	"os"
	"path/filepath"
	"runtime"
)

// Link puts this program into a folder by the name of docker, so that a shell whose PATH has the folder finds it as that. What is
// there is replaced at once, or left where it is this program already. The folder is made where it is missing.
func Link(dir string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	link := filepath.Join(dir, fileName())
	if at, err := os.Readlink(link); err == nil && at == self {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	beside, err := os.MkdirTemp(dir, "link-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(beside)
	made := filepath.Join(beside, fileName())
	if os.Symlink(self, made) != nil { // as on a Windows that lets nobody make one
		if err := os.Link(self, made); err != nil {
			return err
		}
	}
	return os.Rename(made, link)
}

func fileName() string {
	if runtime.GOOS == "windows" {
		return "docker.exe"
	}
	return "docker"
}

// Linked reports whether the file, as a shell finds it, is this program.
func Linked(file string) bool {
	self, err := os.Executable()
	if err != nil {
		return false
	}
	a, errA := os.Stat(file)
	b, errB := os.Stat(self)
	return errA == nil && errB == nil && os.SameFile(a, b)
}
