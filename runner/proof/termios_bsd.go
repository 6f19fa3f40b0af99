//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package proof

import "golang.org/x/sys/unix"

const getTermios = unix.TIOCGETA
