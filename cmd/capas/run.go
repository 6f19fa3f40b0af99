package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"capas/internal/message"
	"capas/lessons"
	"capas/runner"
	"capas/runner/engine"
)

// The exit codes.
const (
	exitDone    = 0 // done or passed
	exitNotYet  = 1 // not yet, or problems found
	exitUsage   = 2 // wrong usage
	exitUnknown = 3 // the engine or the environment could not be asked
)

// errNotYet ends a command whose answer is «not yet»; everything has been said.
var errNotYet = errors.New("not yet")

// errUnknown ends a command that could not ask; everything has been said.
var errUnknown = errors.New("could not be asked")

// ended ends a command with the exit code of the program that did its work; everything has been said.
type ended int

func (e ended) Error() string { return fmt.Sprintf("ended with %d", int(e)) }

// run is the program: it answers the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) string) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr}
	a.env, a.practising = engine.Beyond(env)
	defer a.close()
	file, err := readConfig(configFile(env))
	a.say = message.For(language(cmp.Or(langFlag(args), file.lang), env))
	if err != nil {
		return a.exit(ctx, err)
	}
	a.config = file
	cmd := a.root()
	cmd.SetArgs(leaveToDocker(cmd, args))
	cmd.SetIn(stdin)
	cmd.SetErr(stderr)
	return a.exit(ctx, cmd.ExecuteContext(ctx))
}

// exit tells an error in its two lines and turns it into an exit code.
func (a *app) exit(ctx context.Context, err error) int {
	var mistyped *runner.Mistyped
	var misconfigured *badConfig
	var broken lessons.Errors
	var its ended
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNotYet):
		return exitNotYet
	case errors.Is(err, errUnknown):
		return exitUnknown
	case errors.As(err, &its):
		return int(its)
	case errors.As(err, &broken):
		a.complain(broken.Error(), a.say.Sayf("cmd.broken-lesson"))
		return exitNotYet
	}
	advice := a.advise(ctx, err)
	a.complain(a.say.Say(advice.Reason), a.say.Say(advice.Remedy))
	if errors.As(err, &mistyped) || errors.As(err, &misconfigured) {
		return exitUsage
	}
	return exitUnknown
}

// advise is the advice on an error, which may have come before there was a tutor.
func (a *app) advise(ctx context.Context, err error) message.Advice {
	var adviser message.Adviser
	var file *fs.PathError
	switch {
	case ctx.Err() != nil:
		return runner.Interrupted()
	case errors.As(err, &adviser):
		return adviser.Advice()
	case errors.As(err, &file):
		return message.Advice{
			Reason: message.New("cmd.unreadable", message.Data{"Path": file.Path, "Error": file.Err.Error()}),
			Remedy: message.New("cmd.unreadable-remedy", message.Data{"Path": file.Path}),
		}
	case a.tutor != nil:
		return a.tutor.Advise(ctx, err)
	}
	return message.Advice{
		Reason: message.New("cmd.error", message.Data{"Error": err.Error()}),
		Remedy: message.New("cmd.see-help", message.Data{"Command": "capas"}),
	}
}

// complain prints the two lines of an error.
func (a *app) complain(reason, hint string) {
	fmt.Fprintf(a.stderr, "capas: error: %s\ncapas: hint: %s\n", oneLine(reason), oneLine(hint))
}

func oneLine(text string) string { return message.Clean(strings.ReplaceAll(text, "\n", " ")) }

// flagError puts what pflag says of a command line into the learner's words.
func (a *app) flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var empty *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	reason := message.New("cmd.error", message.Data{"Error": err.Error()})
	switch {
	case errors.As(err, &unknown):
		reason = message.New("cmd.no-flag", message.Data{"Given": unknown.GetSpecifiedName()})
	case errors.As(err, &empty):
		reason = message.New("cmd.flag-empty", message.Data{"Given": empty.GetSpecifiedName()})
	case errors.As(err, &invalid):
		reason = message.New("cmd.flag-value", message.Data{"Given": invalid.GetValue(), "Name": invalid.GetFlag().Name})
	}
	return a.mistyped(reason, message.New("cmd.see-help", message.Data{"Command": cmd.CommandPath()}))
}
