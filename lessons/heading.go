package lessons

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// Heading is what a list of lessons shows: of each lesson its front matter, and the ids of its items.
type Heading struct {
	ID, Title, Summary, Lang, File string
	Minutes                        int
	Needs                          []string
	Items                          []string
}

// Headings reads every lesson of a language as far as a list needs, in the course's order; a lesson that is missing in that
// language comes from the default one.
func (c *Course) Headings(lang string) ([]Heading, error) { return c.inOrder(lang, c.heading) }

// Titles are Headings without their Items: nothing is read of a lesson but its front matter.
func (c *Course) Titles(lang string) ([]Heading, error) { return c.inOrder(lang, c.title) }

func (c *Course) inOrder(lang string, read func(file string) (Heading, error)) ([]Heading, error) {
	found, err := c.headings(lang, read)
	if err != nil {
		return nil, err
	}
	var fallback map[string]Heading
	var list []Heading
	for i, id := range c.Order {
		h, ok := found[id]
		if !ok && lang != c.Language {
			if fallback == nil {
				if fallback, err = c.headings(c.Language, read); err != nil {
					return nil, err
				}
			}
			h, ok = fallback[id]
		}
		if !ok {
			at := c.orderAt[i]
			return nil, Errors{{courseFile, at.Line, at.Col, fmt.Sprintf("no lesson has the id %q", id)}}
		}
		list = append(list, h)
	}
	return list, nil
}

// headings are those of one language, by id. Of two with the same id the first counts.
func (c *Course) headings(lang string, read func(file string) (Heading, error)) (map[string]Heading, error) {
	files, err := c.lessonFiles(lang)
	if err != nil {
		return nil, err
	}
	list, errs := make([]Heading, len(files)), make([]error, len(files))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, file := range files {
		group.Go(func() error {
			list[i], errs[i] = read(file)
			return nil
		})
	}
	_ = group.Wait() // the errors are told in the order of the files
	found := map[string]Heading{}
	for i, h := range list {
		if errs[i] != nil {
			return nil, errs[i]
		}
		if _, ok := found[h.ID]; !ok {
			found[h.ID] = h
		}
	}
	return found, nil
}

func (c *Course) heading(file string) (Heading, error) {
	src, err := read(c.files, file)
	if err != nil {
		return Heading{}, err
	}
	return readHeading(file, src)
}

// readHeading reads the front matter and the outline of a lesson, and decodes none of its blocks.
func readHeading(file string, src []byte) (Heading, error) {
	p := &problems{file: file}
	t := p.open(src)
	if t == nil {
		return Heading{}, p.err()
	}
	top, body := p.divide(t)
	if top == nil {
		return Heading{}, p.err()
	}
	f := p.front(top)
	if f == nil || len(p.list) > 0 {
		return Heading{}, p.err()
	}
	h := f.heading(file)
	for _, part := range p.outline(parseMarkdown(body)) {
		if part.item != nil && part.item.id != "" {
			h.Items = append(h.Items, part.item.id)
		}
	}
	return h, nil // what is wrong with the outline is told when the lesson is read
}

func (c *Course) title(file string) (Heading, error) {
	f, err := c.frontOf(file)
	if err != nil {
		return Heading{}, err
	}
	return f.heading(file), nil
}

func (f *front) heading(file string) Heading {
	return Heading{
		ID: f.id, Title: f.title, Summary: f.summary, Minutes: f.minutes, Needs: f.needs,
		Lang: langOf(file), File: file,
	}
}

// frontOf reads the front matter of a lesson and no more of its file.
func (c *Course) frontOf(file string) (*front, error) {
	f, err := c.files.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	src, err := readTop(bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	p := &problems{file: file}
	t := p.open(src)
	if t == nil {
		return nil, p.err()
	}
	top, _ := p.divide(t)
	if top == nil {
		return nil, p.err()
	}
	found := p.front(top)
	return found, p.err()
}

// readTop reads up to the second line of ---, or as much as front matter may have.
func readTop(r *bufio.Reader) ([]byte, error) {
	var src []byte
	for rules := 0; rules < 2 && len(src) <= MaxBlock+MaxLine; {
		line, err := r.ReadSlice('\n')
		src = append(src, line...)
		if err == io.EOF {
			break
		}
		if err != nil && err != bufio.ErrBufferFull {
			return nil, err
		}
		if isRule(bytes.TrimPrefix(line, byteOrderMark)) {
			rules++
		}
	}
	return src, nil
}
