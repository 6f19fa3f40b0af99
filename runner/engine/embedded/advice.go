package embedded

import (
	"fmt"

	"capas/internal/message"
)

// BusyError says that another process serves the home.
type BusyError struct{ PID int }

func (e *BusyError) Error() string {
	return fmt.Sprintf("process %d serves this engine already", e.PID)
}

// Advice implements message.Adviser.
func (e *BusyError) Advice() message.Advice {
	return message.Advice{Reason: message.New("engine.embedded.busy", message.Data{"PID": e.PID}), Remedy: message.New("engine.embedded.busy-remedy")}
}

// NewerError says that the state is one of a newer capas.
type NewerError struct {
	Folder       string
	Found, Known int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("the engine's state in %s has version %d, and this program knows %d", e.Folder, e.Found, e.Known)
}

// Advice implements message.Adviser.
func (e *NewerError) Advice() message.Advice {
	return message.Advice{Reason: message.New("engine.embedded.newer", message.Data{"Folder": e.Folder}), Remedy: message.New("engine.embedded.newer-remedy")}
}

// FailedError says that the engine was started and ended before it answered.
type FailedError struct {
	Log  string // the file in which it says why
	Last string // its reason, or the last line where it gave none in the form of our errors
	Hint string // what it says to do about it, or ""
}

func (e *FailedError) Error() string { return "the engine inside capas did not start: " + e.Last }

// Advice implements message.Adviser.
func (e *FailedError) Advice() message.Advice {
	data := message.Data{"Log": e.Log, "Last": e.Last, "Hint": e.Hint}
	if e.Hint != "" {
		return message.Advice{Reason: message.New("engine.embedded.failed", data), Remedy: message.New("engine.embedded.failed-hint", data)}
	}
	return message.Advice{Reason: message.New("engine.embedded.failed", data), Remedy: message.New("engine.embedded.failed-remedy", data)}
}

// NotHereError says that this system has no embedded engine.
type NotHereError struct{}

func (NotHereError) Error() string { return "the engine inside capas runs on Linux only" }

// Advice implements message.Adviser.
func (NotHereError) Advice() message.Advice {
	return message.Advice{Reason: message.New("engine.embedded.not-here"), Remedy: message.New("engine.embedded.not-here-remedy")}
}
