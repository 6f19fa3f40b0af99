package registry_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

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

func TestTwentyPushesAtOnce(t *testing.T) {
	c := fresh(t)
	join(t, c)
	d := newDocker(t)
	d.login(c)
	base := enginetest.Base(t)
	names, ids := make([]string, 20), make([]string, 20)
	for i := range names {
		ids[i] = enginetest.Build(t, enginetest.Name(t, "many")+":1", fmt.Sprintf("FROM %s\nCOPY n /n\n", base), map[string]string{"n": fmt.Sprint(i)})
		names[i] = d.named(ids[i], fmt.Sprintf("%s/ana/many:%d", c.Registry, i))
	}
	var all sync.WaitGroup
	for _, name := range names {
		all.Go(func() {
			if out, err := d.command("push", name).CombinedOutput(); err != nil {
				t.Errorf("docker push %s: %v\n%s", name, err, out)
			}
		})
	}
	all.Wait()
	for i, name := range names {
		d.run("image", "rm", name)
		d.run("pull", "-q", name)
		if id := strings.TrimSpace(d.run("image", "inspect", "-f", "{{.Id}}", name)); id != ids[i] {
			t.Errorf("%s is %s, pushed was %s", name, id, ids[i])
		}
	}
}

// big is an image whose push takes a while: its layer cannot be packed.
func big(t testing.TB, d docker, megabytes int) string {
	t.Helper()
	data := make([]byte, megabytes<<20)
	rand.Read(data)
	return enginetest.Build(t, enginetest.Name(t, "big")+":1", "FROM "+enginetest.Base(t)+"\nCOPY big /big\n", map[string]string{"big": string(data)})
}

func TestPushThatWasCutIsTakenUpAgain(t *testing.T) {
	for _, killed := range []string{"the client", "the registry"} {
		t.Run(killed, func(t *testing.T) {
			c := fresh(t)
			other := elsewhere(t, c)
			d := newDocker(t)
			d.login(c)
			name := d.named(big(t, d, 60), c.Registry+"/ana/big:1")
			push := d.command("push", name)
			if err := push.Start(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "an upload has begun", func() bool { return uploading(c.Dir) })
			if killed == "the client" {
				push.Process.Kill()
			} else {
				other.Process.Kill()
				other.Wait()
				join(t, c)
			}
			push.Wait() // the engine may try again by itself, and succeed
			d.run("push", name)
			d.run("image", "rm", name)
			d.run("pull", "-q", name)
		})
	}
}

// uploading says whether a part of a layer has come.
func uploading(dir string) bool {
	found := false
	walk(os.DirFS(dir), func(path string, size int64) {
		found = found || strings.Contains(path, "_uploads") && strings.HasSuffix(path, "/data") && size > 1<<20
	})
	return found
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
