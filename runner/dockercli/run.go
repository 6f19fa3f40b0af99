// Package dockercli is the docker command, made of docker's own commands, for a machine that has none.
//
// It knows no lesson and has no words of its own: what it prints is docker's, in English, and so are its exit codes. What docker finds
// in other programs is not in it: no plugins, and so no buildx and no compose. «docker build» builds with the classic builder, whatever
// DOCKER_BUILDKIT says.
package dockercli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/containerd/errdefs"
	"github.com/docker/cli/cli"
	"github.com/docker/cli/cli/command"
	"github.com/sirupsen/logrus"
)

// Options are where the command reads and writes, and which engine it asks where its arguments name none: a host, a context, or with
// neither the one that docker itself would choose.
type Options struct {
	Host, Context  string
	Stdin          io.ReadCloser // an *os.File where it is a terminal, and the same for the others
	Stdout, Stderr io.Writer
}

// Run runs «docker args…» and answers its exit code. While it runs, signals are its own, as they are docker's: the first one ends it,
// or goes to the container that it is attached to and leaves it to that to end; the third one ends it whatever happens.
func Run(ctx context.Context, args []string, o Options) int {
	ctx, forced, stop := untilSignal(ctx)
	defer stop()
	stamp()
	docker, err := command.NewDockerCli(command.WithBaseContext(ctx),
		command.WithInputStream(o.Stdin), command.WithOutputStream(o.Stdout), command.WithErrorStream(o.Stderr))
	if err != nil {
		return exitCode(o.Stderr, err)
	}
	logrus.SetOutput(docker.Err())
	done := make(chan error, 1)
	go func() { done <- run(ctx, docker, args, o) }()
	select {
	case err := <-done:
		return exitCode(o.Stderr, err)
	case <-forced:
		restore(docker)
		_, _ = fmt.Fprintln(o.Stderr, "\ngot 3 SIGTERM/SIGINTs, forcefully exiting")
		return 1
	}
}

func run(ctx context.Context, docker *command.DockerCli, args []string, o Options) error {
	root, global := newRoot(docker)
	top := cli.NewTopLevelCommand(root, docker, global, root.Flags())
	top.SetArgs(args)
	_, rest, err := top.HandleGlobalFlags()
	if err != nil {
		return err
	}
	if !root.Flags().Changed("host") && !root.Flags().Changed("context") {
		global.Context = o.Context
		if o.Host != "" {
			global.Hosts = []string{o.Host}
		}
	}
	if err := top.Initialize(); err != nil {
		return err
	}
	root.SetArgs(rest)
	return root.ExecuteContext(ctx)
}

// exitCode tells an error, where there is something to tell, and answers the exit code that docker has for it.
func exitCode(stderr io.Writer, err error) int {
	var by *terminated
	var status cli.StatusError
	switch {
	case errors.As(err, &by):
		return by.exitCode()
	case err == nil, errdefs.IsCanceled(err):
		return 0
	}
	if text := err.Error(); text != "" {
		_, _ = fmt.Fprintln(stderr, text)
	}
	if errors.As(err, &status) && status.StatusCode != 0 {
		return status.StatusCode
	}
	return 1
}

// restore takes terminals out of the raw mode that a command cut short has left them in.
func restore(streams command.Streams) {
	streams.In().RestoreTerminal()
	streams.Out().RestoreTerminal()
	streams.Err().RestoreTerminal()
}
