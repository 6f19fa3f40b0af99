package doctor

import (
	"strings"

	"capas/internal/message"
)

// Level is how well something is.
type Level int

// The levels, the best first.
const (
	Fine    Level = iota // nothing to do
	Warning              // works, but look at it
	Problem              // something will not work
)

func (l Level) String() string { return [...]string{"ok", "warning", "problem"}[l] }

// MarshalText implements encoding.TextMarshaler.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Part is what a finding is about.
type Part string

// The parts, in the order in which they are read.
const (
	OfEngine   Part = "engine"
	OfDocker   Part = "docker"
	OfTerminal Part = "terminal"
	OfFiles    Part = "files"
)

// Parts are all of them.
var Parts = []Part{OfEngine, OfDocker, OfTerminal, OfFiles}

// Title is what stands above the findings of a part.
func (p Part) Title() message.Text {
	switch p {
	case OfEngine:
		return message.New("doctor.part.engine")
	case OfDocker:
		return message.New("doctor.part.docker")
	case OfTerminal:
		return message.New("doctor.part.terminal")
	}
	return message.New("doctor.part.files")
}

// Finding is one thing that was looked at.
type Finding struct {
	ID     string // "store", unique within its part but for what there are several of
	Part   Part
	Level  Level
	Found  message.Text
	Remedy message.Text   // the one thing to do; nothing where all is well
	More   []message.Text // what helps to understand it
}

// Report is what there is to tell, in the order in which it is read.
type Report struct {
	Findings []Finding
	Facts    Facts
}

// Asked reports whether the engine could be asked.
func (r Report) Asked() bool { return r.Facts.Engine != nil && r.Facts.Engine.Trouble == nil }

// Worst is the worst level of all findings.
func (r Report) Worst() Level {
	worst := Fine
	for _, f := range r.Findings {
		worst = max(worst, f.Level)
	}
	return worst
}

// Count is how many findings have a level.
func (r Report) Count(l Level) int {
	n := 0
	for _, f := range r.Findings {
		if f.Level == l {
			n++
		}
	}
	return n
}

// judge says what the facts mean.
func judge(f Facts) Report {
	r := Report{Facts: f}
	r.Findings = append(r.Findings, judgeEngine(f)...)
	r.Findings = append(r.Findings, judgeDocker(f)...)
	r.Findings = append(r.Findings, judgeTerminal(f.Terminal)...)
	r.Findings = append(r.Findings, judgeFiles(f.Files)...)
	return r
}

func fine(part Part, id string, found message.Text, more ...message.Text) Finding {
	return Finding{ID: id, Part: part, Found: found, More: more}
}

func warning(part Part, id string, found, remedy message.Text, more ...message.Text) Finding {
	return Finding{ID: id, Part: part, Level: Warning, Found: found, Remedy: remedy, More: more}
}

func problem(part Part, id string, found, remedy message.Text, more ...message.Text) Finding {
	return Finding{ID: id, Part: part, Level: Problem, Found: found, Remedy: remedy, More: more}
}

// slow is a part whose look did not come back.
func slow(part Part, id string) []Finding {
	return []Finding{problem(part, id, message.New("doctor.slow"), message.New("doctor.slow-remedy"))}
}

// typing is the remedy that is a command and nothing else.
func typing(command string) message.Text {
	return message.New("doctor.type", message.Data{"Command": command})
}

// line is an error within a line; "" of none.
func line(err error) string {
	if err == nil {
		return ""
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}
