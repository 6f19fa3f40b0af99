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

func TestAResetThatIsTakenBack(t *testing.T) {
	for _, test := range []struct {
		name  string
		verbs []Verb
		of    []int // the entry that one with Restored takes back
		want  Status
		last  string // the reset that counts in the end
	}{
		{"once", []Verb{Passed, Reset, Restored}, []int{1}, DonePassed, ""},
		{"what was done since stays", []Verb{Started, Reset, Passed, Restored}, []int{1}, DonePassed, ""},
		{"another one counts", []Verb{Passed, Reset, Reset, Restored}, []int{2}, Untouched, "id1"},
		{"both", []Verb{Passed, Reset, Reset, Restored, Restored}, []int{2, 1}, DonePassed, ""},
		{"forgotten anew", []Verb{Passed, Reset, Restored, Reset}, []int{1}, Untouched, "id3"},
		{"what is no reset", []Verb{Passed, Restored}, []int{0}, DonePassed, ""},
		{"nothing", []Verb{Passed, Reset, Restored}, []int{9}, Untouched, "id1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			entries := story(test.verbs...)
			for n := range entries {
				if entries[n].Verb == Restored {
					entries[n].Detail = fmt.Sprintf("id%d", test.of[0])
					test.of = test.of[1:]
				}
			}
			s := replay(entries)
			if got := s.Item("c", "l", "i").Status("h"); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
			if got, ok := s.LastReset("c"); got.ID != test.last || ok != (test.last != "") {
				t.Errorf("last reset %+v, want %q", got, test.last)
			}
		})
	}
}

func TestFirstTry(t *testing.T) {
	for _, test := range []struct {
		verbs []Verb
		want  bool
	}{
		{[]Verb{Started}, false},
		{[]Verb{Started, Answered}, true},
		{[]Verb{Started, Failed, Answered}, false},
		{[]Verb{Started, Revealed, Skipped, Answered}, false},
		{[]Verb{Started, Hinted, Passed}, true},
		{[]Verb{Answered, Failed, Answered}, true},
		{[]Verb{Failed, Reset, Answered}, true},
	} {
		it := replay(story(test.verbs...)).Item("c", "l", "i")
		if got := it.FirstTry("h"); got != test.want || it.FirstTry("other") {
			t.Errorf("%v: %v, want %v", test.verbs, got, test.want)
		}
	}
}

func TestTimeSpent(t *testing.T) {
	day := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
	at := func(minute int, lesson string, v Verb) Entry {
		return Entry{ID: fmt.Sprint(minute, lesson, v), Time: day.Add(time.Duration(minute) * time.Minute), Course: "c", Lesson: lesson, Verb: v}
	}
	for _, test := range []struct {
		name    string
		entries []Entry
		l, m    int // minutes
	}{
		{"one entry", []Entry{at(0, "l", Started)}, 0, 0},
		{"gaps add up", []Entry{at(0, "l", Started), at(5, "l", Failed), at(12, "l", Passed)}, 12, 0},
		{"the longest that counts", []Entry{at(0, "l", Started), at(30, "l", Passed)}, 30, 0},
		{"a pause", []Entry{at(0, "l", Started), at(31, "l", Passed)}, 0, 0},
		{"a night", []Entry{at(0, "l", Started), at(10, "l", Failed), at(700, "l", Started), at(705, "l", Passed)}, 15, 0},
		{"a gap is the lesson's in which it begins", []Entry{at(0, "l", Started), at(4, "m", Started), at(6, "l", Started)}, 4, 2},
		{"in whatever order, and twice", []Entry{at(6, "l", Started), at(0, "l", Started), at(4, "m", Started), at(4, "m", Started)}, 4, 2},
		{"what a newer capas wrote tells nothing", []Entry{at(0, "l", Started), at(20, "l", "sung"), at(40, "l", Passed)}, 0, 0},
		{"a lesson is forgotten", []Entry{at(0, "l", Started), at(5, "m", Started), at(8, "l", Reset), at(9, "m", Passed)}, 0, 3},
		{"what comes after is counted", []Entry{at(0, "l", Started), at(8, "l", Reset), at(9, "l", Started), at(11, "l", Passed)}, 2, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := replay(test.entries)
			if l, m := s.Spent("c", "l").Minutes(), s.Spent("c", "m").Minutes(); l != float64(test.l) || m != float64(test.m) {
				t.Errorf("l %v and m %v minutes, want %d and %d", l, m, test.l, test.m)
			}
		})
	}
	one := replay([]Entry{at(0, "l", Started), {ID: "i", Time: day.Add(time.Minute), Course: "c", Lesson: "l", Item: "i", Verb: Reset}})
	if got := one.Spent("c", "l"); got != time.Minute {
		t.Errorf("with an item forgotten: %v, want a minute", got)
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
	verbs := []Verb{Started, Failed, Hinted, Revealed, Passed, Skipped, Answered, Reset, Restored, "sung"}
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	entries := make([]Entry, n)
	for i := range entries {
		entries[i] = Entry{
			ID: fmt.Sprint(r.IntN(2 * n)), Time: time.Date(2026, 1, 1, 0, 0, r.IntN(n), 0, time.UTC),
			Course: pick("c", "d"), Lesson: pick("", "l", "m"), Item: pick("", "i", "j", "k"),
			Step: r.IntN(4), Verb: verbs[r.IntN(len(verbs))], Hash: pick("", "h", "h2"), Detail: pick("", "x", fmt.Sprint(r.IntN(2*n))),
		}
	}
	return entries
}
