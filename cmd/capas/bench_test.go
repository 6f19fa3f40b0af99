//go:build !windows

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"capas/internal/coursetest"
)

// timed is the program as it is installed, and what its runs take.
type timed struct {
	b             *testing.B
	program, home string
}

func buildTimed(b *testing.B) timed {
	b.Helper()
	t := timed{b, filepath.Join(b.TempDir(), "capas"), b.TempDir()}
	if out, err := exec.Command("go", "build", "-o", t.program, ".").CombinedOutput(); err != nil {
		b.Fatalf("building capas: %v\n%s", err, out)
	}
	t.run(t.program, "hint", "build/make-folder") // a journal to read
	return t
}

// run is how long a command takes from its start to its end, and how many bytes it took at most.
func (t timed) run(name string, args ...string) (time.Duration, int64) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "HOME="+t.home, "XDG_STATE_HOME="+t.home)
	began := time.Now()
	if err := cmd.Run(); err != nil {
		t.b.Fatalf("%s %q: %v", name, args, err)
	}
	took := time.Since(began)
	peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS == "linux" {
		peak *= 1024
	}
	return took, peak
}

// BenchmarkList is the whole process: start, read the course and the journal, print. The limit to stay under is 50 ms;
// «×docker» is how many times as long it takes as «docker --version», which reads nothing, run in turn with it.
func BenchmarkList(b *testing.B) {
	t := buildTimed(b)
	var ours, docker time.Duration
	_, err := exec.LookPath("docker")
	for b.Loop() {
		took, _ := t.run(t.program, "list")
		ours += took
		if err == nil {
			took, _ = t.run("docker", "--version")
			docker += took
		}
	}
	b.ReportMetric(float64(ours.Milliseconds())/float64(b.N), "ms/list")
	if docker > 0 {
		b.ReportMetric(float64(ours)/float64(docker), "×docker")
	}
}

// BenchmarkCatalog is the whole process with a course of a thousand lessons in two languages. «×list» is how many times as long it
// takes as a list of the course that comes with capas, run in turn with it; «MB» is the most that it held, or that this test does.
func BenchmarkCatalog(b *testing.B) {
	t, course := buildTimed(b), coursetest.Write(b, 1000)
	for _, bm := range []struct {
		name string
		args []string
	}{
		{"list", []string{"list"}},
		{"list in English", []string{"list", "--lang", "en"}},
		{"show the last", []string{"show", "lesson-999", "1"}},
		{"Tab", []string{"__complete", "show", ""}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			t.b = b
			args := append([]string{bm.args[0], "--course", course}, bm.args[1:]...)
			var ours, small time.Duration
			var peak int64
			for b.Loop() {
				took, size := t.run(t.program, args...)
				ours, peak = ours+took, max(peak, size)
				took, _ = t.run(t.program, "list")
				small += took
			}
			b.ReportMetric(float64(ours)/float64(small), "×list")
			b.ReportMetric(float64(ours.Milliseconds())/float64(b.N), "ms/run")
			b.ReportMetric(float64(peak)/1e6, "MB")
		})
	}
}
