package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
)

// Transfer is one push or pull, as the registry saw it.
type Transfer struct {
	Time       time.Time
	Part       Part
	Push       bool // or a pull
	Repository string
	Reference  string // a tag, or a digest where none was asked for
	Digest     digest.Digest
	Layers     []Layer // from the base up
	Full       bool    // a push that was refused because the disk was full: no reference, digest or layers of it are known
}

// Layer is one of an image that was pushed or pulled.
type Layer struct {
	Digest digest.Digest
	Size   int64  // in bytes, as it travels
	Moved  bool   // it travelled; or it was there already
	From   string // the repository of this registry that it was taken from instead
}

// Transfers are those that were noted in a folder, oldest first. A pull is there from its beginning on.
func Transfers(dir string) ([]Transfer, error) {
	data, err := os.ReadFile(filepath.Join(dir, trafficFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var events []event
	for line := range bytes.Lines(data) {
		var e event
		if json.Unmarshal(line, &e) == nil { // a torn line is a view less, and nothing else
			events = append(events, e)
		}
	}
	return transfers(events), nil
}

// place is where layers are sought: a repository.
type place struct {
	part       Part
	repository string
}

// history is what is known of a place.
type history struct {
	arrived map[digest.Digest]event // the layers since the last push
	tag     string                  // that was asked for last
	pull    int                     // the last one among the transfers, or -1
	full    int                     // the push among the transfers that is being refused, or -1
}

func transfers(events []event) []Transfer {
	var all []Transfer
	places := map[place]*history{}
	for _, e := range events {
		h := places[place{e.Part, e.Repository}]
		if h == nil {
			h = &history{arrived: map[digest.Digest]event{}, pull: -1, full: -1}
			places[place{e.Part, e.Repository}] = h
		}
		switch e.Verb {
		case sent, mounted:
			h.arrived[e.Digest] = e
		case noRoom:
			if h.full < 0 { // one refusal a layer
				h.full = len(all)
				all = append(all, Transfer{Part: e.Part, Push: true, Repository: e.Repository, Full: true})
			}
			all[h.full].Time = e.Time
		case pushed:
			h.full = -1
			if len(e.Layers) > 0 {
				all = append(all, h.push(e))
			}
		case asked:
			if tag := !strings.HasPrefix(e.Reference, "sha256:"); tag {
				h.tag = e.Reference
			}
			if len(e.Layers) > 0 {
				h.pull = len(all)
				all = append(all, h.pulled(e))
			}
		case fetched:
			if h.pull >= 0 {
				all[h.pull].move(e.Digest)
			}
		}
	}
	return all
}

func (h *history) push(e event) Transfer {
	t := Transfer{Time: e.Time, Part: e.Part, Push: true, Repository: e.Repository, Reference: e.Reference, Digest: e.Digest}
	for _, l := range e.Layers {
		a := h.arrived[l.Digest]
		t.Layers = append(t.Layers, Layer{l.Digest, l.Size, a.Verb == sent, a.From})
	}
	clear(h.arrived)
	return t
}

func (h *history) pulled(e event) Transfer {
	t := Transfer{Time: e.Time, Part: e.Part, Repository: e.Repository, Reference: e.Reference, Digest: e.Digest}
	if h.tag != "" {
		t.Reference, h.tag = h.tag, ""
	}
	for _, l := range e.Layers {
		t.Layers = append(t.Layers, Layer{Digest: l.Digest, Size: l.Size})
	}
	return t
}

func (t *Transfer) move(d digest.Digest) {
	for i := range t.Layers {
		t.Layers[i].Moved = t.Layers[i].Moved || t.Layers[i].Digest == d
	}
}
