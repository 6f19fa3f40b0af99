//go:build !windows

package prompt

import (
	"bufio"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"

	"capas/internal/message"
)

// A terminal that does not tell where its cursor is can be left all the same.
func TestTypeLeftOnABareTerminal(t *testing.T) {
	for _, key := range []string{ctrlC, ctrlD} {
		outside, terminal, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer outside.Close()
		defer terminal.Close()
		go leaveWhenAsked(outside, key)
		m := NewMenus(terminal, terminal, message.For("es"), Colors{})
		if _, err := m.Type(t.Context(), "¿Nombre?"); !errors.Is(err, ErrLeft) {
			t.Errorf("%q: %v, want ErrLeft", key, err)
		}
	}
}

// leaveWhenAsked presses a key in answer to ESC[6n.
func leaveWhenAsked(outside *os.File, key string) {
	for r, seen := bufio.NewReader(outside), ""; ; {
		b, err := r.ReadByte()
		if err != nil {
			return
		}
		if seen += string(b); strings.HasSuffix(seen, "\x1b[6n") {
			_, _ = outside.WriteString("abc" + key)
		}
	}
}
