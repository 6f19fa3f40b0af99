//go:build linux

package observer

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	dockerclient "github.com/docker/docker/client"

	"capas/checks"
	"capas/internal/enginetest"
	"capas/internal/message"
	"capas/internal/strictyaml"
	"capas/runner/box"
	"capas/runner/engine/embedded/embeddedtest"
	"capas/runner/registry"
)

func TestMain(m *testing.M) { embeddedtest.Main(m) }

// inside is the engine inside capas, with a practice base; its client and its host.
func inside(t *testing.T) (*dockerclient.Client, string) {
	t.Helper()
	h := embeddedtest.Home(t)
	m, err := h.Join(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Leave() }) // it has been stopped
	c, err := dockerclient.NewClientWithOpts(dockerclient.WithHost(h.Host()), dockerclient.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	arch, err := box.Arch(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	program, err := enginetest.Program(arch)
	if err != nil {
		t.Fatal(err)
	}
	const base = "capas-test-base:observer"
	if err := box.EnsureOf(t.Context(), c, base, box.Config{Arch: arch, Program: program}); err != nil {
		t.Fatal(err)
	}
	return c, base
}

func TestAskedOnTheEngineOfThisMachine(t *testing.T) {
	t.Parallel()
	tellAsked(t, enginetest.Client(t), enginetest.Base(t))
}

func TestAskedOnTheEngineInside(t *testing.T) {
	t.Parallel()
	c, base := inside(t)
	tellAsked(t, c, base)
}

// tellAsked types commands, each in an attempt of its own, and asks the check whether that was it. $A and $B are two names of one
// image, $C is another, $P is $A's name in a registry, $D its digest there, $I its id and $S the beginning of that.
func tellAsked(t *testing.T, engine *dockerclient.Client, base string) {
	const pass, fail = checks.Pass, checks.Fail
	d, podman := newDesk(t, engine, base), enginetest.Product(t) == "Podman"
	for _, tt := range []struct {
		line string // what is typed
		spec string // what is asked
		want checks.Verdict
		says string // in Spanish, in place of what is wanted
	}{
		{"docker history $A", "asked: history, of: $A", pass, ""},
		{"docker image history --no-trunc $A", "asked: history, of: $A", pass, ""},
		{"docker history $B", "asked: history, of: $A", pass, ""},
		{"docker history $I", "asked: history, of: $A", pass, ""},
		{"docker history $S", "asked: history, of: $A", pass, ""},
		{"docker history $(docker images -q $A)", "asked: history, of: $A", pass, ""},
		{"docker history $D", "asked: history, of: $A", pass, ""},
		{"docker history $C; docker history $A", "asked: history, of: $A", pass, ""},
		{"docker history $C", "asked: history, of: $A", fail, "Has pedido `docker history $C`"},
		{"docker history nosuch-$A", "asked: history, of: $A", fail, "`docker history nosuch-$A`, y Docker no pudo"},
		{"docker inspect $A", "asked: history, of: $A", fail, "es `docker inspect $A`, y hace falta otra cosa"},
		{"docker ps -a", "asked: history, of: $A", fail, "es `docker ps`"},
		{"DOCKER_HOST=$BARE docker history $A", "asked: history, of: $A", fail, "aún no has pedido"},
		{"docker --host $BARE image history $A", "asked: history, of: $A", fail, "aún no has pedido"},
		{"true", "asked: history, of: $A", fail, "aún no has pedido"},
		{"docker inspect $A", "asked: inspect, of: $A", pass, ""},
		{"docker image inspect -f '{{.Id}}' $S", "asked: inspect, of: $A", pass, ""},
		{"docker inspect --type image $B", "asked: inspect, of: $A", pass, ""},
		{"docker image inspect nosuch-$A", "asked: inspect, of: $A", fail, "Docker no pudo"},
		{"docker images", "asked: images", pass, ""},
		{"docker image ls -a", "asked: images, of: $A", pass, ""},
		{"docker images $A", "asked: images, of: $A", pass, ""},
		{"docker images $C", "asked: images, of: $A", fail, "`docker images $C`"},
		{"docker pull $P", "asked: pull, of: $P", pass, ""},
		{"docker image pull -q $D", "asked: pull, of: $P", pass, ""},
		{"docker pull $P-nosuch", "asked: pull, of: $P", fail, "Docker no pudo"},
		{"docker tag $A $A-x", "asked: tag, of: $A-x", pass, ""},
		{"docker image tag $S $A-y", "asked: tag, of: $A", pass, ""},
		{"docker push $P", "asked: push, of: $P", pass, ""},
		{"docker push $P-nosuch", "asked: push, of: $P", fail, "Docker no pudo"},
		{"docker run --rm --label $LABEL $B true", "asked: run, of: $A", pass, ""},
		{"docker run --rm --label $LABEL $A nosuch", "asked: run, of: $A", fail, "`docker run $A`, y Docker no pudo"},
		{"docker create --label $LABEL $A true", "asked: run, of: $A", fail, "aún no has pedido"},
		{"(cat $DOCKERFILE; echo LABEL n=4) | docker build -q -t $A-b -", "asked: build, of: $A-b", pass, ""},
		{"docker build -t $A-c - <$FAILING", "asked: build, of: $A-c", fail, "Docker no pudo"},
		{"docker rmi $A-x", "asked: rm, of: $A-x", pass, ""},
		{"docker image rm $(docker images -q $A-b)", "asked: rm, of: $A-b", pass, ""},
		{"docker rmi nosuch-$A", "asked: rm, of: $A-y", fail, "Docker no pudo"},
		{"until docker image prune -f --filter label=$LABEL-none; do sleep 0.1; done", "asked: prune", pass, ""},
		{"docker login -u $ACCOUNT -p $PASSWORD $REGISTRY", "asked: login, of: $REGISTRY", pass, ""},
		{"docker login -u $ACCOUNT -p mal $REGISTRY", "asked: login, of: $REGISTRY", fail, "Docker no pudo"},
	} {
		if podman && strings.HasSuffix(tt.line, "$A nosuch") {
			tt.says = "" // Podman refuses to attach, and nothing is seen to have been run
		}
		results, _ := d.attempt(t, tt.line, tt.spec)
		said := message.For("es").Say(results[0].Got)
		if checks.Overall(results) != tt.want || !strings.Contains(said, d.expand(tt.says)) {
			t.Errorf("$ %s\n%s: %v, %s\n\twant %v, %s", tt.line, tt.spec, checks.Overall(results), said, tt.want, tt.says)
		}
	}
}

// TestAskedOfABuildByBuildKit: it counts where the command says that it went well, and nowhere else.
func TestAskedOfABuildByBuildKit(t *testing.T) {
	t.Parallel()
	d := newDesk(t, enginetest.Client(t), enginetest.Base(t))
	for i, docker := range clients(t) {
		for _, file := range []string{"$DOCKERFILE", "$FAILING"} {
			name := fmt.Sprintf("$A-k%d", i)
			line := fmt.Sprintf("DOCKER_BUILDKIT=1 %s build -t %s - <%s; code=$?; echo exit code $code; exit $code", docker, name, file)
			results, out := d.attempt(t, line, "asked: build, of: "+name)
			if went := strings.HasSuffix(out, "exit code 0\n"); (checks.Overall(results) == checks.Pass) != went {
				t.Errorf("$ %s\n%s%v, %s", line, out, checks.Overall(results), message.For("es").Say(results[0].Got))
			}
		}
	}
}

// desk is somebody at work with an engine, through a socket.
type desk struct {
	engine *dockerclient.Client
	seen   *seen
	env    []string
}

func newDesk(t *testing.T, engine *dockerclient.Client, base string) *desk {
	t.Helper()
	path, s := observe(t, engine.Dialer())
	account := registry.Account{User: "ana", Password: "secreto-123"}
	address, home, name := serveRegistry(t, account), t.TempDir(), enginetest.Name(t, "obs")
	plug(t, home)
	label := enginetest.Label + "=" + enginetest.Name(t, "asked")
	d := &desk{engine: engine, seen: s, env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "DOCKER_CONFIG=" + home, "DOCKER_BUILDKIT=0", "LC_ALL=C",
		"DOCKER_HOST=unix://" + path, "BARE=" + engine.DaemonHost(), "BASE=" + base, "LABEL=" + label,
		"REGISTRY=" + address, "ACCOUNT=" + account.User, "PASSWORD=" + account.Password,
		"A=" + name, "B=" + name + "-2:otra", "C=" + name + "-3", "P=" + address + "/ana/" + name + ":1",
		"DOCKERFILE=" + home + "/Dockerfile", "FAILING=" + home + "/Failing",
	}}
	t.Cleanup(func() {
		_, _ = d.sh(t, `docker ps -aq --filter label=$LABEL | xargs -r docker rm -f
			for i in 1 2 3; do docker images -aq --filter label=$LABEL | sort -u | xargs -r docker rmi -f; done`) // parents go after their children
	})
	d.must(t, `printf 'FROM %s\nLABEL %s\nRUN echo %s >/own\n' $BASE $LABEL $A >$DOCKERFILE; printf 'FROM %s\nLABEL %s\nRUN exit 7\n' $BASE $LABEL >$FAILING
		docker build -q -t $A - <$DOCKERFILE && (cat $DOCKERFILE; echo LABEL n=3) | docker build -q -t $C - && docker tag $A $B && docker tag $A $P &&
		docker login -u $ACCOUNT -p $PASSWORD $REGISTRY && docker push -q $P`)
	img, err := engine.ImageInspect(t.Context(), d.expand("$P"))
	if err != nil {
		t.Fatal(err)
	}
	there := slices.IndexFunc(img.RepoDigests, func(ref string) bool { return strings.HasPrefix(ref, address) }) // some engines have one for each name
	if there < 0 {
		t.Fatalf("no digest at %s among %q", address, img.RepoDigests)
	}
	d.env = append(d.env, "I="+img.ID, "S="+strings.TrimPrefix(img.ID, "sha256:")[:12], "D="+img.RepoDigests[there])
	return d
}

func (d *desk) expand(text string) string {
	return os.Expand(text, func(name string) string {
		for _, e := range d.env {
			if value, found := strings.CutPrefix(e, name+"="); found {
				return value
			}
		}
		return "$" + name
	})
}

// sh types a line.
func (d *desk) sh(t *testing.T, line string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.Env = d.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (d *desk) must(t *testing.T, line string) {
	t.Helper()
	if out, err := d.sh(t, line); err != nil {
		t.Fatalf("$ %s\n%v\n%s", line, err, out)
	}
}

// attempt types a line and asks a check what it thinks of the requests that the line made. It returns what the line said too.
func (d *desk) attempt(t *testing.T, line, spec string) ([]checks.Result, string) {
	t.Helper()
	b, err := checks.TakeBaseline(t.Context(), d.engine)
	if err != nil {
		t.Fatal(err)
	}
	before := len(d.seen.ended())
	out, _ := d.sh(t, line) // some fail, and are meant to
	t.Logf("$ %s\n%s", line, out)
	asked := []checks.Asked{}
	for _, r := range d.seen.ended()[before:] {
		asked = append(asked, r.Asked())
	}
	key, of, found := strings.Cut(spec, ", of: ")
	text := "- {" + key + ", unseen: q}"
	if found {
		text = fmt.Sprintf("- {%s, of: %q, unseen: q}", key, d.expand(of))
	}
	n, err := strictyaml.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	list, err := checks.Parse(n)
	if err != nil {
		t.Fatal(err)
	}
	f := checks.NewFacts(d.engine, checks.Scope{Baseline: b, Asked: asked})
	defer f.Close()
	return checks.Evaluate(t.Context(), f, list), out
}
