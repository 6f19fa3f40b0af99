package dockercli

import (
	"errors"
	"fmt"

	"github.com/docker/cli/cli/command"
	"github.com/docker/docker/api/types/versions"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// engine is asked only where something needs an answer: many commands do without one.
type engine interface {
	CurrentVersion() string
	ServerInfo() command.ServerInfo
}

// A need is what a command or an option wants of the engine, as its annotations say.
type need struct {
	name         string // of whoever has it, as docker says it
	version, os  string // "" for any
	experimental bool
}

func needOfCommand(cmd *cobra.Command) need {
	_, experimental := cmd.Annotations["experimental"]
	return need{cmd.CommandPath(), cmd.Annotations["version"], cmd.Annotations["ostype"], experimental}
}

func needOfFlag(f *pflag.Flag) need {
	_, experimental := f.Annotations["experimental"]
	return need{`"--` + f.Name + `"`, first(f.Annotations["version"]), first(f.Annotations["ostype"]), experimental}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// unmet says in docker's words what the engine lacks, or nothing. Of an engine that does not answer nothing is known to be lacking.
func (n need) unmet(e engine) error {
	switch {
	case n.version != "" && versions.LessThan(e.CurrentVersion(), n.version):
		return fmt.Errorf("%s requires API version %s, but the Docker daemon API version is %s", n.name, n.version, e.CurrentVersion())
	case n.os != "" && e.ServerInfo().OSType != "" && e.ServerInfo().OSType != n.os:
		return fmt.Errorf("%s is only supported on a Docker daemon running on %s, but the Docker daemon is running on %s", n.name, n.os, e.ServerInfo().OSType)
	case n.experimental && !e.ServerInfo().HasExperimental:
		return fmt.Errorf("%s is only supported on a Docker daemon with experimental features enabled", n.name)
	}
	return nil
}

// supported says what the engine lacks for a command with the options that it was given.
func supported(cmd *cobra.Command, e engine) error {
	for c := cmd; c != nil; c = c.Parent() {
		n := needOfCommand(c)
		n.name = cmd.CommandPath()
		if err := n.unmet(e); err != nil {
			return err
		}
	}
	var lacking []error
	cmd.Flags().Visit(func(f *pflag.Flag) { lacking = append(lacking, needOfFlag(f).unmet(e)) })
	return errors.Join(lacking...)
}

// hideUnsupported keeps out of the help of a command what the engine lacks.
func hideUnsupported(cmd *cobra.Command, e engine) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) { f.Hidden = f.Hidden || needOfFlag(f).unmet(e) != nil })
	for _, sub := range cmd.Commands() {
		sub.Hidden = sub.Hidden || needOfCommand(sub).unmet(e) != nil
	}
}
