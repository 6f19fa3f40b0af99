//go:build linux

package daemon

import (
	"os"
	"testing"

	"capas/runner/engine/embedded/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Init()
	os.Exit(m.Run())
}
