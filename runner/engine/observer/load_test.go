package observer

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"testing"
)

// zeros are as many as are wanted, in no memory.
type zeros struct{ left int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), z.left))
	clear(p[:n])
	z.left -= int64(n)
	return n, nil
}

// sink counts what is written to it, and looks at the memory now and then.
type sink struct {
	size, looked int64
	most         uint64 // bytes that lived
}

const lookEach = 64 << 20

func (s *sink) Write(p []byte) (int, error) {
	s.size += int64(len(p))
	if s.size-s.looked >= lookEach {
		s.looked = s.size
		s.most = max(s.most, living())
	}
	return len(p), nil
}

// living is the memory in use.
func living() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// loading is an engine that counts what it is sent, and sends zeros for the asking.
func loading(s *sink) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.CopyBuffer(struct{ io.Writer }{s}, r.Body, make([]byte, chunk))
		if size, err := strconv.ParseInt(r.URL.Query().Get("size"), 10, 64); err == nil {
			_, _ = io.CopyBuffer(struct{ io.Writer }{w}, &zeros{size}, make([]byte, chunk))
		}
	}
}

// TestAGigabyteEachWayTakesNoMemory is a docker load and a docker save.
func TestAGigabyteEachWayTakesNoMemory(t *testing.T) {
	const size, most = 1 << 30, 4 << 20
	var there, back sink
	path, s := observe(t, to(fake(t, loading(&there))))
	c := client(t, path)
	before := living()
	resp, err := c.Post(fmt.Sprintf("http://docker/images/load?size=%d", size), "application/x-tar", &zeros{size})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.CopyBuffer(struct{ io.Writer }{&back}, resp.Body, make([]byte, chunk)); err != nil {
		t.Error(err)
	}
	if there.size != size || back.size != size {
		t.Errorf("%d bytes arrived there and %d back, want %d", there.size, back.size, size)
	}
	for way, s := range map[string]sink{"there": there, "back": back} {
		if s.most == 0 || s.most > before+most {
			t.Errorf("%s: %d KB of memory before, %d KB on the way", way, before>>10, s.most>>10)
		}
	}
	if r := s.last(t); r.Verb != "load" || !r.OK() {
		t.Errorf("told of %+v", r)
	}
}

func TestTwoHundredRequestsAtOnce(t *testing.T) {
	const many = 200
	var arrived sync.WaitGroup
	arrived.Add(many)
	path, s := observe(t, to(fake(t, func(w http.ResponseWriter, r *http.Request) {
		arrived.Done()
		arrived.Wait() // all are under way
		if len(r.URL.Path)%2 == 0 {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprintf(w, `{"message":%q}`, r.URL.Path)
	})))
	c := client(t, path)
	var asking sync.WaitGroup
	for i := range many {
		asking.Go(func() {
			resp, err := c.Get(fmt.Sprintf("http://docker/images/i%d/history", i))
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			if _, err := io.ReadAll(resp.Body); err != nil {
				t.Error(err)
			}
		})
	}
	asking.Wait()
	told := map[string]Request{}
	for _, r := range s.ended() {
		told[r.Images[0]] = r
	}
	if len(told) != many || len(s.ended()) != many || s.began() != many {
		t.Errorf("told of %d images in %d requests, %d began", len(told), len(s.ended()), s.began())
	}
	for name, r := range told {
		if failed := len(r.Path)%2 == 0; r.OK() == failed || failed && r.Error != r.Path {
			t.Errorf("%s: told of %+v", name, r)
		}
	}
}
