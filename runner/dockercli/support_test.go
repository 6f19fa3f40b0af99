package dockercli

import (
	"strings"
	"testing"

	"github.com/docker/cli/cli/command"
	"github.com/spf13/cobra"
)

// fakeEngine is an engine of a version; of "" it must not be asked.
type fakeEngine struct {
	t       *testing.T
	version string
	info    command.ServerInfo
}

func (e fakeEngine) CurrentVersion() string {
	if e.version == "" {
		e.t.Error("the engine was asked for its version")
	}
	return e.version
}

func (e fakeEngine) ServerInfo() command.ServerInfo {
	if e.version == "" {
		e.t.Error("the engine was asked about itself")
	}
	return e.info
}

func annotated() *cobra.Command {
	root := &cobra.Command{Use: "docker"}
	group := &cobra.Command{Use: "snapshot", Annotations: map[string]string{"version": "1.40"}}
	sub := &cobra.Command{Use: "make", Annotations: map[string]string{"ostype": "linux"}, Run: func(*cobra.Command, []string) {}}
	plain := &cobra.Command{Use: "ps", Run: func(*cobra.Command, []string) {}}
	sub.Flags().Bool("squash", false, "")
	_ = sub.Flags().SetAnnotation("squash", "experimental", nil)
	sub.Flags().Bool("new", false, "")
	_ = sub.Flags().SetAnnotation("new", "version", []string{"1.45"})
	plain.Flags().Bool("all", false, "")
	group.AddCommand(sub)
	root.AddCommand(group, plain)
	return root
}

func TestWhatTheEngineLacksIsSaid(t *testing.T) {
	linux := command.ServerInfo{OSType: "linux"}
	for _, tc := range []struct {
		args   string
		engine fakeEngine
		want   string
	}{
		{"ps --all", fakeEngine{}, ""},
		{"snapshot make", fakeEngine{version: "1.40", info: linux}, ""},
		{"snapshot make", fakeEngine{version: "1.9", info: linux}, "docker snapshot make requires API version 1.40, but the Docker daemon API version is 1.9"},
		{"snapshot make", fakeEngine{version: "1.45", info: command.ServerInfo{OSType: "windows"}}, "docker snapshot make is only supported on a Docker daemon running on linux, but the Docker daemon is running on windows"},
		{"snapshot make", fakeEngine{version: "1.45"}, ""}, // it did not answer
		{"snapshot make --new", fakeEngine{version: "1.45", info: linux}, ""},
		{"snapshot make --new", fakeEngine{version: "1.44", info: linux}, `"--new" requires API version 1.45, but the Docker daemon API version is 1.44`},
		{"snapshot make --squash", fakeEngine{version: "1.44", info: linux}, `"--squash" is only supported on a Docker daemon with experimental features enabled`},
		{"snapshot make --squash --new", fakeEngine{version: "1.44", info: command.ServerInfo{HasExperimental: true}}, `"--new" requires API version 1.45, but the Docker daemon API version is 1.44`},
	} {
		cmd, rest, err := annotated().Find(strings.Fields(tc.args))
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.ParseFlags(rest); err != nil {
			t.Fatal(err)
		}
		tc.engine.t = t
		got := ""
		if err := supported(cmd, tc.engine); err != nil {
			got = err.Error()
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.args, got, tc.want)
		}
	}
}

func TestHelpKeepsQuietOfWhatTheEngineLacks(t *testing.T) {
	root := annotated()
	old := fakeEngine{t: t, version: "1.39", info: command.ServerInfo{OSType: "linux"}}
	hideUnsupported(root, old)
	if group, _, _ := root.Find([]string{"snapshot"}); !group.Hidden {
		t.Error("a command that the engine lacks is shown")
	}
	if ps, _, _ := root.Find([]string{"ps"}); ps.Hidden {
		t.Error("a command that any engine has is hidden")
	}
	sub, _, _ := root.Find([]string{"snapshot", "make"})
	hideUnsupported(sub, old)
	for _, name := range []string{"new", "squash"} {
		if !sub.Flags().Lookup(name).Hidden {
			t.Errorf("--%s, which the engine lacks, is shown", name)
		}
	}
}
