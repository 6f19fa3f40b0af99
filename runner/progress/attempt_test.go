package progress

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestAttemptsComeBack(t *testing.T) {
	a := Attempts{Dir: filepath.Join(t.TempDir(), "capas")}
	if got, err := a.Load("course", "item"); got != nil || err != nil {
		t.Errorf("before it began: %v, %v", got, err)
	}
	if err := a.Remove("course", "item"); err != nil {
		t.Errorf("removing nothing: %v", err)
	}
	want := &Attempt{
		Lesson: "lesson", Item: "item", Hash: "h", Began: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC),
		Values: map[string]string{"base": "ubuntu:24.04", "word": "<&>"},
	}
	for range 2 {
		if err := a.Save("course", want); err != nil {
			t.Fatal(err)
		}
	}
	got, err := a.Load("course", "item")
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if names, err := os.ReadDir(filepath.Join(a.Dir, "attempts", "course")); err != nil || len(names) != 1 {
		t.Errorf("something else is left there: %v, %v", names, err)
	}
	if err := a.Remove("course", "item"); err != nil {
		t.Error(err)
	}
	if got, err := a.Load("course", "item"); got != nil || err != nil {
		t.Errorf("once removed: %v, %v", got, err)
	}
}

func TestAForgottenAttemptKnowsWhatItMade(t *testing.T) {
	a := Attempts{Dir: t.TempDir()}
	if err := a.Forget("course", "item"); err != nil {
		t.Errorf("forgetting nothing: %v", err)
	}
	began := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	for item, made := range map[string][]string{"made": {"web:1"}, "nothing": nil} {
		err := a.Save("course", &Attempt{
			Lesson: "lesson", Item: item, Hash: "h", Began: began, Baseline: []byte(`{}`), Values: map[string]string{"a": "b"}, Made: made,
		})
		if err := errors.Join(err, a.Forget("course", item)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := a.Load("course", "made")
	if want := (&Attempt{Lesson: "lesson", Item: "made", Made: []string{"web:1"}}); err != nil || !reflect.DeepEqual(got, want) || !got.Forgotten() {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := a.Load("course", "nothing"); got != nil || err != nil {
		t.Errorf("one that made nothing: %+v, %v", got, err)
	}
}

func TestABrokenAttemptIsSetAside(t *testing.T) {
	a := Attempts{Dir: t.TempDir()}
	path := filepath.Join(a.Dir, "attempts", "course", "item.json")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	for n, broken := range []string{"", "{", "null", "[]", `{"item":"another"}`, "\x00\x00"} {
		if err := os.WriteFile(path, []byte(broken), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := a.Load("course", "item")
		var e *BrokenAttempt
		if got != nil || !errors.As(err, &e) || e.Path != path {
			t.Fatalf("%q: %v, %v", broken, got, err)
		}
		if contents(t, e.Aside) != broken {
			t.Errorf("%q is not what was set aside", broken)
		}
		if got, err := a.Load("course", "item"); got != nil || err != nil {
			t.Errorf("the second time: %v, %v", got, err)
		}
		if kept, _ := filepath.Glob(path + ".broken-*"); len(kept) != n+1 {
			t.Errorf("%d files set aside, want %d", len(kept), n+1)
		}
	}
}

func TestUnsafeIDsAreRefused(t *testing.T) {
	a := Attempts{Dir: t.TempDir()}
	for _, id := range []string{"", ".", "..", "../x", "a/b", `a\b`, "/x", "-x", ".x", "x.", "a b", "a\x00", "ñ", "a:b", strings.Repeat("a", 101)} {
		if _, err := a.Load(id, "item"); err == nil {
			t.Errorf("course %q was accepted", id)
		}
		if err := a.Save("course", &Attempt{Item: id}); err == nil {
			t.Errorf("item %q was accepted", id)
		}
		if err := a.Remove("course", id); err == nil {
			t.Errorf("item %q was removed", id)
		}
	}
	if names, err := os.ReadDir(a.Dir); err != nil || len(names) > 0 {
		t.Errorf("something was made: %v, %v", names, err)
	}
}

func TestAnAttemptThatCannotBeKept(t *testing.T) {
	a := Attempts{Dir: filepath.Join(t.TempDir(), "file")}
	if err := os.WriteFile(a.Dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var e *Error
	if err := a.Save("course", &Attempt{Item: "item"}); !errors.As(err, &e) || !e.Writing {
		t.Errorf("got %v", err)
	}
}
