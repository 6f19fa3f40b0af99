package checks

import (
	"context"
	"errors"
	"strings"

	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

func parseFileContains(p imagePath, n *strictyaml.Node) ([]Check, error) {
	texts, err := n.Texts()
	var list []Check
	for _, text := range texts {
		if text == "" {
			return nil, n.Errorf("an empty text is in every file: it checks nothing")
		}
		list = append(list, ImageFileContains{p, text})
	}
	return list, err
}

// ImageFileContains is that a text is in a file of the image.
type ImageFileContains struct {
	imagePath
	Text string
}

// Eval reads the file, up to MaxFile.
func (c ImageFileContains) Eval(ctx context.Context, f *Facts) (Result, error) {
	want := message.New("checks.path.contains-want", message.Data{"Image": c.Ref, "Path": c.Path, "Text": c.Text})
	return c.onContent(ctx, f, want, func(content string) bool { return strings.Contains(content, c.Text) }, c.Text)
}

func parseFileMatches(p imagePath, n *strictyaml.Node) ([]Check, error) {
	patterns, err := parsePatterns(n)
	var list []Check
	for _, pattern := range patterns {
		list = append(list, ImageFileMatches{p, pattern})
	}
	return list, err
}

// ImageFileMatches is that a pattern is found in a file of the image; ^ and $ are the ends of a line.
type ImageFileMatches struct {
	imagePath
	pattern Pattern
}

// Eval reads the file, up to MaxFile.
func (c ImageFileMatches) Eval(ctx context.Context, f *Facts) (Result, error) {
	want := message.New("checks.path.matches-want", message.Data{"Image": c.Ref, "Path": c.Path, "Text": c.pattern.String()})
	return c.onContent(ctx, f, want, c.pattern.in, c.pattern.text)
}

var errLargeFile = errors.New("the file is larger than what is read of one")

// onContent asks something of a file's content; text is what is wanted in it, as it is written.
func (p imagePath) onContent(ctx context.Context, f *Facts, want message.Text, holds func(string) bool, text string) (Result, error) {
	return p.onFile(ctx, f, want, true, func(img image.InspectResponse, file fileFact) (Result, error) {
		switch {
		case file.isDir():
			return p.isFolder(ctx, f, img)
		case file.isLarge():
			got := message.New("checks.unknown.large", message.Data{"Path": p.Path, "Size": sizeText(file.stat.Size), "Limit": "1 MiB"})
			return Result{Got: got, Next: message.New("checks.unknown.large-next")}, errLargeFile
		}
		content := string(file.content)
		r := p.content(content, holds(content))
		if r.Verdict == Fail {
			p.tellContent(f, img, &r, holds, foldContains(content, text))
		}
		return r, nil
	})
}

// content shows the beginning of what was read, where it is not what was wanted.
func (p imagePath) content(text string, holds bool) Result {
	data := p.data()
	data["Content"] = excerpt(text)
	switch {
	case holds:
		return answer(true, message.New("checks.path.content-right", data), message.Text{})
	case strings.TrimSpace(text) == "":
		return answer(false, message.New("checks.path.content-empty", data), message.New("checks.path.content-next", data))
	}
	return answer(false, message.New("checks.path.content", data), message.New("checks.path.content-next", data))
}

// excerpt is the first line that says something, and no more than fits in a sentence.
func excerpt(text string) string {
	const most = 60
	line, rest, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if runes := []rune(strings.ToValidUTF8(line, "?")); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	if rest != "" {
		return strings.TrimSpace(line) + " …"
	}
	return line
}
