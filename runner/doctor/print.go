package doctor

import (
	"io"
	"maps"

	"capas/internal/message"
	"capas/runner/render"
)

// Print writes the report for people: part by part, and at its end what to begin with.
func (r Report) Print(out io.Writer, page *render.Renderer, say *message.Printer) {
	p := printer{out, page, say}
	for _, part := range Parts {
		p.part(part, r.Findings)
	}
	p.write(page.Line(say.Say(quoted(r.summary()))))
}

type printer struct {
	out  io.Writer
	page *render.Renderer
	say  *message.Printer
}

func (p printer) write(text string) { _, _ = io.WriteString(p.out, text) }

func (p printer) part(part Part, findings []Finding) {
	p.write(p.page.Title(p.say.Say(part.Title())))
	for _, f := range findings {
		if f.Part == part {
			p.finding(f)
		}
	}
	p.write("\n")
}

func (p printer) finding(f Finding) {
	p.write(p.page.Item(p.page.Sign(signs[f.Level]), p.say.Say(quoted(f.Found))))
	if !f.Remedy.IsZero() {
		p.write(p.page.Under(p.say.Say(quoted(f.Remedy))))
	}
	for _, more := range f.More {
		p.write(p.page.Under(p.say.Say(quoted(more))))
	}
}

var signs = map[Level]render.Sign{Fine: render.Good, Warning: render.Careful, Problem: render.Bad}

// summary is how all of it is, in one sentence.
func (r Report) summary() message.Text {
	problems, warnings := r.Count(Problem), r.Count(Warning)
	switch {
	case problems > 0:
		return message.New("doctor.summary.problems", message.Data{"Count": problems})
	case warnings > 0:
		return message.New("doctor.summary.warnings", message.Data{"Count": warnings})
	}
	return message.New("doctor.summary.fine")
}

// quoted puts a command in a sentence into backquotes: on a page it is shown as one, and not broken where it fits a line.
func quoted(t message.Text) message.Text {
	t.Data = maps.Clone(t.Data)
	for name, value := range t.Data {
		switch value := value.(type) {
		case message.Text:
			t.Data[name] = quoted(value)
		case string:
			if name == "Command" {
				t.Data[name] = "`" + value + "`"
			}
		}
	}
	return t
}
