package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestAListIsPrintedBeforeMemoryIsCollected fails where what is linked initialises so much, or so early, that it is.
func TestAListIsPrintedBeforeMemoryIsCollected(t *testing.T) {
	cmd := exec.Command("capas", "list")
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_STATE_HOME="+t.TempDir(), "GODEBUG=gctrace=1")
	var trace strings.Builder
	cmd.Stderr = &trace
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, trace.String())
	}
	if strings.Contains(trace.String(), "gc 1 @") {
		t.Errorf("it was collected:\n%s", trace.String())
	}
}
