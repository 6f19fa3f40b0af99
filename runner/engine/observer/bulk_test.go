//go:build unix

package observer

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"testing"

	"capas/internal/enginetest"
)

// TestHalfAGigabyteIsLoadedAndSaved: the engine makes the same image of it, and gives the same back.
func TestHalfAGigabyteIsLoadedAndSaved(t *testing.T) {
	t.Parallel()
	const size = 500 << 20
	engine := enginetest.Client(t)
	path, s := observe(t, engine.Dialer())
	name := enginetest.Name(t, "obs") + ":1"
	large := newLarge(t, size, enginetest.Labels(t))
	load := exec.Command("docker", "--host", "unix://"+path, "load")
	load.Stdin = large.archive(t, name)
	if out, err := load.CombinedOutput(); err != nil || string(out) != "Loaded image: "+name+"\n" {
		t.Fatalf("%v: %s", err, out)
	}
	img, err := engine.ImageInspect(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if want := "sha256:" + digest(large.config); img.ID != want && img.Descriptor == nil { // a store of containerd calls it by its manifest
		t.Errorf("loaded as %s, want %s", img.ID, want)
	}
	if got := img.RootFS.Layers; len(got) != 1 || got[0] != large.layer {
		t.Errorf("its layers are %v, want %s", got, large.layer)
	}
	save := exec.Command("docker", "--host", "unix://"+path, "save", name)
	saved, err := save.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := save.Start(); err != nil {
		t.Fatal(err)
	}
	if files := filesOf(t, saved); !slices.Contains(files, large.layer) {
		t.Errorf("what was saved holds %v, and not %s", files, large.layer)
	}
	if err := save.Wait(); err != nil {
		t.Error(err)
	}
	if list := s.verbs(); len(list) != 2 || list[0].Verb != "load" || list[1].Verb != "save" || !list[0].OK() || !list[1].OK() {
		t.Errorf("told of %+v", list)
	}
}

// filesOf are the digests of the files in an archive.
func filesOf(t *testing.T, archive io.Reader) (list []string) {
	t.Helper()
	for r := tar.NewReader(archive); ; {
		h, err := r.Next()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		if _, err := io.Copy(sum, r); err != nil {
			t.Fatalf("%s: %v", h.Name, err)
		}
		list = append(list, "sha256:"+hex.EncodeToString(sum.Sum(nil)))
	}
}

// large is an image of one layer, with one file of zeros.
type large struct {
	size   int64
	layer  string // the digest of the layer's archive
	config []byte
}

func newLarge(t *testing.T, size int64, labels map[string]string) *large {
	t.Helper()
	l := &large{size: size}
	sum := sha256.New()
	if err := l.writeLayer(sum); err != nil {
		t.Fatal(err)
	}
	l.layer = "sha256:" + hex.EncodeToString(sum.Sum(nil))
	var err error
	l.config, err = json.Marshal(map[string]any{
		"architecture": "amd64", "os": "linux", "config": map[string]any{"Labels": labels},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{l.layer}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *large) writeLayer(w io.Writer) error {
	tw := tar.NewWriter(w)
	if err := tw.WriteHeader(&tar.Header{Name: "ceros", Mode: 0o644, Size: l.size}); err != nil {
		return err
	}
	if _, err := io.Copy(tw, &zeros{l.size}); err != nil {
		return err
	}
	return tw.Close()
}

// archive is the image as docker save has it.
func (l *large) archive(t *testing.T, name string) io.Reader {
	t.Helper()
	var measured counter
	if err := l.writeLayer(&measured); err != nil {
		t.Fatal(err)
	}
	manifest := fmt.Sprintf(`[{"Config":"config.json","RepoTags":[%q],"Layers":["layer.tar"]}]`, name)
	r, w := io.Pipe()
	go func() {
		tw := tar.NewWriter(w)
		for name, text := range map[string][]byte{"config.json": l.config, "manifest.json": []byte(manifest)} {
			_ = tw.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}) // told by what is read
			_, _ = io.Copy(tw, bytes.NewReader(text))
		}
		_ = tw.WriteHeader(&tar.Header{Name: "layer.tar", Mode: 0o644, Size: int64(measured)})
		_ = l.writeLayer(tw)
		w.CloseWithError(tw.Close())
	}()
	return r
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
