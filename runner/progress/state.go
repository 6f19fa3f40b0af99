package progress

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// State is what the journal amounts to. The same entries give the same state, in whatever order and however often they
// come, so two journals merge by putting their lines together.
type State struct {
	courses map[string]map[string]*lesson
	resets  map[string]Entry // the last one of each course
	clock   int              // entries replayed: orders what happened in different lessons

	at    *lesson   // of the last entry
	since time.Time // that entry's
}

type lesson struct {
	items    map[string]*Item
	position Position
	last     time.Time
	touched  int // the state's clock at that time
	spent    time.Duration
}

// Pause is the longest gap between two entries that counts as time spent. In a longer one the learner was away, for all
// that anybody knows.
const Pause = 30 * time.Minute

// Status is how far an item has come.
type Status int

// The answers of Item.Status.
const (
	Untouched       Status = iota
	InProgress             // started, and not done
	SkippedOver            // left out, and not done
	Changed                // done, but what is asked has changed since
	DoneAnswered           // a quiz that was answered
	DonePassed             // an exercise that passed
	DoneAfterReveal        // an exercise that passed after its solution was shown
)

var statusNames = [...]string{"untouched", "started", "skipped", "changed", "answered", "passed", "revealed"}

func (s Status) String() string { return statusNames[s] }

// MarshalText writes the status in one English word; "revealed" is passed after the solution was shown.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Done reports whether nothing is left to do.
func (s Status) Done() bool { return s >= DoneAnswered }

// Item is what happened to one item. The zero Item is untouched.
type Item struct {
	Hints    int  // hints shown, of the item as it was last asked
	Failures int  // the same
	Revealed bool // the same
	Last     time.Time

	open  Status            // while it is not done
	hash  string            // as it was last asked
	done  map[string]Status // by hash
	first map[string]bool   // of those done, by hash: without a failure and without a look at the solution
}

// Status is how far the item has come that has this hash now.
func (it Item) Status(hash string) Status {
	if s, ok := it.done[hash]; ok {
		return s
	}
	if len(it.done) > 0 {
		return Changed
	}
	return it.open
}

// Done reports whether the item was done once, whatever has been asked since.
func (it Item) Done() bool { return len(it.done) > 0 }

// FirstTry reports whether the item that has this hash was done without failing before, and without its solution.
func (it Item) FirstTry(hash string) bool { return it.first[hash] }

// HintsOf is how many hints were shown of the item that has this hash now.
func (it Item) HintsOf(hash string) int {
	if it.hash != hash {
		return 0
	}
	return it.Hints
}

// Position is where a learner is in a lesson. The item is the anchor: steps may have come or gone before it since.
type Position struct {
	Item  string // the last item reached; "" where none was
	Since int    // steps from the one of the item to where the learner is
	Step  int    // where the learner is, as the lesson was numbered then; 0 is its opening

	itemStep int
}

// Item returns what happened to an item.
func (s *State) Item(course, lesson, item string) Item {
	if l := s.courses[course][lesson]; l != nil && l.items[item] != nil {
		return *l.items[item]
	}
	return Item{}
}

// Position returns where the learner is in a lesson, and false where the lesson was never begun.
func (s *State) Position(course, lesson string) (Position, bool) {
	l := s.courses[course][lesson]
	if l == nil {
		return Position{}, false
	}
	return l.position, true
}

// Touched is when something last happened in a lesson; the zero time where nothing did.
func (s *State) Touched(course, lesson string) time.Time {
	if l := s.courses[course][lesson]; l != nil {
		return l.last
	}
	return time.Time{}
}

// Spent is the time spent in a lesson, as far as the journal can tell: the gaps between an entry of it and the next one of
// any lesson, but for those longer than Pause.
func (s *State) Spent(course, lesson string) time.Duration {
	if l := s.courses[course][lesson]; l != nil {
		return l.spent
	}
	return 0
}

// LastReset is the last reset of a course, or of something in it, that was not taken back.
func (s *State) LastReset(course string) (Entry, bool) {
	e, ok := s.resets[course]
	return e, ok
}

// LastLesson is the lesson of a course in which something happened last; "" where nothing did.
func (s *State) LastLesson(course string) string {
	last, at := "", 0
	for id, l := range s.courses[course] {
		if l.touched > at {
			last, at = id, l.touched
		}
	}
	return last
}

func replay(entries []Entry) *State {
	s := &State{courses: map[string]map[string]*lesson{}, resets: map[string]Entry{}}
	entries = union(entries)
	void := takenBack(entries)
	for _, e := range entries {
		if !void[e.ID] {
			s.apply(e)
		}
	}
	return s
}

// takenBack are the ids of the resets that do not count. They may come before or after what takes them back.
func takenBack(entries []Entry) map[string]bool {
	void := map[string]bool{}
	for _, e := range entries {
		if e.Verb == Restored {
			void[e.Detail] = true
		}
	}
	for _, e := range entries {
		if e.Verb != Reset {
			delete(void, e.ID)
		}
	}
	return void
}

// union puts entries into the one order that does not depend on the file they came from, each id once.
func union(entries []Entry) []Entry {
	sorted := slices.Clone(entries)
	slices.SortFunc(sorted, order)
	seen := make(map[string]bool, len(sorted))
	return slices.DeleteFunc(sorted, func(e Entry) bool {
		again := seen[e.ID]
		seen[e.ID] = true
		return again
	})
}

// order is that of time. Entries that claim one id and one time, which only a hand that edits makes, are ordered by their text.
func order(a, b Entry) int {
	return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID), compareText(a, b))
}

func compareText(a, b Entry) int {
	if a == b {
		return 0
	}
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return slices.Compare(x, y)
}

func (s *State) apply(e Entry) {
	s.clock++
	switch {
	case e.Verb == Reset:
		s.spend(e.Time)
		s.forget(e)
		s.resets[e.Course] = e
	case !tellsOfAnItem[e.Verb]: // Restored has been heeded; what a newer capas wrote it alone understands
	default:
		s.spend(e.Time)
		s.at = s.lesson(e)
		s.at.apply(e, s.clock)
	}
}

// tellsOfAnItem are the verbs of what a learner did with an item, or in a lesson.
var tellsOfAnItem = map[Verb]bool{Started: true, Failed: true, Hinted: true, Revealed: true, Passed: true, Skipped: true, Answered: true}

// spend counts the time since the last entry for the lesson of that one.
func (s *State) spend(now time.Time) {
	if gap := now.Sub(s.since); s.at != nil && gap <= Pause {
		s.at.spent += gap
	}
	s.at, s.since = nil, now
}

func (s *State) forget(e Entry) {
	switch {
	case e.Lesson == "":
		delete(s.courses, e.Course)
	case e.Item == "":
		delete(s.courses[e.Course], e.Lesson)
	case s.courses[e.Course][e.Lesson] != nil:
		delete(s.courses[e.Course][e.Lesson].items, e.Item)
	}
}

func (s *State) lesson(e Entry) *lesson {
	if s.courses[e.Course] == nil {
		s.courses[e.Course] = map[string]*lesson{}
	}
	if s.courses[e.Course][e.Lesson] == nil {
		s.courses[e.Course][e.Lesson] = &lesson{items: map[string]*Item{}}
	}
	return s.courses[e.Course][e.Lesson]
}

func (l *lesson) apply(e Entry, clock int) {
	l.last, l.touched = e.Time, clock
	l.position.move(e)
	if e.Item == "" {
		return
	}
	if l.items[e.Item] == nil {
		l.items[e.Item] = &Item{done: map[string]Status{}, first: map[string]bool{}}
	}
	l.items[e.Item].apply(e)
}

func (p *Position) move(e Entry) {
	if e.Item != "" && (e.Item != p.Item || e.Step > 0) {
		p.Item, p.itemStep = e.Item, e.Step
	}
	if e.Step > 0 {
		p.Step = e.Step
	}
	p.Since = 0
	if p.itemStep > 0 {
		p.Since = p.Step - p.itemStep
	}
}

func (it *Item) apply(e Entry) {
	if e.Hash != "" && e.Hash != it.hash { // what is asked has changed: what it took before says nothing about it
		it.hash, it.Hints, it.Failures, it.Revealed = e.Hash, 0, 0, false
	}
	it.Last = e.Time
	switch e.Verb {
	case Skipped:
		it.open = SkippedOver
		return
	case Failed:
		it.Failures++
	case Hinted:
		it.Hints++
	case Revealed:
		it.Revealed = true
	case Passed:
		it.finish(e.Hash, it.passed())
	case Answered:
		it.finish(e.Hash, DoneAnswered)
	}
	it.open = InProgress
}

func (it *Item) passed() Status {
	if it.Revealed {
		return DoneAfterReveal
	}
	return DonePassed
}

// finish notes the first time: a solution that is looked up afterwards takes nothing away.
func (it *Item) finish(hash string, s Status) {
	if _, ok := it.done[hash]; !ok {
		it.done[hash] = s
		it.first[hash] = it.Failures == 0 && !it.Revealed
	}
}
