package checks

import (
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"mvdan.cc/sh/v3/syntax"

	"capas/internal/message"
)

// dockerfileRule is something that a Dockerfile does better without.
type dockerfileRule struct {
	name       string
	says, next message.Text // what to avoid and why; what to write instead
	good, bad  string       // a Dockerfile that keeps the rule and one that breaks it
	find       func(*dockerfile) []int
}

// dockerfileRules are those that «avoid» knows. find returns the lines that break one.
var dockerfileRules = []dockerfileRule{
	{
		name: "latest-base",
		says: message.New("dockerfile.rule.latest-base"),
		next: message.New("dockerfile.rule.latest-base-next"),
		good: "FROM ubuntu:24.04",
		bad:  "FROM ubuntu",
		find: latestBases,
	},
	{
		name: "apt-no-clean",
		says: message.New("dockerfile.rule.apt-no-clean"),
		next: message.New("dockerfile.rule.apt-no-clean-next"),
		good: "FROM ubuntu:24.04\nRUN apt-get update && apt-get install -y nano && rm -rf /var/lib/apt/lists/*",
		bad:  "FROM ubuntu:24.04\nRUN apt-get update && apt-get install -y nano",
		find: runLines(installsAndKeepsLists),
	},
	{
		name: "apt-update-alone",
		says: message.New("dockerfile.rule.apt-update-alone"),
		next: message.New("dockerfile.rule.apt-update-alone-next"),
		good: "FROM ubuntu:24.04\nRUN apt-get update && apt-get install -y nano",
		bad:  "FROM ubuntu:24.04\nRUN apt-get update\nRUN apt-get install -y nano",
		find: runLines(updatesOnly),
	},
	{
		name: "add-for-copy",
		says: message.New("dockerfile.rule.add-for-copy"),
		next: message.New("dockerfile.rule.add-for-copy-next"),
		good: "FROM ubuntu:24.04\nCOPY index.html /var/www/\nADD site.tar.gz /var/www/",
		bad:  "FROM ubuntu:24.04\nADD index.html /var/www/",
		find: plainAdds,
	},
	{
		name: "maintainer",
		says: message.New("dockerfile.rule.maintainer"),
		next: message.New("dockerfile.rule.maintainer-next"),
		good: "FROM ubuntu:24.04\nLABEL org.opencontainers.image.authors=\"Ana\"",
		bad:  "FROM ubuntu:24.04\nMAINTAINER Ana",
		find: maintainers,
	},
	{
		name: "cd-in-run",
		says: message.New("dockerfile.rule.cd-in-run"),
		next: message.New("dockerfile.rule.cd-in-run-next"),
		good: "FROM ubuntu:24.04\nWORKDIR /app\nRUN touch listo",
		bad:  "FROM ubuntu:24.04\nRUN cd /app\nRUN touch listo",
		find: runLines(func(r runLine) bool { return r.calls("cd") }),
	},
	{
		name: "sudo",
		says: message.New("dockerfile.rule.sudo"),
		next: message.New("dockerfile.rule.sudo-next"),
		good: "FROM ubuntu:24.04\nUSER root\nRUN apt-get update\nUSER ana",
		bad:  "FROM ubuntu:24.04\nRUN sudo apt-get update",
		find: runLines(func(r runLine) bool { return r.calls("sudo") }),
	},
	{
		name: "root-user",
		says: message.New("dockerfile.rule.root-user"),
		next: message.New("dockerfile.rule.root-user-next"),
		good: "FROM ubuntu:24.04\nUSER root\nRUN useradd ana\nUSER ana",
		bad:  "FROM ubuntu:24.04\nUSER ana\nUSER root",
		find: endsAsRoot,
	},
	{
		name: "many-runs",
		says: message.New("dockerfile.rule.many-runs"),
		next: message.New("dockerfile.rule.many-runs-next"),
		good: "FROM ubuntu:24.04\nRUN mkdir /app && touch /app/listo",
		bad:  "FROM ubuntu:24.04\nRUN mkdir /app\nRUN touch /app/listo",
		find: runsInARow,
	},
}

func ruleNames() []string {
	var names []string
	for _, r := range dockerfileRules {
		names = append(names, r.name)
	}
	return names
}

// latestBases are the FROM lines of images, not of stages, that leave the version to chance.
func latestBases(d *dockerfile) []int {
	var lines []int
	for i, s := range d.stages {
		if s.unset != "" || s.base == "scratch" || d.stageNamed(s.base, i) >= 0 {
			continue
		}
		if n := splitReference(s.base); n.tag == "latest" && n.digest == "" {
			lines = append(lines, lineAt(s.Location))
		}
	}
	return lines
}

// linesOf are the lines of the commands of one type for which a condition holds.
func linesOf[C instructions.Command](d *dockerfile, is func(C) bool) []int {
	var lines []int
	for _, s := range d.stages {
		for _, c := range s.Commands {
			if c, ok := c.(C); ok && is(c) {
				lines = append(lines, lineAt(c.Location()))
			}
		}
	}
	return lines
}

func maintainers(d *dockerfile) []int {
	return linesOf(d, func(*instructions.MaintainerCommand) bool { return true })
}

// plainAdds are the ADD lines that only do what COPY does: no address, no archive, no checksum.
func plainAdds(d *dockerfile) []int {
	return linesOf(d, func(c *instructions.AddCommand) bool {
		return c.Checksum == "" && c.Unpack == nil && !slices.ContainsFunc(c.SourcePaths, needsAdd)
	})
}

// needsAdd reports whether a source is fetched or unpacked, or may be: a variable can stand for anything.
func needsAdd(source string) bool {
	name := strings.ToLower(path.Base(source))
	return strings.Contains(source, "://") || strings.HasPrefix(source, "git@") || strings.Contains(source, "$") ||
		strings.Contains(name, ".tar") || slices.Contains([]string{".tgz", ".tbz2", ".txz", ".tzst"}, path.Ext(name))
}

// endsAsRoot is the USER line that leaves the image with the user root.
func endsAsRoot(d *dockerfile) []int {
	var last *instructions.UserCommand
	for _, s := range d.shipped() {
		for _, c := range s.Commands {
			if u, ok := c.(*instructions.UserCommand); ok {
				last = u
			}
		}
	}
	if last == nil {
		return nil
	}
	if name, _, _ := strings.Cut(last.User, ":"); name != "root" && name != "0" {
		return nil
	}
	return []int{lineAt(last.Location())}
}

// runsInARow are the RUN lines that directly follow another.
func runsInARow(d *dockerfile) []int {
	var lines []int
	for i := 1; i < len(d.lines); i++ {
		if d.lines[i].word == "RUN" && d.lines[i-1].word == "RUN" {
			lines = append(lines, d.lines[i].line)
		}
	}
	return lines
}

// runLine is the commands of one RUN, each as its words; a word that is not plain text is empty.
type runLine struct {
	line     int
	source   string
	commands [][]string
}

func runLines(breaks func(runLine) bool) func(*dockerfile) []int {
	return func(d *dockerfile) []int {
		var lines []int
		for _, r := range d.runs {
			if breaks(r) {
				lines = append(lines, r.line)
			}
		}
		return lines
	}
}

// maxScriptSize is the longest shell text that is read. The parser follows nesting into depth.
const maxScriptSize = 8 << 10

// newRunLine reads the shell of a RUN. One that no shell could read, or that is too long, has no commands.
func newRunLine(c *instructions.RunCommand) runLine {
	r := runLine{line: lineAt(c.Location()), source: c.String()}
	if !c.PrependShell {
		r.commands = [][]string{c.CmdLine}
		return r
	}
	script := runScript(c)
	if len(script) > maxScriptSize {
		return r
	}
	file, err := syntax.NewParser().Parse(strings.NewReader(script), "")
	if err != nil {
		return r
	}
	syntax.Walk(file, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 {
			words := make([]string, len(call.Args))
			for i, w := range call.Args {
				words[i] = w.Lit()
			}
			r.commands = append(r.commands, words)
		}
		return true
	})
	return r
}

// runScript is the shell text of a RUN: the here-document where that is all there is, else the line and its here-documents.
func runScript(c *instructions.RunCommand) string {
	line := strings.Join(c.CmdLine, " ")
	if len(c.Files) == 1 && strings.HasPrefix(line, "<<") && len(strings.Fields(line)) == 1 {
		return c.Files[0].Data
	}
	for _, f := range c.Files {
		line += "\n" + f.Data + f.Name
	}
	return line
}

func (r runLine) calls(name string) bool {
	return slices.ContainsFunc(r.commands, func(words []string) bool { return len(words) > 0 && words[0] == name })
}

// apt reports whether apt is called for a purpose, "install" or "update".
func (r runLine) apt(purpose string) bool {
	return slices.ContainsFunc(r.commands, func(words []string) bool {
		if len(words) > 1 && words[0] == "sudo" {
			words = words[1:]
		}
		if len(words) == 0 || words[0] != "apt-get" && words[0] != "apt" {
			return false
		}
		rest := slices.DeleteFunc(slices.Clone(words[1:]), func(w string) bool { return strings.HasPrefix(w, "-") })
		return len(rest) > 0 && rest[0] == purpose
	})
}

func installsAndKeepsLists(r runLine) bool {
	return r.apt("install") && !r.removesLists() && !strings.Contains(r.source, "target=/var/lib/apt")
}

func (r runLine) removesLists() bool {
	return slices.ContainsFunc(r.commands, func(words []string) bool {
		return slices.Contains(words, "rm") && slices.ContainsFunc(words, func(w string) bool {
			return strings.HasPrefix(w, "/var/lib/apt/lists")
		})
	})
}

func updatesOnly(r runLine) bool { return r.apt("update") && !r.apt("install") }
