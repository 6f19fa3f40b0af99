//go:build linux

package sandbox_test

import (
	"strconv"
	"strings"
	"testing"

	"capas/runner/engine/embedded/sandbox"
)

// Where there are no control groups, what Go reserves is allowed beside.
func TestMemoryIsBounded(t *testing.T) {
	root := newRoot(t)
	spec := attemptSpec(t, root, "memory 300")
	spec.Limits.Memory = 64 << 20
	p := start(t, spec)
	switch status := p.Wait(); {
	case sandbox.LimitsExact() && (status.Code != 128+9 || !status.OOMKilled):
		t.Errorf("%+v, want it killed for want of memory", status)
	case status.Code == 0:
		t.Errorf("%+v, want it failed", status)
	}
	spec = attemptSpec(t, root, "memory 20")
	spec.Limits.Memory = 64 << 20
	if status := start(t, spec).Wait(); status != (sandbox.Status{}) {
		t.Errorf("with less %+v", status)
	}
}

func TestForkBombIsBounded(t *testing.T) {
	root := newRoot(t)
	spec := attemptSpec(t, root, "threads")
	spec.Limits.Processes = 100
	out, _ := run(t, spec)
	n, err := strconv.Atoi(strings.Fields(out)[0])
	if err != nil || n >= 1000 || sandbox.LimitsExact() && n >= 100 {
		t.Errorf("it had %d processes (%v), and said %q", n, err, out)
	}
}

func TestLimitsHoldForExec(t *testing.T) {
	spec := sandbox.Spec{Root: newRoot(t), Command: waiting(), Mounts: []sandbox.Mount{tool(t)}}
	spec.Limits.Memory = 64 << 20
	p := start(t, spec)
	if code := execIn(t, p, command("/attempt", "memory", "300")).Wait().Code; code == 0 {
		t.Error("more memory than allowed")
	}
}
