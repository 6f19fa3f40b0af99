package doctor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"capas/internal/message"
	"capas/runner/progress"
)

// Files are the folders that capas writes to.
type Files struct {
	State, Work Folder
	Journal     error              // why the journal cannot be read
	Lines       []progress.Problem // of the journal, that do not count
}

// Folder is one of them. It need not be there yet: then it is what stands above it that has to let it be made.
type Folder struct {
	Path  string
	Err   error  // why nothing can be written
	Where string // the file or folder that the error is about
	Disk  *Disk
}

func lookAtFiles(o Options) *Files {
	f := &Files{State: folderAt(o.State), Work: folderAt(o.Workspaces)}
	if f.State.Err == nil {
		f.State.Where, f.State.Err = unusable(o.State)
	}
	journal, err := progress.Open(o.State)
	if err == nil {
		_, f.Lines, err = journal.Read()
	}
	f.Journal = err
	return f
}

func folderAt(path string) Folder {
	f := Folder{Path: path}
	near, err := nearest(path)
	if err == nil {
		err = tryToWrite(near)
	}
	if err != nil {
		f.Err, f.Where = err, near
	}
	if d, err := diskOf(near); err == nil {
		d.Path = path
		f.Disk = &d
	}
	return f
}

// nearest is a folder, or the nearest one above it that is there.
func nearest(path string) (string, error) {
	for ; ; path = filepath.Dir(path) {
		info, err := os.Stat(path)
		switch {
		case err == nil && !info.IsDir():
			return path, syscall.ENOTDIR
		case err == nil:
			return path, nil
		case path == filepath.Dir(path) || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR):
			return path, err
		}
	}
}

// tryToWrite writes a little into a folder and takes it away again: rights alone do not tell of a full disk.
func tryToWrite(dir string) error {
	f, err := os.CreateTemp(dir, ".capas-doctor-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(make([]byte, 4<<10))
	return errors.Join(err, f.Close())
}

// unusable finds what of the state cannot be used, as a «sudo capas» leaves it: a folder that takes no file, a file that
// cannot be read.
func unusable(dir string) (where string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		where = path
		switch {
		case errors.Is(err, fs.ErrNotExist): // gone meanwhile, or not there yet
			return nil
		case err != nil:
			return err
		case d.IsDir():
			return tryToWrite(path)
		case d.Type().IsRegular():
			return tryToOpen(path)
		}
		return nil
	})
	return where, err
}

func tryToOpen(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

func judgeFiles(f *Files) []Finding {
	if f == nil {
		return slow(OfFiles, "state")
	}
	const lines = 50 << 20 // more than any journal grows to
	const work = 500 << 20 // what people build needs room beside its image
	list := []Finding{
		f.State.judge("state", lines, message.New("doctor.files.state", f.State.data()), "XDG_STATE_HOME"),
		f.Work.judge("workspace", work, message.New("doctor.files.work", f.Work.data()), "CAPAS_WORKSPACE"),
	}
	return append(list, f.journal()...)
}

func (f Folder) data() message.Data {
	data := message.Data{"Path": f.Path, "Free": "?"}
	if f.Disk != nil {
		data["Free"] = size(f.Disk.Free)
	}
	return data
}

func (f Folder) judge(id string, enough uint64, found message.Text, variable string) Finding {
	switch {
	case f.Err != nil:
		why := (&progress.Error{Err: f.Err}).Why()
		return problem(OfFiles, id, message.New("doctor.files.unwritable", message.Data{"Path": f.Where, "Why": why}), f.remedy(variable))
	case f.Disk == nil:
		return fine(OfFiles, id, found)
	}
	return f.Disk.judge(OfFiles, id, enough, found, message.New("doctor.files.make-room"))
}

// remedy is what helps against the error of a folder; variable is what chooses another one.
func (f Folder) remedy(variable string) message.Text {
	info, err := os.Lstat(f.Where)
	data := message.Data{"Variable": variable, "Path": f.Where}
	switch {
	case errors.Is(f.Err, syscall.ENOSPC), errors.Is(f.Err, syscall.EDQUOT):
		return message.New("doctor.files.make-room")
	case errors.Is(f.Err, syscall.EROFS), !errors.Is(f.Err, fs.ErrPermission):
		return message.New("doctor.files.elsewhere", data)
	case err == nil && foreign(info) && within(f.Where, f.Path):
		return message.New("doctor.files.own", message.Data{"Command": `sudo chown -R "$USER" ` + f.Path})
	case within(f.Where, f.Path):
		return typing("chmod -R u+rwX " + f.Path)
	}
	return message.New("doctor.files.elsewhere", data)
}

// within reports whether a path is a folder or something in it: what stands above is nobody's to give away.
func within(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// journal tells of what cannot be read of it. That it cannot be written is told with its folder.
func (f *Files) journal() []Finding {
	if f.Journal != nil && f.State.Err == nil {
		var e *progress.Error
		if errors.As(f.Journal, &e) {
			return []Finding{problem(OfFiles, "journal", e.Advice().Reason, e.Advice().Remedy)}
		}
	}
	var list []Finding
	for _, p := range f.Lines {
		list = append(list, warning(OfFiles, "journal", p.Text(), typing("capas progress")))
	}
	return list
}
