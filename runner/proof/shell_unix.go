//go:build unix

package proof

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"capas/internal/message"
)

const (
	quiet    = 500 * time.Millisecond // a program that shows nothing for so long, and has asked for something, waits for it
	farewell = 2 * time.Second        // for a shell that was hung up on
	longest  = 4000                   // bytes in a line that a terminal takes
)

// The window is wide, so that what docker says of a build stands in one line.
var window = &pty.Winsize{Rows: 40, Cols: 160}

// shell is bash on a terminal, to be typed into line by line as a learner does. Its lines are not edited (no readline), so
// that a tab in a Dockerfile is a tab.
type shell struct {
	cmd      *exec.Cmd
	keys     *os.File // what is typed goes in, what is shown comes out
	patience time.Duration
	ps1, ps2 string // our prompts: nothing else shows them

	mu    sync.Mutex
	shown bytes.Buffer
	typed int           // how much had been shown when the last line was typed
	news  chan struct{} // something was shown
	ended chan struct{} // the shell is gone
}

// openShell starts a shell and waits for its first prompt.
func openShell(ctx context.Context, dir string, env []string, patience time.Duration) (*shell, error) {
	path, err := exec.LookPath("bash")
	if err != nil {
		return nil, fmt.Errorf("solutions are typed into bash, and there is none: install it: %w", err)
	}
	mark := rand.Text()
	s := &shell{
		cmd: exec.Command(path, "--norc", "--noprofile", "--noediting", "-i"),
		ps1: "<" + mark + ">$ ", ps2: "<" + mark + ">> ",
		patience: patience, news: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	s.cmd.Dir = dir
	s.cmd.Env = append(env, "PS1="+s.ps1, "PS2="+s.ps2)
	if s.keys, err = pty.StartWithSize(s.cmd, window); err != nil {
		return nil, fmt.Errorf("starting a shell on a terminal: %w", err)
	}
	go s.watch()
	go func() {
		_ = s.cmd.Wait()
		close(s.ended)
	}()
	if err := s.settle(ctx); err != nil {
		s.close()
		return nil, fmt.Errorf("starting a shell on a terminal: it %w", err)
	}
	return s, nil
}

// watch keeps what the terminal shows, until it is closed.
func (s *shell) watch() {
	buf := make([]byte, 32<<10)
	for {
		n, err := s.keys.Read(buf)
		s.mu.Lock()
		s.shown.Write(buf[:n])
		s.mu.Unlock()
		select {
		case s.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// play types the lines one by one, each when the one before is done with. Its error is for the author of the lines.
func (s *shell) play(ctx context.Context, lines []string) error {
	for i, line := range lines {
		if len(line) > longest {
			return fmt.Errorf("line %d has %d bytes, and a terminal takes %d: break it up", i+1, len(line), longest)
		}
		s.enter(line)
		err := s.settle(ctx)
		if errors.Is(err, errLeft) && i == len(lines)-1 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("line %d, %q, %w", i+1, line, err)
		}
	}
	return nil
}

// enter types a line. Where the shell is gone nobody reads it, and settle tells.
func (s *shell) enter(line string) {
	s.mu.Lock()
	s.typed = s.shown.Len()
	s.mu.Unlock()
	_, _ = s.keys.WriteString(line + "\r")
}

var errLeft = errors.New("ended the shell, and there is more to type")

// settle waits until something wants the next line: the shell, or a program that it runs.
func (s *shell) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	silence := time.NewTimer(quiet)
	for !s.prompts() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("had not ended after %v; if it waits for something to be typed, give it a terminal (-it) or what it waits for", s.patience)
		case <-s.ended:
			return errLeft
		case <-s.news:
			silence.Reset(quiet)
		case <-silence.C:
			if s.taken() {
				return nil
			}
			silence.Reset(quiet)
		}
	}
	return nil
}

// since is what was shown since the last line was typed.
func (s *shell) since() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.shown.Bytes()[s.typed:])
}

// prompts reports whether the shell asks for a line.
func (s *shell) prompts() bool {
	shown := s.since()
	return strings.HasSuffix(shown, s.ps1) || strings.HasSuffix(shown, s.ps2)
}

// taken reports whether a program reads the terminal: it takes the keys as they come, or hides them, and has asked for
// something, which one does in the middle of a line. A program that has nothing more to say has ended its line.
func (s *shell) taken() bool {
	var state *unix.Termios
	s.control(func(fd int) { state, _ = unix.IoctlGetTermios(fd, getTermios) })
	if state == nil || state.Lflag&unix.ICANON != 0 && state.Lflag&unix.ECHO != 0 {
		return false
	}
	asked := message.Clean(s.since())
	return asked != "" && !strings.HasSuffix(asked, "\n")
}

// front is the group of processes that has the terminal, 0 where nothing has.
func (s *shell) front() int {
	group := 0
	s.control(func(fd int) { group, _ = unix.IoctlGetInt(fd, unix.TIOCGPGRP) })
	return group
}

// control does something with the terminal's descriptor. (File.Fd would make reads of it unending.)
func (s *shell) control(do func(fd int)) {
	if conn, err := s.keys.SyscallConn(); err == nil {
		_ = conn.Control(func(fd uintptr) { do(int(fd)) })
	}
}

// close hangs up, as a terminal does whose window is closed, and ends what does not heed it.
func (s *shell) close() {
	front := s.front()
	_ = s.cmd.Process.Signal(syscall.SIGHUP) // bash passes it on
	select {
	case <-s.ended:
	case <-time.After(farewell):
	}
	for _, group := range []int{front, s.cmd.Process.Pid} {
		if group > 1 {
			_ = syscall.Kill(-group, syscall.SIGKILL)
		}
	}
	<-s.ended
	_ = s.keys.Close()
}

// transcript is what the terminal showed, with prompts as people know them and nothing that steers another terminal.
func (s *shell) transcript() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.NewReplacer(s.ps1, "$ ", s.ps2, "> ").Replace(s.shown.String())
	return strings.TrimSuffix(message.Clean(text), "$ ")
}
