//go:build linux

package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/backend"
	containertypes "github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/container"
	"github.com/docker/docker/container/stream"
	"github.com/docker/docker/errdefs"
	"github.com/moby/term"

	"capas/runner/engine/embedded/sandbox"
)

// ContainerExecCreate prepares one more program for a running container.
func (d *daemon) ContainerExecCreate(name string, options *containertypes.ExecOptions) (string, error) {
	c, err := d.findRunning(name)
	if err != nil {
		return "", err
	}
	if options.Privileged {
		return "", absentHere("docker exec --privileged")
	}
	keys, err := detachKeys(options.DetachKeys)
	if err != nil {
		return "", err
	}
	e := container.NewExecConfig(c)
	e.OpenStdin, e.OpenStdout, e.OpenStderr = options.AttachStdin, options.AttachStdout, options.AttachStderr
	e.Entrypoint, e.Args = options.Cmd[0], options.Cmd[1:]
	e.Tty, e.ConsoleSize, e.DetachKeys = options.Tty, options.ConsoleSize, keys
	e.User, e.WorkingDir = options.User, options.WorkingDir
	fill(&e.User, c.Config.User)
	fill(&e.WorkingDir, c.Config.WorkingDir)
	who, _ := userOf(c, e.User) // that there is no such user is said when it starts, as Docker does
	e.Env = environment(c, options.Tty, who.home, options.Env)
	c.ExecCommands.Add(e.ID, e)
	d.execs.Add(e.ID, e)
	d.tellExec(e, events.ActionExecCreate)
	return e.ID, nil
}

// tellExec names the program in the action, as Docker's events do.
func (d *daemon) tellExec(e *container.ExecConfig, action events.Action) {
	d.tell(e.Container, events.Action(string(action)+": "+e.Entrypoint+" "+strings.Join(e.Args, " ")), "execID", e.ID)
}

func (d *daemon) exec(id string) (*container.ExecConfig, error) {
	e := d.execs.Get(id)
	if e == nil || d.containers.Get(e.Container.ID) == nil {
		return nil, notFound("exec instance", id)
	}
	return e, nil
}

// ExecExists reports whether an exec can be started.
func (d *daemon) ExecExists(id string) (bool, error) {
	e, err := d.exec(id)
	if err != nil {
		return false, err
	}
	if !e.Container.IsRunning() {
		return false, notRunning(e.Container.ID)
	}
	return true, nil
}

// ContainerExecStart runs the program of an exec, and returns when it has ended or the client has left.
func (d *daemon) ContainerExecStart(ctx context.Context, id string, options backend.ExecStartConfig) (err error) {
	e, err := d.exec(id)
	if err != nil {
		return err
	}
	if err := claim(e); err != nil {
		return err
	}
	d.tellExec(e, events.ActionExecStart)
	defer func() {
		if err != nil {
			d.execFailed(e)
		}
	}()
	cfg := execStreams(e, options)
	e.StreamConfig.AttachStreams(&cfg)
	copying, stop := context.WithCancel(context.Background())
	defer stop()
	left := e.StreamConfig.CopyStreams(copying, &cfg)
	process, err := d.startExec(e, firstOf(options.ConsoleSize, e.ConsoleSize))
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return errors.Join(ctx.Err(), process.Signal(unixKill))
	case err := <-left:
		if errors.As(err, new(term.EscapeError)) {
			d.tell(e.Container, events.ActionExecDetach, "execID", e.ID)
			return nil
		}
		if err != nil {
			return errdefs.System(fmt.Errorf("exec attach failed: %w", err))
		}
	}
	return nil
}

func firstOf(sizes ...*[2]uint) *[2]uint {
	if i := slices.IndexFunc(sizes, func(s *[2]uint) bool { return s != nil }); i >= 0 {
		return sizes[i]
	}
	return nil
}

// claim lets an exec be started once.
func claim(e *container.ExecConfig) error {
	e.Lock()
	defer e.Unlock()
	if !e.Container.IsRunning() {
		return notRunning(e.Container.ID)
	}
	if e.ExitCode != nil {
		return errdefs.Conflict(fmt.Errorf("exec command %s has already run", e.ID))
	}
	if e.Running {
		return errdefs.Conflict(fmt.Errorf("exec command %s is already running", e.ID))
	}
	e.Running = true
	return nil
}

func execStreams(e *container.ExecConfig, options backend.ExecStartConfig) stream.AttachConfig {
	cfg := stream.AttachConfig{TTY: e.Tty, DetachKeys: e.DetachKeys, CloseStdin: true}
	e.StreamConfig.NewNopInputPipe()
	if e.OpenStdin {
		e.StreamConfig.NewInputPipes()
		if options.Stdin != nil {
			cfg.UseStdin, cfg.Stdin = true, readAhead(options.Stdin)
		}
	}
	if e.OpenStdout && options.Stdout != nil {
		cfg.UseStdout, cfg.Stdout = true, options.Stdout
	}
	if e.OpenStderr && options.Stderr != nil {
		cfg.UseStderr, cfg.Stderr = true, options.Stderr
	}
	return cfg
}

func (d *daemon) startExec(e *container.ExecConfig, size *[2]uint) (*sandbox.Process, error) {
	first := d.processes.get(e.Container.ID)
	if first == nil {
		return nil, notRunning(e.Container.ID)
	}
	command, err := execCommand(e)
	if err != nil {
		return nil, err
	}
	command.Size = sizeOf(size)
	process, err := first.Exec(command)
	e.Lock()
	defer e.Unlock()
	close(e.Started)
	if err != nil {
		code, failure := startFailure("OCI runtime exec failed: exec failed", err)
		e.SetExitCode(code)
		return nil, failure
	}
	d.execProcesses.set(e.ID, process)
	if _, err := e.InitializeStdio(pipes(process)); err != nil {
		return nil, errdefs.System(err)
	}
	go d.awaitExec(e, process)
	return process, nil
}

func execCommand(e *container.ExecConfig) (sandbox.Command, error) {
	who, err := userOf(e.Container, e.User)
	if err != nil {
		return sandbox.Command{}, errdefs.InvalidParameter(err)
	}
	rights, err := capabilities(e.Container.HostConfig)
	if err != nil {
		return sandbox.Command{}, err
	}
	return sandbox.Command{
		Args: append([]string{e.Entrypoint}, e.Args...), Env: e.Env, Dir: workdir(e.WorkingDir), User: who.User,
		Terminal: e.Tty, Stdin: e.OpenStdin, Capabilities: rights,
	}, nil
}

func (d *daemon) awaitExec(e *container.ExecConfig, process *sandbox.Process) {
	status := process.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	e.StreamConfig.Wait(ctx)
	_ = process.Close()
	d.execProcesses.remove(e.ID)
	e.Lock()
	defer e.Unlock()
	e.SetExitCode(status.Code)
	e.Running = false
	e.Container.ExecCommands.Delete(e.ID) // it can still be inspected
	_ = e.CloseStreams()
	d.tell(e.Container, events.ActionExecDie, "execID", e.ID, "exitCode", strconv.Itoa(status.Code))
}

func (d *daemon) execFailed(e *container.ExecConfig) {
	e.Lock()
	defer e.Unlock()
	e.Running = false
	if e.ExitCode == nil {
		e.SetExitCode(exitCannotRun)
	}
	e.Container.ExecCommands.Delete(e.ID)
	_ = e.CloseStreams()
}

// forgetExecs drops the execs of a container that has ended; they ended with it.
func (d *daemon) forgetExecs(c *container.Container) {
	for id := range c.ExecCommands.Commands() {
		c.ExecCommands.Delete(id)
		d.execs.Delete(id)
	}
}

// ContainerExecInspect tells how an exec is doing.
func (d *daemon) ContainerExecInspect(id string) (*backend.ExecInspect, error) {
	e, err := d.exec(id)
	if err != nil {
		return nil, err
	}
	e.Lock()
	defer e.Unlock()
	found := &backend.ExecInspect{
		ID: e.ID, Running: e.Running, ExitCode: e.ExitCode, ContainerID: e.Container.ID, DetachKeys: e.DetachKeys,
		OpenStdin: e.OpenStdin, OpenStdout: e.OpenStdout, OpenStderr: e.OpenStderr,
		ProcessConfig: &backend.ExecProcessConfig{Tty: e.Tty, Entrypoint: e.Entrypoint, Arguments: e.Args, Privileged: &e.Privileged, User: e.User},
	}
	if process := d.execProcesses.get(id); process != nil {
		found.Pid = process.Pid()
	}
	return found, nil
}

// ContainerExecResize tells an exec's terminal its new size.
func (d *daemon) ContainerExecResize(ctx context.Context, id string, height, width uint32) error {
	e, err := d.exec(id)
	if err != nil {
		return err
	}
	select {
	case <-e.Started:
	case <-ctx.Done():
		return ctx.Err()
	}
	process := d.execProcesses.get(id)
	if process == nil {
		return notRunning(e.Container.ID)
	}
	return process.Resize(sandbox.Size{Rows: uint16(height), Cols: uint16(width)})
}
