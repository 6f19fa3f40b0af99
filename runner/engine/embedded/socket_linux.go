package embedded

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// longestSocket is what a socket's address has room for, its zero byte and a temporary name's end set aside.
const longestSocket = 100

// Host is the engine's address, as in DOCKER_HOST, whether it runs or not.
func (h Home) Host() string { return "unix://" + h.socket() }

// socket is in the home, unless its path is too long for an address.
func (h Home) socket() string {
	if path := h.path(socketFile); len(path) <= longestSocket {
		return path
	}
	sum := sha256.Sum256([]byte(h.Dir))
	return filepath.Join("/tmp", fmt.Sprintf("capas-%d", os.Getuid()), hex.EncodeToString(sum[:8])+".sock")
}

// listen opens the socket in a folder that only this user may enter.
func (h Home) listen() (net.Listener, error) {
	path := h.socket()
	if err := ownFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) { // whoever listened is gone: we hold the lock
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	return l, os.Chmod(path, 0o600)
}

// ownFolder makes a folder of this user alone. One that is there already must be that: others can make folders in /tmp too.
func ownFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !info.IsDir() || !ok || stat.Uid != uint32(os.Getuid()) {
		return fmt.Errorf("%s belongs to somebody else", dir)
	}
	return os.Chmod(dir, 0o700)
}
