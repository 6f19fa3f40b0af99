package main

import (
	"bytes"
	_ "embed"
	"errors"
	"go/doc/comment"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"

	"capas/internal/message"
)

// manual is the one in doc.go; the man pages say the same, with the commands' own help.
//
//go:embed doc.go
var manual string

func (a *app) manCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "man [DIR]",
		Short: a.say.Sayf("cmd.man"),
		Long:  a.say.Sayf("cmd.man-long"),
		Args:  a.args(0, 1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.printManual(a.stdout)
			}
			return a.writeMan(args[0])
		},
	}
}

// printManual prints the page of capas itself. The manual tells of its options, better than their own help does.
func (a *app) printManual(w io.Writer) error {
	root := a.manualRoot()
	root.LocalFlags().VisitAll(func(f *pflag.Flag) { f.Hidden = true })
	return doc.GenMan(root, manHeader(), w)
}

// writeMan writes a page a command into a folder.
func (a *app) writeMan(dir string) error {
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = doc.GenManTree(a.manualRoot(), manHeader(), dir)
	}
	var page bytes.Buffer
	if err == nil {
		err = a.printManual(&page)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "capas.1"), page.Bytes(), 0o644)
	}
	var file *fs.PathError
	if errors.As(err, &file) {
		return a.mistyped(message.New("cmd.man-unwritable", message.Data{"Path": file.Path, "Error": file.Err.Error()}), message.New("cmd.man-example"))
	}
	if err == nil {
		_, err = a.stdout.Write([]byte(a.say.Sayf("cmd.man-written", message.Data{"File": filepath.Join(dir, "capas.1")}) + "\n"))
	}
	return err
}

func manHeader() *doc.GenManHeader {
	return &doc.GenManHeader{Section: "1", Source: "capas", Manual: "capas"}
}

// manualRoot is the command with the manual as its help. It speaks English, whatever the learner does: the manual does.
func (a *app) manualRoot() *cobra.Command {
	english := &app{say: message.For("en"), stdout: a.stdout, env: a.env}
	root := english.root()
	parsed := new(comment.Parser).Parse(manualText())
	summary, _, _ := strings.Cut(manualText(), ". ")
	root.Short = strings.TrimPrefix(summary, "Capas ")
	root.Long = manMarkdown(parsed)
	root.DisableAutoGenTag = true
	return root
}

// manualText is the comment of doc.go.
func manualText() string {
	var text strings.Builder
	for line := range strings.Lines(manual) {
		if said, ok := strings.CutPrefix(line, "//"); ok {
			text.WriteString(strings.TrimPrefix(said, " "))
		}
	}
	return text.String()
}

// manMarkdown is a comment as the Markdown that man pages are made of.
func manMarkdown(parsed *comment.Doc) string {
	printer := &comment.Printer{HeadingLevel: 2, HeadingID: func(*comment.Heading) string { return "" }}
	markdown := func(b comment.Block) string {
		return string(printer.Markdown(&comment.Doc{Content: []comment.Block{b}}))
	}
	var text strings.Builder
	for _, block := range parsed.Content {
		if terms := definitions(block); terms != nil {
			for _, d := range terms {
				plain := func(s string) string {
					return strings.TrimSpace(markdown(&comment.Paragraph{Text: []comment.Text{comment.Plain(s)}}))
				}
				text.WriteString("**" + plain(d.term) + "**\n: " + plain(d.meaning) + "\n\n")
			}
			continue
		}
		text.WriteString(markdown(block) + "\n")
	}
	return text.String()
}

type definition struct {
	term, meaning  string
	indent, column int // where they begin
}

// definitions are the lines of a block each of which has a term, two blanks or more, and what it means. A line that begins under the
// meaning goes on with it; a term that stands further in is part of the one before it that does not, as «checks.want». Nil where the
// block does not begin so: it is printed as it stands.
func definitions(block comment.Block) []definition {
	code, ok := block.(*comment.Code)
	if !ok {
		return nil
	}
	var list, within []definition
	for line := range strings.Lines(code.Text) {
		d, ok := define(strings.TrimRight(line, "\n"))
		if n := len(list); n > 0 && (!ok || d.indent == list[n-1].column) {
			list[n-1].meaning += " " + strings.TrimSpace(line)
			continue
		}
		if !ok {
			return nil
		}
		within = slices.DeleteFunc(within, func(outer definition) bool { return outer.indent >= d.indent })
		if len(within) > 0 {
			d.term = within[len(within)-1].term + "." + d.term
		}
		list, within = append(list, d), append(within, d)
	}
	return list
}

func define(line string) (definition, bool) {
	text := strings.TrimLeft(line, " ")
	term, meaning, ok := strings.Cut(text, "  ")
	meaning = strings.TrimLeft(meaning, " ")
	return definition{term, meaning, len(line) - len(text), len(line) - len(meaning)}, ok && meaning != ""
}
