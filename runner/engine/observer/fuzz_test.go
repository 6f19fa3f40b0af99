package observer

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// half is a side of a connection that says a text, in pieces, and keeps what it is told.
type half struct {
	says  []byte
	piece int
	start <-chan struct{} // it says nothing before
	done  chan struct{}   // closed when all is said
	mu    sync.Mutex
	heard bytes.Buffer
}

func (h *half) Read(p []byte) (int, error) {
	if h.start != nil {
		<-h.start
	}
	if len(h.says) == 0 {
		select {
		case <-h.done:
		default:
			close(h.done)
		}
		return 0, io.EOF
	}
	n := copy(p, h.says[:min(h.piece, len(h.says))])
	h.says = h.says[n:]
	return n, nil
}

func (h *half) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.heard.Write(p)
}

func (h *half) Close() error                     { return nil }
func (h *half) CloseWrite() error                { return nil }
func (h *half) CloseRead() error                 { return nil }
func (h *half) LocalAddr() net.Addr              { return nil }
func (h *half) RemoteAddr() net.Addr             { return nil }
func (h *half) SetDeadline(time.Time) error      { return nil }
func (h *half) SetReadDeadline(time.Time) error  { return nil }
func (h *half) SetWriteDeadline(time.Time) error { return nil }

// FuzzBytesPassAsTheyAre has a client and an engine say anything: each hears what the other said, and each request that was told to
// begin is told once to have ended.
func FuzzBytesPassAsTheyAre(f *testing.F) {
	const get = "GET /v1.41/images/a/b:1/history HTTP/1.1\r\nHost: docker\r\n\r\n"
	const chunked = "POST /build?t=a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
	f.Add([]byte(get+get), []byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]HTTP/1.1 404 Not Found\r\nContent-Length: 15\r\n\r\n{\"message\":\"x\"}"), uint8(7))
	f.Add([]byte(chunked), []byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"error\":\"ay\"}\r\n\r\n0\r\n\r\n"), uint8(1))
	f.Add([]byte(upgrade+"entrada"), []byte("HTTP/1.1 101 UPGRADED\r\n\r\nsalida"), uint8(255))
	f.Add([]byte("POST /containers/create HTTP/1.1\r\nContent-Length: 13\r\nExpect: 100-continue\r\n\r\n{\"Image\":\"a\"}"), []byte("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\n{\"Id\":\"b\"}"), uint8(20))
	f.Add([]byte("HEAD /_ping HTTP/1.0\r\n\r\n"), []byte("HTTP/1.0 200 OK\r\n\r\n"), uint8(3))
	f.Add([]byte("\x16\x03\x01"), []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), uint8(0))
	kitAsks, kitAnswers := aBuild("moby", "2", "no")
	f.Add(append([]byte(toBuildKit), kitAsks.text.Bytes()...), append([]byte("HTTP/1.1 101 UPGRADED\r\n\r\n"), kitAnswers.text.Bytes()...), uint8(50))
	f.Fuzz(func(t *testing.T, asks, answers []byte, piece uint8) {
		open := map[int64]bool{}
		o := &Observer{ctx: context.Background(), note: func(r Request) {
			if open[r.ID] != !r.Ended.IsZero() {
				t.Errorf("told at a wrong time: %+v", r)
			}
			open[r.ID] = r.Ended.IsZero()
		}}
		client := &half{says: asks, piece: int(piece) + 1, done: make(chan struct{})}
		engine := &half{says: answers, piece: int(piece)*3 + 1, start: client.done, done: make(chan struct{})}
		newConnection(o, client, engine).pass()
		if got := engine.heard.Bytes(); !bytes.Equal(got, asks) {
			t.Errorf("the client said %q, the engine heard %q", asks, got)
		}
		if got := client.heard.Bytes(); !bytes.Equal(got, answers) {
			t.Errorf("the engine said %q, the client heard %q", answers, got)
		}
		for id, is := range open {
			if is {
				t.Errorf("request %d never ended", id)
			}
		}
	})
}

// FuzzABuildIsReadInAnyPieces reads an answer at once and in pieces: what is told is the same.
func FuzzABuildIsReadInAnyPieces(f *testing.F) {
	f.Add([]byte(lines("Step 1/1 : RUN x", " ---> Running in 1\n", "uno\n")+`{"errorDetail":{"code":1,"message":"mal"}}`), true, uint8(3))
	f.Add([]byte(status([][]byte{aVertex("a", "[1/1] RUN x", "exit code: 1")}, [][]byte{aLog("a", "uno\n")})), true, uint8(200))
	f.Add([]byte(strings.Repeat("x", mostLine+1)+"\n"), false, uint8(0))
	f.Fuzz(func(t *testing.T, answer []byte, kit bool, piece uint8) {
		read := func(size int) Build {
			r := Request{Build: &Build{BuildKit: kit}}
			b := newBuilding(func() {})
			for at := 0; at < len(answer); at += size {
				if n, err := b.Write(answer[at:min(at+size, len(answer))]); err != nil || n == 0 {
					t.Fatal(n, err)
				}
			}
			b.finish(&r)
			return *r.Build
		}
		whole, pieces := read(len(answer)+1), read(int(piece)+1)
		if a, b := strings.Join(whole.Output, "\n"), strings.Join(pieces.Output, "\n"); a != b || whole.Step != pieces.Step || whole.Error != pieces.Error || whole.Code != pieces.Code {
			t.Errorf("at once %+v, in pieces %+v", whole, pieces)
		}
		if size := len(strings.Join(whole.Output, "\n")); size > mostOutput {
			t.Errorf("%d bytes of output are kept", size)
		}
	})
}

// FuzzBuildKit has both sides of a connection to BuildKit say anything: no build ends that has not begun, and each that began ends.
func FuzzBuildKit(f *testing.F) {
	for _, exporter := range []string{"moby", ""} {
		asks, answers := aBuild(exporter, "2", "no")
		f.Add(asks.text.Bytes(), answers.text.Bytes())
	}
	f.Fuzz(func(t *testing.T, asks, answers []byte) {
		open := map[int64]bool{}
		c := newCalls(&Observer{note: func(r Request) {
			if open[r.ID] != !r.Ended.IsZero() {
				t.Errorf("told at a wrong time: %+v", r)
			}
			open[r.ID] = r.Ended.IsZero()
		}})
		c.asks(bufio.NewReader(bytes.NewReader(asks)))
		c.answers(bufio.NewReader(bytes.NewReader(answers)))
		c.close()
		for id, is := range open {
			if is {
				t.Errorf("request %d never ended", id)
			}
		}
	})
}
