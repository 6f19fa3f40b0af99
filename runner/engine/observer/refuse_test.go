//go:build unix

package observer

import (
	"context"
	"errors"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDockerSaysInOurWordsThatThereIsNoEngine: whatever it is asked, and whichever docker it is.
func TestDockerSaysInOurWordsThatThereIsNoEngine(t *testing.T) {
	path, s := observe(t, func(context.Context) (net.Conn, error) { return nil, errors.New("apagado") })
	for _, docker := range clients(t) {
		for _, command := range []string{"images", "history x", "run x", "build -", "pull localhost:1/x", "load", "rmi x", "ps"} {
			t.Run(filepath.Dir(docker)+" "+command, func(t *testing.T) {
				before := len(s.ended())
				cmd := exec.Command(docker, strings.Fields(command)...)
				cmd.Env = []string{"DOCKER_HOST=unix://" + path, "DOCKER_BUILDKIT=0", "HOME=" + t.TempDir()}
				cmd.Stdin = strings.NewReader("FROM x\n")
				out, err := cmd.CombinedOutput()
				if err == nil || !strings.Contains(string(out), "Error response from daemon: sin motor: apagado") {
					t.Errorf("%v: %s", err, out)
				}
				for _, r := range s.ended()[before:] {
					if r.OK() || r.Status != 502 || r.Error != "sin motor: apagado" {
						t.Errorf("told of %+v", r)
					}
				}
			})
		}
	}
}
