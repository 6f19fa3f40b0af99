package prompt

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"capas/internal/message"
)

// Lines asks with numbered choices on plain lines: no cursor movement, for screen readers and dumb terminals.
type Lines struct {
	out  io.Writer
	say  *message.Printer
	in   io.Reader
	once sync.Once
	want chan struct{} // a line is to be read
	read chan string   // closed at the end of the input
	due  bool          // one that was wanted has not come yet
	last Question      // the menu that the learner has read last
}

// longest is how much of a line is read, in bytes. The rest of a longer one is dropped.
const longest = 64 << 10

// NewLines returns an asker that reads lines. The input is read while something is asked, by one goroutine that ends with it: between
// questions the terminal may be somebody else's.
func NewLines(in io.Reader, out io.Writer, say *message.Printer) *Lines {
	return &Lines{in: in, out: out, say: say, want: make(chan struct{}, 1), read: make(chan string)}
}

// CanWake is true.
func (l *Lines) CanWake() bool { return true }

// Choose implements Asker.
func (l *Lines) Choose(ctx context.Context, q Question) (int, error) {
	q = q.clean()
	asks := l.say.Sayf("prompt.number", message.Data{"Default": q.Default + 1})
	if l.justRead(q) {
		asks = q.Title + " " + l.say.Sayf("prompt.number-again", message.Data{"Default": q.Default + 1})
	} else {
		l.show(q)
	}
	for {
		answer, err := l.line(ctx, asks, q.Wake)
		if err != nil {
			return 0, err
		}
		switch answer = strings.TrimSpace(answer); answer {
		case "":
			return q.Default, nil
		case "?":
			l.show(q)
			continue
		}
		if n, ok := number(answer, len(q.Options)); ok {
			return n, nil
		}
		l.complain(answer, len(q.Options))
	}
}

// ChooseMany implements Asker.
func (l *Lines) ChooseMany(ctx context.Context, q Question) ([]int, error) {
	l.show(q.clean())
	for {
		answer, err := l.line(ctx, l.say.Sayf("prompt.numbers"), nil)
		if err != nil {
			return nil, err
		}
		if chosen, wrong := numbers(answer, len(q.Options)); wrong == "" {
			return chosen, nil
		} else {
			l.complain(wrong, len(q.Options))
		}
	}
}

// Type implements Asker.
func (l *Lines) Type(ctx context.Context, title string) (string, error) {
	l.last = Question{}
	title = message.Clean(title)
	return l.line(ctx, l.say.Sayf("prompt.line", message.Data{"Title": strings.TrimSuffix(title, ":")}), nil)
}

// justRead reports whether the learner has just read this menu: a verdict that comes by itself asks the same again and again.
func (l *Lines) justRead(q Question) bool {
	return q.Title == l.last.Title && slices.Equal(q.Options, l.last.Options)
}

func (l *Lines) show(q Question) {
	l.last = q
	fmt.Fprintln(l.out, q.Title)
	for i, o := range q.Options {
		fmt.Fprintf(l.out, "%d. %s\n", i+1, o)
	}
}

func (l *Lines) complain(answer string, most int) {
	const shown = 40 // letters are enough to know it again
	if letters := []rune(answer); len(letters) > shown {
		answer = string(letters[:shown]) + "…"
	}
	fmt.Fprintln(l.out, l.say.Sayf("prompt.not-a-number", message.Data{"Answer": answer, "Most": most}))
}

func (l *Lines) line(ctx context.Context, title string, wake <-chan struct{}) (string, error) {
	l.once.Do(func() { go l.pump() })
	fmt.Fprint(l.out, title+" ")
	if !l.due {
		l.want <- struct{}{}
		l.due = true
	}
	select {
	case text, ok := <-l.read:
		l.due = false
		if !ok {
			fmt.Fprintln(l.out)
			return "", ErrLeft
		}
		return text, nil
	case <-wake:
		fmt.Fprintln(l.out)
		return "", ErrWoken
	case <-ctx.Done():
		fmt.Fprintln(l.out)
		return "", ErrLeft
	}
}

func (l *Lines) pump() {
	defer close(l.read)
	in := bufio.NewReaderSize(l.in, longest)
	for range l.want {
		line, more, err := in.ReadLine()
		if err != nil {
			return
		}
		text := string(line)
		for more && err == nil {
			_, more, err = in.ReadLine()
		}
		l.read <- text
	}
}

// number reads "2" or "2." as the index 1.
func number(text string, most int) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(text), "."))
	return n - 1, err == nil && n >= 1 && n <= most
}

// numbers reads "1, 3" or "1 3"; wrong is the word that is no number of an option.
func numbers(text string, most int) (chosen []int, wrong string) {
	seen := make([]bool, most)
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
		n, ok := number(word, most)
		if !ok {
			return nil, word
		}
		seen[n] = true
	}
	for n, s := range seen {
		if s {
			chosen = append(chosen, n)
		}
	}
	return chosen, ""
}
