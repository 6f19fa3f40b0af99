//go:build linux

package embedded_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/docker/docker/api/types/image"
	registrytypes "github.com/docker/docker/api/types/registry"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"capas/internal/enginetest"
	"capas/runner/registry"
)

const moved = 400 << 20

// BenchmarkPullAndPush pulls an image of 400 MB from one of capas's registries and pushes it to another, on the engine inside capas and
// on the environment's, in turn. The bytes are such as cannot be packed.
func BenchmarkPullAndPush(b *testing.B) {
	theirs := enginetest.Client(b)
	v := newVictim(b)
	from := newShop(b)
	ours, docker := player{client: v.client}, player{client: theirs}
	var pulled, pushed [2]time.Duration
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		what := fmt.Sprintf("%s/%s/big:%d", from.address, from.account.User, n)
		from.put(what, big(b, uint64(time.Now().UnixNano())))
		for i, p := range []player{ours, docker} {
			to := newShop(b)
			there := fmt.Sprintf("%s/%s/big:%d", to.address, to.account.User, n)
			b.StartTimer()
			pulled[i] += timed(b, func() error { return p.pull(b.Context(), what, from) })
			b.StopTimer()
			if err := p.client.ImageTag(b.Context(), what, there); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			pushed[i] += timed(b, func() error { return p.push(b.Context(), there, to) })
			b.StopTimer()
			for _, name := range []string{what, there} {
				if _, err := p.client.ImageRemove(context.Background(), name, image.RemoveOptions{}); err != nil {
					b.Error(err)
				}
			}
		}
		b.StartTimer()
	}
	for i, name := range []string{"", "-docker"} {
		b.ReportMetric(pulled[i].Seconds()/float64(b.N), "s/pull"+name)
		b.ReportMetric(pushed[i].Seconds()/float64(b.N), "s/push"+name)
	}
	b.ReportMetric(pulled[0].Seconds()/pulled[1].Seconds(), "×docker-pull")
	b.ReportMetric(pushed[0].Seconds()/pushed[1].Seconds(), "×docker-push")
	b.ReportMetric(residentMB(b, status(b, v.home).PID), "MB")
}

// shop is a registry of capas.
type shop struct {
	b       *testing.B
	address string
	account registry.Account
}

func newShop(b *testing.B) *shop {
	b.Helper()
	address, err := registry.FreeAddress()
	if err != nil {
		b.Fatal(err)
	}
	s := &shop{b, address, registry.Account{User: "ana", Password: "secreto-123"}}
	m, err := registry.Join(b.Context(), registry.Config{Dir: b.TempDir(), Registry: s.address, Account: s.account})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = m.Leave() })
	return s
}

// put puts an image there without an engine.
func (s *shop) put(ref string, img v1.Image) {
	s.b.Helper()
	tag, err := name.NewTag(ref)
	if err != nil {
		s.b.Fatal(err)
	}
	err = remote.Write(tag, img, remote.WithAuth(authn.FromConfig(authn.AuthConfig{Username: s.account.User, Password: s.account.Password})))
	if err != nil {
		s.b.Fatal(err)
	}
}

// auth is what the docker command sends along.
func (s *shop) auth() string {
	text, err := json.Marshal(registrytypes.AuthConfig{Username: s.account.User, Password: s.account.Password, ServerAddress: s.address})
	if err != nil {
		s.b.Fatal(err)
	}
	return base64.URLEncoding.EncodeToString(text)
}

// big is an image with one file.
func big(b *testing.B, seed uint64) v1.Image {
	b.Helper()
	var key [32]byte
	copy(key[:], strconv.FormatUint(seed, 10))
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	if err := w.WriteHeader(&tar.Header{Name: "big", Mode: 0o644, Size: moved}); err != nil {
		b.Fatal(err)
	}
	if _, err := io.CopyN(w, rand.NewChaCha8(key), moved); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer.Bytes())), nil }, tarball.WithCompressionLevel(1))
	if err != nil {
		b.Fatal(err)
	}
	img, err := mutate.AppendLayers(empty.Image, l)
	if err != nil {
		b.Fatal(err)
	}
	return img
}

func (p player) pull(ctx context.Context, ref string, s *shop) error {
	stream, err := p.client.ImagePull(ctx, ref, image.PullOptions{RegistryAuth: s.auth()})
	if err != nil {
		return err
	}
	return consume(stream)
}

func (p player) push(ctx context.Context, ref string, s *shop) error {
	stream, err := p.client.ImagePush(ctx, ref, image.PushOptions{RegistryAuth: s.auth()})
	if err != nil {
		return err
	}
	return consume(stream)
}
