//go:build !linux && !windows

package main

import (
	"errors"
	"testing"
)

// fullDisk needs a disk of its own, which only Linux makes of nothing.
func fullDisk(*testing.T, string) error { return errors.ErrUnsupported }
