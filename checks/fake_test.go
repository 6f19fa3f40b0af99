package checks

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/system"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// fakeEngine holds images and containers in memory and counts what it is asked. Its zero value holds nothing.
type fakeEngine struct {
	images     []fakeImage
	containers []*fakeContainer
	labels     []string // of the engine

	down error  // what every request is answered with, where set
	hook func() // called by every request, if any

	mu       sync.Mutex
	requests map[string]int
	made     int
}

type fakeImage struct {
	image.InspectResponse
	history []image.HistoryResponseItem
	files   map[string]fakeFile
	runs    map[string]fakeRun // by command
}

type fakeFile struct {
	mode     fs.FileMode
	uid, gid int
	content  string
	link     string
	size     int64 // in place of the content's, if any
}

type fakeRun struct {
	exit           int
	stdout, stderr string
	forever        bool
	refused        error
}

type fakeContainer struct {
	container.Summary
	exit  int
	from  string // what it was made from, if the list does not say so any more
	log   string
	tty   bool
	diff  []string
	probe *fakeImage
	run   fakeRun
}

func (e *fakeEngine) ask(ctx context.Context, request string) error {
	e.mu.Lock()
	if e.requests == nil {
		e.requests = map[string]int{}
	}
	e.requests[request]++
	e.mu.Unlock()
	if e.hook != nil {
		e.hook()
	}
	if e.down != nil {
		return e.down
	}
	return ctx.Err()
}

func notFound(format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, errdefs.ErrNotFound)...)
}

func (e *fakeEngine) find(ref string) *fakeImage {
	base, _, _ := strings.Cut(path.Base(ref), ":") // most names need not be taken apart: an engine looks them up
	is := func(tag string) bool { return strings.Contains(tag, base) && familiar(tag) == familiar(ref) }
	for i := range e.images {
		img := &e.images[i]
		named := slices.ContainsFunc(img.RepoTags, is)
		if named || img.ID == ref || strings.HasPrefix(img.ID, "sha256:"+ref) {
			return img
		}
	}
	return nil
}

func (e *fakeEngine) ImageInspect(ctx context.Context, ref string, _ ...client.ImageInspectOption) (image.InspectResponse, error) {
	if err := e.ask(ctx, "inspect "+ref); err != nil {
		return image.InspectResponse{}, err
	}
	if img := e.find(ref); img != nil {
		return img.InspectResponse, nil
	}
	return image.InspectResponse{}, notFound("no such image: %s", ref)
}

func (e *fakeEngine) ImageHistory(ctx context.Context, ref string, _ ...client.ImageHistoryOption) ([]image.HistoryResponseItem, error) {
	if err := e.ask(ctx, "history"); err != nil {
		return nil, err
	}
	return e.find(ref).history, nil
}

func (e *fakeEngine) ImageList(ctx context.Context, _ image.ListOptions) ([]image.Summary, error) {
	if err := e.ask(ctx, "images"); err != nil {
		return nil, err
	}
	var list []image.Summary
	for _, img := range e.images {
		summary := image.Summary{ID: img.ID, RepoTags: img.RepoTags, Size: img.Size}
		if img.Config != nil {
			summary.Labels = img.Config.Labels
		}
		list = append(list, summary)
	}
	return list, nil
}

func (e *fakeEngine) ContainerList(ctx context.Context, opts container.ListOptions) ([]container.Summary, error) {
	request := strings.Join(append([]string{"containers"}, slices.Sorted(slices.Values(opts.Filters.Keys()))...), " ")
	if err := e.ask(ctx, request); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []container.Summary
	found := finds(opts.Filters)
	for _, c := range e.containers {
		if found(c.Summary) {
			list = append(list, c.Summary)
		}
	}
	return list, nil
}

// finds says which containers an engine finds by filters: by a part of a name too.
func finds(by filters.Args) func(container.Summary) bool {
	name := regexp.MustCompile(strings.Join(by.Get("name"), "|"))
	return func(c container.Summary) bool {
		named := !by.Contains("name") || slices.ContainsFunc(c.Names, name.MatchString)
		of := !by.Contains("ancestor") || slices.Contains(by.Get("ancestor"), strings.TrimPrefix(c.ImageID, "sha256:"))
		return named && of && by.MatchKVList("label", c.Labels)
	}
}

func (e *fakeEngine) box(id string) (*fakeContainer, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	name := "/" + id
	for _, c := range e.containers {
		if c.ID == id || slices.Contains(c.Names, name) {
			return c, nil
		}
	}
	return nil, notFound("no such container: %s", id)
}

func (e *fakeEngine) ContainerInspect(ctx context.Context, id string) (container.InspectResponse, error) {
	if err := e.ask(ctx, "container"); err != nil {
		return container.InspectResponse{}, err
	}
	c, err := e.box(id)
	if err != nil {
		return container.InspectResponse{}, err
	}
	return container.InspectResponse{
		ContainerJSONBase: &container.ContainerJSONBase{ID: c.ID, Name: c.Names[0], Image: c.ImageID, State: &container.State{
			Status: c.State, Running: c.State == "running", ExitCode: c.exit,
		}},
		Config: &container.Config{Image: cmp.Or(c.from, c.Image), Tty: c.tty, Labels: c.Labels},
	}, nil
}

func (e *fakeEngine) ContainerDiff(ctx context.Context, id string) ([]container.FilesystemChange, error) {
	if err := e.ask(ctx, "diff"); err != nil {
		return nil, err
	}
	c, err := e.box(id)
	if err != nil {
		return nil, err
	}
	var list []container.FilesystemChange
	for _, p := range c.diff {
		list = append(list, container.FilesystemChange{Path: p, Kind: container.ChangeAdd})
	}
	return list, nil
}

func (e *fakeEngine) ContainerLogs(ctx context.Context, id string, _ container.LogsOptions) (io.ReadCloser, error) {
	if err := e.ask(ctx, "logs"); err != nil {
		return nil, err
	}
	c, err := e.box(id)
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	if c.tty {
		buf.WriteString(c.log)
	} else {
		io.WriteString(stdcopy.NewStdWriter(&buf, stdcopy.Stdout), c.log+c.run.stdout)
		io.WriteString(stdcopy.NewStdWriter(&buf, stdcopy.Stderr), c.run.stderr)
	}
	return io.NopCloser(&buf), nil
}

func (e *fakeEngine) ContainerCreate(ctx context.Context, config *container.Config, host *container.HostConfig, _ *network.NetworkingConfig, _ *ocispec.Platform, name string) (container.CreateResponse, error) {
	if err := e.ask(ctx, "create"); err != nil {
		return container.CreateResponse{}, err
	}
	if host.NetworkMode != "none" {
		return container.CreateResponse{}, errors.New("a container with network")
	}
	img := e.find(config.Image)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.made++
	c := &fakeContainer{probe: img, run: img.runs[strings.Join(config.Cmd, " ")], Summary: container.Summary{
		ID: fmt.Sprint("made", e.made), Names: []string{"/" + name}, Labels: config.Labels, State: "created", Created: time.Now().Unix(),
	}}
	e.containers = append(e.containers, c)
	return container.CreateResponse{ID: c.ID}, nil
}

func (e *fakeEngine) ContainerStart(ctx context.Context, id string, _ container.StartOptions) error {
	if err := e.ask(ctx, "start"); err != nil {
		return err
	}
	c, err := e.box(id)
	if err != nil {
		return err
	}
	c.State, c.exit = "exited", c.run.exit
	if c.run.forever {
		c.State = "running"
	}
	return c.run.refused
}

func (e *fakeEngine) ContainerWait(ctx context.Context, id string, _ container.WaitCondition) (<-chan container.WaitResponse, <-chan error) {
	done, failed := make(chan container.WaitResponse, 1), make(chan error, 1)
	if err := e.ask(ctx, "wait"); err != nil {
		failed <- err
		return done, failed
	}
	c, err := e.box(id)
	switch {
	case err != nil:
		failed <- err
	case c.run.forever:
		go func() { <-ctx.Done(); failed <- ctx.Err() }()
	default:
		done <- container.WaitResponse{StatusCode: int64(c.run.exit)}
	}
	return done, failed
}

func (e *fakeEngine) ContainerRemove(ctx context.Context, id string, opts container.RemoveOptions) error {
	if err := e.ask(ctx, "remove"); err != nil {
		return err
	}
	if !opts.Force || !opts.RemoveVolumes {
		return errors.New("removed without its volumes")
	}
	c, err := e.box(id)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.containers = slices.DeleteFunc(e.containers, func(other *fakeContainer) bool { return other == c })
	return nil
}

func (e *fakeEngine) file(id, p string) (fakeFile, container.PathStat, error) {
	c, err := e.box(id)
	if err != nil {
		return fakeFile{}, container.PathStat{}, err
	}
	f, ok := c.probe.files[p]
	if p == "/" && !ok {
		f, ok = fakeFile{mode: fs.ModeDir | 0o755}, true
	}
	if !ok {
		return fakeFile{}, container.PathStat{}, notFound("could not find the file %s", p)
	}
	size := f.size
	if size == 0 {
		size = int64(len(f.content))
	}
	return f, container.PathStat{Name: path.Base(p), Size: size, Mode: f.mode, LinkTarget: f.link}, nil
}

func (e *fakeEngine) ContainerStatPath(ctx context.Context, id, p string) (container.PathStat, error) {
	if err := e.ask(ctx, "HEAD "+p); err != nil {
		return container.PathStat{}, err
	}
	_, stat, err := e.file(id, p)
	return stat, err
}

func (e *fakeEngine) CopyFromContainer(ctx context.Context, id, p string) (io.ReadCloser, container.PathStat, error) {
	if err := e.ask(ctx, "GET "+p); err != nil {
		return nil, container.PathStat{}, err
	}
	f, stat, err := e.file(id, p)
	if err != nil {
		return nil, stat, err
	}
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	put(w, path.Base(p), f)
	c, _ := e.box(id)
	for name, child := range c.probe.files {
		if f.mode.IsDir() && path.Dir(name) == p && name != p {
			put(w, path.Join(path.Base(p), path.Base(name)), child)
		}
	}
	return io.NopCloser(&buf), stat, nil
}

func (e *fakeEngine) Info(ctx context.Context) (system.Info, error) {
	if err := e.ask(ctx, "info"); err != nil {
		return system.Info{}, err
	}
	return system.Info{ID: "fake", Labels: e.labels}, nil
}

// ContainerExport is asked of an engine only that tells nobody's files apart.
func (e *fakeEngine) ContainerExport(ctx context.Context, id string) (io.ReadCloser, error) {
	if err := e.ask(ctx, "export"); err != nil {
		return nil, err
	}
	c, err := e.box(id)
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for name, f := range c.probe.files {
		put(w, strings.TrimPrefix(name, "/"), f)
	}
	return io.NopCloser(&buf), w.Close()
}

func put(w *tar.Writer, name string, f fakeFile) {
	header := &tar.Header{Name: name, Mode: int64(f.mode.Perm()), Uid: f.uid, Gid: f.gid, Typeflag: tar.TypeReg, Size: int64(len(f.content))}
	switch {
	case f.mode.IsDir():
		header.Typeflag, header.Size = tar.TypeDir, 0
	case f.link != "":
		header.Typeflag, header.Linkname, header.Size = tar.TypeSymlink, f.link, 0
	}
	w.WriteHeader(header)
	io.WriteString(w, f.content)
}

// asked says how often each request was made.
func (e *fakeEngine) asked() map[string]int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.requests
}

// probesLeft are the names of probes that are still there.
func (e *fakeEngine) probesLeft() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var left []string
	for _, c := range e.containers {
		if _, probe := c.Labels[ProbeLabel]; probe {
			left = append(left, c.Names...)
		}
	}
	return left
}

func id(c string) string { return "sha256:" + strings.Repeat(c, 64) }

// exampleEngine is the engine that the examples of Kinds are about.
func exampleEngine() *fakeEngine {
	base := fakeImage{
		InspectResponse: image.InspectResponse{
			ID: id("b"), RepoTags: []string{"base:1"}, Os: "linux", Architecture: "amd64", Size: 4_200_000,
			RootFS: image.RootFS{Layers: []string{"uno"}},
			Config: config(func(c *dockerspec.DockerOCIImageConfig) { c.Cmd = []string{"sh"} }),
		},
		history: []image.HistoryResponseItem{
			{CreatedBy: `/bin/sh -c #(nop)  CMD ["sh"]`}, {CreatedBy: `/bin/sh -c #(nop) ADD file:0123456789abcdef in / `, Size: 4_200_000},
		},
	}
	hola := fakeImage{
		InspectResponse: image.InspectResponse{
			ID: id("a"), RepoTags: []string{"hola:1", "hola:latest"}, Os: "linux", Architecture: "amd64", Size: 4_200_005,
			RootFS: image.RootFS{Layers: []string{"uno", "dos", "tres"}},
			Config: config(func(c *dockerspec.DockerOCIImageConfig) {
				c.Cmd = []string{"/bin/sh", "-c", "ls /taller"}
				c.Env = []string{"PATH=/bin", "COLOR=azul", "RARA"}
				c.User, c.WorkingDir, c.StopSignal = "app", "/taller", "SIGQUIT"
				c.Labels = map[string]string{"autora": "Ana"}
				c.ExposedPorts = map[string]struct{}{"80/tcp": {}}
				c.Volumes = map[string]struct{}{"/datos": {}}
				c.Healthcheck = &dockerspec.HealthcheckConfig{Test: []string{"CMD-SHELL", "wget -q localhost"}}
			}),
		},
		history: append([]image.HistoryResponseItem{
			{CreatedBy: `CMD ["/bin/sh" "-c" "ls /taller"]`}, {CreatedBy: "ENV COLOR=azul"},
			{CreatedBy: "RUN /bin/sh -c echo azul > /taller/color # buildkit", Size: 5}, {CreatedBy: "/bin/sh -c touch /taller/listo"},
		}, base.history...),
		files: map[string]fakeFile{
			"/":             {mode: fs.ModeDir | 0o755},
			"/etc/passwd":   {mode: 0o644, content: "root:x:0:0:root:/:/bin/sh\nrota:x\napp:x:1000:1000::/:/bin/sh\n"},
			"/etc/group":    {mode: 0o644, content: "root:x:0:\napp:x:1000:\n"},
			"/taller":       {mode: fs.ModeDir | 0o755},
			"/taller/listo": {mode: 0o644},
			"/taller/color": {mode: 0o640, uid: 1000, gid: 1000, content: "azul\n"},
			"/taller/atajo": {mode: fs.ModeSymlink | 0o777, link: "/taller/color"},
			"/taller/roto":  {mode: fs.ModeSymlink | 0o777, link: "/nada"},
			"/taller/mucho": {mode: 0o644, size: MaxFile + 1},
			"/suelto":       {mode: 0o644},
		},
		runs: map[string]fakeRun{
			"":           {stdout: "color\nlisto\n"},
			"ls /taller": {stdout: "color\nlisto\n"},
			"ls /nada":   {exit: 2, stderr: "ls: cannot access '/nada': No such file or directory\n"},
			"sleep 1000": {forever: true},
			"nadie":      {exit: 127, refused: fmt.Errorf("exec: \"nadie\": executable file not found in $PATH: %w", errdefs.ErrInvalidArgument)},
			"ajeno":      {exit: 1, stderr: "exec /bin/ajeno: exec format error\n"},
		},
	}
	second := fakeImage{InspectResponse: image.InspectResponse{
		ID: id("c"), RepoTags: []string{"hola:2"}, Os: "linux", Architecture: "amd64",
		RootFS: image.RootFS{Layers: []string{"uno", "cuatro"}},
		Config: config(func(c *dockerspec.DockerOCIImageConfig) { c.Entrypoint = []string{"/bin/entrada"} }),
	}}
	foreign := fakeImage{InspectResponse: image.InspectResponse{ID: id("d"), RepoTags: []string{"ajena:1"}}}
	return &fakeEngine{
		images: []fakeImage{base, hola, second, foreign},
		containers: []*fakeContainer{
			{Summary: container.Summary{ID: "111", Names: []string{"/web"}, Image: "hola:1", ImageID: id("a"), State: "running", Created: 10, Labels: map[string]string{"papel": "servir"}}},
			{Summary: container.Summary{ID: "222", Names: []string{"/tarea"}, Image: id("a"), ImageID: id("a"), State: "exited", Created: 20}, log: "listo\r\n", tty: true, diff: []string{"/taller", "/taller/nuevo"}},
			{Summary: container.Summary{ID: "333", Names: []string{"/sonda"}, Image: "hola:1", ImageID: id("a"), State: "created", Labels: map[string]string{ProbeLabel: "1/1"}}},
		},
	}
}

func config(set func(*dockerspec.DockerOCIImageConfig)) *dockerspec.DockerOCIImageConfig {
	c := &dockerspec.DockerOCIImageConfig{}
	set(c)
	return c
}

func exampleBaseline() *Baseline {
	return &Baseline{
		Images:     map[string][]string{id("b"): {"base:1"}, id("e"): {"vieja:1"}},
		Containers: map[string]string{},
	}
}
