package runner

import (
	"errors"
	"testing"
	"time"

	"capas/checks"
	"capas/internal/message"
)

func report(v checks.Verdict) *Report {
	return &Report{Verdict: v, Results: []checks.Result{{Verdict: v, Want: message.New("runner.passed")}}}
}

func rings(lv *live) bool {
	select {
	case <-lv.bell:
		return true
	default:
		return false
	}
}

func following(t *testing.T) *live {
	tu, _ := tutor(t, "\n## Paso\n\nUno.\n")
	return &live{tutor: tu, bell: make(chan struct{}, 1)}
}

func TestOnlyWhatIsNewIsTold(t *testing.T) {
	lv := following(t)
	lv.found(report(checks.Fail))
	if rings(lv) {
		t.Error("what has not been begun rang")
	}
	lv.found(report(checks.Fail))
	if rings(lv) {
		t.Error("the same again rang")
	}
	lv.found(report(checks.Pass))
	if !rings(lv) {
		t.Fatal("a pass did not ring")
	}
	if n, _, _ := lv.take(); n == nil || n.Report.Verdict != checks.Pass || n.back {
		t.Errorf("news %+v", n)
	}
}

func TestWhatIsMissingIsToldWhenNothingChangesAnyMore(t *testing.T) {
	lv := following(t)
	lv.found(report(checks.Fail))
	lv.found(differently(report(checks.Fail)))
	if rings(lv) {
		t.Error("it rang in the middle of a command")
	}
	if n, _, _ := lv.take(); n != nil {
		t.Errorf("news %+v in the middle of a command", n)
	}
	lv.settled()
	if n, _, _ := lv.take(); !rings(lv) || n == nil || n.Report == nil {
		t.Errorf("news %+v after it", n)
	}
	lv.found(report(checks.Fail))
	lv.found(report(checks.Pass))
	if n, _, _ := lv.take(); !rings(lv) || n == nil || n.Report.Verdict != checks.Pass {
		t.Errorf("news %+v, want the pass at once", n)
	}
}

// differently is the report with something else to read.
func differently(r *Report) *Report {
	r.Results[0].Got = message.New("runner.right")
	return r
}

func TestWhatIsDoneFromTheStartIsTold(t *testing.T) {
	lv := following(t)
	lv.found(report(checks.Pass))
	if !rings(lv) {
		t.Error("it did not ring")
	}
}

func TestEngineThatIsLostIsToldOnceAndThatItIsBack(t *testing.T) {
	lv := following(t)
	lv.found(report(checks.Fail))
	lv.lose(errors.New("gone"))
	if !rings(lv) {
		t.Fatal("lost without a word")
	}
	if _, lost, _ := lv.take(); lost == nil {
		t.Fatal("nothing was lost")
	}
	lv.lose(errors.New("still gone"))
	if rings(lv) {
		t.Error("lost twice")
	}
	lv.found(report(checks.Fail))
	if !rings(lv) {
		t.Fatal("back without a word")
	}
	if n, _, _ := lv.take(); n == nil || !n.back || n.Report != nil {
		t.Errorf("news %+v, want that it is back and nothing else", n)
	}
}

// The bell's place may be taken by the key that answered the menu.
func TestNewsThatCameWithAnAnswerRingAgain(t *testing.T) {
	lv := following(t)
	lv.found(report(checks.Pass))
	<-lv.bell
	if <-lv.wake(); lv.news == nil {
		t.Error("no news")
	}
}

func TestBugOfTheFollowerComesOutInTheTerminalsGoroutine(t *testing.T) {
	lv := following(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer lv.carry()
		panic("a bug")
	}()
	<-done
	defer func() {
		if recover() != "a bug" {
			t.Error("the panic was swallowed")
		}
	}()
	lv.take()
}

// TestNobodyWaitsForAFollowingThatBroke: its panic goes on where the report is taken, at once.
func TestNobodyWaitsForAFollowingThatBroke(t *testing.T) {
	lv := &live{wanted: 1, looked: make(chan struct{}), bell: make(chan struct{}, 1)}
	func() {
		defer lv.carry()
		panic("a bug")
	}()
	if !lv.caughtUp(t.Context(), time.Minute) {
		t.Error("it was waited for")
	}
	defer func() {
		if recover() == nil {
			t.Error("the panic did not go on")
		}
	}()
	_, _, _ = lv.take()
}
