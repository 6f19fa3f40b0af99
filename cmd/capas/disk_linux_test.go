package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// fullDisk puts the journal on a disk of its own on which nothing else fits.
func fullDisk(t *testing.T, journal string) error {
	text, err := os.ReadFile(journal)
	if err != nil {
		return err
	}
	dir := filepath.Dir(journal)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16k,mode=0777"); err != nil {
		return err
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, 0) })
	if err := allOf(os.WriteFile(journal, text, 0o666), os.WriteFile(journal+".lock", nil, 0o666), os.Chmod(journal, 0o666), os.Chmod(journal+".lock", 0o666)); err != nil {
		return err
	}
	filler, err := os.Create(dir + "/filler")
	if err != nil {
		return err
	}
	defer filler.Close()
	for err == nil {
		_, err = filler.Write(make([]byte, 1<<10))
	}
	// the journal's own last page has room: it is filled with blank lines, which are none
	f, err := os.OpenFile(journal, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write([]byte("\n"))
	}
	return nil
}
