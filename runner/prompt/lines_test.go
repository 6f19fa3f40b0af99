package prompt

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"capas/internal/message"
)

var menu3 = Question{Title: "¿Qué hacemos?", Options: []string{"Comprobar", "Pista", "Salir"}, Default: 1}

func lines(in io.Reader) (*Lines, *bytes.Buffer) {
	var out bytes.Buffer
	return NewLines(in, &out, message.For("es")), &out
}

func TestLinesChoose(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     int
		says     string
	}{
		{"a number", "3\n", 2, ""},
		{"a number with its point", "3.\n", 2, ""},
		{"blanks around", "  1 \n", 0, ""},
		{"Enter takes the default", "\n", 1, ""},
		{"blanks and Enter too", "  \n", 1, ""},
		{"end of line of Windows", "3\r\n", 2, ""},
		{"last line without end", "3", 2, ""},
		{"zero is asked again", "0\n3\n", 2, "«0» no es uno de los números: escribe uno del 1 al 3."},
		{"too much is asked again", "4\n3\n", 2, "«4» no es"},
		{"less than nothing is asked again", "-1\n3\n", 2, "«-1» no es"},
		{"a word is asked again", "pista\n3\n", 2, "«pista» no es"},
		{"a number too big for a number", strings.Repeat("9", 30) + "\n3\n", 2, "no es"},
		{"control sequences are not said back", "\x1b]0;x\a4\n3\n", 2, "«4» no es"},
		{"a line longer than is read", strings.Repeat("3", longest+10) + "\n2\n", 1, "«" + strings.Repeat("3", 40) + "…» no es"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, out := lines(strings.NewReader(tt.in))
			got, err := l.Choose(t.Context(), menu3)
			if err != nil || got != tt.want {
				t.Errorf("chose %d, %v; want %d", got, err, tt.want)
			}
			if !strings.Contains(out.String(), tt.says) {
				t.Errorf("said %q, want %q", out, tt.says)
			}
		})
	}
}

func TestLinesShowTheQuestion(t *testing.T) {
	for lang, want := range map[string]string{
		"es": "¿Qué hacemos?\n1. Comprobar\n2. Pista\n3. Salir\nEscribe un número y pulsa Intro (sólo Intro: 2): ",
		"en": "¿Qué hacemos?\n1. Comprobar\n2. Pista\n3. Salir\nType a number and press Enter (Enter alone: 2): ",
	} {
		var out bytes.Buffer
		if _, err := NewLines(strings.NewReader("\n"), &out, message.For(lang)).Choose(t.Context(), menu3); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("%s: %q, want %q", lang, out.String(), want)
		}
	}
}

func TestLinesCleanTheQuestion(t *testing.T) {
	l, out := lines(strings.NewReader("1\nx\n"))
	_, err := l.Choose(t.Context(), Question{Title: "\x1b]0;t\aTítulo", Options: []string{"\x1b[2Juno", "d\tos"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Type(t.Context(), "\x1b[31m¿Nombre?"); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.ContainsAny(got, "\x1b\a\t") || !strings.HasPrefix(got, "Título\n1. uno\n2. d os\n") {
		t.Errorf("wrote %q", got)
	}
}

func TestLinesChooseMany(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []int
		says     string
	}{
		{"commas", "3,1\n", []int{0, 2}, ""},
		{"commas and blanks", " 1, 3 \n", []int{0, 2}, ""},
		{"blanks", "1 2\n", []int{0, 1}, ""},
		{"twice the same", "2,2\n", []int{1}, ""},
		{"none", "\n", nil, ""},
		{"one wrong is named", "1, 7, 2\n2\n", []int{1}, "«7» no es uno de los números"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, out := lines(strings.NewReader(tt.in))
			got, err := l.ChooseMany(t.Context(), menu3)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("chose %d, %v; want %d", got, err, tt.want)
			}
			if !strings.Contains(out.String(), tt.says) {
				t.Errorf("said %q, want %q", out, tt.says)
			}
		})
	}
}

func TestLinesTypeKeepsTheLineAsItIs(t *testing.T) {
	l, _ := lines(strings.NewReader(" Año nuevo \r\n"))
	if got, err := l.Type(t.Context(), "¿Nombre?"); err != nil || got != " Año nuevo " {
		t.Errorf("typed %q, %v", got, err)
	}
}

func TestLinesEndOfInput(t *testing.T) {
	for name, in := range map[string]io.Reader{
		"nothing":      strings.NewReader(""),
		"after a word": strings.NewReader("pista\n"),
		"broken":       iotest.ErrReader(errors.New("gone")),
	} {
		t.Run(name, func(t *testing.T) {
			l, out := lines(in)
			for range 2 { // the end stays the end
				if _, err := l.Choose(t.Context(), menu3); !errors.Is(err, ErrLeft) {
					t.Errorf("%v, want ErrLeft", err)
				}
			}
			if !strings.HasSuffix(out.String(), ": \n") {
				t.Errorf("the line is not ended: %q", out)
			}
		})
	}
}

func TestLinesEndOfContext(t *testing.T) {
	in, _ := io.Pipe()
	l, _ := lines(in)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Type(ctx, "¿Nombre?"); !errors.Is(err, ErrLeft) {
		t.Errorf("%v, want ErrLeft", err)
	}
	if _, err := l.ChooseMany(ctx, menu3); !errors.Is(err, ErrLeft) {
		t.Errorf("%v, want ErrLeft", err)
	}
}

func TestLinesWokenKeepWhatIsTyped(t *testing.T) {
	in, typist := io.Pipe()
	l, out := lines(in)
	if !l.CanWake() {
		t.Fatal("lines can be woken")
	}
	wake := make(chan struct{})
	close(wake)
	q := menu3
	q.Wake = wake
	if _, err := l.Choose(t.Context(), q); !errors.Is(err, ErrWoken) {
		t.Fatalf("%v, want ErrWoken", err)
	}
	if !strings.HasSuffix(out.String(), ": \n") {
		t.Errorf("the line is not ended: %q", out)
	}
	go func() { _, _ = io.WriteString(typist, "3\n") }()
	if got, err := l.Choose(t.Context(), menu3); err != nil || got != 2 {
		t.Errorf("the next question got %d, %v; want 2", got, err)
	}
}

// A verdict that comes by itself asks the same again: the options are not told once more, unless asked for.
func TestLinesTellAMenuOnce(t *testing.T) {
	wake := make(chan struct{}, 1)
	wake <- struct{}{}
	woken := menu3
	woken.Wake = wake
	in, typist := io.Pipe()
	l, out := lines(in)
	if _, err := l.Choose(t.Context(), woken); !errors.Is(err, ErrWoken) {
		t.Fatalf("%v, want ErrWoken", err)
	}
	out.Reset()
	go func() { _, _ = io.WriteString(typist, "?\n3\nx\n1\n") }()
	if got, err := l.Choose(t.Context(), woken); err != nil || got != 2 {
		t.Fatalf("chose %d, %v", got, err)
	}
	const again = "¿Qué hacemos? Escribe un número y pulsa Intro (sólo Intro: 2; con una interrogación, ?, repito las opciones): "
	if want := again + "¿Qué hacemos?\n1. Comprobar\n2. Pista\n3. Salir\n" + again; out.String() != want {
		t.Errorf("said %q, want %q", out, want)
	}
	out.Reset()
	if _, err := l.Type(t.Context(), "Tu respuesta:"); err != nil {
		t.Fatal(err)
	}
	if want := "Tu respuesta (y pulsa Intro): "; out.String() != want {
		t.Errorf("said %q, want %q", out, want)
	}
	out.Reset()
	if _, err := l.Choose(t.Context(), menu3); err != nil || !strings.Contains(out.String(), "2. Pista") {
		t.Errorf("after another question: %v, said %q", err, out)
	}
}
