//go:build linux

package sandbox_test

import (
	"testing"

	"capas/runner/engine/embedded/sandbox"
)

func BenchmarkStart(b *testing.B) {
	root := newRoot(b)
	for b.Loop() {
		start(b, sandbox.Spec{Root: root, Command: command("true")}).Wait()
	}
}

func BenchmarkExec(b *testing.B) {
	p := start(b, sandbox.Spec{Root: newRoot(b), Command: waiting()})
	for b.Loop() {
		execIn(b, p, command("true")).Wait()
	}
}
