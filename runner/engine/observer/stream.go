package observer

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// report is one of those that a pull, a push, a load and a build answer while they work.
type report struct {
	Stream      string          `json:"stream"`
	Error       string          `json:"error"`
	ErrorDetail *detail         `json:"errorDetail"`
	ID          string          `json:"id"`
	Aux         json.RawMessage `json:"aux"`
}

type detail struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// failed is what went wrong, "" in a message about anything else.
func (m report) failed() string {
	if m.ErrorDetail != nil && m.ErrorDetail.Message != "" {
		return m.ErrorDetail.Message
	}
	return m.Error
}

// mostLine is how long a message may be: a longer one is no error, and is passed by.
const mostLine = 64 << 10

// reports are an answer that is a stream of them, one a line. How it ended, the last one tells.
type reports struct {
	line   []byte
	long   bool // the line is longer than what is kept of it
	each   func(report)
	skip   func(line []byte) bool // what need not be read
	failed func()                 // called after each that says that it failed
	error  string
	code   int
}

func newReports(failed func()) *reports {
	return &reports{failed: failed, each: func(report) {}, skip: func(line []byte) bool { return !bytes.Contains(line, []byte(`"error`)) }}
}

func (m *reports) Write(p []byte) (int, error) {
	size := len(p)
	for {
		at := bytes.IndexByte(p, '\n')
		if at < 0 {
			m.add(p)
			return size, nil
		}
		m.add(p[:at])
		m.read()
		p = p[at+1:]
	}
}

func (m *reports) add(p []byte) {
	if m.long = m.long || len(m.line)+len(p) > mostLine; !m.long {
		m.line = append(m.line, p...)
	}
}

// read reads the line, which is whole.
func (m *reports) read() {
	line, long := bytes.TrimSpace(m.line), m.long
	m.line, m.long = m.line[:0], false
	if long || len(line) == 0 || m.skip(line) {
		return
	}
	var one report
	if json.Unmarshal(line, &one) != nil {
		return
	}
	m.each(one)
	if failed := one.failed(); failed != "" {
		m.error = failed
		if one.ErrorDetail != nil {
			m.code = one.ErrorDetail.Code
		}
		m.failed()
	}
}

func (m *reports) finish(r *Request) {
	m.failed = func() {} // the end is being told
	m.read()             // a line without an end
	r.Error = m.error
}

// building is what a build answers.
type building struct {
	reports
	id     string
	step   string
	made   string // the image of the last step that ended
	from   string // the one before the step under way
	output tail
	trace  trace
}

func newBuilding(failed func()) *building {
	b := &building{}
	b.failed = failed
	b.each, b.skip = b.report, func([]byte) bool { return false }
	return b
}

// traced and built are what BuildKit calls a message about the progress, and the one that has the id.
const (
	traced = "moby.buildkit.trace"
	built  = "moby.image.id"
)

func (b *building) report(m report) {
	switch {
	case m.ID == traced:
		var encoded []byte
		if json.Unmarshal(m.Aux, &encoded) == nil {
			b.trace.add(encoded)
		}
	case len(m.Aux) > 0 && (m.ID == "" || m.ID == built):
		var image struct{ ID string }
		if json.Unmarshal(m.Aux, &image) == nil && image.ID != "" {
			b.id = image.ID
		}
	case m.Stream != "":
		b.said(m.Stream)
	}
}

var (
	imageLine = regexp.MustCompile(`^ ---> ([0-9a-f]{12})\n?$`)
	stepLine  = regexp.MustCompile(`^Step \d+/\d+ : `)
	exitCode  = regexp.MustCompile(`exit code: (\d+)$`)
	colors    = regexp.MustCompile("\x1b\\[[0-9;]*m") // in which the builder writes what a RUN writes to its standard error
)

// said is a piece of what the classic builder writes: its own lines, and those of the RUN that is under way.
func (b *building) said(text string) {
	switch {
	case stepLine.MatchString(text):
		b.step, b.from, b.output = strings.TrimRight(text, "\n"), b.made, tail{}
	case imageLine.MatchString(text):
		b.made = imageLine.FindStringSubmatch(text)[1]
	case strings.HasPrefix(text, " ---> "), strings.HasPrefix(text, "Removing intermediate container "):
	case b.step != "":
		b.output.add(colors.ReplaceAllString(text, ""))
	}
}

func (b *building) finish(r *Request) {
	b.reports.finish(r)
	r.ImageID = b.id
	r.Build.Error, r.Build.Code = b.error, b.code
	r.Build.Step, r.Build.Image, r.Build.Output = b.step, b.from, b.output.lines()
	if r.Build.BuildKit {
		r.Build.Step, r.Build.Output = b.trace.last()
		r.Build.Code = codeOf(b.error)
	}
}

// codeOf is the exit code in what BuildKit says of a RUN that failed; 0 where there is none.
func codeOf(failed string) int {
	m := exitCode.FindStringSubmatch(failed)
	if m == nil {
		return 0
	}
	code, _ := strconv.Atoi(m[1]) // digits
	return code
}

// What is kept of an output: its last lines.
const (
	mostLines  = 40
	mostOutput = 16 << 10
)

// tail keeps the end of a text.
type tail struct{ text []byte }

func (t *tail) add(text string) {
	t.text = append(t.text, text...)
	if over := len(t.text) - mostOutput; over > mostOutput {
		t.text = append(t.text[:0], t.text[over:]...)
	}
}

func (t *tail) lines() []string {
	text := strings.Trim(string(t.text[max(0, len(t.text)-mostOutput):]), "\r\n")
	if text == "" {
		return nil
	}
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	return lines[max(0, len(lines)-mostLines):]
}
