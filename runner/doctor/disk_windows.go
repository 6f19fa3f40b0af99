package doctor

import (
	"os"

	"golang.org/x/sys/windows"
)

// diskOf is the disk that holds a folder.
func diskOf(path string) (Disk, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return Disk{}, err
	}
	d := Disk{Path: path}
	err = windows.GetDiskFreeSpaceEx(name, &d.Free, &d.Total, nil)
	return d, err
}

// foreign is not known here.
func foreign(os.FileInfo) bool { return false }
