package progress

import (
	"bytes"
	"encoding/json"
	"testing"
)

func written(t testing.TB, e Entry) []byte {
	t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// FuzzParse damages a journal: cut anywhere, one byte changed. Every line that was not hit is kept.
func FuzzParse(f *testing.F) {
	f.Add(0, 0, byte(0))
	f.Add(10, 3, byte('\n'))
	f.Add(400, 130, byte(0xff))
	f.Add(1<<20, 131, byte('{'))
	f.Fuzz(func(t *testing.T, cut, at int, b byte) {
		entries := story(Started, Failed, Hinted, Failed, Revealed, Passed)
		var data []byte
		ends := make([]int, len(entries))
		for n, e := range entries {
			data = append(data, written(t, e)...)
			ends[n] = len(data)
		}
		cut = max(0, min(cut, len(data)))
		data = data[:cut]
		if at >= 0 && at < len(data) {
			data[at] = b
		} else {
			at = -1
		}
		got, _ := parse("", data)
		kept := map[string]bool{}
		for _, e := range got {
			kept[e.ID] = true
		}
		begin := 0
		for n, end := range ends {
			// A byte changed hits its line; where it was the line's end, the next one too.
			hit := at >= begin-1 && at >= 0 && at < end
			if end <= cut && !hit && !kept[entries[n].ID] {
				t.Errorf("cut at %d, byte %d set to %q: line %d is lost", cut, at, b, n+1)
			}
			begin = end
		}
		replay(got)
	})
}

// FuzzParseAnything reads what is no journal at all, with a good line before and after.
func FuzzParseAnything(f *testing.F) {
	f.Add([]byte("hola"))
	f.Add([]byte("{}\n[]\nnull\n\"\n"))
	f.Add([]byte(`{"id":"a","time":"2026-01-02T03:04:05Z","verb":"reset"}`))
	f.Add(bytes.Repeat([]byte("["), 20000))
	f.Fuzz(func(t *testing.T, junk []byte) {
		good := story(Started, Passed)
		data := append(written(t, good[0]), junk...)
		data = append(append(data, '\n'), written(t, good[1])...)
		entries, problems := parse("", data)
		if len(entries) < 2 || entries[0] != good[0] || entries[len(entries)-1] != good[1] {
			t.Errorf("the good lines are lost: %v", entries)
		}
		if total, lines := len(entries)+len(problems), bytes.Count(data, []byte("\n")); total > lines {
			t.Errorf("%d lines give %d answers", lines, total)
		}
		replay(entries)
	})
}
