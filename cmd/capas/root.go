package main

import (
	"cmp"
	"slices"

	"github.com/spf13/cobra"

	"capas/internal/message"
	"capas/internal/nearest"
	"capas/runner/engine"
)

// root is the command without a subcommand: it goes on where the learner left off.
func (a *app) root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "capas",
		Short:         a.say.Sayf("cmd.capas"),
		Args:          a.noArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			a.obey(a.config)
			return cmp.Or(a.checkLang(), a.checkBackground(), a.checkEngine())
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return a.learn(cmd, nil) },
	}
	f := cmd.PersistentFlags()
	f.StringVar(&a.lang, "lang", "", a.say.Sayf("cmd.flag-lang"))
	f.BoolVar(&a.plain, "plain", false, a.say.Sayf("cmd.flag-plain"))
	f.StringVar(&a.background, "background", "", a.say.Sayf("cmd.flag-background"))
	f.StringVar(&a.engine, "engine", "", a.say.Sayf("cmd.flag-engine"))
	f.StringVar(&a.host, "host", "", a.say.Sayf("cmd.flag-host"))
	f.StringVar(&a.context, "context", "", a.say.Sayf("cmd.flag-context"))
	f.StringVar(&a.workspace, "workspace", "", a.say.Sayf("cmd.flag-workspace"))
	f.StringVar(&a.course, "course", "", a.say.Sayf("cmd.flag-course"))
	f.BoolVar(&a.offline, "offline", false, a.say.Sayf("cmd.flag-offline"))
	f.BoolVar(&a.wait, "wait", false, a.say.Sayf("cmd.flag-wait"))
	f.StringVar(&a.kept, keptFlag, "", "")
	_ = f.MarkHidden(keptFlag)
	f.StringArrayVar(&a.set, "set", nil, a.say.Sayf("cmd.flag-set"))
	f.BoolP("help", "h", false, a.say.Sayf("cmd.flag-help"))
	cmd.SetFlagErrorFunc(a.flagError)
	cmd.SetUsageTemplate(a.usageTemplate())
	cmd.SetHelpTemplate("{{or .Long .Short | trimTrailingWhitespaces}}\n\n{{.UsageString}}")
	cmd.SetOut(a.stdout)
	cmd.AddCommand(a.learnCmd(), a.listCmd(), a.showCmd(), a.checkCmd(), a.quizCmd(), a.hintCmd(), a.solutionCmd(), a.skipCmd(),
		a.progressCmd(), a.resetCmd(), a.registryCmd(), a.engineCmd(), a.dockerCmd(), a.doctorCmd(), a.manCmd())
	cmd.SetHelpCommand(a.helpCmd())
	cmd.InitDefaultHelpCmd()
	a.addCompletion(cmd)
	a.completeFlags(cmd)
	bareUse(cmd)
	return cmd
}

// bareUse leaves «[flags]» out of how a command and those under it are used.
func bareUse(cmd *cobra.Command) {
	cmd.DisableFlagsInUseLine = true
	for _, sub := range cmd.Commands() {
		bareUse(sub)
	}
}

// helpCmd is «--help» as a word: capas help check.
func (a *app) helpCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: a.say.Sayf("cmd.help"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			var list []cobra.Completion
			if found, _, err := cmd.Root().Find(args); err == nil {
				for _, sub := range found.Commands() {
					if sub.IsAvailableCommand() {
						list = append(list, described(sub.Name(), sub.Short))
					}
				}
			}
			return list, nothing
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return a.noArgs(found, rest)
			}
			return found.Help()
		},
	}
}

func (a *app) checkLang() error {
	if a.lang == "" || slices.Contains(message.Languages, a.lang) {
		return nil
	}
	return a.mistyped(message.New("cmd.no-language", message.Data{"Given": a.lang, "Known": message.Languages}), message.New("cmd.see-help", message.Data{"Command": "capas"}))
}

// checkEngine takes the usual choice where none was made.
func (a *app) checkEngine() error {
	a.engine = cmp.Or(a.engine, string(engine.Auto))
	remedy := message.New("cmd.see-help", message.Data{"Command": "capas"})
	switch {
	case !slices.Contains(engine.Choices, engine.Choice(a.engine)):
		return a.mistyped(message.New("cmd.no-engine", message.Data{"Given": a.engine}), remedy)
	case a.engine == string(engine.Embedded) && (a.host != "" || a.context != ""):
		return a.mistyped(message.New("cmd.engine-and-host"), remedy)
	}
	return nil
}

// noArgs refuses what looks like a subcommand and is none, and names the one that was probably meant.
func (a *app) noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	remedy := message.New("cmd.see-help", message.Data{"Command": cmd.CommandPath()})
	var known []string
	for _, sub := range cmd.Commands() {
		known = append(known, sub.Name())
	}
	if near := nearest.Word(args[0], known); near != "" {
		remedy = message.New("runner.did-you-mean", message.Data{"Name": cmd.CommandPath() + " " + near})
	}
	return a.mistyped(message.New("cmd.no-command", message.Data{"Given": args[0]}), remedy)
}

// args checks how many arguments a command was given.
func (a *app) args(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= least && len(args) <= most {
			return nil
		}
		id := message.New("cmd.too-many", message.Data{"Given": args, "Command": cmd.UseLine()})
		if len(args) < least {
			id = message.New("cmd.too-few", message.Data{"Command": cmd.UseLine()})
		}
		return a.mistyped(id, message.New("cmd.see-help", message.Data{"Command": cmd.CommandPath()}))
	}
}

// jsonFlag adds «--json» to a command that answers a question.
func (a *app) jsonFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&a.json, "json", false, a.say.Sayf("cmd.flag-json"))
	return cmd
}

// usageTemplate is cobra's in our words.
func (a *app) usageTemplate() string {
	return a.say.Sayf("cmd.usage") + `
  {{.UseLine}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} [command]

` + a.say.Sayf("cmd.commands") + `{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

` + a.say.Sayf("cmd.flags") + `
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

` + a.say.Sayf("cmd.global-flags") + `
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`
}
