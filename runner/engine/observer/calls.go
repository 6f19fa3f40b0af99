package observer

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/protobuf/encoding/protowire"
)

// calls are what is asked of BuildKit on a connection that it was given: HTTP/2, and gRPC in it. Only builds and their progress are
// looked at.
type calls struct {
	o    *Observer
	mu   sync.Mutex // the two directions are looked at side by side
	open map[uint32]*call
	refs map[string]*solving // by the reference that a build and its progress have in common
}

// call is one that is under way: a build, or the progress of one.
type call struct {
	solve    bool
	of       *solving
	asked    packets
	answered packets
}

// solving is a build.
type solving struct {
	Request
	ref       string
	trace     trace
	told      bool // that it began
	done      bool // it was answered
	following int  // how many follow its progress
}

// The calls that are looked at.
const (
	solvePath  = "/moby.buildkit.v1.Control/Solve"
	statusPath = "/moby.buildkit.v1.Control/Status"
)

// What is looked at of the connection, at once.
const (
	mostFrame   = 1 << 20
	mostHeaders = 64 << 10
	mostCalls   = 1000
)

func newCalls(o *Observer) *calls {
	return &calls{o: o, open: map[uint32]*call{}, refs: map[string]*solving{}}
}

// frames reads those of one direction as long as it understands them.
func frames(r *bufio.Reader, each func(http2.Frame)) {
	f := http2.NewFramer(io.Discard, r)
	f.SetMaxReadFrameSize(mostFrame)
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil) // what HTTP/2 begins with, and gRPC keeps
	f.MaxHeaderListSize = mostHeaders
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return
		}
		each(frame)
	}
}

// asks looks at what the client says.
func (c *calls) asks(r *bufio.Reader) {
	if preface, err := r.Peek(len(http2.ClientPreface)); err != nil || string(preface) != http2.ClientPreface {
		return
	}
	_, _ = r.Discard(len(http2.ClientPreface)) // it is there
	frames(r, func(frame http2.Frame) {
		c.mu.Lock()
		defer c.mu.Unlock()
		switch frame := frame.(type) {
		case *http2.MetaHeadersFrame:
			c.begin(frame.StreamID, frame.PseudoValue("path"))
		case *http2.DataFrame:
			if call := c.open[frame.StreamID]; call != nil {
				call.asked.write(frame.Data())
			}
		case *http2.RSTStreamFrame:
			c.end(frame.StreamID, "", false)
		}
	})
}

// answers looks at what the engine says.
func (c *calls) answers(r *bufio.Reader) {
	frames(r, func(frame http2.Frame) {
		c.mu.Lock()
		defer c.mu.Unlock()
		switch frame := frame.(type) {
		case *http2.MetaHeadersFrame:
			if frame.StreamEnded() {
				c.end(frame.StreamID, failure(frame.RegularFields()), true)
			}
		case *http2.DataFrame:
			if call := c.open[frame.StreamID]; call != nil {
				call.answered.write(frame.Data())
			}
		case *http2.RSTStreamFrame:
			c.end(frame.StreamID, "", false)
		}
	})
}

// failure is what gRPC says where it did not go well.
func failure(fields []hpack.HeaderField) string {
	var status, text string
	for _, f := range fields {
		switch f.Name {
		case "grpc-status":
			status = f.Value
		case "grpc-message":
			text = f.Value
		}
	}
	if status == "0" {
		return ""
	}
	if decoded, err := url.PathUnescape(text); err == nil {
		text = decoded
	}
	if text == "" {
		text = "gRPC status " + status
	}
	return strings.TrimPrefix(text, "rpc error: code = Unknown desc = ") // an error that was put into another
}

func (c *calls) begin(stream uint32, path string) {
	one := &call{solve: path == solvePath}
	switch path {
	case solvePath:
		one.asked.each = func(text []byte) { c.solve(one, text) }
	case statusPath:
		one.asked.each = func(text []byte) { c.follow(one, text) }
		one.answered.each = func(text []byte) {
			if one.of != nil {
				one.of.trace.add(text)
			}
		}
	default:
		return
	}
	if len(c.open) < mostCalls {
		c.open[stream] = one
	}
}

// The numbers of the fields of a SolveRequest, a StatusRequest, an Exporter and an entry of a map.
const (
	solveRef, solveExporter, solveAttrs, solveSession, solveExporters = 1, 3, 4, 5, 13
	statusRef                                                         = 1
	exporterType, exporterAttrs                                       = 1, 2
	mapKey, mapValue                                                  = 1, 2
)

// solve is the beginning of a build. Where nothing is to come of it, it is no build but a question to BuildKit.
func (c *calls) solve(one *call, text []byte) {
	var ref, exporter, session, names string
	attr := func(entry []byte) {
		if key, value := entryOf(entry); key == "name" {
			names = value
		}
	}
	fields(text, func(number protowire.Number, value []byte) {
		switch number {
		case solveRef:
			ref = string(value)
		case solveExporter:
			exporter = string(value)
		case solveSession:
			session = string(value)
		case solveAttrs:
			attr(value)
		case solveExporters:
			fields(value, func(number protowire.Number, value []byte) {
				switch number {
				case exporterType:
					exporter = string(value)
				case exporterAttrs:
					attr(value)
				}
			})
		}
	})
	c.o.sessions.use(session)
	one.of = c.build(ref)
	if exporter == "" || one.of.told {
		return
	}
	r := &one.of.Request
	*r = Request{Verb: "build", Method: http.MethodPost, Path: "/grpc", Began: time.Now(), Build: &Build{BuildKit: true}}
	if names != "" {
		r.Images = strings.Split(names, ",")
	}
	one.of.told = true
	c.o.tell(r)
}

// follow is the beginning of the progress of a build.
func (c *calls) follow(one *call, text []byte) {
	fields(text, func(number protowire.Number, value []byte) {
		if number == statusRef && one.of == nil {
			one.of = c.build(string(value))
			one.of.following++
		}
	})
}

// build is the one with a reference.
func (c *calls) build(ref string) *solving {
	if c.refs[ref] == nil {
		c.refs[ref] = &solving{ref: ref}
	}
	return c.refs[ref]
}

func entryOf(entry []byte) (key, value string) {
	fields(entry, func(number protowire.Number, text []byte) {
		switch number {
		case mapKey:
			key = string(text)
		case mapValue:
			value = string(text)
		}
	})
	return key, value
}

// end is that of a call. What is told of a build waits for the end of its progress too.
func (c *calls) end(stream uint32, failed string, answered bool) {
	one := c.open[stream]
	delete(c.open, stream)
	if one == nil || one.of == nil {
		return
	}
	b := one.of
	switch {
	case !one.solve:
		b.following--
	case answered:
		b.done, b.Status, b.Error = true, http.StatusOK, failed
	default:
		b.done, b.Broken = true, true
	}
	if b.done && b.following == 0 {
		c.finish(b)
	}
}

func (c *calls) finish(b *solving) {
	delete(c.refs, b.ref)
	if !b.told {
		return
	}
	b.told = false
	b.Ended = time.Now()
	b.Build.Error, b.Build.Code = b.Error, codeOf(b.Error)
	b.Build.Step, b.Build.Output = b.trace.last()
	c.o.tell(&b.Request)
}

// close is the end of the connection.
func (c *calls) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.refs {
		b.Broken = b.Broken || !b.done
		c.finish(b)
	}
}
