//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
)

// counts are those of a file, in the order in which wc prints them.
type counts struct{ lines, words, chars, bytes int64 }

func wc(j *job) {
	shown := []rune("lwc")
	if given := strings.Map(func(r rune) rune {
		if j.given[r] {
			return r
		}
		return -1
	}, "lwmc"); given != "" {
		shown = []rune(given)
	}
	names := j.args
	if len(names) == 0 {
		names = []string{""}
	}
	width := countWidth(names, len(shown))
	var total counts
	for _, name := range names {
		c, err := j.count(name)
		if err == nil || c != nil {
			c.print(shown, width, name)
			total.add(*c)
		}
	}
	if len(names) > 1 {
		total.print(shown, width, "total")
	}
}

// count reads a file. One that cannot be opened has no counts.
func (j *job) count(name string) (*counts, error) {
	in := os.Stdin
	if name != "" && name != "-" {
		f, err := os.Open(name)
		if err != nil {
			j.fail("%s: %s", name, reason(err))
			return nil, err
		}
		defer f.Close()
		in = f
	}
	c := &counts{}
	err := c.read(in)
	if err != nil {
		j.fail("%s: %s", name, reason(err))
	}
	return c, err
}

func (c *counts) read(in io.Reader) error {
	word := false
	for r := bufio.NewReader(in); ; {
		char, size, err := r.ReadRune()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		c.chars++
		c.bytes += int64(size)
		if char == '\n' {
			c.lines++
		}
		if space := unicode.IsSpace(char); space {
			word = false
		} else if !word {
			word = true
			c.words++
		}
	}
}

func (c *counts) add(other counts) {
	c.lines, c.words, c.chars, c.bytes = c.lines+other.lines, c.words+other.words, c.chars+other.chars, c.bytes+other.bytes
}

func (c *counts) print(shown []rune, width int, name string) {
	var columns []string
	for _, letter := range shown {
		n := map[rune]int64{'l': c.lines, 'w': c.words, 'm': c.chars, 'c': c.bytes}[letter]
		columns = append(columns, fmt.Sprintf("%*d", width, n))
	}
	if name != "" {
		columns = append(columns, name)
	}
	fmt.Println(strings.Join(columns, " "))
}

// countWidth is the width of a column: wide enough for the size of all files, and seven where a size says nothing. A single number
// is as wide as it is.
func countWidth(names []string, columns int) int {
	if len(names) == 1 && columns == 1 {
		return 1
	}
	least, sum := 1, int64(0)
	for _, name := range names {
		info, err := os.Stat(name)
		if name == "" || name == "-" {
			info, err = os.Stdin.Stat()
		}
		switch {
		case err != nil:
		case info.Mode().IsRegular():
			sum += info.Size()
		default:
			least = 7
		}
	}
	return max(least, len(fmt.Sprint(sum)))
}
