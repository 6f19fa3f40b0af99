package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// A starter and the process that it starts talk over two files: a pipe that brings the specification, and a socket on which
// messages come back. The socket's end without an error in it is how the starter knows that execve succeeded.
const (
	firstFD          = 3 // in the started process
	firstNamespaceFD = firstFD + 2
)

// message is what the started process has to say; one with a terminal carries its master.
type message struct {
	Error string `json:",omitempty"`
	Pid   int    `json:",omitempty"`
}

// inner is the started process's end.
type inner struct {
	spec     *os.File
	messages *os.File
}

func newInner(fd int) *inner {
	unix.CloseOnExec(fd)
	unix.CloseOnExec(fd + 1)
	return &inner{os.NewFile(uintptr(fd), "specification"), os.NewFile(uintptr(fd+1), "messages")}
}

func (in *inner) receive(spec any) error {
	defer in.spec.Close()
	if err := json.NewDecoder(in.spec).Decode(spec); err != nil {
		return fmt.Errorf("reading the specification: %w", err)
	}
	return nil
}

func (in *inner) send(m message, files ...*os.File) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	var rights []byte
	for _, f := range files {
		rights = append(rights, unix.UnixRights(int(f.Fd()))...)
	}
	return os.NewSyscallError("sendmsg", unix.Sendmsg(int(in.messages.Fd()), text, rights, nil, unix.MSG_NOSIGNAL))
}

// sendPid returns when the starter has hold of the process: until then it must not be reaped, lest its number become another's.
func (in *inner) sendPid(pid int) error {
	if err := in.send(message{Pid: pid}); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, in.messages)
	return err
}

// fail tells the starter and ends the process.
func (in *inner) fail(err error) {
	in.send(message{Error: err.Error()})
	os.Exit(1)
}

// abandoned tells whether the starter is no longer there.
func (in *inner) abandoned() bool {
	poll := []unix.PollFd{{Fd: int32(in.messages.Fd())}}
	n, err := unix.Poll(poll, 0)
	return err == nil && n > 0 && poll[0].Revents&unix.POLLHUP != 0
}

// outer is the starter's end.
type outer struct {
	spec     *os.File
	messages *net.UnixConn
}

// newOuter makes both ends; files are those that the process to start inherits.
func newOuter() (out *outer, files []*os.File, err error) {
	specIn, specOut, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		specIn.Close()
		specOut.Close()
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "messages"), os.NewFile(uintptr(pair[1]), "messages")
	defer ours.Close() // net.FileConn makes a copy
	conn, err := net.FileConn(ours)
	if err != nil {
		specIn.Close()
		specOut.Close()
		theirs.Close()
		return nil, nil, err
	}
	return &outer{specOut, conn.(*net.UnixConn)}, []*os.File{specIn, theirs}, nil
}

func (out *outer) close() {
	out.spec.Close()
	out.messages.Close()
}

func (out *outer) give(spec any) error {
	defer out.spec.Close()
	return json.NewEncoder(out.spec).Encode(spec)
}

// next is a message and the file that came with it, if any. After the last the error is io.EOF.
func (out *outer) next() (message, *os.File, error) {
	text, rights := make([]byte, 64<<10), make([]byte, unix.CmsgSpace(4))
	n, nr, _, _, err := out.messages.ReadMsgUnix(text, rights)
	switch {
	case errors.Is(err, unix.ECONNRESET): // the process ended with something of ours unread
		return message{}, nil, io.EOF
	case err != nil:
		return message{}, nil, err
	case n == 0:
		return message{}, nil, io.EOF
	}
	var m message
	if err := json.Unmarshal(text[:n], &m); err != nil {
		return message{}, nil, fmt.Errorf("reading a message of the started process: %w", err)
	}
	file, err := received(rights[:nr])
	return m, file, err
}

// received is the file in a control message, ready for the runtime's poller.
func received(rights []byte) (*os.File, error) {
	if len(rights) == 0 {
		return nil, nil
	}
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		return nil, err
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return nil, err
	}
	unix.CloseOnExec(fds[0])
	if err := unix.SetNonblock(fds[0], true); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fds[0]), "terminal"), nil
}
