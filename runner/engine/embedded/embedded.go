// Package embedded starts the Docker engine inside this program where a user has none, and ends it when nobody needs it any more.
//
// It knows where the engine keeps its state and how it is reached; what it answers is package daemon's, how its containers run
// package sandbox's. It works on Linux; elsewhere every call answers a NotHereError.
package embedded

import (
	"path/filepath"
	"time"
)

// Home is the folder in which a user's embedded engine keeps its state. At most one engine serves it at a time, and every program
// of the user shares that one.
type Home struct {
	Dir string // absolute

	// Command starts the engine: this program, with the arguments that make it call Serve.
	Command []string
}

// Status is how the engine of a home is doing.
type Status struct {
	Running bool   `json:"running"`
	PID     int    `json:"pid,omitempty"` // of the process that serves
	Host    string `json:"host"`          // its address, as in DOCKER_HOST
	Folder  string `json:"folder"`
	Bytes   int64  `json:"bytes"` // that the folder takes on the disk
	Log     string `json:"log"`
}

// What stands in a home beside the state of Docker's own packages.
const (
	lockFile    = "engine.lock"  // held by the one who serves; its process id is in it
	usersFile   = "engine.users" // held together by those who use it
	logFile     = "engine.log"
	versionFile = "engine.version"
	socketFile  = "docker.sock"
)

// Version of a home's layout. A home of a newer one is left alone.
const Version = 1

// mostBytes is what the images of a home may take.
const mostBytes = 10 << 30

// How long is waited for what: an engine to answer, or to end; and how long one that nobody uses stays for the next.
const (
	startTime = 15 * time.Second
	stopTime  = 20 * time.Second
	restTime  = 5 * time.Second
	again     = 50 * time.Millisecond
)

func (h Home) path(name string) string { return filepath.Join(h.Dir, name) }
