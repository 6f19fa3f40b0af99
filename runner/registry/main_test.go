package registry_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"capas/internal/enginetest"
	"capas/runner/registry"
)

// serveIn, where it is set, makes of this test's program another capas that serves, and can be killed.
const serveIn = "CAPAS_TEST_SERVE"

func TestMain(m *testing.M) {
	args := strings.Split(os.Getenv(serveIn), "|")
	if len(args) != 3 {
		code := m.Run()
		os.RemoveAll(template)
		os.Exit(code)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	member, err := registry.Join(ctx, config(args[0], args[1], args[2]))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("serving")
	<-ctx.Done()
	member.Leave()
}

var account = registry.Account{User: "ana", Password: "secreto-123"}

func config(dir, mirror, reg string) registry.Config {
	return registry.Config{Dir: dir, Mirror: mirror, Registry: reg, Account: account}
}

// fresh is a folder of its own, where the practice bases are already, and two ports that nobody listens on.
func fresh(t testing.TB) registry.Config {
	t.Helper()
	c := empty(t)
	bases, err := filled()
	if err == nil {
		err = os.CopyFS(filepath.Join(c.Dir, "mirror"), os.DirFS(bases))
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// empty is fresh without the practice bases.
func empty(t testing.TB) registry.Config {
	t.Helper()
	return config(t.TempDir(), freePort(t), freePort(t))
}

// template is the folder of a registry in which nothing but the bases is; TestMain removes it.
var template string

// filled is the mirror's part of the template. To make it takes seconds.
var filled = sync.OnceValues(func() (bases string, err error) {
	if template, err = os.MkdirTemp("", "capas-registry-"); err != nil {
		return "", err
	}
	address, err := registry.FreeAddress()
	if err != nil {
		return "", err
	}
	m, err := registry.Join(context.Background(), config(template, address, ""))
	if err != nil {
		return "", err
	}
	return filepath.Join(template, "mirror"), m.Leave()
})

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "localhost:" + port
}

// join serves until the test ends.
func join(t testing.TB, c registry.Config) *registry.Member {
	t.Helper()
	m, err := registry.Join(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Leave() })
	return m
}

// elsewhere serves in a program of its own.
func elsewhere(t testing.TB, c registry.Config) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveIn+"="+strings.Join([]string{c.Dir, c.Mirror, c.Registry}, "|"))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	said := make([]byte, len("serving"))
	if n, err := out.Read(said); err != nil {
		t.Fatalf("the other program said %q: %v", said[:n], err)
	}
	return cmd
}

// docker is the learner's command, with a configuration of the test's own.
type docker struct {
	t   testing.TB
	env []string
}

func newDocker(t testing.TB) docker {
	t.Helper()
	enginetest.Client(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	return docker{t, append(os.Environ(), "DOCKER_CONFIG="+dir, "DOCKER_BUILDKIT=0")}
}

func (d docker) command(args ...string) *exec.Cmd {
	cmd := exec.Command("docker", args...)
	cmd.Env = d.env
	return cmd
}

// run wants the command to do it.
func (d docker) run(args ...string) string {
	d.t.Helper()
	out, err := d.command(args...).CombinedOutput()
	if err != nil {
		d.t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// refused wants the command to fail, and to say why.
func (d docker) refused(want string, args ...string) {
	d.t.Helper()
	out, err := d.command(args...).CombinedOutput()
	if exit := new(exec.ExitError); !errors.As(err, &exit) || !strings.Contains(string(out), want) {
		d.t.Errorf("docker %s: %v\n%s\nwant a failure that says %q", strings.Join(args, " "), err, out, want)
	}
}

func (d docker) login(c registry.Config) {
	d.t.Helper()
	cmd := d.command("login", "-u", c.Account.User, "--password-stdin", c.Registry)
	cmd.Stdin = strings.NewReader(c.Account.Password)
	if out, err := cmd.CombinedOutput(); err != nil {
		d.t.Fatalf("docker login: %v\n%s", err, out)
	}
}

// named gives an image a name, and takes it away when the test ends.
func (d docker) named(image, name string) string {
	d.t.Helper()
	d.run("tag", image, name)
	d.t.Cleanup(func() { d.command("image", "rm", name).Run() })
	return name
}

func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); {
		if time.Now().After(deadline) {
			t.Fatalf("not within 20 s: %s", what)
		}
		<-time.After(20 * time.Millisecond)
	}
}
