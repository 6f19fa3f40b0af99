package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/kballard/go-shellquote"

	"capas/internal/message"
	"capas/runner/engine"
	"capas/runner/progress"
)

// Files are the folders that capas writes to.
type Files struct {
	State, Work, Registry Folder
	Journal               error              // why the journal cannot be read
	Lines                 []progress.Problem // of the journal, that do not count
}

// Folder is one of them. It need not be there yet: then it is what stands above it that has to let it be made.
type Folder struct {
	Path    string
	Err     error  // why nothing can be written
	Where   string // the file or folder that the error is about
	Foreign bool   // that belongs to another user
	Disk    *Disk
}

func lookAtFiles(o Options) *Files {
	f := &Files{State: folderAt(o.State), Work: folderAt(o.Workspaces), Registry: folderAt(o.Registry)}
	if f.State.Err == nil {
		f.State.blame(unusable(o.State))
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
	f.blame(near, err)
	if d, err := diskOf(near); err == nil {
		d.Path = path
		f.Disk = &d
	}
	return f
}

// blame notes what stands in the way, if something does.
func (f *Folder) blame(where string, err error) {
	if err == nil {
		return
	}
	f.Err, f.Where = err, where
	info, err := os.Lstat(where)
	f.Foreign = err == nil && foreign(info)
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
	list := []Finding{f.State.judgeState(), f.Work.judgeWork(), f.Registry.judgeRegistry()}
	return append(list, f.journal()...)
}

func (f Folder) data() message.Data {
	data := message.Data{"Path": f.Path, "Free": "?"}
	if f.Disk != nil {
		data["Free"] = size(f.Disk.Free)
	}
	return data
}

func (f Folder) judgeState() Finding {
	const enough = 50 << 20 // more than any journal grows to
	if f.Err != nil {
		return f.unwritable("state", message.New("doctor.files.state-unwritable", f.why()), "XDG_STATE_HOME")
	}
	return f.room("state", enough, message.New("doctor.files.state", f.data()))
}

func (f Folder) judgeWork() Finding {
	const enough = 500 << 20 // what people build lies here first
	if f.Err != nil {
		return f.unwritable("workspace", message.New("doctor.files.work-unwritable", f.why()), "CAPAS_WORKSPACE")
	}
	return f.room("workspace", enough, message.New("doctor.files.work", f.data()))
}

func (f Folder) judgeRegistry() Finding {
	const enough = 200 << 20 // the practice bases, and some images on top of them
	if f.Err != nil {
		return f.unwritable("pushed", message.New("doctor.files.pushed-unwritable", f.why()), "XDG_DATA_HOME")
	}
	return f.room("pushed", enough, message.New("doctor.files.pushed", f.data()))
}

func (f Folder) why() message.Data {
	return message.Data{"Path": f.Path, "Why": (&progress.Error{Err: f.Err}).Why()}
}

func (f Folder) unwritable(id string, found message.Text, variable string) Finding {
	if f.Where != f.Path {
		found = message.New("doctor.files.where", message.Data{"Found": found, "Path": f.Where})
	}
	return problem(OfFiles, id, found, f.remedy(variable))
}

func (f Folder) room(id string, enough uint64, found message.Text) Finding {
	if f.Disk == nil {
		return fine(OfFiles, id, found)
	}
	return f.Disk.judge(OfFiles, id, enough, found, message.New("doctor.files.make-room"))
}

// remedy is what helps against the error of a folder; variable is what chooses another one.
func (f Folder) remedy(variable string) message.Text {
	elsewhere := message.New("doctor.files.elsewhere", message.Data{"Command": engine.Export(variable, "…")})
	switch {
	case errors.Is(f.Err, syscall.ENOSPC), errors.Is(f.Err, syscall.EDQUOT):
		return message.New("doctor.files.make-room")
	case errors.Is(f.Err, syscall.EROFS), !errors.Is(f.Err, fs.ErrPermission):
		return elsewhere
	case f.Foreign && within(f.Where, f.Path):
		return message.New("doctor.files.own", message.Data{"Command": `sudo chown -R "$USER" ` + shellquote.Join(f.Path)})
	case within(f.Where, f.Path):
		return typing("chmod -R u+rwX " + shellquote.Join(f.Path))
	}
	return elsewhere
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
	for _, p := range f.Lines[:min(len(f.Lines), mostLines)] {
		if p.Torn {
			list = append(list, fine(OfFiles, "journal", p.Text()))
			continue
		}
		list = append(list, warning(OfFiles, "journal", p.Text(), typing(fmt.Sprintf("sed -n %dp %s", p.Line, shellquote.Join(p.Path)))))
	}
	return list
}

// mostLines is how many lines that do not count are told.
const mostLines = 3
