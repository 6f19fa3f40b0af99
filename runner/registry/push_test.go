package registry_test

import (
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"capas/internal/enginetest"
	"capas/runner/registry"
)

func TestLoginPushAndPull(t *testing.T) {
	c := fresh(t)
	join(t, c)
	d := newDocker(t)
	web := enginetest.Build(t, enginetest.Name(t, "web")+":1", "FROM "+enginetest.Base(t)+"\nRUN touch /uno\n", nil)
	name := d.named(web, c.Registry+"/ana/web:1")

	d.refused("no basic auth credentials", "push", name)
	wrong := d.command("login", "-u", "ana", "--password-stdin", c.Registry)
	wrong.Stdin = strings.NewReader("otra")
	if out, err := wrong.CombinedOutput(); err == nil || !strings.Contains(string(out), "401 Unauthorized") {
		t.Errorf("login with a wrong password: %v\n%s", err, out)
	}
	d.login(c)
	d.run("push", name)
	d.run("image", "rm", name)
	d.run("pull", name)
	if id := strings.TrimSpace(d.run("image", "inspect", "-f", "{{.Id}}", name)); id != web {
		t.Errorf("pulled %s, pushed %s", id, web)
	}
}

func TestMirrorIsPulledFromWithoutALoginAndTakesNothing(t *testing.T) {
	c := fresh(t)
	join(t, c)
	d := newDocker(t)
	for _, tag := range []string{"1", "2", "latest"} {
		name := c.Mirror + "/base:" + tag
		t.Cleanup(func() { d.command("image", "rm", name).Run() })
		if out := d.run("pull", name); !strings.Contains(out, "sha256:") {
			t.Errorf("a pull without a digest:\n%s", out)
		}
		want := map[string]string{"1": "1", "2": "2", "latest": "2"}[tag]
		if out := d.run("run", "--rm", "--label", "capas.test", name, "cat", "/etc/os-release"); !strings.Contains(out, "base "+want) {
			t.Errorf("%s says\n%s", name, out)
		}
	}
	d.refused("only for pulling; push to "+c.Registry, "push", c.Mirror+"/base:1")
	d.refused("only for pulling", "push", d.named(c.Mirror+"/base:1", c.Mirror+"/otra:1"))
}

func TestWhatWasPushedIsThereAfterARestart(t *testing.T) {
	c := fresh(t)
	first := join(t, c)
	d := newDocker(t)
	d.login(c)
	name := d.named(enginetest.Base(t), c.Registry+"/ana/base:1")
	d.run("push", name)
	if err := first.Leave(); err != nil {
		t.Fatal(err)
	}
	d.refused("refused", "pull", name)
	join(t, c)
	d.run("image", "rm", name)
	d.run("pull", name)
}

// small is an image of one file that no other image has.
func small(t testing.TB, name string) string {
	t.Helper()
	return enginetest.Build(t, enginetest.Name(t, name)+":1", "FROM scratch\nCOPY file /file\n", map[string]string{"file": rand.Text()})
}

// whole wants the registry to hold an image with all its layers, none of them changed.
func whole(t testing.TB, c registry.Config, ref string) {
	t.Helper()
	r, err := name.ParseReference(c.Registry + "/" + ref)
	if err != nil {
		t.Fatal(err)
	}
	img, err := remote.Image(r, remote.WithUserAgent(registry.UserAgent), remote.WithAuth(&authn.Basic{Username: c.Account.User, Password: c.Account.Password}))
	if err == nil {
		err = validate.Image(img)
	}
	if err != nil {
		t.Errorf("%s in the registry: %v", ref, err)
	}
}

// loadMany puts images under the tags 0, 1, 2 … of a repository, each with a layer that all have and one of its own.
func (d docker) loadMany(repository string, count int) []string {
	d.t.Helper()
	below, err := random.Image(100_000, 1)
	if err != nil {
		d.t.Fatal(err)
	}
	names, images := make([]string, count), map[name.Tag]v1.Image{}
	for i := range names {
		layer, err := random.Layer(100_000, types.DockerLayer)
		if err != nil {
			d.t.Fatal(err)
		}
		names[i] = fmt.Sprintf("%s:%d", repository, i)
		tag, err := name.NewTag(names[i])
		if err != nil {
			d.t.Fatal(err)
		}
		if images[tag], err = mutate.AppendLayers(below, layer); err != nil {
			d.t.Fatal(err)
		}
	}
	d.t.Cleanup(func() { d.command(append([]string{"image", "rm"}, names...)...).Run() })
	archive := filepath.Join(d.t.TempDir(), "many.tar")
	if err := tarball.MultiWriteToFile(archive, images); err != nil {
		d.t.Fatal(err)
	}
	d.run("load", "-i", archive)
	return names
}

func TestTwentyPushesAtOnce(t *testing.T) {
	c := fresh(t)
	join(t, c)
	d := newDocker(t)
	d.login(c)
	names := d.loadMany(c.Registry+"/ana/many", 20)
	var all sync.WaitGroup
	for _, name := range names {
		all.Go(func() {
			if out, err := d.command("push", name).CombinedOutput(); err != nil {
				t.Errorf("docker push %s: %v\n%s", name, err, out)
			}
		})
	}
	all.Wait()
	for i := range names {
		whole(t, c, fmt.Sprintf("ana/many:%d", i))
	}
	d.run("image", "rm", names[0])
	d.run("pull", names[0])
}

// gate is a way to an address on which the first request that is larger than a gate lets through stays half way until it is opened.
type gate struct {
	address string
	stopped chan struct{} // closed once something is half way
	open    chan struct{}
}

// lets is how much of a connection goes through a closed gate: what is asked before a layer is sent, and some of the layer.
const lets = 1 << 20

func newGate(t testing.TB, to string) *gate {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{strings.Replace(l.Addr().String(), "127.0.0.1", "localhost", 1), make(chan struct{}), make(chan struct{})}
	var stop sync.Once
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			go g.pass(from, strings.Replace(to, "localhost", "127.0.0.1", 1), func() { stop.Do(func() { close(g.stopped) }) })
		}
	}()
	t.Cleanup(func() { l.Close() })
	return g
}

func (g *gate) pass(from net.Conn, address string, stop func()) {
	defer from.Close()
	to, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	go func() {
		io.Copy(from, to)
		from.Close()
	}()
	defer to.Close()
	if _, err := io.CopyN(to, from, lets); err != nil {
		return
	}
	stop()
	<-g.open
	io.Copy(to, from)
}

func TestPushThatWasCutIsTakenUpAgain(t *testing.T) {
	for _, killed := range []string{"the client", "the registry"} {
		t.Run(killed, func(t *testing.T) {
			t.Parallel() // each waits for the engine most of the time
			c := fresh(t)
			other := elsewhere(t, c)
			g := newGate(t, c.Registry)
			d := newDocker(t)
			through := c
			through.Registry = g.address
			d.login(through)
			name := d.named(enginetest.Base(t), g.address+"/ana/base:1")
			push := d.command("push", name)
			if err := push.Start(); err != nil {
				t.Fatal(err)
			}
			<-g.stopped
			eventually(t, "an upload has begun", func() bool { return len(uploads(c.Dir)) > 0 })
			if killed == "the client" {
				push.Process.Kill()
			} else {
				other.Process.Kill()
				other.Wait()
				join(t, c)
			}
			close(g.open)
			push.Wait() // the engine may try again by itself, and succeed
			d.run("push", name)
			whole(t, c, "ana/base:1")
			d.run("pull", "-q", name)
		})
	}
}

// uploads are the files in which parts of layers have come.
func uploads(dir string) (found []string) {
	walk(os.DirFS(dir), func(path string, size int64) {
		if strings.Contains(path, "_uploads") && strings.HasSuffix(path, "/data") {
			found = append(found, path)
		}
	})
	return found
}

func TestWhatACutPushHasLeftDoesNotStay(t *testing.T) {
	c := fresh(t)
	first := join(t, c)
	begun(t, c)
	old := begun(t, c)
	if err := first.Leave(); err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(c.Dir, "pushed/docker/registry/v2/repositories/ana/web/_uploads", strings.Split(filepath.Base(old), "?")[0], "startedat")
	if err := os.WriteFile(at, []byte(time.Now().Add(-2*time.Hour).Format(time.RFC3339)), 0o600); err != nil {
		t.Fatal(err)
	}
	join(t, c)
	left, err := os.ReadDir(filepath.Dir(filepath.Dir(at)))
	if err != nil || len(left) != 1 {
		t.Errorf("left: %v, %v; want the one that may still go on", left, err)
	}
}

func TestSecondPushSendsOnlyWhatIsNew(t *testing.T) {
	c := fresh(t)
	join(t, c)
	d := newDocker(t)
	d.login(c)
	repo := enginetest.Name(t, "web")
	one := enginetest.Build(t, repo+":1", "FROM "+enginetest.Base(t)+"\nRUN touch /uno\n", nil)
	two := enginetest.Build(t, repo+":2", "FROM "+repo+":1\nRUN touch /dos\n", nil)
	d.run("push", d.named(one, c.Registry+"/ana/web:1"))
	name := d.named(two, c.Registry+"/ana/web:2")
	d.run("push", name)
	d.run("image", "rm", name)
	d.run("pull", name)

	all, err := registry.Transfers(c.Dir)
	if err != nil || len(all) != 3 {
		t.Fatalf("%d transfers, %v: want two pushes and a pull\n%+v", len(all), err, all)
	}
	for i, want := range []struct {
		push  bool
		tag   string
		moved string
	}{{true, "1", "++"}, {true, "2", "--+"}, {false, "2", "---"}} {
		got := all[i]
		moved := ""
		for _, l := range got.Layers {
			moved += map[bool]string{true: "+", false: "-"}[l.Moved]
		}
		if got.Push != want.push || got.Reference != want.tag || moved != want.moved || got.Repository != "ana/web" || got.Part != registry.Registry {
			t.Errorf("transfer %d: %+v\nwant %+v", i, got, want)
		}
	}
}
