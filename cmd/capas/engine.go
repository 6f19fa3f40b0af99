package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/docker/go-units"
	"github.com/kballard/go-shellquote"
	"github.com/spf13/cobra"

	"capas/internal/message"
	"capas/runner/engine/embedded"
	"capas/runner/prompt"
)

// leaveFlag is how the engine that serves by itself is told not to stay.
const leaveFlag = "--leave"

// engineCmd serves the engine inside capas in the foreground, and rules the one that serves by itself.
func (a *app) engineCmd() *cobra.Command {
	var leave, inside bool
	cmd := &cobra.Command{
		Use:   "engine",
		Short: a.say.Sayf("cmd.engine"),
		Args:  a.noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			home, err := a.engineHome()
			if err != nil {
				return err
			}
			return byAnother(home.Serve(cmd.Context(), embedded.Serving{Stay: !leave, Inside: inside, Ready: func() {
				if !leave {
					fmt.Fprintln(a.stdout, a.say.Sayf("cmd.engine-serves"))
					a.printEnv(home)
				}
			}}))
		},
	}
	cmd.PersistentFlags().BoolVar(&inside, embedded.InsideFlag[2:], false, "")
	cmd.Flags().BoolVar(&leave, leaveFlag[2:], false, "")
	_ = cmd.PersistentFlags().MarkHidden(embedded.InsideFlag[2:]) // fails for a flag that is not there
	_ = cmd.Flags().MarkHidden(leaveFlag[2:])
	cmd.AddCommand(a.engineEnvCmd(), a.engineStatusCmd(), a.engineStopCmd(), a.engineResetCmd(&inside))
	return cmd
}

// byAnother is the error of what another process of this program did: that one has told it already.
func byAnother(err error) error {
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return ended(failed.ExitCode())
	}
	return err
}

// engineHome is where this user's embedded engine keeps its state.
func (a *app) engineHome() (embedded.Home, error) {
	self, err := os.Executable()
	if err != nil {
		return embedded.Home{}, err
	}
	dir, err := filepath.Abs(filepath.Join(a.dataDir(), "engine"))
	return embedded.Home{Dir: dir, Command: []string{self, "engine", leaveFlag}}, err
}

// engineEnvCmd prints what a shell needs for its docker command to talk to the engine.
func (a *app) engineEnvCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "env",
		Short: a.say.Sayf("cmd.engine-env"),
		Args:  a.args(0, 0),
		RunE: func(*cobra.Command, []string) error {
			home, err := a.engineHome()
			if err == nil {
				a.printEnv(home)
			}
			return err
		},
	}
}

// printEnv prints lines for a shell. The engine has the classic builder alone.
func (a *app) printEnv(home embedded.Home) {
	fmt.Fprintf(a.stdout, "export DOCKER_HOST=%s\nexport DOCKER_BUILDKIT=0\n", shellquote.Join(home.Host()))
	if dir := a.ownDocker(); dir != "" {
		fmt.Fprintf(a.stdout, "export PATH=%s:$PATH\n", shellquote.Join(dir))
	}
}

func (a *app) engineStatusCmd() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:   "status",
		Short: a.say.Sayf("cmd.engine-status"),
		Args:  a.args(0, 0),
		RunE: func(*cobra.Command, []string) error {
			home, err := a.engineHome()
			if err != nil {
				return err
			}
			status, err := home.Status()
			if err != nil {
				return err
			}
			return a.answer(status, func() { a.showEngine(status) })
		},
	})
}

func (a *app) showEngine(s embedded.Status) {
	data := message.Data{"Host": s.Host, "PID": s.PID, "Folder": s.Folder, "Size": units.HumanSize(float64(s.Bytes))}
	line := message.New("cmd.engine-off", data)
	if s.Running {
		line = message.New("cmd.engine-on", data)
	}
	fmt.Fprintln(a.stdout, a.say.Say(line))
	fmt.Fprintln(a.stdout, a.say.Sayf("cmd.engine-folder", data))
}

func (a *app) engineStopCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "stop",
		Short: a.say.Sayf("cmd.engine-stop"),
		Args:  a.args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			home, err := a.engineHome()
			if err != nil {
				return err
			}
			ran, err := home.Stop(cmd.Context())
			if err != nil {
				return err
			}
			said := message.New("cmd.engine-off")
			if ran {
				said = message.New("cmd.engine-stopped")
			}
			fmt.Fprintln(a.stdout, a.say.Say(said))
			return nil
		},
	}
}

func (a *app) engineResetCmd(inside *bool) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "reset",
		Short: a.say.Sayf("cmd.engine-reset"),
		Args:  a.args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			home, err := a.engineHome()
			if err != nil {
				return err
			}
			if *inside {
				return home.Reset(cmd.Context(), true)
			}
			if err := a.sureToReset(cmd, home, yes); err != nil {
				return err
			}
			if err := byAnother(home.Reset(cmd.Context(), false)); err != nil {
				return err
			}
			fmt.Fprintln(a.stdout, a.say.Sayf("cmd.engine-gone"))
			return nil
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, a.say.Sayf("cmd.flag-yes"))
	return cmd
}

// sureToReset asks. Whoever leaves the question is not sure.
func (a *app) sureToReset(cmd *cobra.Command, home embedded.Home, yes bool) error {
	if yes {
		return nil
	}
	screen := a.terminal()
	ask := a.asker(screen, a.menus(screen))
	if ask == nil {
		return a.mistyped(message.New("cmd.engine-reset-no-terminal"), message.New("runner.type", message.Data{"Command": "capas engine reset --yes"}))
	}
	fmt.Fprintln(a.stdout, a.say.Sayf("cmd.engine-reset-what", message.Data{"Folder": home.Dir}))
	n, err := ask.Choose(cmd.Context(), prompt.Question{
		Title:   a.say.Sayf("runner.reset-sure"),
		Options: []string{a.say.Sayf("runner.reset-no"), a.say.Sayf("cmd.engine-reset-yes")},
	})
	if err != nil && !errors.Is(err, prompt.ErrLeft) {
		return err
	}
	if err != nil || n == 0 {
		fmt.Fprintln(a.stdout, a.say.Sayf("runner.reset-left"))
		return errNotYet
	}
	return nil
}
