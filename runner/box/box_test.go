package box_test

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"

	"capas/internal/enginetest"
	"capas/runner/box"
)

// engine is one that holds one image at most, and counts what it was given.
type engine struct {
	arch  string
	image *image.InspectResponse
	loads int
	says  string
}

func (e *engine) ServerVersion(context.Context) (types.Version, error) {
	return types.Version{Arch: e.arch}, nil
}

func (e *engine) ImageInspect(context.Context, string, ...client.ImageInspectOption) (image.InspectResponse, error) {
	if e.image == nil {
		return image.InspectResponse{}, errdefs.ErrNotFound
	}
	return *e.image, nil
}

func (e *engine) ImageLoad(_ context.Context, archive io.Reader, _ ...client.ImageLoadOption) (image.LoadResponse, error) {
	e.loads++
	io.Copy(io.Discard, archive)
	return image.LoadResponse{Body: io.NopCloser(strings.NewReader(e.says)), JSON: true}, nil
}

func imageWith(label string, layers int) *image.InspectResponse {
	img := &image.InspectResponse{Config: &dockerspec.DockerOCIImageConfig{}, RootFS: image.RootFS{Layers: make([]string, layers)}}
	if label != "" {
		img.Config.Labels = map[string]string{box.Label: label}
	}
	return img
}

func TestEnsureLoadsOnlyWhatIsOurs(t *testing.T) {
	config := box.Config{Arch: "amd64", Program: []byte("program")}
	for _, tc := range []struct {
		name    string
		there   *image.InspectResponse
		loads   int
		foreign bool
	}{
		{"nothing there", nil, 1, false},
		{"an older base", imageWith("old", 1), 1, false},
		{"somebody else's image", imageWith("", 1), 0, true},
		{"an image built on a base", imageWith("old", 2), 0, true},
	} {
		e := &engine{arch: "amd64", image: tc.there}
		err := box.EnsureOf(t.Context(), e, box.Name, config)
		var foreign *box.ForeignError
		if errors.As(err, &foreign) != tc.foreign || err != nil && !tc.foreign || e.loads != tc.loads {
			t.Errorf("%s: %d loads, error %v", tc.name, e.loads, err)
		}
	}
}

func TestAnErrorInsideTheStreamIsAnError(t *testing.T) {
	e := &engine{says: `{"errorDetail":{"message":"no space left on device"},"error":"no space left on device"}`}
	err := box.EnsureOf(t.Context(), e, box.Name, box.Config{Arch: "amd64", Program: []byte("program")})
	if err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("error %v", err)
	}
}

func TestAProgramThatWasNotBuiltSaysWhatToDo(t *testing.T) {
	err := box.Ensure(t.Context(), &engine{arch: "pdp11"}, box.Name)
	var missing *box.NotBuiltError
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "make build") || missing.Advice().Remedy.IsZero() {
		t.Errorf("error %v", err)
	}
}

func TestEmbeddedProgramsAreForTheirArchitecture(t *testing.T) {
	built, err := filepath.Glob("bin/*.gz")
	if err != nil {
		t.Fatal(err)
	}
	if len(built) == 0 && os.Getenv("CI") == "" {
		t.Skip("make build has not run")
	}
	for arch, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		program, err := box.Program(arch)
		if err != nil {
			t.Error(err)
			continue
		}
		f, err := elf.NewFile(bytes.NewReader(program))
		if err != nil || f.Machine != machine || f.Section(".interp") != nil {
			t.Errorf("%s: %v, want a static %v program", arch, err, machine)
		}
	}
}

func TestBaseOnAnEngine(t *testing.T) {
	base := enginetest.Base(t)
	for _, tc := range []struct {
		name, command, stdout string
		status                int
	}{
		{"folders", "ls -ld /tmp /usr/src /var/www | cat -n | while read n mode rest; do echo $mode; done", "drwxrwxrwt\ndrwxr-xr-x\ndrwxr-xr-x\n", 0},
		{"name", ". /etc/os-release; echo $NAME", "capas base\n", 0},
		{"users", "cat /etc/passwd | while read l; do case $l in root:*:/bin/sh) echo root;; esac; done; ls /etc/group", "root\n/etc/group\n", 0},
		{"PATH", "echo $PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n", 0},
		{"a failing utility", "ls /nope", "", 2},
		{"set -e", "set -e; cat /nope; echo no", "", 1},
		{"a pipe of utilities", "ls /bin | sort -r | grep -v x | head -n 2 | tail -n 1 | wc -l", "1\n", 0},
		{"every utility is there", "cd /bin && ls | while read u; do test -x $u || echo $u; done; ls sh cat", "cat\nsh\n", 0},
		{"a directory of a lower layer can be moved", "mv /var/www /srv && ls -d /srv", "/srv\n", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			id := enginetest.Run(t, base, enginetest.Name(t, "box"), "sh", "-c", tc.command)
			stdout, status := outcome(t, id)
			if stdout != tc.stdout || status != tc.status {
				t.Errorf("%q, exit %d; want %q, exit %d", stdout, status, tc.stdout, tc.status)
			}
		})
	}
}

func TestUtilitiesRunWithoutAShell(t *testing.T) {
	base := enginetest.Base(t)
	for _, tc := range []struct {
		cmd    []string
		stdout string
		status int
	}{
		{[]string{"ls", "/nope"}, "", 2},
		{[]string{"echo", "a  b", "$HOME"}, "a  b $HOME\n", 0},
		{[]string{"pwd"}, "/\n", 0},
		{[]string{"false"}, "", 1},
		{[]string{"true"}, "", 0},
		{[]string{"id"}, "uid=0(root) gid=0(root) groups=0(root)\n", 0},
		{[]string{"env", "-i", "A=1"}, "A=1\n", 0},
		{[]string{"cat", "/etc/os-release"}, "NAME=\"capas base\"\nID=capas\nVERSION_ID=\"1\"\nPRETTY_NAME=\"capas base 1\"\n", 0},
	} {
		stdout, status := outcome(t, enginetest.Run(t, base, enginetest.Name(t, "box"), tc.cmd...))
		if stdout != tc.stdout || status != tc.status {
			t.Errorf("%q: %q, exit %d; want %q, exit %d", tc.cmd, stdout, status, tc.stdout, tc.status)
		}
	}
}

func TestBuildingOnTheBase(t *testing.T) {
	base, tag := enginetest.Base(t), enginetest.Name(t, "box")
	enginetest.Build(t, tag, "FROM "+base+`
RUN touch x && mkdir -p /srv/a/b && echo hola > /srv/a/b/c && chmod 750 /srv/a && ls /srv
COPY page /var/www/
RUN cp -r /var/www /srv/site && mv /srv/a /srv/z && rm -rf /var/www && find /srv -name c
RUN chown -R www-data:www-data /srv/z /srv/site && chmod 700 /srv/z
USER www-data
CMD ["sh", "-c", "whoami && cat /srv/z/b/c /srv/site/page"]
`, map[string]string{"page": "page\n"})
	stdout, status := outcome(t, enginetest.Run(t, tag, enginetest.Name(t, "box")))
	if stdout != "www-data\nhola\npage\n" || status != 0 {
		t.Errorf("%q, exit %d", stdout, status)
	}
}

func TestEnsureOnAnEngine(t *testing.T) {
	c := enginetest.Client(t)
	arch, err := box.Arch(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	program, err := enginetest.Program(arch)
	if err != nil {
		t.Fatal(err)
	}
	ref := enginetest.Name(t, "box") + ":1"
	ensure := func(program []byte) (string, error) {
		config := box.Config{Arch: arch, Program: program, Labels: enginetest.Labels(t)}
		if err := box.EnsureOf(t.Context(), c, ref, config); err != nil {
			return "", err
		}
		img, err := c.ImageInspect(t.Context(), ref)
		return img.ID, err
	}
	first, err := ensure(program)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ensure(program); err != nil || again != first {
		t.Errorf("the same again: %s, %v; want %s", again, err, first)
	}
	if other, err := ensure([]byte("another program")); err != nil || other == first {
		t.Errorf("another program: %s, %v", other, err)
	}
	foreign := enginetest.Build(t, ref, "FROM "+enginetest.Base(t)+"\nRUN touch /mine\n", nil)
	_, err = ensure(program)
	var refused *box.ForeignError
	if !errors.As(err, &refused) {
		t.Errorf("error %v, want a ForeignError", err)
	}
	if img, err := c.ImageInspect(t.Context(), ref); err != nil || img.ID != foreign {
		t.Errorf("the name went from %s to %s, %v", foreign, img.ID, err)
	}
}

func outcome(t *testing.T, id string) (stdout string, status int) {
	t.Helper()
	c := enginetest.Client(t)
	ended, err := c.ContainerInspect(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	logs, err := c.ContainerLogs(t.Context(), id, container.LogsOptions{ShowStdout: true})
	if err != nil {
		t.Fatal(err)
	}
	defer logs.Close()
	var out bytes.Buffer
	if _, err := stdcopy.StdCopy(&out, io.Discard, logs); err != nil {
		t.Fatal(err)
	}
	return out.String(), ended.State.ExitCode
}
