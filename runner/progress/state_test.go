package progress

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// story writes entries of the item "i" as they would stand in a journal, a second apart.
func story(verbs ...Verb) []Entry {
	entries := make([]Entry, len(verbs))
	for n, v := range verbs {
		entries[n] = Entry{Course: "c", Lesson: "l", Item: "i", Verb: v, Hash: "h"}
	}
	return timed(entries...)
}

func timed(entries ...Entry) []Entry {
	for n := range entries {
		entries[n].ID = fmt.Sprintf("id%d", n)
		entries[n].Time = time.Date(2026, 1, 2, 3, 4, n, 0, time.UTC)
	}
	return entries
}

func TestStatus(t *testing.T) {
	for _, test := range []struct {
		verbs []Verb
		want  Status
	}{
		{nil, Untouched},
		{[]Verb{Started}, InProgress},
		{[]Verb{Started, Failed, Hinted}, InProgress},
		{[]Verb{Started, Revealed}, InProgress},
		{[]Verb{Started, Passed}, DonePassed},
		{[]Verb{Passed}, DonePassed},
		{[]Verb{Started, Revealed, Passed}, DoneAfterReveal},
		{[]Verb{Started, Passed, Revealed}, DonePassed},
		{[]Verb{Started, Passed, Revealed, Passed}, DonePassed},
		{[]Verb{Started, Revealed, Passed, Started, Failed}, DoneAfterReveal},
		{[]Verb{Started, Skipped}, SkippedOver},
		{[]Verb{Skipped, Started}, InProgress},
		{[]Verb{Skipped, Passed}, DonePassed},
		{[]Verb{Passed, Skipped}, DonePassed},
		{[]Verb{Started, Failed, Answered}, DoneAnswered},
		{[]Verb{Started, Passed, Reset}, Untouched},
		{[]Verb{Revealed, Reset, Started, Passed}, DonePassed},
		{[]Verb{"sung"}, Untouched},
	} {
		if got := replay(story(test.verbs...)).Item("c", "l", "i").Status("h"); got != test.want {
			t.Errorf("%v: %v, want %v", test.verbs, got, test.want)
		}
	}
}

func TestCounts(t *testing.T) {
	it := replay(story(Started, Failed, Hinted, Failed, Hinted, Failed, Revealed)).Item("c", "l", "i")
	if it.Failures != 3 || it.Hints != 2 || !it.Revealed || it.Last.Second() != 6 {
		t.Errorf("got %+v", it)
	}
}

func TestAChangedItem(t *testing.T) {
	entries := story(Started, Failed, Hinted, Revealed, Passed)
	before := replay(entries).Item("c", "l", "i")
	if got := before.Status("h2"); got != Changed || got.Done() {
		t.Errorf("under another hash: %v", got)
	}

	again := append(entries, story(Started, Failed, Passed)...)
	for n := range again[len(entries):] {
		again[len(entries)+n].Hash = "h2"
	}
	after := replay(timed(again...)).Item("c", "l", "i")
	if got := after.Status("h2"); got != DonePassed {
		t.Errorf("passed anew: %v", got)
	}
	if after.Failures != 1 || after.Hints != 0 {
		t.Errorf("what was asked before is counted: %+v", after)
	}
	if got := after.Status("h"); got != DoneAfterReveal {
		t.Errorf("under the hash of before: %v", got)
	}
}

func TestReset(t *testing.T) {
	all := []Entry{
		{Course: "c", Lesson: "l", Item: "i", Verb: Passed, Hash: "h"},
		{Course: "c", Lesson: "l", Item: "j", Verb: Passed, Hash: "h"},
		{Course: "c", Lesson: "m", Item: "k", Verb: Passed, Hash: "h"},
		{Course: "d", Lesson: "l", Item: "i", Verb: Passed, Hash: "h"},
	}
	for _, test := range []struct {
		name   string
		reset  Entry
		forgot []bool
		last   string
	}{
		{"an item", Entry{Course: "c", Lesson: "l", Item: "i"}, []bool{true, false, false, false}, "m"},
		{"a lesson", Entry{Course: "c", Lesson: "m"}, []bool{false, false, true, false}, "l"},
		{"a course", Entry{Course: "c"}, []bool{true, true, true, false}, ""},
		{"nothing", Entry{Course: "e", Lesson: "l", Item: "i"}, []bool{false, false, false, false}, "m"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.reset.Verb = Reset
			s := replay(timed(append(append([]Entry{}, all...), test.reset)...))
			for n, e := range all {
				if got := s.Item(e.Course, e.Lesson, e.Item).Status("h") == Untouched; got != test.forgot[n] {
					t.Errorf("%s/%s/%s forgotten: %v", e.Course, e.Lesson, e.Item, got)
				}
			}
			if got := s.LastLesson("c"); got != test.last {
				t.Errorf("last lesson %q, want %q", got, test.last)
			}
		})
	}
}

func TestPosition(t *testing.T) {
	step := func(n int) Entry { return Entry{Course: "c", Lesson: "l", Verb: Started, Step: n} }
	item := func(id string, n int, v Verb) Entry {
		return Entry{Course: "c", Lesson: "l", Item: id, Verb: v, Step: n}
	}
	for _, test := range []struct {
		name    string
		entries []Entry
		item    string
		since   int
		step    int
	}{
		{"the opening", []Entry{step(0)}, "", 0, 0},
		{"before any item", []Entry{step(1), step(2)}, "", 0, 2},
		{"at an item", []Entry{step(1), item("i", 1, Started), item("i", 1, Failed)}, "i", 0, 1},
		{"two steps after it", []Entry{item("i", 2, Passed), step(3), step(4)}, "i", 2, 4},
		{"at the next item", []Entry{item("i", 2, Passed), step(3), item("j", 3, Started)}, "j", 0, 3},
		{"back at a step before", []Entry{item("i", 2, Started), step(1)}, "i", -1, 1},
		{"checked from outside", []Entry{item("i", 2, Started), step(3), item("i", 0, Failed)}, "i", 1, 3},
		{"another checked from outside", []Entry{item("i", 2, Started), item("j", 0, Failed)}, "j", 0, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := replay(timed(test.entries...)).Position("c", "l")
			if !ok || got.Item != test.item || got.Since != test.since || got.Step != test.step {
				t.Errorf("got %+v", got)
			}
		})
	}
	if got, ok := replay(nil).Position("c", "l"); ok {
		t.Errorf("a lesson never begun is at %+v", got)
	}
}

func TestLastLesson(t *testing.T) {
	s := replay(timed(
		Entry{Course: "c", Lesson: "m", Verb: Started},
		Entry{Course: "c", Lesson: "l", Verb: Started},
		Entry{Course: "d", Lesson: "x", Verb: Started},
	))
	if got := s.LastLesson("c"); got != "l" || s.Touched("c", "l").Second() != 1 || !s.Touched("c", "x").IsZero() {
		t.Errorf("last lesson %q", got)
	}
}

// TestMergeIsUnion replays the lines of two journals in any order and with any of them twice.
func TestMergeIsUnion(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 300 {
		entries := anyEntries(r, 1+r.IntN(60))
		want := replay(entries)
		mixed := append([]Entry{}, entries...)
		for range r.IntN(20) {
			mixed = append(mixed, entries[r.IntN(len(entries))])
		}
		r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if got := replay(mixed); !reflect.DeepEqual(got, want) {
			t.Fatalf("round %d: %d entries in another order give another state", round, len(entries))
		}
	}
}

// anyEntries are entries of few items at few moments, with ids that sometimes repeat: every conflict happens.
func anyEntries(r *rand.Rand, n int) []Entry {
	verbs := []Verb{Started, Failed, Hinted, Revealed, Passed, Skipped, Answered, Reset, "sung"}
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	entries := make([]Entry, n)
	for i := range entries {
		entries[i] = Entry{
			ID: fmt.Sprint(r.IntN(2 * n)), Time: time.Date(2026, 1, 1, 0, 0, r.IntN(n), 0, time.UTC),
			Course: pick("c", "d"), Lesson: pick("", "l", "m"), Item: pick("", "i", "j", "k"),
			Step: r.IntN(4), Verb: verbs[r.IntN(len(verbs))], Hash: pick("", "h", "h2"), Detail: pick("", "x"),
		}
	}
	return entries
}
