package observer

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// head keeps the beginning of what is written to it.
type head struct {
	most int
	kept []byte
}

func (h *head) Write(p []byte) (int, error) {
	h.kept = append(h.kept, p[:min(len(p), h.most-len(h.kept))]...)
	return len(p), nil
}

// nothing keeps nothing.
type nothing struct{}

func (nothing) Write(p []byte) (int, error) { return len(p), nil }
func (nothing) finish(*Request)             {}

// refusal is the answer of an engine that does not do what is asked.
type refusal struct{ head }

func (a *refusal) finish(r *Request) {
	var said struct{ Message string }
	if json.Unmarshal(a.kept, &said) != nil || said.Message == "" {
		said.Message = string(bytes.TrimSpace(a.kept))
	}
	r.Error = said.Message
	if r.Build != nil {
		r.Build.Error = said.Message
	}
}

// identified is an answer in which the id of the image stands: its description, or the first row of its history.
type identified struct{ head }

var firstID = regexp.MustCompile(`"Id": ?"(?:sha256:)?([0-9a-f]{64})"`)

func (a *identified) finish(r *Request) {
	if m := firstID.FindSubmatch(a.kept); m != nil {
		r.ImageID = "sha256:" + string(m[1])
	}
}

// removed is the answer to who removes an image: the names that it lost, and the ids of what went, its own first.
type removed struct{ head }

func (a *removed) finish(r *Request) {
	var list []struct{ Untagged, Deleted string }
	if json.Unmarshal(a.kept, &list) != nil {
		return
	}
	for _, one := range list {
		if one.Untagged != "" && !strings.Contains(one.Untagged, "@") && !slices.Contains(r.Images, one.Untagged) {
			r.Images = append(r.Images, one.Untagged)
		}
		if one.Deleted != "" && r.ImageID == "" {
			r.ImageID = one.Deleted
		}
	}
}

// created is the answer to who makes a container.
type created struct {
	head
	id string
}

func (a *created) finish(*Request) {
	var made struct{ ID string }
	_ = json.Unmarshal(a.kept, &made) // without an id it is never found
	a.id = made.ID
}
