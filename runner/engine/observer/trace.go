package observer

import "google.golang.org/protobuf/encoding/protowire"

// trace is BuildKit's progress, as its StatusResponse has it: vertexes, each an instruction, and what they write.
// Of that message only the few fields are read that are needed here.
type trace struct {
	vertexes []*vertex // in the order in which they came
}

type vertex struct {
	digest, name, failed string
	output               tail
}

// mostVertexes bounds a build of very many instructions.
const mostVertexes = 1000

// The numbers of the fields.
const (
	fieldVertex, fieldLog                 = 1, 3
	vertexDigest, vertexName, vertexError = 1, 3, 7
	logVertex, logMessage                 = 1, 4
)

func (t *trace) add(encoded []byte) {
	fields(encoded, func(number protowire.Number, value []byte) {
		switch number {
		case fieldVertex:
			t.addVertex(value)
		case fieldLog:
			t.addLog(value)
		}
	})
}

func (t *trace) addVertex(encoded []byte) {
	var v vertex
	fields(encoded, func(number protowire.Number, value []byte) {
		switch number {
		case vertexDigest:
			v.digest = string(value)
		case vertexName:
			v.name = string(value)
		case vertexError:
			v.failed = string(value)
		}
	})
	if known := t.vertex(v.digest); known != nil {
		known.name, known.failed = v.name, v.failed
	}
}

func (t *trace) addLog(encoded []byte) {
	var of string
	var text []byte
	fields(encoded, func(number protowire.Number, value []byte) {
		switch number {
		case logVertex:
			of = string(value)
		case logMessage:
			text = value
		}
	})
	if v := t.vertex(of); v != nil {
		v.output.add(string(text))
	}
}

// vertex is the one with a digest, which may be new; nil where there are too many.
func (t *trace) vertex(digest string) *vertex {
	for _, v := range t.vertexes {
		if v.digest == digest {
			return v
		}
	}
	if len(t.vertexes) == mostVertexes {
		return nil
	}
	v := &vertex{digest: digest}
	t.vertexes = append(t.vertexes, v)
	return v
}

// last is the instruction that failed, and where none did the one that came last.
func (t *trace) last() (step string, output []string) {
	var found *vertex
	for _, v := range t.vertexes {
		if found == nil || found.failed == "" && v.name != "" {
			found = v
		}
	}
	if found == nil {
		return "", nil
	}
	return found.name, found.output.lines()
}

// fields calls each with the fields of a message that are texts or messages themselves. What is no message ends it.
func fields(encoded []byte, each func(protowire.Number, []byte)) {
	for len(encoded) > 0 {
		number, kind, n := protowire.ConsumeTag(encoded)
		if n < 0 {
			return
		}
		encoded = encoded[n:]
		if kind == protowire.BytesType {
			value, n := protowire.ConsumeBytes(encoded)
			if n < 0 {
				return
			}
			each(number, value)
			encoded = encoded[n:]
			continue
		}
		if n = protowire.ConsumeFieldValue(number, kind, encoded); n < 0 {
			return
		}
		encoded = encoded[n:]
	}
}
