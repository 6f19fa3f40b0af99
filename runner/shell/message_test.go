package shell

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestWhatIsNotUnderstoodIsLeftOut(t *testing.T) {
	long := strings.Repeat("x", 2*mostSaid)
	r := newReader(strings.NewReader("noise\x00begin\t1\t/home\nls\x00end\tone\t0\x00other\t1\t0\x00begin\t2\t/\n" + long + "\x00end\t3\t1\x00cut"))
	for _, want := range []said{
		{kind: begin, number: 1, text: "/home\nls"},
		{kind: begin, number: 2, text: ("/\n" + long)[:mostSaid-len("begin\t2\t")]},
		{kind: end, number: 3, text: "1"},
	} {
		got, err := hear(r)
		if err != nil || got.kind != want.kind || got.number != want.number || got.text != want.text {
			t.Fatalf("heard %s %d %.40q, %v; want %s %d %.40q", got.kind, got.number, got.text, err, want.kind, want.number, want.text)
		}
	}
	if _, err := hear(r); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

func FuzzHear(f *testing.F) {
	f.Add([]byte("begin\t1\t/home\nls\x00end\t2\t0\x00"))
	f.Add([]byte("ask\t-1\thint\x00\x00\t\t\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newReader(bytes.NewReader(data))
		for {
			s, err := hear(r)
			if err != nil {
				return
			}
			if s.kind != begin && s.kind != end && s.kind != ask || len(s.text) > mostSaid || strings.ContainsRune(s.text, 0) {
				t.Fatalf("heard %q %q", s.kind, s.text)
			}
		}
	})
}
