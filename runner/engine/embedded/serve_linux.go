package embedded

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/containerd/log"
	"github.com/gofrs/flock"

	"capas/internal/message"
	"capas/runner/engine/embedded/daemon"
	"capas/runner/engine/embedded/sandbox"
)

// Serving is how an engine is served.
type Serving struct {
	Stay   bool   // until the context ends; otherwise until nobody uses it and no container runs
	Inside bool   // this process has namespaces of its own already
	Ready  func() // called once it answers
}

// Serve is the engine of a home. It runs in a process with a mount namespace of its own, so that nothing of it stays mounted however
// it ends, and for an ordinary user with a user namespace too: unless it is Inside, Serve starts that process with this one's arguments
// and InsideFlag, and waits for its end if it shall stay.
func (h Home) Serve(ctx context.Context, s Serving) error {
	if err := ownFolder(h.Dir); err != nil {
		return err
	}
	if !s.Inside {
		return h.goInside(ctx, s.Stay)
	}
	users, lock := flock.New(h.path(usersFile)), flock.New(h.path(lockFile))
	defer users.Close() // last: who waits for it finds the engine's lock free
	if err := h.take(ctx, lock); err != nil {
		return err
	}
	defer lock.Close()
	if err := h.claim(); err != nil {
		return err
	}
	return h.serve(ctx, s, users)
}

// take locks the home. Whoever looks whether an engine runs has the lock for a moment too, so it is tried more than once.
func (h Home) take(ctx context.Context, lock *flock.Flock) error {
	ctx, cancel := context.WithTimeout(ctx, 10*again)
	defer cancel()
	got, err := lock.TryLockContext(ctx, again)
	if !got && (err == nil || errors.Is(err, context.DeadlineExceeded)) {
		return &BusyError{h.pid()}
	}
	return err
}

// InsideFlag is the argument of a process that Serve starts.
const InsideFlag = "--inside"

// goInside does not wait for its end where it only has to be seen that it answers.
func (h Home) goInside(ctx context.Context, wait bool) error {
	cmd := exec.Command("/proc/self/exe", append(os.Args[1:], InsideFlag)...)
	cmd.Args[0] = os.Args[0]
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C at the terminal reaches it through us
	if err := startInside(cmd); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	if wait {
		return <-ended
	}
	ctx, cancel := context.WithTimeout(ctx, startTime) // the one that answers may be another's, and gone before it was seen
	defer cancel()
	return h.awaitAnswer(ctx, ended)
}

// startInside does without the namespaces that this machine does not give: images can be looked at and moved without them.
func startInside(cmd *exec.Cmd) error {
	switch tier, _ := sandbox.Probe(); tier {
	case sandbox.TierRootless:
		return sandbox.StartRootless(cmd)
	case sandbox.TierRoot:
		cmd.SysProcAttr.Unshareflags = syscall.CLONE_NEWNS
	}
	return cmd.Start()
}

// claim writes who serves, and refuses the state of a newer program.
func (h Home) claim() error {
	text, err := os.ReadFile(h.path(versionFile))
	switch {
	case errors.Is(err, os.ErrNotExist):
		if err := os.WriteFile(h.path(versionFile), []byte(strconv.Itoa(Version)+"\n"), 0o600); err != nil {
			return err
		}
	case err != nil:
		return err
	default:
		found, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil || found > Version {
			return &NewerError{h.Dir, found, Version}
		}
	}
	return os.WriteFile(h.path(lockFile), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600)
}

func (h Home) serve(ctx context.Context, s Serving, users *flock.Flock) error {
	if err := log.SetLevel("warn"); err != nil {
		return err
	}
	if err := h.ownTemp(); err != nil {
		return err
	}
	engine, err := daemon.Open(ctx, h.Dir, mostBytes)
	if err != nil {
		return err
	}
	listener, err := h.listen()
	if err != nil {
		return errors.Join(err, engine.Close())
	}
	ctx, end := context.WithCancel(ctx)
	rested := make(chan struct{})
	go func() {
		defer close(rested)
		if !s.Stay {
			unused(ctx, engine, users)
			end()
		}
	}()
	s.Ready()
	err = engine.Serve(ctx, listener)
	end()
	<-rested
	return errors.Join(err, engine.Close())
}

// ownTemp has Docker's packages unpack on the disk where the images are, and takes away what a killed engine was unpacking.
func (h Home) ownTemp() error {
	dir := h.path("tmp")
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	return os.Setenv("TMPDIR", dir)
}

// unused returns when nobody has used the engine for a while and no container runs, with the users' lock taken: who would use the
// engine now waits until it is gone, and starts the next. It returns without the lock where the context ends before.
func unused(ctx context.Context, engine *daemon.Engine, users *flock.Flock) {
	tick := time.NewTicker(restTime / 10)
	defer tick.Stop()
	for since := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		alone, err := users.TryLock()
		if errors.Is(err, os.ErrNotExist) { // somebody took its folder away: nobody finds it any more
			return
		}
		if err != nil || !alone || engine.Busy() {
			since = time.Now()
		}
		if alone && time.Since(since) > restTime {
			return
		}
		if alone {
			_ = users.Unlock()
		}
	}
}

// Reset ends the engine and removes all that it keeps. As Serve does, it goes inside first, where the files of all users are its own.
func (h Home) Reset(ctx context.Context, inside bool) error {
	if !inside {
		if _, err := h.Stop(ctx); err != nil {
			return err
		}
		return h.goInside(ctx, true)
	}
	lock := flock.New(h.path(lockFile))
	if err := h.take(ctx, lock); errors.Is(err, os.ErrNotExist) { // nor is there a folder for it
		return nil
	} else if err != nil {
		return err
	}
	defer lock.Close()
	return os.RemoveAll(h.Dir)
}

// Able says what keeps containers from being made on this machine, or nothing.
func Able() *message.Advice {
	_, err := sandbox.Probe()
	var why *sandbox.NotPossibleError
	if !errors.As(err, &why) {
		return nil
	}
	advice := daemon.Advise(why)
	return &advice
}

// Init takes over where this process was started to be a part of a container. main calls it before anything else.
func Init() { sandbox.Init() }
