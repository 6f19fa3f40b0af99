package sandbox

import (
	"errors"
	"io"
	"os"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// openTerminal makes a terminal of the container's own, whose master the starter gets.
func (in *inner) openTerminal(size Size) (*os.File, error) {
	master, tty, err := pty.Open()
	if err != nil {
		return nil, err
	}
	defer master.Close()
	if size != (Size{}) {
		if err := resize(master, size); err != nil {
			return nil, err
		}
	}
	return tty, in.send(message{}, master)
}

// takeTerminal makes a terminal the container's console and the standard streams of this process.
func (in *inner) takeTerminal(size Size) error {
	tty, err := in.openTerminal(size)
	if err != nil {
		return err
	}
	if err := bindFile(tty.Name(), "/dev/console"); err != nil {
		return err
	}
	for fd := range 3 {
		if err := unix.Dup3(int(tty.Fd()), fd, 0); err != nil {
			return os.NewSyscallError("dup3", err)
		}
	}
	return os.NewSyscallError("taking the terminal", unix.IoctlSetInt(0, unix.TIOCSCTTY, 0))
}

// resize leaves the file to the runtime's poller, unlike pty.Setsize.
func resize(master *os.File, size Size) error {
	conn, err := master.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = conn.Control(func(fd uintptr) {
		failed = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: size.Rows, Col: size.Cols})
	})
	return errors.Join(err, os.NewSyscallError("TIOCSWINSZ", failed))
}

// terminalOutput reads a terminal's master to the end: when the last program is gone from it, Linux says EIO.
type terminalOutput struct{ *os.File }

func (t terminalOutput) Read(p []byte) (int, error) {
	n, err := t.File.Read(p)
	if errors.Is(err, unix.EIO) {
		err = io.EOF
	}
	return n, err
}

// Close leaves the master open: it is the program's input too, and closed with the process.
func (t terminalOutput) Close() error { return nil }

// terminalInput writes to a terminal's master. A terminal's input has no end but the one that is typed.
type terminalInput struct{ *os.File }

func (t terminalInput) Close() error { return nil }
