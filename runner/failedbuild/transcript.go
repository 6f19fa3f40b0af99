package failedbuild

import (
	"bytes"
	"regexp"
	"strings"

	"capas/internal/message"
)

// Transcript keeps of what the classic builder writes, the «stream» of its messages, what Build asks for. The zero Transcript is ready.
type Transcript struct {
	rest   []byte // a line that has not ended
	step   string
	image  string
	output []string
}

const (
	maxLine  = 4 << 10
	maxLines = 40
)

// Write takes in some of it; lines may come in pieces.
func (t *Transcript) Write(p []byte) (int, error) {
	for piece := range bytes.Lines(p) {
		t.rest = append(t.rest, piece[:min(len(piece), maxLine-len(t.rest))]...)
		if bytes.HasSuffix(piece, []byte("\n")) {
			t.hear(string(t.rest))
			t.rest = t.rest[:0]
		}
	}
	return len(p), nil
}

var (
	imageLine = regexp.MustCompile(`^ ?---> ([0-9a-f]{12,64})$`)
	ownLine   = regexp.MustCompile(`^(?: ?---> |Removing intermediate container |Sending build context )`)
)

// hear takes in one line. What is coloured is cleaned, for a step is read and not shown.
func (t *Transcript) hear(line string) {
	line = strings.TrimRight(message.Clean(line), "\r\n")
	switch m := imageLine.FindStringSubmatch(line); {
	case stepNumber.MatchString(line):
		if strings.Contains(line, ": FROM ") {
			t.image = ""
		}
		t.step, t.output = line, nil
	case m != nil:
		t.image = m[1]
	case strings.HasPrefix(line, "Successfully built "):
		*t = Transcript{rest: t.rest}
	case ownLine.MatchString(line) || strings.TrimSpace(line) == "":
	default:
		t.output = append(t.output, line)
		if len(t.output) > maxLines {
			t.output = t.output[1:]
		}
	}
}

// Fill puts into a build what is known of the step that was under way.
func (t *Transcript) Fill(b *Build) {
	if len(t.rest) > 0 {
		t.hear(string(t.rest))
		t.rest = nil
	}
	b.Step, b.Image, b.Output = t.step, t.image, t.output
}
