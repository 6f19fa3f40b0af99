//go:build linux

package main

import (
	"bufio"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/term"
)

// input is a file, or standard input where it is called "-".
func input(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(os.Stdin), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return nil, syscall.EISDIR
	}
	return f, nil
}

func base64Coder(j *job) {
	width := 76
	if text, given := j.value['w']; given {
		var err error
		if width, err = strconv.Atoi(text); err != nil || width < 0 {
			j.fail("invalid wrap size: %s", quoted(text))
			return
		}
	}
	if len(j.args) > 1 {
		j.status = complain(1, "base64: extra operand %s\nTry 'base64 --help' for more information.", quoted(j.args[1]))
		return
	}
	name := strings.Join(append(j.args, "-")[:1], "")
	in, err := input(name)
	if errors.Is(err, syscall.EISDIR) {
		name = "read error"
	}
	if err != nil {
		j.fail("%s: %s", name, reason(err))
		return
	}
	defer in.Close()
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	if j.given['d'] {
		if _, err := io.Copy(out, base64.NewDecoder(base64.StdEncoding, in)); err != nil {
			out.Flush()
			j.fail("invalid input")
		}
		return
	}
	lines := &wrapper{out: out, width: width}
	encoder := base64.NewEncoder(base64.StdEncoding, lines)
	if _, err := io.Copy(encoder, in); err != nil {
		j.fail("read error: %s", reason(err))
	}
	encoder.Close()
	if lines.column > 0 && width > 0 {
		out.WriteByte('\n')
	}
}

// wrapper breaks what goes through it into lines; a width of 0 makes one line of all.
type wrapper struct {
	out           *bufio.Writer
	width, column int
}

func (w *wrapper) Write(p []byte) (int, error) {
	for _, b := range p {
		if w.width > 0 && w.column == w.width {
			w.out.WriteByte('\n')
			w.column = 0
		}
		w.out.WriteByte(b)
		w.column++
	}
	return len(p), nil
}

func mktemp(j *job) {
	if len(j.args) > 1 {
		j.status = complain(1, "mktemp: too many templates\nTry 'mktemp --help' for more information.")
		return
	}
	template, kind := "tmp.XXXXXXXXXX", "file"
	if len(j.args) > 0 {
		template = j.args[0]
	}
	if len(j.args) == 0 || j.given['p'] || j.given['t'] {
		dir := j.value['p']
		if dir == "" {
			dir = os.Getenv("TMPDIR")
		}
		if dir == "" {
			dir = "/tmp"
		}
		template = filepath.Join(dir, template)
	}
	stem := strings.TrimRight(template, "X")
	if len(template)-len(stem) < 3 {
		j.fail("too few X's in template %s", quoted(strings.Join(append(j.args, template)[:1], "")))
		return
	}
	name := stem + rand.Text()[:min(26, len(template)-len(stem))]
	var err error
	switch {
	case j.given['u']:
	case j.given['d']:
		kind = "directory"
		err = os.Mkdir(name, 0o700)
	default:
		var f *os.File
		if f, err = os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600); err == nil {
			err = f.Close()
		}
	}
	if err == nil {
		fmt.Println(name)
		return
	}
	j.status = 1
	if !j.given['q'] {
		j.fail("failed to create %s via template %s: %s", kind, quoted(template), reason(err))
	}
}

// digests are the algorithms of shasum.
var digests = map[string]func() hash.Hash{
	"1": sha1.New, "224": sha256.New224, "256": sha256.New, "384": sha512.New384, "512": sha512.New,
}

func shasum(j *job) {
	algorithm := "1"
	if j.name == "sha256sum" {
		algorithm = "256"
	}
	if text, given := j.value['a']; given {
		algorithm = text
	}
	if digests[algorithm] == nil {
		j.status = complain(1, "shasum: Unrecognized algorithm")
		return
	}
	if len(j.args) == 0 {
		j.args = []string{"-"}
	}
	for _, name := range j.args {
		if j.given['c'] {
			j.checkSums(name)
		} else if sum, err := sumOf(name, digests[algorithm]); err != nil {
			j.fail("%s: %s", name, reason(err))
		} else {
			fmt.Printf("%s  %s\n", sum, name)
		}
	}
}

func sumOf(name string, digest func() hash.Hash) (string, error) {
	in, err := input(name)
	if err != nil {
		return "", err
	}
	defer in.Close()
	h := digest()
	_, err = io.Copy(h, in)
	return hex.EncodeToString(h.Sum(nil)), err
}

// checkSums reads a list of sums and names, as shasum prints it, and tells which files are still the same.
func (j *job) checkSums(list string) {
	in, err := input(list)
	if err != nil {
		j.fail("%s: %s", list, reason(err))
		return
	}
	defer in.Close()
	wrong := 0
	for lines := bufio.NewScanner(in); lines.Scan(); {
		want, name, _ := strings.Cut(lines.Text(), " ")
		name = strings.TrimLeft(name, " *")
		bits := map[int]string{40: "1", 56: "224", 64: "256", 96: "384", 128: "512"}[len(want)]
		if digests[bits] == nil || name == "" {
			continue
		}
		sum, err := sumOf(name, digests[bits])
		switch {
		case err != nil:
			j.fail("%s: %s", name, reason(err))
			fmt.Printf("%s: FAILED open or read\n", name)
		case sum != want:
			wrong++
			fmt.Printf("%s: FAILED\n", name)
		default:
			fmt.Printf("%s: OK\n", name)
		}
	}
	if wrong > 0 {
		verb := "computed checksum did NOT match"
		if wrong > 1 {
			verb = "computed checksums did NOT match"
		}
		j.fail("WARNING: %d %s", wrong, verb)
	}
}

// gzipper is gzip and gunzip; both call themselves gzip.
func gzipper(j *job) {
	j.given['d'] = j.given['d'] || j.given['t'] || j.name == "gunzip"
	j.name = "gzip"
	if len(j.args) == 0 {
		j.args = []string{"-"}
	}
	for _, name := range j.args {
		if name == "-" {
			j.gzipStream("stdin", os.Stdin, os.Stdout)
		} else {
			j.gzipFile(name)
		}
	}
}

// warn fails with the status of what was left as it is.
func (j *job) warn(format string, args ...any) {
	j.status = max(j.status, complain(2, "gzip: "+format, args...))
}

func (j *job) gzipFile(name string) {
	info, err := os.Stat(name)
	if err != nil && j.given['d'] && !strings.HasSuffix(name, ".gz") {
		name += ".gz"
		info, err = os.Stat(name)
	}
	switch {
	case err != nil:
		j.fail("%s: %s", name, reason(err))
		return
	case info.IsDir():
		j.warn("%s is a directory -- ignored", name)
		return
	case j.given['d'] && !strings.HasSuffix(name, ".gz") && !j.given['c']:
		j.warn("%s: unknown suffix -- ignored", name)
		return
	case !j.given['d'] && strings.HasSuffix(name, ".gz") && !j.given['c']:
		j.warn("%s already has .gz suffix -- unchanged", name)
		return
	}
	in, err := os.Open(name)
	if err != nil {
		j.fail("%s: %s", name, reason(err))
		return
	}
	defer in.Close()
	if j.given['c'] || j.given['t'] {
		j.gzipStream(name, in, os.Stdout)
		return
	}
	to := name + ".gz"
	if j.given['d'] {
		to = strings.TrimSuffix(name, ".gz")
	}
	j.gzipTo(to, in, info)
}

// gzipTo puts another file in the place of one, with its permissions and time.
func (j *job) gzipTo(to string, in *os.File, info fs.FileInfo) {
	if j.given['f'] {
		os.Remove(to)
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, info.Mode().Perm())
	if errors.Is(err, fs.ErrExist) {
		j.warn("%s already exists;\tnot overwritten", to)
		return
	}
	if err != nil {
		j.fail("%s: %s", to, reason(err))
		return
	}
	if !j.gzipStream(in.Name(), in, out) {
		out.Close()
		os.Remove(to)
		return
	}
	if err := errors.Join(out.Close(), keep(info, to)); err != nil {
		j.fail("%s: %s", to, reason(err))
		return
	}
	if !j.given['k'] {
		os.Remove(in.Name())
	}
}

func (j *job) gzipStream(name string, in io.Reader, out *os.File) bool {
	if !j.given['d'] {
		return j.compress(name, in, out)
	}
	r, err := gzip.NewReader(bufio.NewReader(in))
	if err != nil {
		j.status = complain(1, "\ngzip: %s: not in gzip format", name)
		return false
	}
	var to io.Writer = out
	if j.given['t'] {
		to = io.Discard
	}
	if _, err := io.Copy(to, r); err != nil {
		said := "invalid compressed data--format violated"
		if errors.Is(err, io.ErrUnexpectedEOF) {
			said = "unexpected end of file"
		}
		j.status = complain(1, "\ngzip: %s: %s", name, said)
		return false
	}
	return true
}

func (j *job) compress(name string, in io.Reader, out *os.File) bool {
	if term.IsTerminal(int(out.Fd())) && !j.given['f'] {
		j.status = complain(1, "gzip: compressed data not written to a terminal. Use -f to force compression.\nFor help, type: gzip -h")
		return false
	}
	level := gzip.DefaultCompression
	for letter := '1'; letter <= '9'; letter++ {
		if j.given[letter] {
			level = int(letter - '0')
		}
	}
	w, _ := gzip.NewWriterLevel(out, level) // which is a right one
	_, err := io.Copy(w, in)
	if err = errors.Join(err, w.Close()); err != nil {
		j.fail("%s: %s", name, reason(err))
	}
	return err == nil
}
