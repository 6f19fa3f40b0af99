package main

import (
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"capas/runner/doctor"
	"capas/runner/engine"
	"capas/runner/render"
)

// doctorCmd opens no course and no journal: it has to work where they do not.
func (a *app) doctorCmd() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:   "doctor",
		Short: a.say.Sayf("cmd.doctor"),
		Args:  a.args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			home, err := a.engineHome()
			if err != nil {
				return err
			}
			screen := a.terminal()
			report := doctor.Look(cmd.Context(), doctor.Options{
				Engine:     engine.Options{Host: a.host, Context: a.context, Env: a.env},
				Choice:     engine.Choice(a.engine),
				Home:       home,
				Env:        a.env,
				Terminal:   a.describe(screen),
				State:      a.stateDir(),
				Workspaces: a.workspaces(),
				Registry:   a.registryDir(),
				Docker:     a.ownDocker(),
			})
			if err := cmd.Context().Err(); err != nil {
				return err
			}
			err = a.answer(report.JSON(a.say), func() {
				report.Print(a.stdout, render.New(screen.style(a.say.Lang())), a.say)
			})
			switch {
			case err != nil:
				return err
			case !report.Asked():
				return errUnknown
			case report.Worst() == doctor.Problem:
				return errNotYet
			}
			return nil
		},
	})
}

// describe says what was decided of the terminal, and why.
func (a *app) describe(s screen) doctor.Terminal {
	t := doctor.Terminal{
		Interactive: s.interactive, Kind: a.env("TERM"), Program: a.terminalProgram(), Width: render.New(s.style(a.say.Lang())).Width(),
		Color: s.color, Background: s.background.String(), Plain: s.plain, PlainBy: s.plainBy, NoColor: a.colorsOff(),
		Lang: a.say.Lang(), Locale: doctor.LocaleOf(a.env),
	}
	t.LangAsked, t.LangBy = chosenLanguage(a.lang, a.env)
	if a.lang != "" {
		t.LangBy = a.langBy
	}
	if s.out != nil {
		t.Columns, _, _ = term.GetSize(int(s.out.Fd()))
	}
	return t
}

// colorsOff is what turned colors off, "" where nothing did.
func (a *app) colorsOff() string {
	switch {
	case a.env("NO_COLOR") != "":
		return "NO_COLOR"
	case a.env("CLICOLOR") == "0":
		return "CLICOLOR=0"
	}
	return ""
}

// terminalProgram is what draws the terminal, where it says so: the nearest one, for a tmux runs within another.
func (a *app) terminalProgram() string {
	switch {
	case a.env("TMUX") != "":
		return "tmux"
	case a.env("STY") != "":
		return "screen"
	case a.env("WT_SESSION") != "":
		return "Windows Terminal"
	}
	return a.env("TERM_PROGRAM")
}
