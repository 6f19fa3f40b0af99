package main

import "syscall"

// errnoText says an error number in the words of the C library; Go's own are in lower case.
func errnoText(n syscall.Errno) string {
	if s := n.Error(); s != "" {
		return string(s[0]&^0x20) + s[1:]
	}
	return "Unknown error"
}
