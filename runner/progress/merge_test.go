package progress

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"capas/internal/message"
)

// journalOf are the lines of entries.
func journalOf(entries ...Entry) []byte {
	var out []byte
	for _, e := range entries {
		text, err := json.Marshal(e)
		if err != nil {
			panic(err)
		}
		out = append(append(out, text...), '\n')
	}
	return out
}

// holding is a journal with these lines.
func holding(t testing.TB, text []byte) *Journal {
	t.Helper()
	j, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if text != nil {
		if err := os.WriteFile(j.Path(), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return j
}

func mergeInto(t testing.TB, j *Journal, other []byte) Merged {
	t.Helper()
	m, err := j.Merge(bytes.NewReader(other))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func exported(t testing.TB, j *Journal) []byte {
	t.Helper()
	data, _, err := j.Export()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestMergeIsAUnion: two histories that share a part, merged either way, once and again, make one journal, and that is what
// anybody gets who replays the lines of both.
func TestMergeIsAUnion(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for round := range 40 {
		all := anyEntries(r, 1+r.IntN(40))
		var a, b []Entry
		for _, e := range all {
			where := r.IntN(3)
			if where != 0 {
				a = append(a, e)
			}
			if where != 1 {
				b = append(b, e)
			}
		}
		ab, ba := holding(t, journalOf(a...)), holding(t, journalOf(b...))
		mergeInto(t, ab, journalOf(b...))
		mergeInto(t, ba, journalOf(a...))
		for _, j := range []*Journal{ab, ba} {
			if s, problems := read(t, j); len(problems) > 0 || !reflect.DeepEqual(s, replay(all)) {
				t.Fatalf("round %d: the merged journal amounts to something else (%v)", round, problems)
			}
		}
		if x, y := exported(t, ab), exported(t, ba); !bytes.Equal(x, y) {
			t.Fatalf("round %d: one way\n%sthe other\n%s", round, x, y)
		}
		before := contents(t, ab.Path())
		for _, other := range [][]byte{journalOf(b...), journalOf(a...), exported(t, ba), exported(t, ab)} {
			if m := mergeInto(t, ab, other); m.Added != 0 || contents(t, ab.Path()) != before {
				t.Fatalf("round %d: merged again, %d lines are new", round, m.Added)
			}
		}
	}
}

// TestAnyOrderOfMerges: the journals of three machines, taken over in any order, one after the other or two of them first, make one
// journal and one state.
func TestAnyOrderOfMerges(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for round := range 50 {
		all := anyEntries(r, 1+r.IntN(20))
		var journals [3][]byte
		for _, e := range all {
			for n := range journals {
				if r.IntN(2) == 0 {
					journals[n] = append(journals[n], journalOf(e)...)
				}
			}
		}
		whole, _ := together(t, nil, slices.Concat(journals[:]...))
		entries, _ := parse("", whole)
		want := replay(entries)
		for _, order := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			a, b, c := journals[order[0]], journals[order[1]], journals[order[2]]
			oneByOne, _ := together(t, a, b)
			oneByOne, _ = together(t, oneByOne, c)
			twoFirst, _ := together(t, b, c)
			twoFirst, _ = together(t, a, twoFirst)
			for _, merged := range [][]byte{oneByOne, twoFirst} {
				entries, problems := parse("", merged)
				if len(problems) > 0 || !reflect.DeepEqual(replay(entries), want) {
					t.Fatalf("round %d, order %v: another state (%v)", round, order, problems)
				}
				if got, _ := together(t, nil, merged); !bytes.Equal(got, whole) {
					t.Fatalf("round %d, order %v:\n%swant\n%s", round, order, got, whole)
				}
			}
		}
	}
}

// TestMergeOfACutJournal cuts the other journal at every byte: what is whole comes, and the next merge brings the rest.
func TestMergeOfACutJournal(t *testing.T) {
	entries := story(Started, Failed, Hinted, Passed)
	whole := journalOf(entries...)
	for cut := range len(whole) + 1 {
		got, m := together(t, journalOf(entries[0]), whole[:cut])
		lines := bytes.Count(append(slices.Clone(whole[:cut]), '\n'), []byte("}\n"))
		if m.Added != max(0, lines-1) || m.Known != min(lines, 1) {
			t.Fatalf("cut at %d: %+v, want %d lines of the journal", cut, m, lines)
		}
		torn := cut > 0 && whole[cut-1] != '\n' && whole[cut-1] != '}'
		if torn != (len(m.LeftOut) == 1) || torn && (m.LeftOut[0].Line != lines+1 || m.LeftOut[0].Err != errTorn) {
			t.Fatalf("cut at %d: left out %v", cut, m.LeftOut)
		}
		if got, _ := together(t, got, whole); !bytes.Equal(got, whole) {
			t.Fatalf("cut at %d: then whole:\n%s", cut, got)
		}
	}
}

// together is what Merge does, without files.
func together(t *testing.T, ours, other []byte) ([]byte, Merged) {
	t.Helper()
	theirs, m, err := readOther(other, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return merge(ours, theirs, m)
}

func TestMergeKeepsOurBrokenLines(t *testing.T) {
	e := timed(started("one"), started("two"), started("three"))
	ours := "first\n" + string(journalOf(e[0])) + "garbage\n\n[]\n" + string(journalOf(e[2])) + `{"id":"torn`
	j := holding(t, []byte(ours))
	mergeInto(t, j, journalOf(e[1]))
	want := "first\n" + string(journalOf(e[0])) + "garbage\n[]\n" + string(journalOf(e[1], e[2])) + `{"id":"torn` + "\n"
	if got := contents(t, j.Path()); got != want {
		t.Errorf("the journal is\n%swant\n%s", got, want)
	}
}

func TestMergeLeavesOutWhatCouldDoHarm(t *testing.T) {
	good := timed(started("one"))[0]
	future := Entry{ID: "f", Time: time.Now().AddDate(0, 0, 2), Course: "c", Verb: Reset}
	soon := Entry{ID: "s", Time: time.Now().Add(time.Hour), Course: "c", Lesson: "l", Item: "soon", Verb: Started, Hash: "h"}
	long := started(strings.Repeat("x", maxLine))
	long.ID, long.Time = "long", good.Time
	other := slices.Concat([]byte("garbage\n"), journalOf(good, future, soon, long), []byte("{\"id\":\"y\"}\n{\"id\":"))
	j := holding(t, nil)
	m := mergeInto(t, j, other)
	if m.Added != 2 || m.Known != 0 || m.Newer != 0 {
		t.Errorf("got %+v", m)
	}
	want := map[int]string{1: "broken", 3: "future", 5: "long", 6: "broken", 7: "torn"}
	for _, l := range m.LeftOut {
		if got := l.Text().ID; got != "progress.merge."+want[l.Line] {
			t.Errorf("line %d: %s", l.Line, got)
		}
		delete(want, l.Line)
		for _, lang := range message.Languages {
			if said := message.For(lang).Say(l.Text()); !strings.Contains(said, fmt.Sprint(l.Line)) {
				t.Errorf("%s: %q", lang, said)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("not told: %v", want)
	}
	s, problems := read(t, j)
	for _, item := range []string{"one", "soon"} {
		if len(problems) > 0 || s.Item("c", "l", item).Status("h") != InProgress {
			t.Errorf("%s is lost, or %v", item, problems)
		}
	}
}

func TestMergeKeepsWhatANewerCapasWrote(t *testing.T) {
	const newer = `{"id":"x","time":"2026-01-02T03:04:05Z","course":"c","lesson":"l","item":"i","verb":"started","hash":"h","mood":["good", "\u001b[31m"]}`
	const sung = `{"id":"y","time":"2026-01-02T03:04:06Z","course":"c","lesson":"l","item":"i","verb":"sung"}`
	j := holding(t, nil)
	if m := mergeInto(t, j, []byte(newer+"\n"+sung)); m.Added != 2 || m.Newer != 2 || len(m.LeftOut) > 0 {
		t.Errorf("got %+v", m)
	}
	if got := exported(t, j); string(got) != strings.Replace(newer, `", "`, `","`, 1)+"\n"+sung+"\n" {
		t.Errorf("the journal is\n%s", got)
	}
	if m := mergeInto(t, j, journalOf(story(Started, Failed, Hinted, Revealed, Passed, Skipped, Answered, Reset, Restored)...)); m.Newer != 0 {
		t.Errorf("of our own lines %d are of a newer capas", m.Newer)
	}
}

func TestMergeOfWhatIsNoJournal(t *testing.T) {
	for name, other := range map[string]string{
		"text":             "Hola.\nAdiós.\n",
		"JSON":             "{\n  \"name\": \"x\"\n}\n",
		"a binary":         "\x7fELF\x00\x00\x01\n\xff\xfe",
		"a broken archive": strings.Repeat("\x00", 1<<20),
		"many lines":       strings.Repeat("{\n", maxBroken+1) + string(journalOf(story(Started)...)),
	} {
		t.Run(name, func(t *testing.T) {
			j := holding(t, nil)
			if m, err := j.Merge(strings.NewReader(other)); !errors.Is(err, ErrNotAJournal) {
				t.Errorf("%+v, %v", m, err)
			}
			if names, _ := os.ReadDir(j.dir); len(names) > 0 {
				t.Errorf("something was made: %v", names)
			}
		})
	}
	if _, err := holding(t, nil).Merge(endless{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a file without an end: %v", err)
	}
	if _, err := holding(t, nil).Merge(broken{}); err == nil || errors.Is(err, ErrNotAJournal) {
		t.Errorf("a file that cannot be read: %v", err)
	}
	if m, err := holding(t, nil).Merge(strings.NewReader("\n \n")); err != nil || !reflect.DeepEqual(m, Merged{}) {
		t.Errorf("an empty one: %+v, %v", m, err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, fs.ErrPermission }

// What Windows PowerShell makes of «capas progress --export > file» is a journal too.
func TestMergeOfUTF16(t *testing.T) {
	text := string(journalOf(timed(Entry{Course: "c", Lesson: "l", Item: "i", Verb: Started, Hash: "h", Detail: "ñ"})...))
	wide := []byte{0xff, 0xfe}
	for _, r := range strings.ReplaceAll(text, "\n", "\r\n") {
		wide = append(wide, byte(r), byte(r>>8))
	}
	for name, other := range map[string][]byte{"UTF-16": wide, "a mark": []byte("\ufeff" + text)} {
		j := holding(t, nil)
		if m := mergeInto(t, j, other); m.Added != 1 || len(m.LeftOut) > 0 || contents(t, j.Path()) != text {
			t.Errorf("%s: %+v, the journal is\n%s", name, m, contents(t, j.Path()))
		}
	}
}

func TestMergeIntoAJournalThatIsElsewhere(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need rights there")
	}
	j, target := holding(t, nil), filepath.Join(t.TempDir(), "elsewhere.jsonl")
	if err := errors.Join(os.WriteFile(target, nil, 0o600), os.Symlink(target, j.Path())); err != nil {
		t.Fatal(err)
	}
	mergeInto(t, j, journalOf(story(Started)...))
	if info, err := os.Lstat(j.Path()); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is no more: %v, %v", info, err)
	}
	if got := contents(t, target); got != string(journalOf(story(Started)...)) {
		t.Errorf("it holds\n%s", got)
	}
}

// After a merge the last line is the last in time, so that what is done next comes after all.
func TestWhatIsDoneAfterAMergeComesLast(t *testing.T) {
	e := timed(started("i"), started("i"))
	e[1].Time, e[1].Verb = time.Now().Add(time.Hour), Passed
	j := holding(t, journalOf(e[1]))
	mergeInto(t, j, journalOf(e[0]))
	write(t, j, Entry{Course: "c", Lesson: "l", Item: "i", Verb: Reset})
	if s, _ := read(t, j); s.Item("c", "l", "i").Status("h") != Untouched {
		t.Error("an entry survived the reset after it")
	}
}

func TestExport(t *testing.T) {
	e := timed(started("one"), started("two"))
	dirty := strings.Replace(string(journalOf(e[0])), `"c"`, "\"c\u009b\u202e\x7f\xff\"", 1)
	j := holding(t, []byte("garbage\n"+string(journalOf(e[1], e[1]))+dirty+`{"id":"t`))
	got, problems, err := j.Export()
	if err != nil || len(problems) != 2 || problems[0].Line != 1 || !problems[1].Torn || problems[1].Path != j.Path() {
		t.Errorf("problems %+v, %v", problems, err)
	}
	want := strings.Replace(string(journalOf(e[0])), `"c"`, "\"c\\u009b\\u202e\\u007f\ufffd\"", 1) + string(journalOf(e[1]))
	if string(got) != want {
		t.Errorf("exported\n%swant\n%s", got, want)
	}
	none := open(t, filepath.Join(t.TempDir(), "none"))
	if got, problems, err := none.Export(); len(got) > 0 || len(problems) > 0 || err != nil {
		t.Errorf("of nothing: %q, %v, %v", got, problems, err)
	}
}

func TestResetKeepsTheJournal(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "state"))
	if kept, err := j.Reset("c", "", ""); kept != "" || err != nil {
		t.Errorf("of nothing %q is kept, %v", kept, err)
	}
	write(t, j, started("i"))
	seen := map[string]bool{}
	for range 3 { // within a second
		before := contents(t, j.Path())
		kept, err := j.Reset("c", "l", "i")
		if err != nil || seen[kept] || contents(t, kept) != before {
			t.Fatalf("kept in %q, %v", kept, err)
		}
		seen[kept] = true
		name := filepath.Base(kept)
		if _, err := time.Parse("progress-2006-01-02-150405", name[:len("progress-2006-01-02-150405")]); err != nil || filepath.Ext(name) != ".jsonl" {
			t.Errorf("it is called %s", name)
		}
		if info, err := os.Stat(kept); runtime.GOOS != "windows" && (err != nil || info.Mode().Perm() != 0o600) {
			t.Errorf("its mode is %v, %v", info.Mode(), err)
		}
	}
	if s, _ := read(t, j); s.Item("c", "l", "i").Status("h") != Untouched {
		t.Error("nothing was forgotten")
	}
}

// A journal that was kept, or that comes from elsewhere, brings nothing back that was done before the reset; to take the reset
// back does.
func TestAMergeDoesNotUndoAReset(t *testing.T) {
	j := open(t, t.TempDir())
	write(t, j, started("i"))
	kept, err := j.Reset("c", "l", "")
	if err != nil {
		t.Fatal(err)
	}
	mergeInto(t, j, []byte(contents(t, kept)))
	mergeInto(t, j, journalOf(timed(started("older"))...))
	s, _ := read(t, j)
	if s.Item("c", "l", "i").Status("h") != Untouched || s.Item("c", "l", "older").Status("h") != Untouched {
		t.Error("a merge brought it back")
	}
	reset, ok := s.LastReset("c")
	if !ok || j.Restore(reset) != nil {
		t.Fatal("no reset, or it stays")
	}
	s, _ = read(t, j)
	if _, again := s.LastReset("c"); again || s.Item("c", "l", "i").Status("h") != InProgress || s.Item("c", "l", "older").Status("h") != InProgress {
		t.Error("it did not come back")
	}
}

// FuzzMerge merges what is no journal at all, or a damaged one, with a journal of ours: what is ours stays, what is merged can
// be read, and a second time brings nothing.
func FuzzMerge(f *testing.F) {
	whole := journalOf(story(Started, Failed, Reset, Passed, Restored)...)
	f.Add(whole)
	f.Add(whole[:len(whole)-20])
	f.Add(append([]byte("garbage\n"), whole...))
	f.Add([]byte(`{"id":"a","time":"9999-12-31T23:59:59.999999999Z","verb":"reset"}`))
	f.Add([]byte(`{"id":"a","time":"0001-01-01T00:00:00.000000001-23:59","verb":"passed","course":"c","\u0069d":"b"}`))
	f.Add([]byte("{\"id\":\"a\",\t\"time\":\"2026-01-02T03:04:05Z\",\"verb\":\"\u009b\xff\",\"x\":{\"y\":[1e999]}}"))
	f.Add([]byte("\xff\xfe{\x00}\x00"))
	f.Fuzz(func(t *testing.T, other []byte) {
		ours := timed(started("one"), started("two"))
		for n := range ours {
			ours[n].ID = fmt.Sprintf("our own id %d", n)
		}
		theirs, m, err := readOther(other, time.Now())
		if err != nil {
			return
		}
		merged, m := merge(journalOf(ours...), theirs, m)
		entries, problems := parse("", merged)
		if len(problems) > 0 || len(entries) != len(ours)+m.Added || !slices.Contains(entries, ours[0]) || !slices.Contains(entries, ours[1]) {
			t.Fatalf("%d lines of %q were added, and the journal has %d and %v", m.Added, other, len(entries), problems)
		}
		if bad := message.Clean(string(merged)); bad != string(merged) {
			t.Errorf("it could steer a terminal: %q", merged)
		}
		replay(entries)
		again, second := merge(merged, theirs, Merged{})
		if second.Added != 0 || second.Known != len(theirs) || !bytes.Equal(again, merged) {
			t.Errorf("a second time it brings %d lines", second.Added)
		}
	})
}
