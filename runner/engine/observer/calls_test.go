package observer

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/protobuf/encoding/protowire"
)

const toBuildKit = "POST /grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"

// speech is one direction of a connection to BuildKit.
type speech struct {
	text    bytes.Buffer
	frames  *http2.Framer
	headers bytes.Buffer
	pack    *hpack.Encoder
}

func newSpeech() *speech {
	s := &speech{}
	s.frames, s.pack = http2.NewFramer(&s.text, nil), hpack.NewEncoder(&s.headers)
	return s
}

func (s *speech) header(stream uint32, ends bool, fields ...string) *speech {
	s.headers.Reset()
	for i := 0; i < len(fields); i += 2 {
		_ = s.pack.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}) // to memory, as all here
	}
	_ = s.frames.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: s.headers.Bytes(), EndHeaders: true, EndStream: ends})
	return s
}

// call is the beginning of one.
func (s *speech) call(stream uint32, path string, message []byte) *speech {
	s.header(stream, false, ":method", "POST", ":scheme", "http", ":path", path, ":authority", "localhost", "content-type", "application/grpc")
	return s.data(stream, packet(message))
}

func (s *speech) data(stream uint32, data []byte) *speech {
	_ = s.frames.WriteData(stream, false, data)
	return s
}

func (s *speech) trailer(stream uint32, status, text string) *speech {
	return s.header(stream, true, "grpc-status", status, "grpc-message", text)
}

func packet(message []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...)
}

// field is one of a message in protobuf.
func field(number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), value)
}

func solveRequest(ref, exporter, names, session string) []byte {
	entry := append(field(mapKey, []byte("name")), field(mapValue, []byte(names))...)
	all := append(field(solveRef, []byte(ref)), field(solveSession, []byte(session))...)
	if exporter == "" {
		return all
	}
	all = append(all, field(solveExporter, []byte(exporter))...)
	all = append(all, field(solveAttrs, entry)...)
	return append(all, field(solveExporters, append(field(exporterType, []byte(exporter)), field(exporterAttrs, entry)...))...)
}

func statusResponse(vertexes, logs [][]byte) []byte {
	var all []byte
	for _, v := range vertexes {
		all = append(all, field(fieldVertex, v)...)
	}
	for _, l := range logs {
		all = append(all, field(fieldLog, l)...)
	}
	return all
}

// converse has a client say one thing to BuildKit and BuildKit another, and returns what is told of it but the connection's own request.
func converse(t *testing.T, asks, answers []byte) []Request {
	t.Helper()
	const taken = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
	path, s := observe(t, to(fake(t, func(w http.ResponseWriter, r *http.Request) {
		c, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		fmt.Fprint(c, taken)
		heard := make([]byte, len(asks))
		if _, err := io.ReadFull(rw, heard); err != nil || !bytes.Equal(heard, asks) {
			t.Errorf("BuildKit heard %q, %v", heard, err)
		}
		_, _ = c.Write(answers)
	})))
	c := dial(t, path)
	if _, err := io.WriteString(c, toBuildKit); err != nil {
		t.Fatal(err)
	}
	reads(t, c, taken)
	if _, err := c.Write(asks); err != nil {
		t.Fatal(err)
	}
	if heard, err := io.ReadAll(c); err != nil || !bytes.Equal(heard, answers) {
		t.Errorf("the client heard %q, %v", heard, err)
	}
	return slices.DeleteFunc(s.ended(), func(r Request) bool { return r.Verb == "" })
}

// aBuild is what a client asks, and BuildKit's answer with a trailer.
func aBuild(exporter, status, text string) (asks, answers *speech) {
	asks, answers = newSpeech(), newSpeech()
	asks.text.WriteString(http2.ClientPreface)
	_ = asks.frames.WriteSettings()
	_ = answers.frames.WriteSettings()
	asks.call(1, solvePath, solveRequest("r1", exporter, "docker.io/library/hola:1,otra:1", "s1")).
		call(3, statusPath, field(statusRef, []byte("r1"))).
		call(5, "/moby.buildkit.v1.Control/Info", nil)
	answers.header(3, false, ":status", "200", "content-type", "application/grpc").
		data(3, packet(statusResponse([][]byte{aVertex("a", "[1/2] FROM base:1", ""), aVertex("b", "[2/2] RUN falla", "")}, nil)))
	rest := packet(statusResponse([][]byte{aVertex("b", "[2/2] RUN falla", "mal")}, [][]byte{aLog("b", "uno\n")}))
	answers.data(3, rest[:3]).data(3, rest[3:20]).data(3, rest[20:]). // in pieces
										header(1, false, ":status", "200").trailer(1, status, text).
										trailer(3, "0", "")
	return asks, answers
}

func TestABuildIsSeenOnAConnectionToBuildKit(t *testing.T) {
	asks, answers := aBuild("moby", "2", "rpc error: code = Unknown desc = fall%C3%B3: exit code: 4")
	list := converse(t, asks.text.Bytes(), answers.text.Bytes())
	if len(list) != 1 {
		t.Fatalf("told of %+v", list)
	}
	r := list[0]
	if r.Verb != "build" || r.OK() || r.Session || !slices.Equal(r.Images, []string{"docker.io/library/hola:1", "otra:1"}) || r.Error != "falló: exit code: 4" {
		t.Errorf("told of %+v", r)
	}
	if b := *r.Build; !b.BuildKit || b.Step != "[2/2] RUN falla" || b.Code != 4 || !slices.Equal(b.Output, []string{"uno"}) || b.Error != r.Error {
		t.Errorf("told of %+v", b)
	}
}

func TestABuildThatGoesWellOnAConnectionToBuildKit(t *testing.T) {
	asks, answers := aBuild("docker", "0", "")
	if list := converse(t, asks.text.Bytes(), answers.text.Bytes()); len(list) != 1 || !list[0].OK() || list[0].Build.Error != "" {
		t.Errorf("told of %+v", list)
	}
}

func TestAQuestionToBuildKitIsNoBuild(t *testing.T) {
	asks, answers := aBuild("", "0", "")
	if list := converse(t, asks.text.Bytes(), answers.text.Bytes()); len(list) != 0 {
		t.Errorf("told of %+v", list)
	}
}

func TestABuildThatIsCutOff(t *testing.T) {
	asks, answers := aBuild("moby", "0", "")
	for name, end := range map[string][]byte{
		"before any answer": nil,
		"in a frame":        answers.text.Bytes()[:answers.text.Len()/2],
		"as no frame":       []byte(strings.Repeat("x", 100)),
	} {
		if list := converse(t, asks.text.Bytes(), end); len(list) != 1 || list[0].OK() || !list[0].Broken || list[0].Build == nil {
			t.Errorf("%s: told of %+v", name, list)
		}
	}
}

func TestMessagesArePutTogether(t *testing.T) {
	long, packed := packet(make([]byte, mostPacket+1)), packet([]byte("apretado"))
	packed[0] = 1
	said := slices.Concat(packet([]byte("uno")), packet(nil), long, packed, packet([]byte("dos")))
	for _, size := range []int{1, 2, 7, len(said)} {
		var got []string
		p := packets{each: func(text []byte) { got = append(got, string(text)) }}
		for at := 0; at < len(said); at += size {
			p.write(said[at:min(at+size, len(said))])
		}
		if !slices.Equal(got, []string{"uno", "", "dos"}) {
			t.Errorf("in pieces of %d: %q", size, got)
		}
	}
}
