//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// task is a command that was started with "&".
type task struct {
	pid    int
	done   chan struct{}
	status error // once done is closed
}

// background starts a script as a process of its own, with the variables and functions of this shell. Where it is a program's
// name and no more, the process becomes that program.
func (s *session) background(ctx context.Context, args []string) error {
	shell := interp.HandlerCtx(ctx)
	script := args[0]
	if len(args) > 1 && s.runner.Funcs[args[1]] == nil && !interp.IsBuiltin(args[1]) {
		script = args[2]
	}
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: append([]string{"sh", "-c", s.state(shell.Env) + script, shell.Env.Get(zero).String()}, s.runner.Params...),
		Env: exported(shell.Env), Dir: shell.Dir, Stdin: shell.Stdin, Stdout: shell.Stdout, Stderr: shell.Stderr,
	}
	if shell.Stdin == s.stdin {
		cmd.Stdin = nil
	}
	if s.editor != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is not for it
	}
	if err := cmd.Start(); err != nil {
		return s.refuse(shell, "sh", err)
	}
	j := &task{pid: cmd.Process.Pid, done: make(chan struct{})}
	s.tasks = append(s.tasks, j)
	go func() {
		j.status = waited(context.Background(), cmd)
		close(j.done)
	}()
	return shell.Builtin(ctx, []string{"eval", fmt.Sprintf("%s=%d", lastJob, j.pid)})
}

// state is a script that gives a new shell what it does not find in its environment.
func (s *session) state(env expand.Environ) string {
	var script strings.Builder
	env.Each(func(name string, v expand.Variable) bool {
		if value, err := syntax.Quote(v.String(), syntax.LangBash); err == nil && v.Kind == expand.String && !v.Exported && !v.ReadOnly {
			fmt.Fprintf(&script, "%s=%s\n", name, value)
		}
		return true
	})
	for name, body := range s.runner.Funcs {
		fmt.Fprintf(&script, "%s() %s\n", name, printed(body))
	}
	return script.String()
}

// wait waits for jobs, all of them where none is named. A trap ends it at once.
func (s *session) wait(ctx context.Context, args []string) error {
	if len(args) == 0 {
		for _, j := range s.tasks {
			if err := s.waitFor(ctx, j); err != nil {
				return err
			}
		}
		return nil
	}
	var status error
	for _, name := range args {
		j := s.task(name)
		if j == nil {
			return interp.ExitStatus(127)
		}
		if err := s.waitFor(ctx, j); err != nil {
			return err
		}
		status = j.status
		if status == interp.ExitStatus(128+syscall.SIGTERM) {
			fmt.Fprintln(interp.HandlerCtx(ctx).Stderr, "Terminated")
		}
	}
	return status
}

// waitFor returns an error where something else came first: a signal, or Ctrl-C.
func (s *session) waitFor(ctx context.Context, j *task) error {
	select {
	case <-j.done:
		return nil
	case <-ctx.Done():
		return interp.ExitStatus(128 + syscall.SIGINT)
	case <-s.signals.waiting():
		return interp.ExitStatus(128 + s.signals.first())
	}
}

// task finds one by the number of its process, or by %1 and so on. nil where there is none.
func (s *session) task(name string) *task {
	if number, is := strings.CutPrefix(name, "%"); is {
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || n > len(s.tasks) {
			return nil
		}
		return s.tasks[n-1]
	}
	for _, j := range s.tasks {
		if strconv.Itoa(j.pid) == name {
			return j
		}
	}
	return nil
}

// kill sends a signal to processes.
func (s *session) kill(ctx context.Context, args []string) error {
	shell := interp.HandlerCtx(ctx)
	sig := syscall.SIGTERM
	if len(args) > 0 && strings.HasPrefix(args[0], "-") {
		name := args[0][1:]
		args = args[1:]
		if name == "s" && len(args) > 0 {
			name, args = args[0], args[1:]
		}
		ok := true
		if sig, ok = signalNumber(name); !ok {
			fmt.Fprintf(shell.Stderr, "sh: kill: Illegal option -%s\n", name)
			return interp.ExitStatus(2)
		}
	}
	if len(args) == 0 {
		fmt.Fprintln(shell.Stderr, "Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]...")
		return interp.ExitStatus(2)
	}
	var status error
	for _, name := range args {
		pid, err := strconv.Atoi(name)
		if j := s.task(name); j != nil {
			pid, err = j.pid, nil
		}
		if err != nil {
			fmt.Fprintf(shell.Stderr, "sh: kill: Illegal number: %s\n", name)
			status = interp.ExitStatus(2)
		} else if pid == os.Getpid() && s.signals.hears(sig) {
			s.signals.hear(sig) // now, and not when the system gets round to it
		} else if err := syscall.Kill(pid, sig); err != nil {
			fmt.Fprintf(shell.Stderr, "sh: kill: %s\n", reason(err))
			status = interp.ExitStatus(1)
		}
	}
	return status
}

// umask tells which permissions new files do not get, or changes them. Commands inherit it from the process.
func (s *session) umask(ctx context.Context, args []string) error {
	shell := interp.HandlerCtx(ctx)
	switch {
	case len(args) == 0:
		fmt.Fprintf(shell.Stdout, "%04o\n", umask())
		return nil
	case args[0] == "-S":
		var classes []string
		for i, who := range []string{"u", "g", "o"} {
			allowed := ^umask() >> (6 - 3*i)
			class := who + "="
			for bit, letter := range []string{"r", "w", "x"} {
				if allowed&(4>>bit) != 0 {
					class += letter
				}
			}
			classes = append(classes, class)
		}
		fmt.Fprintln(shell.Stdout, strings.Join(classes, ","))
		return nil
	}
	mask, err := strconv.ParseUint(args[0], 8, 9)
	if err != nil {
		fmt.Fprintf(shell.Stderr, "sh: umask: Illegal number: %s\n", args[0])
		return interp.ExitStatus(2)
	}
	unix.Umask(int(mask))
	return nil
}

// replace becomes another program, as exec does. Where the shell is only a part of this process, that one is run in its stead.
func (s *session) replace(ctx context.Context, args []string) error {
	shell := interp.HandlerCtx(ctx)
	if len(args) == 0 || !shell.Env.Get(alone).IsSet() {
		return shell.Builtin(ctx, append([]string{"exec"}, args...))
	}
	path, err := interp.LookPathDir(shell.Dir, shell.Env, args[0])
	if err != nil {
		err := s.refuse(shell, args[0], lookupError(shell, args[0]))
		if s.editor == nil {
			return s.leaveWith(ctx, err)
		}
		return err
	}
	for fd, stream := range []any{shell.Stdin, shell.Stdout, shell.Stderr} {
		if f, is := stream.(*os.File); is && int(f.Fd()) != fd {
			unix.Dup3(int(f.Fd()), fd, 0)
		}
	}
	if err = os.Chdir(shell.Dir); err == nil {
		err = syscall.Exec(path, args, exported(shell.Env))
	}
	return s.refuse(shell, args[0], err)
}

func (s *session) leaveWith(ctx context.Context, status error) error {
	return interp.HandlerCtx(ctx).Builtin(ctx, []string{"exit", strconv.Itoa(exitStatus(status))})
}
