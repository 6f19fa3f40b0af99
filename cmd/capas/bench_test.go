package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkList is the whole process: start, read the course and the journal, print. The limit to stay under is 50 ms;
// «×docker» is how many times as long it takes as «docker --version», which reads nothing, run in turn with it.
func BenchmarkList(b *testing.B) {
	program := filepath.Join(b.TempDir(), "capas")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("building capas: %v\n%s", err, out)
	}
	home := b.TempDir()
	run := func(name string, args ...string) time.Duration {
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), "HOME="+home, "XDG_STATE_HOME="+home)
		began := time.Now()
		if err := cmd.Run(); err != nil {
			b.Fatalf("%s: %v", name, err)
		}
		return time.Since(began)
	}
	run(program, "hint", "build/make-folder") // a journal to read
	var ours, docker time.Duration
	_, err := exec.LookPath("docker")
	for b.Loop() {
		ours += run(program, "list")
		if err == nil {
			docker += run("docker", "--version")
		}
	}
	b.ReportMetric(float64(ours.Milliseconds())/float64(b.N), "ms/list")
	if docker > 0 {
		b.ReportMetric(float64(ours)/float64(docker), "×docker")
	}
}
