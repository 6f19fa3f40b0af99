package main

import (
	"context"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"capas/runner/dockercli"
)

const dockerName = "docker"

// dockerCmd is the docker command for a machine that has none. What stands before its name is ours, what stands after it docker's.
func (a *app) dockerCmd() *cobra.Command {
	return &cobra.Command{
		Use:   dockerName + " [ARG...]",
		Short: a.say.Sayf("cmd.docker"),
		Long:  a.say.Sayf("cmd.docker-long"),
		Args:  cobra.ArbitraryArgs,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault // files, as for a command that the shell does not know
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := context.WithoutCancel(cmd.Context()) // signals are docker's own: it hands them on to the container
			o := dockercli.Options{Host: a.host, Context: a.context, Stdin: readCloser(a.stdin), Stdout: a.stdout, Stderr: a.stderr}
			link, err := a.link()
			if err != nil {
				return err
			}
			defer link.Close()
			if asksEngine(args) && !a.practising { // there docker knows where to ask
				if _, err := link.Client(ctx); err == nil && link.Inside() { // of one that does not answer docker tells itself
					o.Host = link.Home.Host()
				}
			}
			code := dockercli.Run(ctx, args, o)
			if code != exitDone {
				return ended(code)
			}
			return nil
		},
	}
}

// asksEngine reports whether a docker command may have something to ask an engine: one that begins with an option prints a version or
// a help, or names its engine itself.
func asksEngine(args []string) bool {
	return len(args) > 0 && !strings.HasPrefix(args[0], "-") && args[0] != "help"
}

func readCloser(r io.Reader) io.ReadCloser {
	if rc, ok := r.(io.ReadCloser); ok {
		return rc
	}
	return io.NopCloser(r)
}

// ownDocker is the folder by which a shell finds the docker command of capas, made ready; "" where the machine has one of its own, or
// the folder cannot be made: «capas docker» is there all the same.
func (a *app) ownDocker() string {
	if found, err := exec.LookPath(dockerName); err == nil && !dockercli.Linked(found) {
		return ""
	}
	dir := filepath.Join(a.dataDir(), "bin")
	if err := dockercli.Link(dir); err != nil {
		return ""
	}
	return dir
}

// arguments are those of a program that is called by a name. By that of docker it is that command.
func arguments(called []string) []string {
	if strings.TrimSuffix(filepath.Base(called[0]), ".exe") != dockerName {
		return called[1:]
	}
	return append([]string{dockerName}, called[1:]...)
}

// leaveToDocker puts an end to our options behind the name of docker, so that all that follows is for it.
func leaveToDocker(root *cobra.Command, args []string) []string {
	ours := pflag.NewFlagSet("", pflag.ContinueOnError)
	ours.SetInterspersed(false)
	ours.SetOutput(io.Discard)
	ours.AddFlagSet(root.PersistentFlags())
	if err := ours.ParseAll(args, func(*pflag.Flag, string) error { return nil }); err != nil || ours.Arg(0) != dockerName {
		return args
	}
	return slices.Insert(slices.Clone(args), len(args)-ours.NArg()+1, "--")
}
