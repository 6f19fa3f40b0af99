//go:build unix

package doctor

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"capas/internal/enginetest"
	"capas/runner/engine"
)

// command puts a program named docker where nothing else is found.
func command(t *testing.T, script string) {
	t.Helper()
	bin := t.TempDir()
	if script != "" {
		if err := os.WriteFile(bin+"/docker", []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
}

func TestTheDockerCommand(t *testing.T) {
	for _, test := range []struct {
		name, script string
		want         Docker
		fails        bool
	}{
		{name: "today's", script: `case $1 in --version) echo "Docker version 28.5.2, build e6534b4";; *) echo "github.com/docker/buildx v0.29.1 a32761a";; esac`,
			want: Docker{Version: "28.5.2", Buildx: "v0.29.1"}},
		{name: "Debian's, without buildx", script: `[ $1 = --version ] && echo "Docker version 20.10.24+dfsg1, build 297e128" || { echo "docker: 'buildx' is not a docker command." >&2; exit 1; }`,
			want: Docker{Version: "20.10.24+dfsg1"}},
		{name: "Podman's", script: `echo "Emulate Docker CLI using podman." >&2; [ $1 = --version ] && echo "podman version 4.3.1" || echo "buildah 1.28.2"`,
			want: Docker{Version: "4.3.1", Podman: true}},
		{name: "one that says nothing we know", script: `echo hola`, want: Docker{}},
		{name: "one that fails", script: `exit 7`, fails: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			command(t, test.script)
			got := lookAtDocker(t.Context(), Options{Env: os.Getenv})
			if (got.Err != nil) != test.fails || got.Path == "" {
				t.Errorf("got %+v", got)
			}
			got.Err, got.Path = nil, ""
			if *got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestADockerCommandThatHangs(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	if err := os.WriteFile(bin+"/docker", []byte("#!/bin/sh\nexec 3>&1\n/bin/sleep 100 &\necho $! >"+bin+"/pid\nwait\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = exec.Command("sh", "-c", "kill $(cat "+bin+"/pid)").Run() })
	began := time.Now()
	if _, err := answerOf(t.Context(), bin+"/docker", "--version"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 4*quick {
		t.Errorf("it took %v", took)
	}
}

func TestNoDockerCommand(t *testing.T) {
	command(t, "")
	if got := lookAtDocker(t.Context(), Options{Env: os.Getenv}); got.Path != "" || got.Version != "" {
		t.Errorf("got %+v", got)
	}
	home := t.TempDir()
	there := slices.IndexFunc(usual(home), func(dir string) bool { return dir == home+"/.rd/bin" })
	if got := elsewhere(usual(home)[there:]); got != "" {
		t.Errorf("got %q", got)
	}
	put(t, home+"/.rd/bin/docker", "#!/bin/sh\n")
	if err := os.Chmod(home+"/.rd/bin/docker", 0o700); err != nil {
		t.Fatal(err)
	}
	if got := elsewhere(usual(home)[there:]); got != home+"/.rd/bin" {
		t.Errorf("got %q", got)
	}
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFolders(t *testing.T) {
	dir := t.TempDir()
	put(t, dir+"/file", "")
	put(t, dir+"/state/progress.jsonl", "garbage\n")
	put(t, dir+"/taken/progress.jsonl/x", "")
	for _, test := range []struct {
		path, where string
		err         error
		findings    []string
	}{
		{path: dir + "/not/yet/there"},
		{path: dir + "/state", findings: []string{"journal"}},
		{path: dir + "/file/state", where: dir + "/file", err: syscall.ENOTDIR},
		{path: dir + "/file", where: dir + "/file", err: syscall.ENOTDIR},
		{path: dir + "/taken", findings: []string{"journal"}},
	} {
		before := listing(t, dir)
		f := lookAtFiles(Options{State: test.path, Workspaces: test.path, Registry: test.path})
		if !errors.Is(f.State.Err, test.err) || f.State.Where != test.where || !errors.Is(f.Work.Err, test.err) {
			t.Errorf("%s: got %+v", test.path, f.State)
		}
		if f.State.Disk == nil || f.State.Disk.Free == 0 {
			t.Errorf("%s: no disk", test.path)
		}
		var others []string
		for _, finding := range judgeFiles(f)[3:] {
			others = append(others, finding.ID)
		}
		if strings.Join(others, " ") != strings.Join(test.findings, " ") {
			t.Errorf("%s: findings %v", test.path, others)
		}
		if after := listing(t, dir); after != before {
			t.Errorf("it was\n%sand is\n%s", before, after)
		}
	}
}

func listing(t *testing.T, dir string) string {
	t.Helper()
	out, err := exec.Command("find", dir, "-printf", "%p %s %TY%Tm%Td\n").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// TestALookThatNeverComesBack is a folder on a network that is away: the others are told all the same.
func TestALookThatNeverComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		never := make(chan struct{})
		lost := begin(func() *Files { <-never; return &Files{} })
		late := begin(func() *Docker { <-ctx.Done(); time.Sleep(grace / 2); return &Docker{} })
		began := time.Now()
		if end(ctx, late) == nil {
			t.Error("what comes a little late is lost")
		}
		if end(ctx, lost) != nil || time.Since(began) > patience+2*grace {
			t.Errorf("after %v", time.Since(began))
		}
		close(never)
	})
}

// TestTheRealThing looks at the engine and the docker command of this machine.
func TestTheRealThing(t *testing.T) {
	host := enginetest.Client(t).DaemonHost()
	r := Look(t.Context(), Options{Engine: engine.Options{Host: host}, Env: os.Getenv, State: t.TempDir(), Workspaces: t.TempDir(), Registry: t.TempDir()})
	if !r.Asked() {
		t.Fatalf("got %+v", r.Facts.Engine.Trouble)
	}
	f := r.Facts
	if f.Docker.Path == "" || f.Docker.Version == "" || f.Docker.Err != nil || f.Engine.Facts.Version == "" || f.builder() == NoBuilder {
		t.Errorf("got %+v and %+v, builder %q", f.Engine.Facts, f.Docker, f.builder())
	}
	for _, finding := range r.Findings {
		if finding.Level == Problem {
			t.Errorf("%s: %s", finding.ID, say["en"].Say(finding.Found))
		}
	}
}
