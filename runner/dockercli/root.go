package dockercli

//lint:file-ignore SA1019 docker means to keep its commands to itself in version 29; this is the version whose commands other programs can have

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/docker/cli/cli"
	"github.com/docker/cli/cli/command"
	"github.com/docker/cli/cli/command/builder"
	"github.com/docker/cli/cli/command/container"
	dockercontext "github.com/docker/cli/cli/command/context"
	"github.com/docker/cli/cli/command/image"
	"github.com/docker/cli/cli/command/network"
	"github.com/docker/cli/cli/command/registry"
	"github.com/docker/cli/cli/command/system"
	"github.com/docker/cli/cli/command/volume"
	"github.com/docker/cli/cli/flags"
	"github.com/docker/cli/cli/version"
	"github.com/spf13/cobra"
)

// commands are those of one learner with one engine: docker's, without those of swarms, of plugins, of signatures and of manifests,
// which would make the program larger by a sixth.
var commands = []func(command.Cli) *cobra.Command{
	container.NewRunCommand, container.NewExecCommand, container.NewPsCommand,
	image.NewBuildCommand, image.NewPullCommand, image.NewPushCommand, image.NewImagesCommand,
	registry.NewLoginCommand, registry.NewLogoutCommand, registry.NewSearchCommand,
	system.NewVersionCommand, system.NewInfoCommand,

	builder.NewBuilderCommand, container.NewContainerCommand, dockercontext.NewContextCommand, image.NewImageCommand,
	network.NewNetworkCommand, system.NewSystemCommand, volume.NewVolumeCommand,

	container.NewAttachCommand, container.NewCommitCommand, container.NewCopyCommand, container.NewCreateCommand,
	container.NewDiffCommand, container.NewExportCommand, container.NewKillCommand, container.NewLogsCommand,
	container.NewPauseCommand, container.NewPortCommand, container.NewRenameCommand, container.NewRestartCommand,
	container.NewRmCommand, container.NewStartCommand, container.NewStatsCommand, container.NewStopCommand,
	container.NewTopCommand, container.NewUnpauseCommand, container.NewUpdateCommand, container.NewWaitCommand,
	image.NewHistoryCommand, image.NewImportCommand, image.NewLoadCommand, image.NewRemoveCommand, image.NewSaveCommand,
	image.NewTagCommand, system.NewEventsCommand, system.NewInspectCommand,
}

// newRoot makes the command itself, with the options that stand before its subcommands. Those are not inherited: some have a
// letter that means something else further on, as -c does to run.
func newRoot(docker *command.DockerCli) (*cobra.Command, *flags.ClientOptions) {
	root := &cobra.Command{
		Use:               "docker [OPTIONS] COMMAND [ARG...]",
		Short:             "A self-sufficient runtime for containers",
		Version:           version.Version + ", build " + version.GitCommit,
		SilenceUsage:      true,
		SilenceErrors:     true,
		TraverseChildren:  true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return supported(cmd, docker) },
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("docker: unknown command: docker %s\n\nRun 'docker --help' for more information", args[0])
			}
			return command.ShowHelp(docker.Err())(cmd, args)
		},
	}
	global, _ := cli.SetupRootCommand(root)
	root.Flags().BoolP("version", "v", false, "Print version information and quit")
	root.SetIn(docker.In())
	root.SetOut(docker.Out())
	root.SetErr(docker.Err())
	for _, make := range commands {
		root.AddCommand(make(docker))
	}
	bareUse(root)
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		hideUnsupported(cmd, docker)
		help(cmd, args)
	})
	return root, global
}

// bareUse leaves «[flags]» out of how a command and those under it are used: docker says «[OPTIONS]» where there are some.
func bareUse(cmd *cobra.Command) {
	cmd.DisableFlagsInUseLine = true
	for _, sub := range cmd.Commands() {
		bareUse(sub)
	}
}

// stamp says which docker this is, as its own build does by the linker: the version is that of the library.
func stamp() {
	version.PlatformName, version.GitCommit = "capas", "capas"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return
	}
	for _, m := range info.Deps {
		if m.Path == "github.com/docker/cli" {
			version.Version = strings.TrimSuffix(strings.TrimPrefix(m.Version, "v"), "+incompatible")
		}
	}
}
