package shell

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"time"
)

// said is what the shell says, in three fields with a tab between and a NUL behind: what it is, the number of the question, a text.
type said struct {
	kind   kind
	number int
	text   string
	at     time.Time // when it was heard
}

type kind string

const (
	begin kind = "begin" // a command begins; the text is the folder, and below it what was typed
	end   kind = "end"   // a prompt is due; the text is the status of the last command. It waits for an answer
	ask   kind = "ask"   // the learner typed a word of ours, the text. It waits for an answer
)

// mostSaid is how long what is said may be; more of a command is cut off.
const mostSaid = 64 << 10

// hear reads what is said next. What is not understood is left out: a program of the learner's can write there too.
func hear(r *bufio.Reader) (said, error) {
	for {
		line, err := r.ReadSlice(0)
		for errors.Is(err, bufio.ErrBufferFull) {
			line = bytes.Clone(line)
			_, err = r.ReadSlice(0)
		}
		if err != nil {
			return said{}, err
		}
		if s, ok := parse(bytes.TrimSuffix(line, []byte{0})); ok {
			return s, nil
		}
	}
}

func newReader(r io.Reader) *bufio.Reader { return bufio.NewReaderSize(r, mostSaid) }

func parse(line []byte) (said, bool) {
	fields := bytes.SplitN(line, []byte{'\t'}, 3)
	if len(fields) != 3 {
		return said{}, false
	}
	number, err := strconv.Atoi(string(fields[1]))
	s := said{kind: kind(fields[0]), number: number, text: string(fields[2])}
	s.at = time.Now()
	return s, err == nil && (s.kind == begin || s.kind == end || s.kind == ask)
}
