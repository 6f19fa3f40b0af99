package observer

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// ask writes a request and returns its answer.
func ask(t testing.TB, c net.Conn, r *bufio.Reader, method, text string) *http.Response {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func body(t testing.TB, resp *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// reads reads exactly a text.
func reads(t testing.TB, r io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(r, got); err != nil || string(got) != want {
		t.Fatalf("read %q, %v, want %q", got[:n], err, want)
	}
}

// ends reads the end.
func ends(t testing.TB, r io.Reader) {
	t.Helper()
	if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
		t.Fatalf("read %q, %v, want the end", rest, err)
	}
}

func TestManyRequestsOnOneConnection(t *testing.T) {
	engine := fake(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodHead:
			w.Header().Set("Content-Length", "1000")
		case strings.HasSuffix(r.URL.Path, "/history"):
			for range 3 { // in chunks
				fmt.Fprint(w, strings.Repeat(" ", 10_000))
				w.(http.Flusher).Flush()
			}
		case strings.HasSuffix(r.URL.Path, "/start"):
			w.WriteHeader(http.StatusNotModified)
		case r.Method == http.MethodDelete:
			w.WriteHeader(http.StatusNoContent)
		case strings.HasSuffix(r.URL.Path, "/push"):
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusProcessing) // before the answer itself
			fmt.Fprintln(w, `{"status":"ok"}`)
		default:
			fmt.Fprint(w, "[]")
		}
	})
	path, s := observe(t, to(engine))
	c := dial(t, path)
	r := bufio.NewReader(c)
	const host = " HTTP/1.1\r\nHost: docker\r\n"
	for _, one := range []struct{ method, text, verb string }{
		{"HEAD", "HEAD /_ping" + host + "\r\n", ""},
		{"GET", "GET /v1.41/images/localhost:5000/a/b/history" + host + "\r\n", "history"},
		{"POST", "POST /containers/x/start" + host + "Content-Length: 0\r\n\r\n", "start"},
		{"DELETE", "DELETE /images/x" + host + "\r\n", "rm"},
		{"POST", "POST /images/x/push?tag=1" + host + "Transfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\n", "push"},
		{"GET", "GET /images/json" + host + "\r\n", "images"},
	} {
		resp := ask(t, c, r, one.method, one.text)
		for resp.StatusCode == http.StatusProcessing {
			var err error
			if resp, err = http.ReadResponse(r, &http.Request{Method: one.method}); err != nil {
				t.Fatal(err)
			}
		}
		body(t, resp)
		list := s.ended()
		if last := list[len(list)-1]; last.Verb != one.verb || last.Method != one.method || !last.OK() || last.Status != resp.StatusCode {
			t.Errorf("%q: told of %+v", one.text, last)
		}
	}
	if list := s.ended(); len(list) != 6 || list[1].Images[0] != "localhost:5000/a/b" || list[4].Images[0] != "x:1" {
		t.Errorf("told of %+v", list)
	}
}

func TestRequestsAheadOfTheirAnswers(t *testing.T) {
	engine := fake(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) })
	path, s := observe(t, to(engine))
	c := dial(t, path)
	var all string
	for i := range 20 {
		all += fmt.Sprintf("GET /images/i%d/json HTTP/1.1\r\nHost: docker\r\n\r\n", i)
	}
	if _, err := io.WriteString(c, all); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	for i := range 20 {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := body(t, resp), fmt.Sprintf("/images/i%d/json", i); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
		if list := s.ended(); list[i].Images[0] != fmt.Sprintf("i%d", i) || !list[i].OK() {
			t.Fatalf("told of %+v", list[i])
		}
	}
}

// TestTheEndIsToldBeforeTheClientSeesIt is what lets a shell ask at its prompt what the command before it did.
func TestTheEndIsToldBeforeTheClientSeesIt(t *testing.T) {
	engine := fake(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, strings.Repeat("x", len(r.URL.Path)*100))
	})
	path, s := observe(t, to(engine))
	c := client(t, path)
	for i := range 500 {
		resp, err := c.Get(fmt.Sprintf("http://docker/images/%s/history", strings.Repeat("n", i+1)))
		if err != nil {
			t.Fatal(err)
		}
		body(t, resp)
		resp.Body.Close()
		if got := len(s.ended()); got != i+1 {
			t.Fatalf("%d requests have ended, told of %d", i+1, got)
		}
	}
}

// TestAFailureIsToldBeforeTheClientSeesIt: docker leaves when it has read that a build failed, and does not wait for the end of the answer.
func TestAFailureIsToldBeforeTheClientSeesIt(t *testing.T) {
	left := make(chan struct{})
	engine := fake(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, lines("Step 1/1 : RUN falla")+`{"errorDetail":{"code":3,"message":"mal"},"error":"mal"}`+"\r\n")
		w.(http.Flusher).Flush()
		<-left
	})
	path, s := observe(t, to(engine))
	resp, err := client(t, path).Post("http://docker/build?t=x", "application/x-tar", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for r := bufio.NewReader(resp.Body); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, "errorDetail") {
			break
		}
	}
	if r := s.last(t); r.OK() || r.Error != "mal" || r.Build.Code != 3 || r.Build.Step == "" {
		t.Errorf("told of %+v", r)
	}
	close(left)
	body(t, resp)
	if list := s.ended(); len(list) != 1 {
		t.Errorf("told of %+v", list)
	}
}

func TestEachPieceOfAStreamPassesAtOnce(t *testing.T) {
	next := make(chan struct{})
	engine := fake(t, func(w http.ResponseWriter, r *http.Request) {
		for i := range 5 {
			fmt.Fprintf(w, "event %d\n", i)
			w.(http.Flusher).Flush()
			<-next
		}
	})
	path, _ := observe(t, to(engine))
	resp, err := client(t, path).Get("http://docker/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for i := range 5 {
		reads(t, resp.Body, fmt.Sprintf("event %d\n", i))
		next <- struct{}{}
	}
	ends(t, resp.Body)
}

const upgrade = "POST /containers/x/attach?stream=1 HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"

// echo is an engine that takes the connection over by an answer, sends what it reads back when the other side has ended, and ends.
func echo(t testing.TB, answer string) string {
	return script(t, func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReaderSize(c, 16)); err != nil {
			t.Error(err)
			return
		}
		fmt.Fprint(c, answer)
		text, err := io.ReadAll(c)
		if err != nil {
			t.Error(err)
		}
		if _, err := c.Write(text); err != nil {
			t.Error(err)
		}
	})
}

func TestAConnectionThatIsTakenOverPassesAsItIs(t *testing.T) {
	const raw = "Content-Type: application/vnd.docker.raw-stream\r\n"
	const old = "POST /v1.18/containers/x/attach HTTP/1.1\r\nHost: docker\r\nContent-Length: 0\r\n\r\n"
	noise := make([]byte, 300_000)
	rand.Read(noise)                                                                      // never fails
	noise = append([]byte("GET /images/json HTTP/1.1\r\nHost: docker\r\n\r\n"), noise...) // it looks like a request, and is none
	for name, way := range map[string]struct{ request, answer string }{
		"as HTTP has it":  {upgrade, "HTTP/1.1 101 UPGRADED\r\n" + raw + "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"},
		"as docker had":   {old, "HTTP/1.1 200 OK\r\n" + raw + "\r\n"},
		"neither of both": {upgrade, "HTTP/1.1 200 OK\r\n" + raw + "\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			path, s := observe(t, to(echo(t, way.answer)))
			c := dial(t, path)
			if _, err := io.WriteString(c, way.request); err != nil {
				t.Fatal(err)
			}
			reads(t, c, way.answer)
			if _, err := c.Write(noise); err != nil {
				t.Fatal(err)
			}
			if err := c.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			reads(t, c, string(noise))
			ends(t, c)
			if list := s.ended(); len(list) != 1 || list[0].Verb != "attach" || !list[0].OK() {
				t.Errorf("told of %+v", list)
			}
		})
	}
}

func TestAnEngineThatEndsFirstMayStillBeSpokenTo(t *testing.T) {
	heard := make(chan string, 1)
	engine := script(t, func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReaderSize(c, 16)); err != nil {
			t.Error(err)
		}
		fmt.Fprint(c, "HTTP/1.1 101 UPGRADED\r\n\r\n")
		if err := c.(*net.UnixConn).CloseWrite(); err != nil {
			t.Error(err)
		}
		text, _ := io.ReadAll(c)
		heard <- string(text)
	})
	path, _ := observe(t, to(engine))
	c := dial(t, path)
	if _, err := io.WriteString(c, upgrade); err != nil {
		t.Fatal(err)
	}
	reads(t, c, "HTTP/1.1 101 UPGRADED\r\n\r\n")
	ends(t, c)
	if _, err := io.WriteString(c, "aún"); err != nil {
		t.Fatal(err)
	}
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got := <-heard; got != "aún" {
		t.Errorf("the engine heard %q", got)
	}
}

func TestAfterATakeoverThatIsRefusedRequestsAreSeen(t *testing.T) {
	engine := fake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			http.Error(w, `{"message":"no hay tal contenedor"}`, http.StatusNotFound)
		}
	})
	path, s := observe(t, to(engine))
	c := dial(t, path)
	r := bufio.NewReader(c)
	for range 3 {
		body(t, ask(t, c, r, "POST", upgrade))
		body(t, ask(t, c, r, "GET", "GET /images/x/history HTTP/1.1\r\nHost: docker\r\n\r\n"))
	}
	list := s.ended()
	if len(list) != 6 || list[0].OK() || list[0].Error != "no hay tal contenedor" || list[5].Verb != "history" || !list[5].OK() {
		t.Errorf("told of %+v", list)
	}
}

func TestTheClientWaitsForContinue(t *testing.T) {
	engine := fake(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body) // says 100 Continue
		fmt.Fprint(w, n)
	})
	path, s := observe(t, to(engine))
	c := dial(t, path)
	r := bufio.NewReader(c)
	if _, err := io.WriteString(c, "POST /images/load HTTP/1.1\r\nHost: docker\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	reads(t, r, "HTTP/1.1 100 Continue\r\n\r\n")
	if got := body(t, ask(t, c, r, "POST", "capas")); got != "5" {
		t.Errorf("the engine read %s bytes", got)
	}
	if got := s.last(t); got.Verb != "load" || !got.OK() {
		t.Errorf("told of %+v", got)
	}
}

// TestAnAnswerBeforeTheQuestionEnds: an engine refuses a context before it has read it, and goes.
func TestAnAnswerBeforeTheQuestionEnds(t *testing.T) {
	engine := script(t, func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
			t.Error(err)
		}
		fmt.Fprint(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 22\r\nConnection: close\r\n\r\n{\"message\":\"así no\"}\r\n")
	})
	path, s := observe(t, to(engine))
	c := dial(t, path)
	if _, err := io.WriteString(c, "POST /build HTTP/1.1\r\nHost: docker\r\nTransfer-Encoding: chunked\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	sending := make(chan error, 1)
	go func() {
		piece := []byte("10000\r\n" + strings.Repeat("x", 0x10000) + "\r\n")
		for {
			if _, err := c.Write(piece); err != nil {
				sending <- err
				return
			}
		}
	}()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := body(t, resp); !strings.Contains(got, "así no") {
		t.Errorf("answer: %s", got)
	}
	if err := <-sending; err == nil {
		t.Error("it could go on sending for ever")
	}
	if got := s.last(t); got.OK() || got.Error != "así no" || got.Build == nil || got.Build.Error != "así no" {
		t.Errorf("told of %+v", got)
	}
}

func TestAClientThatLeavesIsTold(t *testing.T) {
	engine := fake(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, `{"status":"a"}`)
		w.(http.Flusher).Flush()
		<-r.Context().Done() // the engine learns of it
	})
	path, s := observe(t, to(engine))
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "POST", "http://docker/images/create?fromImage=x&tag=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client(t, path).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	reads(t, resp.Body, `{"status":"a"}`)
	cancel()
	s.wait(t, "the request has ended", func() bool { return len(s.ended()) == 1 })
	if got := s.last(t); got.OK() || !got.Broken || got.Verb != "pull" || !got.Asked().Failed || !got.Asked().Stopped {
		t.Errorf("told of %+v", got)
	}
}

func TestWhatIsNotHTTPPasses(t *testing.T) {
	noise := make([]byte, 500_000)
	rand.Read(noise) // never fails
	long := []byte("GET / HTTP/1.1\r\nX: " + strings.Repeat("y", 2*mostHeader) + "\r\n\r\n")
	for name, said := range map[string][]byte{"noise": noise, "a header too long": long, "HTTP/2": []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")} {
		t.Run(name, func(t *testing.T) {
			engine := script(t, func(c net.Conn) {
				text, err := io.ReadAll(c)
				if err != nil || !bytes.Equal(text, said) {
					t.Errorf("the engine read %d bytes, %v, want %d", len(text), err, len(said))
				}
				_, _ = c.Write(text)
			})
			path, s := observe(t, to(engine))
			c := dial(t, path)
			go func() {
				_, _ = c.Write(said)
				_ = c.CloseWrite()
			}()
			if text, err := io.ReadAll(c); err != nil || !bytes.Equal(text, said) {
				t.Errorf("the client read %d bytes, %v, want %d", len(text), err, len(said))
			}
			if list := s.ended(); len(list) > 0 {
				t.Errorf("told of %+v", list)
			}
		})
	}
}

func TestAnEngineThatSpeaksUnasked(t *testing.T) {
	engine := script(t, func(c net.Conn) {
		fmt.Fprint(c, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n")
	})
	path, s := observe(t, to(engine))
	c := dial(t, path)
	reads(t, c, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n")
	ends(t, c)
	if list := s.ended(); len(list) > 0 {
		t.Errorf("told of %+v", list)
	}
}

func TestAnEngineThatDiesIsTold(t *testing.T) {
	engine := script(t, func(c net.Conn) { _, _ = http.ReadRequest(bufio.NewReader(c)) })
	path, s := observe(t, to(engine))
	c := dial(t, path)
	if _, err := io.WriteString(c, "GET /images/x/history HTTP/1.1\r\nHost: docker\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	ends(t, c)
	if got := s.last(t); got.OK() || !got.Broken || got.Status != 0 || got.Ended.Sub(got.Began) > time.Minute {
		t.Errorf("told of %+v", got)
	}
}
