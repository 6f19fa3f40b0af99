package runner

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"capas/internal/message"
	"capas/runner/progress"
)

// Export writes the learner's journal, to be merged elsewhere.
func (t *Tutor) Export(to io.Writer) error {
	data, err := t.exported()
	if err != nil {
		return err
	}
	_, err = to.Write(data)
	return err
}

// ExportFile writes the learner's journal to a file that is not there yet.
func (t *Tutor) ExportFile(path string) error {
	data, err := t.exported()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return NewMistyped(message.New("runner.export-exists", message.Data{"Path": path}), message.New("runner.export-exists-remedy"))
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(path)
		return err
	}
	t.print(t.Page.Line(t.Say.Sayf("runner.exported", message.Data{"Path": path})))
	return nil
}

func (t *Tutor) exported() ([]byte, error) {
	data, problems, err := t.Journal.Export()
	for _, p := range problems {
		t.warnOnce(t.Say.Say(p.Text()))
	}
	return data, err
}

// MergeFile takes another journal from a file.
func (t *Tutor) MergeFile(path string) (progress.Merged, error) {
	info, err := os.Stat(path)
	data := message.Data{"Path": path}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return progress.Merged{}, NewMistyped(message.New("runner.merge-missing", data), message.New("runner.merge-how"))
	case err != nil:
		return progress.Merged{}, err
	case !info.Mode().IsRegular(): // a pipe or a device could make us wait for ever
		return progress.Merged{}, NewMistyped(message.New("runner.merge-irregular", data), message.New("runner.merge-how"))
	}
	f, err := os.Open(path)
	if err != nil {
		return progress.Merged{}, err
	}
	defer f.Close()
	return t.Merge(f, path)
}

// Merge takes another journal: what the learner did on another machine, or before. Its name is for what is said about it.
func (t *Tutor) Merge(from io.Reader, name string) (progress.Merged, error) {
	m, err := t.Journal.Merge(from)
	data := message.Data{"Path": name}
	switch {
	case errors.Is(err, progress.ErrNotAJournal):
		err = NewMistyped(message.New("runner.merge-no-journal", data), message.New("runner.merge-how"))
	case errors.Is(err, progress.ErrTooLarge):
		err = NewMistyped(message.New("runner.merge-too-large", data), message.New("runner.merge-how"))
	}
	return m, err
}

// MergedJSON is what came of a merge as «--json» prints it; cmd/capas/doc.go documents it.
func (t *Tutor) MergedJSON(m progress.Merged) any {
	type leftOut struct {
		Line   int    `json:"line"`
		Reason string `json:"reason"`
	}
	out := struct {
		Added   int       `json:"added"`
		Known   int       `json:"known"`
		Newer   int       `json:"newer"`
		LeftOut []leftOut `json:"left_out"`
	}{m.Added, m.Known, m.Newer, []leftOut{}}
	for _, l := range m.LeftOut {
		out.LeftOut = append(out.LeftOut, leftOut{l.Line, t.Say.Say(l.Text())})
	}
	return out
}

// mostLines is how many lines that were left out are told one by one.
const mostLines = 5

// ShowMerged prints what came of a merge, and beside it what did not.
func (t *Tutor) ShowMerged(m progress.Merged, name string) {
	if m.Added == 0 {
		t.print(t.Page.Line(t.Say.Sayf("runner.merge-nothing", message.Data{"Path": name})))
	} else {
		t.print(t.Page.Line(t.Say.Sayf("runner.merged", message.Data{"Count": m.Added, "Path": name, "Known": m.Known})))
	}
	if m.Newer > 0 {
		fmt.Fprintln(t.Noise, t.Say.Sayf("runner.merge-newer", message.Data{"Count": m.Newer, "Path": name}))
	}
	for i, l := range m.LeftOut {
		if i == mostLines {
			fmt.Fprintln(t.Noise, t.Say.Sayf("runner.merge-more", message.Data{"Count": len(m.LeftOut) - mostLines}))
			break
		}
		fmt.Fprintln(t.Noise, t.Say.Say(l.Text()))
	}
}
