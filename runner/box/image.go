package box

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/docker/docker/pkg/jsonmessage"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Config is what differs between two bases: the program, and labels beside our own.
type Config struct {
	Arch    string
	Program []byte
	Labels  map[string]string
}

// created is when the contents of the base were last decided on; the same base has the same id on every machine.
var created = time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// baseImage is an image as an archive of one layer needs it.
type baseImage struct {
	version string // the value of our label: a digest of the layer and the configuration
	config  []byte
	layer   []byte
}

func newImage(c Config) (*baseImage, error) {
	layer, err := newLayer(c.Program)
	if err != nil {
		return nil, err
	}
	labels := map[string]string{}
	for k, v := range c.Labels {
		labels[k] = v
	}
	unlabelled, err := json.Marshal(configuration(c.Arch, layer, labels))
	if err != nil {
		return nil, err
	}
	version := digest(unlabelled)[:12]
	labels[Label] = version
	config, err := json.Marshal(configuration(c.Arch, layer, labels))
	return &baseImage{version, config, layer}, err
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// configuration tells the base's history as a Dockerfile would have made it.
func configuration(arch string, layer []byte, labels map[string]string) any {
	cmd := []string{"/bin/sh"}
	return map[string]any{
		"architecture": arch,
		"os":           "linux",
		"created":      created,
		"config":       ocispec.ImageConfig{Env: []string{"PATH=" + path}, Cmd: cmd, Labels: labels},
		"rootfs":       map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + digest(layer)}},
		"history": []ocispec.History{
			{Created: &created, CreatedBy: "/bin/sh -c #(nop) ADD base.tar in / "},
			{Created: &created, CreatedBy: "/bin/sh -c #(nop)  ENV PATH=" + path, EmptyLayer: true},
			{Created: &created, CreatedBy: `/bin/sh -c #(nop)  CMD ["/bin/sh"]`, EmptyLayer: true},
		},
	}
}

// load gives the image to the engine as "docker save" would have written it, which every engine reads.
func (img *baseImage) load(ctx context.Context, e Engine, ref string) error {
	archive, err := img.archive(ref)
	if err != nil {
		return err
	}
	resp, err := e.ImageLoad(ctx, archive)
	if err != nil {
		return fmt.Errorf("loading image %q: %w", ref, err)
	}
	defer resp.Body.Close()
	if !resp.JSON {
		_, err = io.Copy(io.Discard, resp.Body)
	} else {
		err = jsonmessage.DisplayJSONMessagesStream(resp.Body, io.Discard, 0, false, nil)
	}
	if err != nil {
		return fmt.Errorf("loading image %q: %w", ref, err)
	}
	return nil
}

func (img *baseImage) archive(ref string) (io.Reader, error) {
	config := digest(img.config) + ".json"
	manifest, err := json.Marshal([]map[string]any{{"Config": config, "RepoTags": []string{ref}, "Layers": []string{"layer.tar"}}})
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	tw := tar.NewWriter(&buf)
	for _, f := range []struct {
		name string
		body []byte
	}{{"layer.tar", img.layer}, {config, img.config}, {"manifest.json", manifest}} {
		if err := tw.WriteHeader(&tar.Header{Name: f.name, Mode: 0o644, Size: int64(len(f.body))}); err != nil {
			return nil, err
		}
		if _, err := tw.Write(f.body); err != nil {
			return nil, err
		}
	}
	return &buf, tw.Close()
}
