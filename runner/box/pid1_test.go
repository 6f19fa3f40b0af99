package box_test

import (
	"bufio"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"capas/internal/enginetest"
)

// As "docker run -it" does: a terminal, and the shell is process 1, for which the system has no default way to end.
func TestCtrlCAtTheTerminalOfAContainer(t *testing.T) {
	c, base := enginetest.Client(t), enginetest.Base(t)
	made, err := c.ContainerCreate(t.Context(), &container.Config{
		Image: base, Labels: enginetest.Labels(t), Tty: true, OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true, AttachStderr: true,
	}, nil, nil, nil, enginetest.Name(t, "box"))
	if err != nil {
		t.Fatal(err)
	}
	at, err := c.ContainerAttach(t.Context(), made.ID, container.AttachOptions{Stream: true, Stdin: true, Stdout: true, Stderr: true})
	if err != nil {
		t.Fatal(err)
	}
	defer at.Close()
	at.Conn.SetDeadline(time.Now().Add(time.Minute))
	ended, failed := c.ContainerWait(t.Context(), made.ID, container.WaitConditionNextExit)
	if err := c.ContainerStart(t.Context(), made.ID, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ keys, screen string }{
		{"", "/ # "},
		{"echo rea''dy; sleep 100\n", "ready\r\n"},
		{"\x03", "/ # "},
		{"half a line\x03", "/ # "},
		{"cd /tmp\n", "/tmp # "},
		{"exit 4\n", ""},
	} {
		if _, err := at.Conn.Write([]byte(step.keys)); err != nil {
			t.Fatal(err)
		}
		expect(t, at.Reader, step.screen)
	}
	select {
	case end := <-ended:
		if end.StatusCode != 4 {
			t.Errorf("exit status %d, want 4", end.StatusCode)
		}
	case err := <-failed:
		t.Fatal(err)
	}
}

func expect(t *testing.T, screen *bufio.Reader, want string) {
	t.Helper()
	var seen strings.Builder
	for !strings.HasSuffix(seen.String(), want) {
		b, err := screen.ReadByte()
		if err != nil {
			t.Fatalf("%v; waited for %q, saw %q", err, want, seen.String())
		}
		seen.WriteByte(b)
	}
}

func TestSignalsEndProcessOne(t *testing.T) {
	c, base := enginetest.Client(t), enginetest.Base(t)
	for _, cmd := range [][]string{{"sh", "-c", "echo ready; sleep 100; true"}, {"cat", "/etc/os-release", "-"}} {
		for signal, status := range map[string]int64{"SIGTERM": 143, "SIGINT": 130} {
			made, err := c.ContainerCreate(t.Context(), &container.Config{Image: base, Cmd: cmd, Labels: enginetest.Labels(t), StopSignal: signal, OpenStdin: true}, nil, nil, nil, "")
			if err != nil {
				t.Fatal(err)
			}
			ended, failed := c.ContainerWait(t.Context(), made.ID, container.WaitConditionNextExit)
			if err := c.ContainerStart(t.Context(), made.ID, container.StartOptions{}); err != nil {
				t.Fatal(err)
			}
			speaks(t, c, made.ID)
			patience := 30 // seconds, then it is killed: 137
			if err := c.ContainerStop(t.Context(), made.ID, container.StopOptions{Timeout: &patience}); err != nil {
				t.Fatal(err)
			}
			select {
			case end := <-ended:
				if end.StatusCode != status {
					t.Errorf("%s to %q: exit status %d, want %d", signal, cmd, end.StatusCode, status)
				}
			case err := <-failed:
				t.Fatal(err)
			}
		}
	}
}

// speaks waits for the first output, after which the program listens to signals.
func speaks(t *testing.T, c *client.Client, id string) {
	t.Helper()
	logs, err := c.ContainerLogs(t.Context(), id, container.LogsOptions{ShowStdout: true, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	defer logs.Close()
	if _, err := logs.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
}
