//go:build unix

package observer

import (
	"bytes"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"capas/internal/enginetest"
)

// typed is what somebody does at a terminal: they wait until a text stands there, and press keys.
type typed struct {
	name, line string
	keys       [][2]string
}

// The keys of a terminal.
const (
	ctrlC, ctrlD, ctrlP, ctrlQ = "\x03", "\x04", "\x10", "\x11"
)

var atTerminals = []typed{
	{"run", `docker run -it --rm --label $LABEL $N sh -c 'echo listo; cat; echo fin; exit 3'`,
		[][2]string{{"listo\r\n", "hola\r"}, {"hola\r\nhola", ctrlD}}},
	{"interrupted", `docker run -it --rm --label $LABEL $N sh -c 'echo listo; cat'`, [][2]string{{"listo\r\n", "hola\r"}, {"hola\r\nhola", ctrlC}}},
	{"detached", `docker run -it --name $N-t --label $LABEL $N sh -c 'echo listo; cat'`,
		[][2]string{{"listo\r\n", "hola\r"}, {"hola\r\nhola", ctrlP + ctrlQ}}},
	{"exec", `docker exec -it $N-t sh -c 'echo listo; cat'`, [][2]string{{"listo\r\n", "dentro\r"}, {"dentro\r\ndentro", ctrlD}}},
	{"logs", `docker logs -f $N-t`, [][2]string{{"hola\r\r\nhola", ctrlC}}},
}

// TestTerminalsBehaveTheSame is of those who sit in a container.
func TestTerminalsBehaveTheSame(t *testing.T) {
	t.Parallel()
	engine := enginetest.Client(t)
	path, _ := observe(t, engine.Dialer())
	docker := clients(t)[0]
	var told [2][]said
	var telling sync.WaitGroup
	for i, host := range []string{engine.DaemonHost(), "unix://" + path} {
		te := begin(t, place{host: host, docker: docker})
		telling.Go(func() {
			for _, one := range atTerminals {
				told[i] = append(told[i], te.sit(t, one))
			}
		})
	}
	telling.Wait()
	for i, one := range atTerminals {
		if told[0][i] != told[1][i] {
			t.Errorf("%s: without the socket %+v\nthrough it %+v", one.name, told[0][i], told[1][i])
		}
		t.Logf("%s: %+v", one.name, told[0][i])
	}
}

// sit types one line at a terminal of its own, and returns what stands there at the end.
func (te *teller) sit(t *testing.T, one typed) said {
	cmd := exec.Command("sh", "-c", one.line)
	cmd.Dir, cmd.Env = te.dir, append(te.env, "TERM=dumb")
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Error(err)
		return said{}
	}
	defer tty.Close()
	late := time.AfterFunc(patience, func() {
		t.Errorf("%s took more than %v", one.name, patience)
		_ = cmd.Process.Kill()
	})
	defer late.Stop()
	var screen bytes.Buffer
	keys := one.keys
	for b := make([]byte, 4096); ; {
		for len(keys) > 0 && strings.Contains(screen.String(), keys[0][0]) {
			if _, err := tty.WriteString(keys[0][1]); err != nil {
				t.Error(err)
			}
			keys = keys[1:]
		}
		n, err := tty.Read(b)
		screen.Write(b[:n])
		if err != nil { // EIO, when the last one has gone
			break
		}
	}
	if len(keys) > 0 {
		t.Errorf("%s: %q did not come; on the screen:\n%s", one.name, keys[0][0], screen.String())
	}
	_ = cmd.Wait()                                         // its exit code is what is compared
	shown := strings.ReplaceAll(screen.String(), "^C", "") // the terminal's own echo, which the end of docker may be quicker than
	return said{exit: cmd.ProcessState.ExitCode(), stdout: te.mask(shown)}
}
