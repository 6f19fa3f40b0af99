package observer

import (
	"net/http"
	"time"

	"capas/checks"
)

// Request is what was asked of the engine, and what became of it.
type Request struct {
	ID int64 // of this observer, from 1 on; the same at the beginning and at the end

	// Verb is what the docker command calls it: those of the check «asked» (history, images, inspect, pull, build, tag, push, run, rm,
	// prune, login), or another ("ps", "container rm", "logs"); "" for what nobody types, as the /_ping before each command.
	Verb string

	// Images are those that it is about, as they were asked for: names, ids, digests. Of tag both names; of build its tags; of run the
	// image of the create that went before; of rm also the names that the image had; of login the registry.
	Images  []string
	ImageID string // of the image, where the answer said it

	Method, Path string // the path without the API's version and what follows «?»

	Began time.Time
	Ended time.Time // zero: it has begun

	Status int    // of the answer; 0 where none came
	Error  string // what the engine said, where it did not go well
	Broken bool   // the connection ended before the answer did

	// Session marks a build by BuildKit of which no more is seen than that it began and ended: what came of it, the images tell. Where
	// the build itself is seen, it is the request, and its session none.
	Session bool

	// Build is what is known of a build at its end; nil for all else.
	Build *Build
}

// OK reports whether the request has ended, and well.
func (r Request) OK() bool {
	return !r.Ended.IsZero() && !r.Broken && r.Error == "" && r.Status != 0 && r.Status < http.StatusBadRequest
}

// Changes reports whether it may have changed something on the engine. What a connection to BuildKit is for is told by itself.
func (r Request) Changes() bool {
	switch {
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		return false
	case r.Verb == "":
		return r.Path != "/grpc" && r.Path != "/session"
	}
	return r.Verb != "login"
}

// Asked is the request as the check «asked» takes it.
func (r Request) Asked() checks.Asked {
	return checks.Asked{
		Verb: r.Verb, Images: r.Images, ID: r.ImageID, Began: r.Began, Session: r.Session,
		Failed: !r.OK(), Stopped: r.Broken, Error: r.Error,
	}
}

// Build is what a build said, for who explains why it failed.
type Build struct {
	BuildKit   bool
	Dockerfile string   // its path in the context, as it was asked for: "Dockerfile"; "" where it is not known
	Step       string   // what was under way last: "Step 2/3 : RUN false", or "[2/3] RUN false" by BuildKit
	Image      string   // the image that this step began from, by the beginning of its id; "" where it is not known
	Output     []string // the last lines that this step wrote
	Error      string   // "" where it went well
	Code       int      // the exit code of a RUN, where the error has one
}
