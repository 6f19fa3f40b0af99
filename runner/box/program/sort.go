//go:build linux

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// ordering is how two lines or two keys are compared.
type ordering struct{ reverse, numeric, fold, blanks bool }

// sortKey is a part of a line: from one field to another, from 1; an end of 0 is the end of the line.
type sortKey struct {
	ordering
	from, to int
}

func sortLines(j *job) {
	keys, err := sortKeys(j)
	if err != nil {
		j.status = complain(2, "sort: %v", err)
		return
	}
	lines, err := j.readLines()
	if err != nil {
		return
	}
	compare := func(a, b string) int { return compareKeys(keys, j.value['t'], a, b) }
	whole := func(a, b string) int {
		if c := compare(a, b); c != 0 || j.given['s'] || j.given['u'] {
			return c
		}
		return signed(strings.Compare(a, b), j.given['r'])
	}
	slices.SortStableFunc(lines, whole)
	if j.given['u'] {
		lines = slices.CompactFunc(lines, func(a, b string) bool { return compare(a, b) == 0 })
	}
	if err := writeLines(j.value['o'], lines); err != nil {
		j.status = complain(2, "sort: %v", err)
	}
}

// readLines reads all files; one that cannot be read ends it.
func (j *job) readLines() (lines []string, err error) {
	names := j.args
	if len(names) == 0 {
		names = []string{"-"}
	}
	for _, name := range names {
		in, err := input(name)
		switch {
		case errors.Is(err, syscall.EISDIR):
			j.status = complain(2, "sort: read failed: %s: %s", name, reason(err))
			return nil, err
		case err != nil:
			j.status = complain(2, "sort: cannot read: %s: %s", name, reason(err))
			return nil, err
		}
		text, err := io.ReadAll(in)
		in.Close()
		if err != nil {
			j.status = complain(2, "sort: read failed: %s: %s", name, reason(err))
			return nil, err
		}
		for line := range bytes.Lines(text) {
			lines = append(lines, strings.TrimSuffix(string(line), "\n"))
		}
	}
	return lines, nil
}

func writeLines(name string, lines []string) error {
	f := os.Stdout
	if name != "" {
		var err error
		if f, err = os.Create(name); err != nil {
			return fmt.Errorf("open failed: %s: %s", name, reason(err))
		}
		defer f.Close()
	}
	out := bufio.NewWriter(f)
	for _, line := range lines {
		out.WriteString(line)
		out.WriteByte('\n')
	}
	return out.Flush()
}

// sortKeys are those that were asked for, each in the order of the whole where it has none of its own; else one of the whole line.
func sortKeys(j *job) ([]sortKey, error) {
	if t := j.value['t']; j.given['t'] && len(t) != 1 {
		if t == "" {
			return nil, errors.New("empty tab")
		}
		return nil, fmt.Errorf("multi-character tab %s", quoted(t))
	}
	usual := ordering{j.given['r'], j.given['n'], j.given['f'], j.given['b']}
	keys := []sortKey{}
	for _, text := range j.values['k'] {
		k, err := parseKey(text)
		if err != nil {
			return nil, err
		}
		if k.ordering == (ordering{}) {
			k.ordering = usual
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		keys = append(keys, sortKey{ordering: usual})
	}
	return keys, nil
}

func parseKey(text string) (sortKey, error) {
	m := regexp.MustCompile(`^(\d+)([rnfb]*)(?:,(\d+)([rnfb]*))?$`).FindStringSubmatch(text)
	if m == nil {
		return sortKey{}, fmt.Errorf("invalid number at field start: invalid count at start of %s", quoted(text))
	}
	from, _ := strconv.Atoi(m[1])
	to, _ := strconv.Atoi(m[3])
	if from == 0 {
		return sortKey{}, fmt.Errorf("field number is zero: invalid field specification %s", quoted(text))
	}
	has := func(letter string) bool { return strings.Contains(m[2]+m[4], letter) }
	return sortKey{ordering{has("r"), has("n"), has("f"), has("b")}, from, to}, nil
}

func compareKeys(keys []sortKey, separator, a, b string) int {
	for _, k := range keys {
		if c := k.compare(k.of(a, separator), k.of(b, separator)); c != 0 {
			return signed(c, k.reverse)
		}
	}
	return 0
}

func signed(c int, reverse bool) int {
	if reverse {
		return -c
	}
	return c
}

// of is the key's part of a line. Without a separator a field begins with the blanks before it.
func (k sortKey) of(line, separator string) string {
	if k.from == 0 {
		return line
	}
	starts := fieldStarts(line, separator)
	if k.from > len(starts) {
		return ""
	}
	end := len(line)
	if k.to > 0 && k.to < len(starts) {
		end = starts[k.to] - len(separator)
	}
	return line[starts[k.from-1]:max(end, starts[k.from-1])]
}

func fieldStarts(line, separator string) []int {
	starts := []int{0}
	for i := 1; i <= len(line); i++ {
		switch {
		case separator != "" && line[i-1] == separator[0]:
			starts = append(starts, i)
		case separator == "" && i < len(line) && isBlank(line[i]) && !isBlank(line[i-1]):
			starts = append(starts, i)
		}
	}
	return starts
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' }

func (o ordering) compare(a, b string) int {
	if o.blanks || o.numeric {
		a, b = strings.TrimLeft(a, " \t"), strings.TrimLeft(b, " \t")
	}
	switch {
	case o.numeric:
		return compareNumbers(a, b)
	case o.fold:
		a, b = strings.ToUpper(a), strings.ToUpper(b)
	}
	return strings.Compare(a, b)
}

// compareNumbers compares what two texts begin with; what is no number is 0.
func compareNumbers(a, b string) int {
	x, y := leadingNumber(a), leadingNumber(b)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func leadingNumber(text string) float64 {
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || text[end] == '.' || end == 0 && text[end] == '-') {
		end++
	}
	n, _ := strconv.ParseFloat(text[:end], 64)
	return n
}
