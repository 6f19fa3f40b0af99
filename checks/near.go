package checks

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/agext/levenshtein"

	"capas/internal/message"
	"capas/internal/nearest"
)

// named is one of the names of an image; old where it stood for that image already when the attempt began.
type named struct {
	name string
	old  bool
}

// nearImage says which of the images that are there was probably meant by want; of kind missNone when none is near.
// A new name is what was just tried, and nearer than any old one. Of two that are equally near the first in have is taken.
// Images without a name, and want itself, are never near.
func nearImage(want string, have []named) imageMiss {
	w := splitReference(want)
	var best imageMiss
	for _, h := range have {
		if m := missOf(w, h); m.kind != missNone && (best.kind == missNone || m.compare(best) < 0) {
			best = m
		}
	}
	return best
}

// splitName is an image name in its parts: "localhost:5000/ana/web:1" is the registry localhost:5000, the user ana/,
// the base web and the tag 1. What docker leaves out of a name (docker.io, library, latest) is left out or filled in
// here too, so that two spellings of one name are equal.
type splitName struct {
	written        string
	registry, user string
	base, tag      string
	digest         string
}

func splitReference(ref string) splitName {
	n := splitName{written: ref}
	rest, digest, _ := strings.Cut(ref, "@")
	n.digest = digest
	n.tag = "latest"
	if i := strings.LastIndexByte(rest, ':'); i > strings.LastIndexByte(rest, '/') {
		rest, n.tag = rest[:i], rest[i+1:]
	}
	if first, after, ok := strings.Cut(rest, "/"); ok && (first == "localhost" || strings.ContainsAny(first, ".:")) {
		n.registry, rest = first, after
	}
	if n.registry == "docker.io" || n.registry == "index.docker.io" {
		n.registry = ""
	}
	n.user, n.base = path.Split(rest)
	if n.registry == "" && n.user == "library/" {
		n.user = ""
	}
	return n
}

// place is what stands before the base of a name. It leaves out the localhost/ that Podman puts before every name built there.
func (n splitName) place() string { return strings.TrimPrefix(n.prefix(), "localhost/") }

func (n splitName) prefix() string {
	if n.registry == "" {
		return n.user
	}
	return n.registry + "/" + n.user
}

func (n splitName) repository() string { return n.place() + n.base }

// The ways in which a name misses another, the most telling first.
type missKind int

const (
	missNone missKind = iota
	missCase
	missSeparator
	missColon
	missSwapped
	missPlace
	missDigest
	missSpelling       // of a name that has the tag wanted
	missForgottenTag   // latest is there, another tag is wanted
	missTag            // another tag
	missUnwantedTag    // a tag is there, latest is wanted
	missLatestSpelling // as missSpelling, where the tag is only latest and tells nothing
	missTagAsName
	missSeveral
)

type imageMiss struct {
	kind       missKind
	old        bool
	distance   int
	want, have splitName
}

// isSlip reports whether the name was written in this attempt and is one slip away from the name wanted.
func (m imageMiss) isSlip() bool { return m.kind != missNone && m.kind != missSeveral && !m.old }

func (m imageMiss) compare(o imageMiss) int {
	if m.old != o.old {
		if m.old {
			return +1
		}
		return -1
	}
	return cmp.Or(cmp.Compare(m.kind, o.kind), cmp.Compare(m.distance, o.distance))
}

func missOf(want splitName, h named) imageMiss {
	have := splitReference(h.name)
	return imageMiss{
		kind:     missKindOf(want, have),
		old:      h.old,
		distance: levenshtein.Distance(want.written, have.written, nil),
		want:     want,
		have:     have,
	}
}

func missKindOf(want, have splitName) missKind {
	switch {
	case have.base == "" || have.base == "<none>":
		return missNone
	case want.repository() == have.repository():
		return tagMiss(want, have)
	case isSeparated(want, have):
		return missSeparator
	case isSeparated(have, want):
		return missColon
	case have.place() == "" && have.base == want.tag && have.tag == want.base:
		return missSwapped
	case want.place() == have.place() && strings.EqualFold(want.base, have.base) && strings.EqualFold(want.tag, have.tag):
		return missCase
	case want.place() == have.place() && isClose(want.base, have.base):
		return spellingMiss(want, have)
	case want.base == have.base && want.tag == have.tag:
		return missPlace
	case want.base == have.base:
		return missSeveral
	case have.repository() == want.tag && have.tag == "latest" && want.tag != "latest":
		return missTagAsName
	}
	return missNone
}

func tagMiss(want, have splitName) missKind {
	switch {
	case want.digest != "":
		return missDigest
	case want.tag == have.tag && want.prefix() != have.prefix():
		return missPlace // localhost/ before it, on an engine for which that is a registry
	case want.tag == have.tag:
		return missNone
	case strings.EqualFold(want.tag, have.tag):
		return missCase
	case have.tag == "latest":
		return missForgottenTag
	case want.tag == "latest" && !isClose(want.tag, have.tag):
		return missUnwantedTag
	}
	return missTag
}

func spellingMiss(want, have splitName) missKind {
	switch {
	case want.tag != have.tag:
		return missSeveral
	case want.tag == "latest":
		return missLatestSpelling
	}
	return missSpelling
}

// isSeparated reports whether have is want with the colon before its tag written in another way or left out.
func isSeparated(want, have splitName) bool {
	if have.tag != "latest" {
		return false
	}
	return slices.ContainsFunc([]string{"-", "/", "_", ".", ""}, func(separator string) bool {
		return have.repository() == want.repository()+separator+want.tag
	})
}

func isClose(want, have string) bool { return nearest.Word(want, []string{have}) != "" }

// text says what is there and what differs; the zero Text of missNone.
func (m imageMiss) text() message.Text {
	want, have := m.want, m.have
	data := message.Data{
		"Have": have.written, "Want": want.written,
		"HaveTag": have.tag, "WantTag": want.tag,
		"HaveName": strings.TrimPrefix(have.prefix()+have.base, "localhost/"), "WantName": want.repository(),
		"HavePlace": have.prefix(), "WantPlace": want.prefix(),
	}
	if m.old && m.kind != missNone { // nobody has just mistyped it
		return message.New("near.old", data)
	}
	switch m.kind {
	case missCase:
		return message.New("near.case", data)
	case missSeparator:
		return message.New("near.separator", data)
	case missColon:
		return message.New("near.colon", data)
	case missSwapped:
		return message.New("near.swapped", data)
	case missPlace:
		return placeText(want, have, data)
	case missDigest:
		return message.New("near.digest", data)
	case missSpelling, missLatestSpelling:
		return message.New("near.spelling", data)
	case missForgottenTag:
		return message.New("near.forgotten-tag", data)
	case missTag:
		return message.New("near.tag", data)
	case missUnwantedTag:
		return message.New("near.unwanted-tag", data)
	case missTagAsName:
		return message.New("near.tag-as-name", data)
	case missSeveral:
		return message.New("near.several", data)
	}
	return message.Text{}
}

func placeText(want, have splitName, data message.Data) message.Text {
	switch {
	case want.prefix() == "":
		return message.New("near.place-added", data)
	case have.prefix() == "":
		return message.New("near.place-forgotten", data)
	}
	return message.New("near.place", data)
}

// nearPath returns the path among have that was probably meant by want, or "". Want itself is never near.
//
// From the nearest on: other capitals; the same name one folder up or down; one name on the way spelled nearly so;
// an extension too many or too few; the same name in any other folder. Of two that are equally near it is the first.
func nearPath(want string, have []string) string {
	want = path.Clean(want)
	tests := []func(want, have string) bool{
		strings.EqualFold, isOneFolderOff, isOneNameOff, isExtensionOff,
		func(want, have string) bool { return strings.EqualFold(path.Base(want), path.Base(have)) },
	}
	for _, test := range tests {
		for _, h := range have {
			if c := path.Clean(h); c != want && test(want, c) {
				return h
			}
		}
	}
	return ""
}

func isOneFolderOff(want, have string) bool {
	if path.Base(want) != path.Base(have) {
		return false
	}
	w, h := path.Dir(want), path.Dir(have)
	return w == path.Dir(h) || h == path.Dir(w)
}

func isOneNameOff(want, have string) bool {
	w, h := strings.Split(want, "/"), strings.Split(have, "/")
	if len(w) != len(h) {
		return false
	}
	off := 0
	for i := range w {
		if w[i] == h[i] {
			continue
		}
		if off++; off > 1 || !isClose(w[i], h[i]) {
			return false
		}
	}
	return off == 1
}

func isExtensionOff(want, have string) bool {
	if path.Dir(want) != path.Dir(have) {
		return false
	}
	w, h := path.Base(want), path.Base(have)
	return h == strings.TrimSuffix(w, path.Ext(w)) || w == strings.TrimSuffix(h, path.Ext(h))
}
