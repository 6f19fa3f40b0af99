//go:build unix

package shell

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// wanted is what the lesson wants of its keeper.
type wanted struct {
	Start  *start `json:"start,omitempty"`
	Hangup bool   `json:"hangup,omitempty"` // the shell is to end
}

// start is a shell to be started. Two descriptors come with it: where the shell writes, and where it reads.
type start struct {
	Path string   `json:"path"`
	Args []string `json:"args"`
	Dir  string   `json:"dir"`
	Env  []string `json:"env"`  // what is set beside, or in place of, the keeper's own variables
	Less []string `json:"less"` // what is not set
}

// happened is what the keeper tells: the shell ended, or did not start.
type happened struct {
	Error string `json:"error,omitempty"`
}

// line is one end of what runs between a keeper and its lesson.
type line struct {
	*net.UnixConn
	files []*os.File // that came and were not taken yet
}

// newLine returns one end, and the other as a file for a child.
func newLine() (*line, *os.File, error) {
	syscall.ForkLock.RLock()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, fmt.Errorf("making a pair of sockets: %w", err)
	}
	theirs := os.NewFile(uintptr(fds[1]), "keeper")
	l, err := lineOn(os.NewFile(uintptr(fds[0]), "lesson"))
	if err != nil {
		_ = theirs.Close()
	}
	return l, theirs, err
}

// lineOn takes a descriptor over.
func lineOn(f *os.File) (*line, error) {
	defer f.Close() // FileConn has one of its own
	conn, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	c, ok := conn.(*net.UnixConn)
	if !ok {
		return nil, fmt.Errorf("descriptor %s is no socket of ours", f.Name())
	}
	return &line{UnixConn: c}, nil
}

// Read also takes the descriptors that come with what it reads.
func (l *line) Read(p []byte) (int, error) {
	oob := make([]byte, unix.CmsgSpace(2*4))
	n, oobn, _, _, err := l.ReadMsgUnix(p, oob)
	switch {
	case err != nil:
		return 0, err
	case n == 0: // a stream's end has no error here
		return 0, io.EOF
	}
	messages, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil {
		return n, err
	}
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			return n, err
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			l.files = append(l.files, os.NewFile(uintptr(fd), "shell"))
		}
	}
	return n, nil
}

// take returns the descriptors that came.
func (l *line) take() []*os.File {
	files := l.files
	l.files = nil
	return files
}

// send writes a message, and descriptors with it.
func (l *line) send(message any, files ...*os.File) error {
	data, err := json.Marshal(message)
	if err != nil {
		return err
	}
	var oob []byte
	if len(files) > 0 {
		var fds []int
		for _, f := range files {
			fds = append(fds, int(f.Fd()))
		}
		oob = unix.UnixRights(fds...)
	}
	n, _, err := l.WriteMsgUnix(data, oob, nil)
	if err == nil && n < len(data) {
		_, err = l.Write(data[n:])
	}
	return err
}
