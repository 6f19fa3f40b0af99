//go:build linux

package daemon

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/pkg/jsonmessage"
	"github.com/google/go-containerregistry/pkg/name"
	ggcr "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"golang.org/x/sys/unix"
)

// hostile are layers that somebody made by hand. An engine may refuse each, or keep it to its own root file system: nothing outside may
// be made, changed or opened. DIR is a folder of this machine.
var hostile = map[string][]tar.Header{
	"a path that goes up":              {file("../../../../../../../../DIR/outside")},
	"a path that goes up inside":       {folder("a"), file("a/../../../../../../DIR/outside")},
	"an absolute path":                 {file("DIR/outside")},
	"through a link to the root":       {link("door", "/"), file("door/DIR/outside")},
	"through a link to a folder":       {link("door", "DIR"), file("door/outside")},
	"through a link that goes up":      {link("door", "../../../../../../../.."), file("door/DIR/outside")},
	"through a link that is replaced":  {folder("door"), link("door", "/"), file("door/DIR/outside")},
	"a hard link to the machine's":     {hard("own", "../../../../../../../../DIR/victim"), file("own")},
	"a hard link by a link":            {link("door", "DIR"), hard("own", "door/victim"), file("own")},
	"a file over a link":               {link("own", "DIR/victim"), file("own")},
	"a whiteout that goes up":          {file("../../../../../../../../DIR/.wh.victim")},
	"a whiteout through a link":        {link("door", "DIR"), file("door/.wh.victim")},
	"a whiteout of everything through": {link("door", "DIR"), file("door/.wh..wh..opq")},
}

func file(name string) tar.Header { return tar.Header{Name: name, Mode: 0o644, Size: 8} }
func folder(name string) tar.Header {
	return tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755}
}
func link(name, to string) tar.Header {
	return tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: to, Mode: 0o777}
}
func hard(name, to string) tar.Header {
	return tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: to, Mode: 0o644}
}

func TestNoLayerReachesOutside(t *testing.T) {
	s := serve(t, t.TempDir()).withBase()
	for what, layer := range hostile {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			victim := filepath.Join(dir, "victim")
			if err := os.WriteFile(victim, []byte("whole"), 0o600); err != nil {
				t.Fatal(err)
			}
			var entries []tar.Header
			for _, h := range layer {
				h.Name, h.Linkname = strings.ReplaceAll(h.Name, "DIR", dir), strings.ReplaceAll(h.Linkname, "DIR", dir)
				entries = append(entries, h)
			}
			if err := s.load(t, "hostile:1", imageOf(t, layerOf(t, entries))); err == nil {
				if _, err := s.client.ImageRemove(t.Context(), "hostile:1", image.RemoveOptions{}); err != nil {
					t.Error(err)
				}
			}
			text, err := os.ReadFile(victim)
			left, _ := os.ReadDir(dir)
			if err != nil || string(text) != "whole" || len(left) != 1 {
				t.Errorf("what was outside: %q, %v, %v", text, err, left)
			}
		})
	}
	if out, code := s.run("", base, "echo", "well"); out != "well\n" || code != 0 {
		t.Errorf("after all of it a container said %q and ended with %d", out, code)
	}
}

// TestDevicesAndPrivilegesOfALayer has a layer with the machine's disk and a program that anybody may run as root.
func TestDevicesAndPrivilegesOfALayer(t *testing.T) {
	s := serve(t, t.TempDir()).withBase()
	var root unix.Stat_t
	if err := unix.Stat("/", &root); err != nil {
		t.Fatal(err)
	}
	disk := tar.Header{Typeflag: tar.TypeBlock, Name: "disk", Mode: 0o666, Devmajor: int64(unix.Major(root.Dev)), Devminor: int64(unix.Minor(root.Dev))}
	setuid := tar.Header{Name: "setuid", Mode: 0o4755, Size: 8}
	if err := s.load(t, "devices:1", imageOf(t, layerOf(t, []tar.Header{disk, setuid}))); err != nil {
		t.Fatal(err)
	}
	if _, err := s.build("devices:2", "FROM "+base+"\nCOPY --from=devices:1 / /\n"); err != nil {
		t.Fatal(err)
	}
	if out, code := s.run("", "devices:2", "cat", "/disk"); code == 0 || !strings.Contains(out, "ermission denied") {
		t.Errorf("reading the machine's disk: %q, exit code %d", out, code)
	}
	for _, found := range find(t, s.folder, "setuid") {
		for dir := filepath.Dir(found); ; dir = filepath.Dir(dir) {
			if others(t, dir)&1 == 0 {
				break
			}
			if dir == s.folder {
				t.Errorf("everybody on this machine may go to %s", found)
				break
			}
		}
	}
}

// others is what everybody may do with a folder.
func others(t *testing.T, dir string) os.FileMode {
	t.Helper()
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm() & 7
}

func find(t *testing.T, folder, name string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == name {
			found = append(found, path)
		}
		return nil
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("no %s in %s: %v", name, folder, err)
	}
	return found
}

func TestAForkBombInABuildIsBounded(t *testing.T) {
	s := serve(t, t.TempDir()).withBase()
	said, _ := s.build("bomb:1", "FROM "+base+"\nRUN i=0; while [ $i -lt 9000 ]; do sleep 60 & i=$((i+1)); done\n")
	if !strings.Contains(said, "Resource temporarily unavailable") {
		t.Errorf("nothing bounded it; the builder said\n%.500s", said)
	}
	if out, code := s.run("", base, "echo", "well"); out != "well\n" || code != 0 {
		t.Errorf("after it a container said %q and ended with %d", out, code)
	}
}

// small is a disk of its own for an engine.
func small(t *testing.T, options string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root mounts a disk")
	}
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // after the engine
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	t.Setenv("TMPDIR", filepath.Join(dir, "tmp")) // as package embedded does
	if err := os.Mkdir(filepath.Join(dir, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestAFullDisk does what takes room on a disk that has little, in every way: each is refused in words and leaves nothing, and works
// where there is room again.
func TestAFullDisk(t *testing.T) {
	dir := small(t, "size=420m,mode=700")
	s := serve(t, filepath.Join(dir, "engine")).withBase()
	const much = 330 // MB: of 420, and so much must be left
	big := imageOf(t, layerOf(t, []tar.Header{{Name: "big", Mode: 0o644, Size: much << 20}}))
	registry := registryWith(t, "big:1", big)
	ways := map[string]func() error{
		"build": func() error {
			said, err := s.build("big:1", fmt.Sprintf("FROM %s\nRUN cat /dev/zero >/big\n", base))
			if err != nil {
				return fmt.Errorf("%s%w", said, err)
			}
			return nil
		},
		"load": func() error { return s.load(t, "big:1", big) },
		"pull": func() error { return s.pull(t, registry+"/big:1") },
	}
	before := onDisk(t, dir)
	for name, way := range ways {
		if err := way(); err == nil || !strings.Contains(strings.ToLower(err.Error()), "no space left") {
			t.Errorf("%s: %v, want that there is no space left", name, err)
		}
		eventually(t, name+" leaves nothing", func() bool { return onDisk(t, dir) < before+4<<20 })
	}
	filler := filepath.Join(dir, "filler")
	fillDisk(t, filler, dir, leastFree-8<<20)
	for name, way := range ways {
		if err := way(); err == nil || !strings.Contains(err.Error(), "no space left on the disk of") {
			t.Errorf("%s on a full disk: %v, want that there is no space left", name, err)
		}
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if _, err := s.build("small:1", "FROM "+base+"\nRUN echo hola >/hola\n"); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if out, code := s.run("", "small:1", "cat", "/hola"); out != "hola\n" || code != 0 {
		t.Errorf("a container said %q and ended with %d", out, code)
	}
}

// TestVeryManyFiles has a disk that can hold 60,000 files, and a layer of more.
func TestVeryManyFiles(t *testing.T) {
	dir := small(t, "size=420m,nr_inodes=60000,mode=700")
	s := serve(t, filepath.Join(dir, "engine")).withBase()
	var entries []tar.Header
	for n := range 90_000 {
		entries = append(entries, tar.Header{Name: fmt.Sprint("f", n), Mode: 0o644})
	}
	if err := s.load(t, "many:1", imageOf(t, layerOf(t, entries))); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("%v, want that there is no space left", err)
	}
	eventually(t, "they are gone", func() bool { return filesIn(t, dir) < 5000 })
	if out, code := s.run("", base, "echo", "well"); out != "well\n" || code != 0 {
		t.Errorf("after it a container said %q and ended with %d", out, code)
	}
}

// TestALayerThatUnpacksToMuchMore takes less than a megabyte to pull, and would be larger than all that images may take.
func TestALayerThatUnpacksToMuchMore(t *testing.T) {
	s := serveUpTo(t, t.TempDir(), 64<<20).withBase()
	bomb := imageOf(t, layerOf(t, []tar.Header{{Name: "bomb", Mode: 0o644, Size: 512 << 20}}))
	registry := registryWith(t, "bomb:1", bomb)
	if err := s.pull(t, registry+"/bomb:1"); err == nil || !strings.Contains(err.Error(), "no space left for images") {
		t.Errorf("%v, want that there is no space left", err)
	}
	eventually(t, "nothing of it is left", func() bool {
		bytes, err := Usage(s.folder)
		return err == nil && bytes < 32<<20
	})
	if out, code := s.run("", base, "echo", "well"); out != "well\n" || code != 0 {
		t.Errorf("after it a container said %q and ended with %d", out, code)
	}
}

// onDisk is what the disk of a folder has taken; a file that is gone and still open counts.
func onDisk(t *testing.T, dir string) int64 {
	t.Helper()
	var disk unix.Statfs_t
	if err := unix.Statfs(dir, &disk); err != nil {
		t.Fatal(err)
	}
	return int64(disk.Blocks-disk.Bfree) * disk.Bsize
}

func filesIn(t *testing.T, dir string) int {
	t.Helper()
	var disk unix.Statfs_t
	if err := unix.Statfs(dir, &disk); err != nil {
		t.Fatal(err)
	}
	return int(disk.Files - disk.Ffree)
}

// fillDisk leaves so many bytes free on the disk of a folder.
func fillDisk(t *testing.T, name, dir string, free int64) {
	t.Helper()
	var disk unix.Statfs_t
	if err := unix.Statfs(dir, &disk); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Fallocate(int(f.Fd()), 0, 0, int64(disk.Bavail)*disk.Bsize-free); err != nil {
		t.Fatal(err)
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); <-time.After(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Errorf("waited in vain until %s", what)
			return
		}
	}
}

// layerOf is a layer with entries whose files are of zeros.
func layerOf(t *testing.T, entries []tar.Header) v1.Layer {
	t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	w := tar.NewWriter(z)
	for _, h := range entries {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(w, zeros{}, h.Size); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []io.Closer{w, z} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(packed.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	return layer
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func imageOf(t *testing.T, layer v1.Layer) v1.Image {
	t.Helper()
	img, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", runtime.GOARCH
	if img, err = mutate.ConfigFile(img, config); err != nil {
		t.Fatal(err)
	}
	return img
}

// load loads an image under a name.
func (s *served) load(t *testing.T, ref string, img v1.Image) error {
	t.Helper()
	tag, err := name.NewTag(ref)
	if err != nil {
		t.Fatal(err)
	}
	archive, to := io.Pipe()
	defer archive.Close()
	go func() { _ = to.CloseWithError(tarball.Write(tag, img, to)) }()
	answer, err := s.client.ImageLoad(t.Context(), archive)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return jsonmessage.DisplayJSONMessagesStream(answer.Body, io.Discard, 0, false, nil)
}

func (s *served) pull(t *testing.T, ref string) error {
	t.Helper()
	stream, err := s.client.ImagePull(t.Context(), ref, image.PullOptions{})
	if err != nil {
		return err
	}
	defer stream.Close()
	return jsonmessage.DisplayJSONMessagesStream(stream, io.Discard, 0, false, nil)
}

// registryWith is the address of a registry that has an image under a name.
func registryWith(t *testing.T, ref string, img v1.Image) string {
	t.Helper()
	server := httptest.NewServer(ggcr.New(ggcr.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	address := strings.TrimPrefix(server.URL, "http://")
	tag, err := name.NewTag(address + "/" + ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(tag, img); err != nil {
		t.Fatal(err)
	}
	return address
}
