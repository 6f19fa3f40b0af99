package runner

import (
	"slices"
	"time"

	units "github.com/docker/go-units"

	"capas/internal/message"
	"capas/lessons"
	"capas/runner/registry"
)

// traffic are the pushes and pulls of an attempt that the learner has not been told of.
func (t *Tutor) traffic(a *Attempt) []registry.Transfer {
	if t.Registry == "" || !a.Lesson.Names(lessons.Registry, a.Values) && !a.Lesson.Names(lessons.Mirror, a.Values) {
		return nil
	}
	all, err := registry.Transfers(t.Registry)
	if err != nil {
		t.warn(err)
	}
	return slices.DeleteFunc(all, func(tr registry.Transfer) bool { return tr.Time.Before(a.kept.Began) || !tr.Time.After(t.told) })
}

// ShowTraffic tells of each push and pull which layers travelled and which were there already.
func (t *Tutor) ShowTraffic(list []registry.Transfer) {
	for _, tr := range list {
		if tr.Full {
			t.showRefused(tr)
		} else {
			t.showTransfer(tr)
		}
		t.told = later(t.told, tr.Time)
	}
}

func (t *Tutor) showTransfer(tr registry.Transfer) {
	data := message.Data{"Image": tr.Repository + ":" + tr.Reference}
	words := message.New("runner.traffic.pulled", data)
	if tr.Push {
		words = message.New("runner.traffic.pushed", data)
	}
	t.print(t.Page.Note(t.Say.Say(words)))
	moved, bytes := 0, int64(0)
	for i, l := range tr.Layers {
		t.print(t.Page.Bullet(t.Say.Say(layerText(i+1, l, tr.Push))))
		if l.Moved {
			moved, bytes = moved+1, bytes+l.Size
		}
	}
	t.print(t.Page.Line(t.Say.Sayf("runner.traffic.sum", message.Data{"Count": moved, "Total": len(tr.Layers), "Size": layerSize(bytes)})))
}

// showRefused tells of a push for which there was no room.
func (t *Tutor) showRefused(tr registry.Transfer) {
	data := message.Data{"Repository": tr.Repository, "Path": t.Registry}
	t.print(t.Page.Note(t.Say.Sayf("runner.traffic.full", data)))
	t.print(t.Page.Bullet(t.Say.Sayf("runner.traffic.full-next", data)))
}

func layerText(number int, l registry.Layer, push bool) message.Text {
	data := message.Data{"Number": number, "Size": layerSize(l.Size), "From": l.From}
	switch {
	case l.Moved:
		return message.New("runner.traffic.moved", data)
	case l.From != "":
		return message.New("runner.traffic.mounted", data)
	case push:
		return message.New("runner.traffic.there", data)
	}
	return message.New("runner.traffic.here", data)
}

func layerSize(n int64) string { return units.HumanSizeWithPrecision(float64(n), 3) }

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Traffic are all pushes and pulls that are known.
func (t *Tutor) Traffic() ([]registry.Transfer, error) { return registry.Transfers(t.Registry) }

// TrafficJSON is what «--json» prints of them; cmd/capas/doc.go documents it.
func TrafficJSON(list []registry.Transfer) any {
	type layer struct {
		Digest string `json:"digest"`
		Size   int64  `json:"size"`
		Moved  bool   `json:"moved"`
		From   string `json:"from"`
	}
	type transfer struct {
		Time       time.Time     `json:"time"`
		Part       registry.Part `json:"part"`
		Push       bool          `json:"push"`
		Repository string        `json:"repository"`
		Reference  string        `json:"reference"`
		Digest     string        `json:"digest"`
		Layers     []layer       `json:"layers"`
		Full       bool          `json:"full"`
	}
	out := struct {
		Transfers []transfer `json:"transfers"`
	}{[]transfer{}}
	for _, tr := range list {
		one := transfer{tr.Time, tr.Part, tr.Push, tr.Repository, tr.Reference, tr.Digest.String(), []layer{}, tr.Full}
		for _, l := range tr.Layers {
			one.Layers = append(one.Layers, layer{l.Digest.String(), l.Size, l.Moved, l.From})
		}
		out.Transfers = append(out.Transfers, one)
	}
	return out
}
