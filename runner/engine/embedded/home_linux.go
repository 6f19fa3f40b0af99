package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"capas/runner/engine/embedded/daemon"
)

// Member is a program that uses the engine of a home. The engine stays as long as there is one.
type Member struct{ users *flock.Flock }

// Leave lets the engine go, unless others use it.
func (m *Member) Leave() error { return m.users.Close() }

// Join starts the engine of a home where it does not run, and returns when it answers.
func (h Home) Join(ctx context.Context) (*Member, error) {
	if err := ownFolder(h.Dir); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	users := flock.New(h.path(usersFile))
	if _, err := users.TryRLockContext(ctx, again); err != nil { // an engine that is leaving has it a moment
		return nil, fmt.Errorf("waiting for the engine inside capas: %w", err)
	}
	if err := h.start(ctx); err != nil {
		return nil, errors.Join(err, users.Close())
	}
	return &Member{users}, nil
}

// start sees to it that the engine answers. Two programs that start it at once start two; one of them finds the lock taken and ends.
func (h Home) start(ctx context.Context) error {
	if h.answers() {
		return nil
	}
	running, err := h.running()
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	if !running {
		if err := h.spawn(ended); err != nil {
			return err
		}
	}
	return h.awaitAnswer(ctx, ended)
}

// awaitAnswer returns when somebody listens at the socket, or when a process that was to do so has ended and nobody else is about to.
func (h Home) awaitAnswer(ctx context.Context, ended <-chan error) error {
	for !h.answers() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the engine inside capas: %w", ctx.Err())
		case <-ended:
			ended = nil
			if other, _ := h.running(); !other && !h.answers() {
				return h.failed()
			}
		case <-time.After(again):
		}
	}
	return nil
}

// answers reports whether somebody listens at the socket.
func (h Home) answers() bool {
	conn, err := net.Dial("unix", h.socket())
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// running reports whether an engine has the home.
func (h Home) running() (bool, error) {
	lock := flock.New(h.path(lockFile))
	got, err := lock.TryLock()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return !got, lock.Close()
}

// spawn starts the engine in a session of its own: it outlives this program and its terminal. How it ends is told in the channel.
func (h Home) spawn(ended chan<- error) error {
	log, err := os.OpenFile(h.path(logFile), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(h.Command[0], h.Command[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the engine inside capas: %w", err)
	}
	go func() { ended <- cmd.Wait() }()
	return nil
}

// failed is why the engine did not start, in its own words: the first error that its log has in the form of ours, and the hint to it.
func (h Home) failed() error {
	e := &FailedError{Log: h.path(logFile)}
	text, err := os.ReadFile(e.Log)
	if err != nil {
		e.Last = err.Error()
		return e
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if reason, ok := strings.CutPrefix(line, "capas: error: "); ok {
			e.Last = reason
		} else if hint, ok := strings.CutPrefix(line, "capas: hint: "); ok {
			e.Hint = hint
			return e
		} else if line != "" {
			e.Last = line
		}
	}
	return e
}

// Status asks how the engine is doing, and starts nothing.
func (h Home) Status() (Status, error) {
	s := Status{Host: h.Host(), Folder: h.Dir, Log: h.path(logFile)}
	running, err := h.running()
	if err != nil {
		return s, err
	}
	if running {
		s.Running, s.PID = true, h.pid()
	}
	s.Bytes, err = daemon.Usage(h.Dir)
	return s, err
}

func (h Home) pid() int {
	text, err := os.ReadFile(h.path(lockFile))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return pid
}

// Stop ends the engine and its containers, and returns when it has ended. It reports whether one ran.
func (h Home) Stop(ctx context.Context) (bool, error) {
	running, err := h.running()
	if err != nil || !running {
		return false, err
	}
	pid := h.pid() // it holds the lock, so the number is still its own
	if pid == 0 {
		return false, fmt.Errorf("no process id in %s", h.path(lockFile))
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return true, fmt.Errorf("ending the engine inside capas: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	lock := flock.New(h.path(lockFile))
	if _, err := lock.TryLockContext(ctx, again); err != nil {
		return true, fmt.Errorf("waiting for the engine inside capas to end: %w", err)
	}
	return true, lock.Close()
}
