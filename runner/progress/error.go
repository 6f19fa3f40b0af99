package progress

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"capas/internal/message"
)

// Error says that progress could not be read or kept, and what the learner can do about it.
type Error struct {
	Path    string
	Writing bool
	Err     error
}

func (e *Error) Error() string {
	if e.Writing {
		return "writing " + e.Path + ": " + e.Err.Error()
	}
	return "reading " + e.Path + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// Advice implements message.Adviser.
func (e *Error) Advice() message.Advice {
	return message.Advice{Reason: e.reason(), Remedy: e.remedy()}
}

func (e *Error) reason() message.Text {
	data := message.Data{"Path": e.Path, "Why": e.Why()}
	if e.Writing {
		return message.New("progress.unwritable", data)
	}
	return message.New("progress.unreadable", data)
}

// Why is the cause alone, as part of a sentence.
func (e *Error) Why() message.Text {
	switch e.cause() {
	case denied:
		return message.New("progress.why.denied")
	case readOnly:
		return message.New("progress.why.read-only")
	case full:
		return message.New("progress.why.full")
	case locked:
		return message.New("progress.why.locked")
	}
	return message.New("progress.why.unknown", message.Data{"Error": e.Err.Error()})
}

func (e *Error) remedy() message.Text {
	data := message.Data{"Path": e.Path}
	if !e.Writing {
		return message.New("progress.fix.unreadable", data)
	}
	switch e.cause() {
	case denied:
		return message.New("progress.fix.denied", data)
	case readOnly:
		return message.New("progress.fix.read-only", data)
	case full:
		return message.New("progress.fix.full", data)
	case locked:
		return message.New("progress.fix.locked", data)
	}
	return message.New("progress.fix.unknown", data)
}

type cause int

const (
	other cause = iota
	denied
	readOnly
	full
	locked
)

func (e *Error) cause() cause {
	switch {
	case errors.Is(e.Err, syscall.EROFS):
		return readOnly
	case errors.Is(e.Err, syscall.ENOSPC), errors.Is(e.Err, syscall.EDQUOT), errors.Is(e.Err, syscall.EFBIG):
		return full
	case errors.Is(e.Err, context.DeadlineExceeded):
		return locked
	case errors.Is(e.Err, fs.ErrPermission):
		return denied
	}
	return other
}
