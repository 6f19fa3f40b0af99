package runner

import (
	"context"
	"errors"
	"io"

	"github.com/docker/docker/client"

	"capas/checks"
	"capas/internal/message"
	"capas/runner/registry"
)

// Report is the answer to an exercise.
type Report struct {
	Course, Lesson, Item string
	Verdict              checks.Verdict
	Results              []checks.Result
	Since                message.Text    // what changed since the attempt began
	Trouble              *message.Advice // why an Unknown could not be asked
	Serving              message.Text    // that nobody serves what the exercise pulls from or pushes to

	traffic   []registry.Transfer // that the learner has not been told of
	inventory *checks.Inventory   // of the engine; nil where it could not be asked
}

// same reports whether a learner would read the same in both.
func (r *Report) same(other *Report, say *message.Printer) bool {
	return other != nil && r.key(say) == other.key(say)
}

func (r *Report) key(say *message.Printer) string {
	key := r.Verdict.String()
	for _, c := range r.Results {
		key += "\n" + c.Verdict.String() + say.Say(c.Want) + say.Say(c.Got) + say.Say(c.Near)
	}
	return key
}

// unanswered is the error of a check that the engine did not answer, nil where it answered all.
func (r *Report) unanswered() error {
	for _, c := range r.Results {
		if noAnswer(c.Err) {
			return c.Err
		}
	}
	return nil
}

// noAnswer reports whether an error means that the engine was not there to ask. Other reasons are told by the checks themselves.
func noAnswer(err error) bool {
	return err != nil && (client.IsErrConnectionFailed(err) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF))
}

// JSON is the report as «--json» prints it; cmd/capas/doc.go documents it.
func (r *Report) JSON(say *message.Printer) any {
	type check struct {
		Verdict checks.Verdict `json:"verdict"`
		Want    string         `json:"want"`
		Got     string         `json:"got"`
		Near    string         `json:"near"`
		Next    string         `json:"next"`
		Blocked bool           `json:"blocked"`
	}
	out := struct {
		Course  string         `json:"course"`
		Lesson  string         `json:"lesson"`
		Item    string         `json:"item"`
		Verdict checks.Verdict `json:"verdict"`
		Checks  []check        `json:"checks"`
		Since   string         `json:"since"`
		Serving string         `json:"serving"`
		Reason  string         `json:"reason,omitempty"`
		Remedy  string         `json:"remedy,omitempty"`
	}{Course: r.Course, Lesson: r.Lesson, Item: r.Item, Verdict: r.Verdict, Checks: []check{}, Since: say.Say(r.Since), Serving: say.Say(r.Serving)}
	for _, c := range r.Results {
		out.Checks = append(out.Checks, check{c.Verdict, say.Say(c.Want), say.Say(c.Got), say.Say(c.Near), say.Say(c.Next), c.Blocked})
	}
	if r.Trouble != nil {
		out.Reason, out.Remedy = say.Say(r.Trouble.Reason), say.Say(r.Trouble.Remedy)
	}
	return out
}

// mostFailures is how many failed checks are told in full: a learner mends one thing at a time.
const mostFailures = 3

// ShowReport prints the verdict and its reasons.
func (t *Tutor) ShowReport(r *Report) {
	t.blank()
	switch r.Verdict {
	case checks.Pass:
		t.print(t.Page.Item(t.Page.Mark(checks.Pass), t.Say.Sayf("runner.passed")))
	case checks.Unknown:
		t.showUnknown(r)
	default:
		t.showFailures(r)
	}
	if since := t.Say.Say(r.Since); since != "" && since != t.since && r.Verdict != checks.Unknown {
		t.print(t.Page.Note(since))
		t.since = since
	}
	if !r.Serving.IsZero() {
		t.print(t.Page.Note(t.Say.Say(r.Serving)))
	}
	t.ShowTraffic(r.traffic)
	t.blank()
}

func (t *Tutor) showUnknown(r *Report) {
	if r.Trouble == nil {
		return
	}
	t.print(t.Page.Item(t.Page.Mark(checks.Unknown), t.Say.Say(r.Trouble.Reason)))
	t.print(t.Page.Line(t.Say.Say(r.Trouble.Remedy)))
}

func (t *Tutor) showFailures(r *Report) {
	passed, told, waiting := 0, 0, 0
	for _, c := range r.Results {
		switch {
		case c.Verdict == checks.Pass:
			passed++
		case c.Verdict == checks.Unknown || c.Blocked || told == mostFailures:
			waiting++
		default:
			told++
			t.showFailure(c)
		}
	}
	if passed > 0 || waiting > 0 {
		t.print(t.Page.Note(t.Say.Sayf("runner.so-far", message.Data{"Count": passed, "Total": len(r.Results)})))
	}
}

func (t *Tutor) showFailure(c checks.Result) {
	t.print(t.Page.Item(t.Page.Mark(checks.Fail), t.Say.Say(c.Want)))
	for _, text := range []message.Text{c.Got, c.Near, c.Next} {
		if !text.IsZero() {
			t.print(t.Page.Bullet(t.Say.Say(text)))
		}
	}
}
