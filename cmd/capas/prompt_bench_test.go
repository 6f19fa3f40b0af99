//go:build !windows

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"capas/internal/enginetest"
)

// mark is the prompt of the shells that are timed.
const mark = "@> "

// BenchmarkPrompt is how long it takes from Enter to the next prompt of a bash, behind a command that changes nothing: on its own, and as
// the practice shell with an exercise open; on an idle machine, and with each processor busy. «p95-ms» is its 95th percentile, for
// which the limit is 50; «×bare» how many times as long the practice shell takes as a bash alone, by the median, in turn with it.
func BenchmarkPrompt(b *testing.B) {
	enginetest.Client(b)
	t := buildTimed(b)
	if err := os.WriteFile(filepath.Join(t.home, ".bashrc"), []byte("PS1='"+mark+"'\n"), 0o644); err != nil {
		b.Fatal(err)
	}
	course, err := filepath.Abs("testdata/course")
	if err != nil {
		b.Fatal(err)
	}
	for _, busy := range []int{0, runtime.NumCPU()} {
		name := map[bool]string{true: "idle", false: "busy"}[busy == 0]
		b.Run(name, func(b *testing.B) {
			bare := openTerminal(b, t.home, "bash")
			practice := openTerminal(b, t.home, t.program, "--course", course, "learn", "small", "1")
			defer makeBusy(busy)()
			var alone, ours []time.Duration
			for b.Loop() {
				alone = append(alone, bare.command())
				ours = append(ours, practice.command())
			}
			slices.Sort(alone)
			slices.Sort(ours)
			b.ReportMetric(float64(ours[len(ours)*95/100].Microseconds())/1000, "p95-ms")
			b.ReportMetric(float64(ours[len(ours)/2])/float64(alone[len(alone)/2]), "×bare")
		})
	}
}

// makeBusy keeps so many processors busy until it is told to stop.
func makeBusy(processors int) (stop func()) {
	done := make(chan struct{})
	var all sync.WaitGroup
	for range processors {
		all.Go(func() {
			for n := 0; ; n++ {
				if n%1000 == 0 {
					select {
					case <-done:
						return
					default:
					}
				}
			}
		})
	}
	return func() { close(done); all.Wait() }
}

// terminal is a program on a terminal, which shows a prompt.
type terminal struct {
	b    *testing.B
	tty  *os.File
	said []byte
}

func openTerminal(b *testing.B, home, name string, args ...string) *terminal {
	b.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		b.Skip("bash is missing")
	}
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_STATE_HOME="+home, "SHELL="+bash, "TERM=xterm", "LANG=es_ES.UTF-8", "PS1="+mark)
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 100, Cols: 80})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = tty.Close()
		_ = cmd.Wait()
	})
	t := &terminal{b: b, tty: tty}
	t.prompt()
	t.command()
	return t
}

// prompt waits until one is shown, and forgets what was shown before.
func (t *terminal) prompt() {
	buf := make([]byte, 4096)
	for late := time.Now().Add(time.Minute); !bytes.Contains(t.said, []byte(mark)); {
		n, err := t.tty.Read(buf)
		if err != nil || time.Now().After(late) {
			t.b.Fatalf("waiting for a prompt: %v\n%s", err, t.said)
		}
		t.said = append(t.said, buf[:n]...)
	}
	t.said = nil
}

func (t *terminal) command() time.Duration {
	began := time.Now()
	if _, err := t.tty.WriteString(":\n"); err != nil {
		t.b.Fatal(err)
	}
	t.prompt()
	return time.Since(began)
}
