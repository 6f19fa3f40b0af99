//go:build !windows

package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"capas/internal/enginetest"
	"capas/internal/tmuxtest"
)

// dockerLabel is what a test marks its containers with; they go with it.
func dockerLabel(t *testing.T) string {
	return "--label=" + enginetest.Label + "=" + enginetest.Labels(t)[enginetest.Label]
}

func TestDockerOnATerminal(t *testing.T) {
	t.Parallel()
	base := enginetest.Base(t)
	env := []string{"TERM=xterm", "LC_ALL=C.UTF-8", "HOME=" + t.TempDir(), "DOCKER_HOST=" + enginetest.Client(t).DaemonHost()}
	s := tmuxtest.Open(t, 60, 20, env, "capas docker run --rm -it "+dockerLabel(t)+" "+base+"; echo left with $?; stty -a; exec cat")
	s.Prompt("/ #")
	s.Type("echo $((6 * 7)) > /n; cat /n")
	s.Until("42")
	s.Keys("-l", "sleep 600")
	s.Keys("C-c") // a key in the container, no signal to docker
	s.Prompt("/ #")
	s.Type("exit 7")
	s.Until("left with 7")
	s.Until(" icanon")
	if strings.Contains(s.Text(), "-icanon") {
		t.Error("the terminal was left raw")
	}
}

// startDocker starts the command of capas; out is what it prints.
func startDocker(t *testing.T, args ...string) (cmd *exec.Cmd, out *bufio.Reader, stderr *bytes.Buffer) {
	t.Helper()
	cmd, stderr = exec.Command("capas", append([]string{"docker"}, args...)...), new(bytes.Buffer)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	cmd.Stderr = stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, bufio.NewReader(pipe), stderr
}

// began waits for a line that the container prints.
func began(t *testing.T, out *bufio.Reader) {
	t.Helper()
	if line, err := out.ReadString('\n'); err != nil || line != "began\n" {
		t.Fatalf("the container said %q, %v", line, err)
	}
}

func send(t *testing.T, cmd *exec.Cmd, s os.Signal) {
	t.Helper()
	if err := cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func TestSignalsGoToTheContainer(t *testing.T) {
	t.Parallel()
	base, engine := enginetest.Base(t), enginetest.Client(t)
	for s, want := range map[os.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129} {
		name := enginetest.Name(t, "signal")
		cmd, out, _ := startDocker(t, "run", "--name="+name, dockerLabel(t), base, "sh", "-c", "echo began; sleep 600")
		began(t, out)
		send(t, cmd, s)
		_ = cmd.Wait()
		c, err := engine.ContainerInspect(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if got := cmd.ProcessState.ExitCode(); got != want || c.State.Running || c.State.ExitCode != want {
			t.Errorf("%v: docker ended with %d and the container with %d (running: %v), want %d", s, got, c.State.ExitCode, c.State.Running, want)
		}
	}
}

func TestASignalEndsDocker(t *testing.T) {
	t.Parallel()
	r := newRelay(t)
	for s, want := range map[os.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129} {
		asked := r.freezeAt("/events")
		cmd, _, stderr := startDocker(t, "--host", r.host(), "events")
		<-asked
		send(t, cmd, s)
		_ = cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != want || stderr.Len() > 0 {
			t.Errorf("%v: docker ended with %d, want %d, and said %q", s, got, want, stderr)
		}
		r.thaw()
	}
}

func TestTheThirdSignalEndsDockerWhateverTheContainerDoes(t *testing.T) {
	t.Parallel()
	base := enginetest.Base(t)
	cmd, out, stderr := startDocker(t, "run", "--sig-proxy=false", dockerLabel(t), base, "sh", "-c", "echo began; sleep 600")
	began(t, out)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	pressed := time.NewTicker(50 * time.Millisecond) // two that come at once are one
	defer pressed.Stop()
	for late, running := time.After(tmuxtest.Patience), true; running; {
		select {
		case <-pressed.C:
			_ = cmd.Process.Signal(syscall.SIGINT)
		case <-ended:
			running = false
		case <-late:
			t.Fatal("docker goes on")
		}
	}
	if got := cmd.ProcessState.ExitCode(); got != 1 || !strings.Contains(stderr.String(), "got 3 SIGTERM/SIGINTs, forcefully exiting") {
		t.Errorf("docker ended with %d and said %q", got, stderr)
	}
}

// TestWaitingSaysHowToGetDocker takes the line that it says into another shell: docker is there then.
func TestWaitingSaysHowToGetDocker(t *testing.T) {
	t.Parallel()
	path := pathWithoutDocker(t)
	w := newWay(t, os.DirFS("testdata/course"), "small")
	w.wasAt(1)
	w.env = append(w.env, "PATH="+path)
	w.start("--plain")
	w.screen.Until("Escribe capas docker en lugar de docker")
	line := regexp.MustCompile(`(?m)^ *(export PATH=.*/capas/bin)$`).FindStringSubmatch(w.screen.All())
	if line == nil {
		t.Fatal("no line to type")
	}
	shell := exec.Command("/bin/sh", "-c", line[1]+"; docker --version")
	shell.Env = []string{"PATH=" + path}
	if out, err := shell.CombinedOutput(); err != nil || !strings.Contains(string(out), "build capas") {
		t.Errorf("%s: %v, %s", line[1], err, out)
	}
}

// pathWithoutDocker has a folder with what a terminal's command needs and no more.
func pathWithoutDocker(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"capas", "sh", "stty", "mv", "cat"} {
		found, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(found, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
