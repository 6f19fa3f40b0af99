package render

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

const content = "../../content"

// TestLessons shows every lesson of the built-in course on three terminals: no command is broken, no line too wide.
func TestLessons(t *testing.T) {
	lessons := lessonFiles(t)
	for path, src := range lessons {
		page := pageOf(src)
		code, inline := codeIn(page)
		for _, width := range []int{40, 80, 120, 200} {
			for _, style := range styles(width) {
				code := code
				if style.Plain {
					code = withoutDrawings(page, code)
				}
				t.Run(fmt.Sprintf("%s,%d,plain=%t,color=%t", path, width, style.Plain, style.Color), func(t *testing.T) {
					out := markdownOf(t, style, page)
					safe(t, style, out)
					lines := strings.Split(sequence.ReplaceAllString(out, ""), "\n")
					commandsWhole(t, lines, code)
					codeWhole(t, lines, inline, width)
					noneTooWide(t, lines, code, width)
					if strings.Contains(out, "\u00a0") && !strings.Contains(page, "\u00a0") {
						t.Error("a no-break space that the lesson does not have")
					}
				})
			}
		}
	}
}

// withoutDrawings are the lines of code that the plain style shows: drawings are told in words.
func withoutDrawings(page string, code []string) []string {
	source := []byte(page)
	var drawn []string
	_ = ast.Walk(markdown().Parser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && n.Kind() == ast.KindFencedCodeBlock {
			if l := linesOf(n.Lines(), source); isDrawing(l) {
				drawn = append(drawn, nonEmpty(l)...)
			}
		}
		return ast.WalkContinue, nil
	})
	return slices.DeleteFunc(slices.Clone(code), func(line string) bool { return slices.Contains(drawn, line) })
}

func commandsWhole(t *testing.T, lines, code []string) {
	t.Helper()
	for _, c := range code {
		if !anyHas(lines, c) {
			t.Errorf("broken or lost: %q", c)
		}
	}
}

// codeWhole wants in one piece all code that has room on a line of its own, within a list in a list at most.
func codeWhole(t *testing.T, lines, inline []string, width int) {
	t.Helper()
	const inset = 8
	for _, c := range inline {
		if columns(c) <= width-inset && !anyHas(lines, c) {
			t.Errorf("broken or lost: `%s`", c)
		}
	}
}

var beforeText = regexp.MustCompile(`^[ │•✓\-\[\]0-9.)]*`)

func noneTooWide(t *testing.T, lines, code []string, width int) {
	t.Helper()
	for _, l := range lines {
		if columns(l) <= width {
			continue
		}
		words := beforeText.ReplaceAllString(l, "")
		if strings.Contains(words, " ") && !isCode(l, code) {
			t.Errorf("%d columns: %q", columns(l), l)
		}
	}
}

func isCode(line string, code []string) bool {
	for _, c := range code {
		if strings.HasSuffix(line, c) {
			return true
		}
	}
	return false
}

func anyHas(lines []string, s string) bool {
	for _, l := range lines {
		if strings.Contains(l, s) {
			return true
		}
	}
	return false
}

func lessonFiles(t *testing.T) map[string]string {
	t.Helper()
	tree := os.DirFS(content)
	found := map[string]string{}
	err := fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".md") {
			return err
		}
		b, err := fs.ReadFile(tree, path)
		found[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatal("found no lessons in " + content)
	}
	return found
}

var (
	frontMatter = regexp.MustCompile(`(?s)\A---\n.*?\n---\n`)
	opensItem   = regexp.MustCompile("^(`{3,4})(exercise|quiz)\\b")
)

// pageOf is the prose of a lesson: what the runner has rendered.
func pageOf(src string) string {
	var out strings.Builder
	fence := ""
	for line := range strings.Lines(frontMatter.ReplaceAllString(src, "")) {
		switch m := opensItem.FindStringSubmatch(line); {
		case fence != "":
			if strings.TrimSpace(line) == fence {
				fence = ""
			}
		case m != nil:
			fence = m[1]
		default:
			out.WriteString(line)
		}
	}
	return out.String()
}

// codeIn are the lines of code of a page, and its code within prose.
func codeIn(page string) (lines, inline []string) {
	source := []byte(page)
	root := markdown().Parser().Parse(text.NewReader(source))
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.FencedCodeBlock:
			if entering {
				lines = append(lines, nonEmpty(linesOf(n.Lines(), source))...)
			}
		case *ast.CodeSpan:
			if entering {
				in := inliner{source: source}
				inline = append(inline, in.code(n))
			}
		}
		return ast.WalkContinue, nil
	})
	return lines, inline
}

func nonEmpty(lines []string) []string {
	var out []string
	for _, l := range lines {
		if l = strings.TrimRight(untabbed(l), " "); l != "" {
			out = append(out, l)
		}
	}
	return out
}

func TestPageOfDropsItems(t *testing.T) {
	got := pageOf("---\nid: a\n---\nuno\n````exercise a\n```\nx\n```\n````\ndos\n```quiz b\n? x\n```\n```sh\nps\n```\n")
	if want := "uno\ndos\n```sh\nps\n```\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestDrawingsSayWhatTheyShow: who hears a lesson gets what the author says of a drawing, not its words in a row.
func TestDrawingsSayWhatTheyShow(t *testing.T) {
	found := 0
	for path, src := range lessonFiles(t) {
		source := []byte(pageOf(src))
		p := newPage(New(Style{Plain: true, Lang: "es"}), source)
		_ = ast.Walk(markdown().Parser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if !entering || n.Kind() != ast.KindFencedCodeBlock {
				return ast.WalkContinue, nil
			}
			if lines := linesOf(n.Lines(), source); isDrawing(lines) {
				found++
				if p.instead(n) == "" {
					t.Errorf("%s: a drawing without words: begin it with «```drawing What it shows»:\n%s", path, strings.Join(lines, "\n"))
				}
			}
			return ast.WalkContinue, nil
		})
	}
	if found == 0 {
		t.Fatal("found no drawings")
	}
}
