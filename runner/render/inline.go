package render

import (
	"bufio"
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strings"

	"github.com/charmbracelet/glamour/ansi"
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"capas/internal/message"
)

// inliner has glamour style what stands within a block.
//
// glamour prints the text of a node from its place in the source. Each text that it is to print is therefore written
// anew behind the source, as it must stand there for glamour to print it to the letter (glamour resolves entities, in
// code too, and backslashes after the fact), and its node pointed there.
type inliner struct {
	source  []byte
	glamour renderer.Renderer
	words   *message.Printer
	err     error // the first
}

func newInliner(source []byte, style ansi.Options, words *message.Printer) *inliner {
	glamour := ansi.NewRenderer(style)
	return &inliner{
		source:  source,
		glamour: renderer.NewRenderer(renderer.WithNodeRenderers(util.Prioritized(glamour, 1))),
		words:   words,
	}
}

// styled is what stands in a node as one text, in the style that glamour gives to block: an empty node that the
// contents are moved to.
func (in *inliner) styled(n, block ast.Node) string {
	in.settleAll(n)
	for c := n.FirstChild(); c != nil; c = n.FirstChild() {
		block.AppendChild(block, c)
	}
	page := ast.NewDocument()
	page.AppendChild(page, block)
	var out bytes.Buffer
	if err := in.glamour.Render(&out, in.source, page); err != nil && in.err == nil {
		in.err = fmt.Errorf("rendering %s: %w", n.Kind(), err)
	}
	return strings.Trim(noText.ReplaceAllString(out.String(), ""), "\n")
}

// noText finds the styled nothings that glamour writes around headings.
var noText = regexp.MustCompile("\x1b\\[[0-9;]+m\x1b\\[0m")

func (in *inliner) settleAll(parent ast.Node) {
	for c := parent.FirstChild(); c != nil; {
		next := c.NextSibling() // what settling adds is settled already
		in.settle(parent, c)
		c = next
	}
}

// settle leaves of a node what glamour shows as it should be.
func (in *inliner) settle(parent, n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		parent.ReplaceChild(parent, n, in.say(in.text(n)))
	case *ast.CodeSpan:
		code := glued(in.code(n))
		n.RemoveChildren(n)
		n.AppendChild(n, in.write(html.EscapeString(code)))
	case *ast.Link:
		in.settleLink(parent, n)
	case *ast.AutoLink:
		link := onlyText()
		link.AppendChild(link, in.say(string(n.Label(in.source))))
		parent.ReplaceChild(parent, n, link)
	case *ast.Image:
		parent.ReplaceChild(parent, n, in.say(in.picture(n)))
	case *ast.RawHTML:
		parent.ReplaceChild(parent, n, in.say(broken(untagged(in.textOf(n)))))
	case *ast.Emphasis, *extast.Strikethrough:
		in.settleAll(n)
	default:
		parent.RemoveChild(parent, n)
	}
}

// settleLink shows the address once: not again where it is the text, and not at all within the page.
func (in *inliner) settleLink(parent ast.Node, n *ast.Link) {
	text, to := in.textOf(n), strings.TrimPrefix(clean(string(n.Destination)), "mailto:")
	in.settleAll(n)
	switch {
	case to == "" || to == text || strings.HasPrefix(to, "#"):
	case strings.TrimSpace(text) == "":
		n.AppendChild(n, in.say(to))
	default:
		parent.InsertAfter(parent, n, in.say(" ("+to+")"))
	}
	n.Destination = onlyText().Destination
}

// onlyText is a link of which glamour shows the text alone.
func onlyText() *ast.Link {
	l := ast.NewLink()
	l.Destination = []byte("#")
	return l
}

// picture is what stands for a picture: its alternative text, its title where that says more, and its address where a
// browser could show it. Of a picture without alternative text at least the name is told.
func (in *inliner) picture(n *ast.Image) string {
	alt := strings.TrimSpace(unsteered.Replace(in.textOf(n)))
	title, to := strings.TrimSpace(unsteered.Replace(unescaped(n.Title))), clean(string(n.Destination))
	words, more := message.New("render.picture", message.Data{"Alt": alt}), []string{}
	if alt == "" {
		words = message.New("render.picture_unnamed")
	}
	if title != alt && title != "" {
		more = append(more, title)
	}
	if to != "" && (alt == "" || address.MatchString(to)) {
		more = append(more, to)
	}
	if len(more) == 0 {
		return in.words.Say(words)
	}
	return in.words.Say(words) + " (" + strings.Join(more, ", ") + ")"
}

var address = regexp.MustCompile(`(?i)^https?://`)

// say is a node that glamour prints to the letter.
func (in *inliner) say(words string) *ast.Text {
	return in.write(strings.ReplaceAll(html.EscapeString(words), `\`, `\\`))
}

func (in *inliner) write(escaped string) *ast.Text {
	start := len(in.source)
	in.source = append(in.source, escaped...)
	return ast.NewTextSegment(text.NewSegment(start, len(in.source)))
}

// textOf is what a node says, without style.
func (in *inliner) textOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.Text:
		return in.text(n)
	case *ast.CodeSpan:
		return in.code(n)
	case *ast.AutoLink:
		return string(n.Label(in.source))
	case *ast.RawHTML:
		return string(n.Segments.Value(in.source))
	}
	var out strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		out.WriteString(in.textOf(c))
	}
	return out.String()
}

func (in *inliner) text(n *ast.Text) string {
	switch words := unescaped(n.Value(in.source)); {
	case n.HardLineBreak():
		return words + lineBreak
	case n.SoftLineBreak():
		return words + " "
	default:
		return words
	}
}

func (in *inliner) code(n *ast.CodeSpan) string {
	var out strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		out.Write(c.(*ast.Text).Value(in.source))
	}
	return strings.NewReplacer("\n", " ", "\t", " ").Replace(out.String())
}

// unescaped resolves entities and backslashes as CommonMark has it. An entity can name a control character.
func unescaped(s []byte) string {
	if !bytes.ContainsAny(s, `\&`) {
		return string(s)
	}
	var out bytes.Buffer
	w := bufio.NewWriter(&out)
	gmhtml.DefaultWriter.Write(w, s)
	w.Flush()
	return clean(html.UnescapeString(out.String()))
}

var (
	tag = regexp.MustCompile(`(?is)<!--.*?-->|</?(?:a|abbr|b|center|code|del|details|div|em|font|h[1-6]|hr|i|img|ins|kbd|li|mark|ol|p|` +
		`pre|q|s|samp|small|span|strong|sub|summary|sup|table|tbody|td|th|thead|tr|u|ul)(?:\s[^>]*|/)?>`)
	newline = regexp.MustCompile(`(?i)<br\s*/?>`)
)

// untagged drops the tags and comments of HTML and leaves the rest: most of what looks like a tag in a lesson is a
// placeholder, <image>, or a word of docker's, <none>.
func untagged(s string) string { return tag.ReplaceAllString(s, "") }

func broken(s string) string { return newline.ReplaceAllString(s, lineBreak) }
