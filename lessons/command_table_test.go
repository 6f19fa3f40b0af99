package lessons_test

//lint:file-ignore SA1019 docker deprecates its commands for programs that are not docker; their flags are read here, and nothing is run

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/docker/cli/cli/command"
	"github.com/docker/cli/cli/command/container"
	"github.com/docker/cli/cli/command/image"
	"github.com/docker/cli/cli/command/network"
	"github.com/docker/cli/cli/command/volume"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const tableFile = "../internal/dockerflags/flags.json"

// TestDockerFlagsAreThoseOfTheClient makes the table from the commands of docker/cli, and compares. With -update it writes it.
func TestDockerFlagsAreThoseOfTheClient(t *testing.T) {
	cli, err := command.NewDockerCli()
	if err != nil {
		t.Fatal(err)
	}
	root := &cobra.Command{Use: "docker"}
	root.AddCommand(
		container.NewContainerCommand(cli),
		image.NewImageCommand(cli),
		network.NewNetworkCommand(cli),
		volume.NewVolumeCommand(cli),
	)
	var table []commandRow
	for _, group := range root.Commands() {
		for _, c := range append(group.Commands(), group) {
			if !c.HasSubCommands() {
				table = append(table, rowOf(t, c))
			}
		}
	}
	if len(table) < 40 {
		t.Fatalf("found %d commands", len(table))
	}
	slices.SortFunc(table, func(a, b commandRow) int { return strings.Compare(a.Names[0], b.Names[0]) })
	made := encodeTable(t, table)
	if *update {
		if err := os.WriteFile(tableFile, made, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(tableFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, made) {
		t.Error("internal/dockerflags/flags.json is not what docker/cli has: run this test with -update, and look at what changed")
	}
}

// commandRow is a row of the table as the program reads it.
type commandRow struct {
	Names    []string `json:"names"`
	Switches []string `json:"switches,omitempty"`
	Values   []string `json:"values,omitempty"`
	ArgsEnd  bool     `json:"argsEnd,omitempty"`
	AnyOrder bool     `json:"anyOrder,omitempty"`
}

// encodeTable writes a command a line.
func encodeTable(t *testing.T, table []commandRow) []byte {
	var lines []string
	for _, row := range table {
		line, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line))
	}
	return []byte("[\n" + strings.Join(lines, ",\n") + "\n]\n")
}

// theSameAgain finds "CONTAINER [CONTAINER...]" at the end of what docker prints as the usage.
var theSameAgain = regexp.MustCompile(`\S+ \[\S+\.\.\.\]$`)

func rowOf(t *testing.T, c *cobra.Command) commandRow {
	row := commandRow{Names: namesOf(c), ArgsEnd: argsEnd(c)}
	row.AnyOrder = !row.ArgsEnd && theSameAgain.MatchString(c.Use)
	for _, flag := range flagsOf(c) {
		switch flag[0].NoOptDefVal {
		case "":
			row.Values = append(row.Values, flagName(flag))
		case "true":
			row.Switches = append(row.Switches, flagName(flag))
		default:
			t.Errorf("docker %s: --%s alone means %q, which the table cannot say", row.Names[0], flag[0].Name, flag[0].NoOptDefVal)
		}
	}
	return row
}

// namesOf are the names of a command without "docker", its own first.
func namesOf(c *cobra.Command) []string {
	parent := strings.TrimSuffix(c.CommandPath(), c.Name())
	all := []string{c.CommandPath()}
	for _, alias := range c.Aliases {
		all = append(all, parent+alias)
	}
	all = append(all, strings.Split(c.Annotations["aliases"], ", ")...)
	var names []string
	for _, name := range all {
		if name = strings.TrimPrefix(name, "docker "); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// flagsOf gathers the flags that set the same variable: --net is another name of --network.
func flagsOf(c *cobra.Command) [][]*pflag.Flag {
	var flags [][]*pflag.Flag
	c.Flags().SortFlags = true
	c.Flags().VisitAll(func(f *pflag.Flag) {
		i := slices.IndexFunc(flags, func(same []*pflag.Flag) bool { return same[0].Value == f.Value })
		switch {
		case i < 0:
			flags = append(flags, []*pflag.Flag{f})
		case flags[i][0].Hidden && !f.Hidden:
			flags[i] = append([]*pflag.Flag{f}, flags[i]...)
		default:
			flags[i] = append(flags[i], f)
		}
	})
	return flags
}

func flagName(flag []*pflag.Flag) string {
	var names []string
	for _, f := range flag {
		names = append(names, f.Name)
		if f.Shorthand != "" {
			names = append(names, f.Shorthand)
		}
	}
	return strings.Join(names, ",")
}

// argsEnd reports whether a command takes what looks like a flag for an argument, once there was one.
func argsEnd(c *cobra.Command) bool {
	return c.Flags().Parse([]string{"argument", "--no-such-flag"}) == nil
}
