//go:build !windows

package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/bcrypt"

	"capas/runner/registry"
)

// BenchmarkPush pushes a layer of 400 MB to capas and to the same library's registry as a program of its own, in turn. «×process» is how
// many times as long it takes to push to capas; «MB» is the most memory that capas held, «×memory» how many times that of the other.
//
// The engine packs a layer while it pushes, which takes longer than all else: here the bytes are sent as they are.
func BenchmarkPush(b *testing.B) {
	const size = 400 << 20
	ours, theirs := serveCapas(b), serveDistribution(b)
	var layer noise
	for b.Loop() {
		layer = layer.next(size)
		ours.push(layer)
		theirs.push(layer)
	}
	peak, otherPeak := ours.stop(), theirs.stop()
	b.ReportMetric(float64(ours.took)/float64(theirs.took), "×process")
	b.ReportMetric(ours.took.Seconds()/float64(b.N), "s/push")
	b.ReportMetric(float64(peak)/1e6, "MB")
	b.ReportMetric(float64(peak)/float64(otherPeak), "×memory")
}

// served is a registry as a program of its own.
type served struct {
	b       *testing.B
	cmd     *exec.Cmd
	address string
	account registry.Account
	took    time.Duration // for all pushes
}

// serve starts a program and waits until it answers.
func serve(b *testing.B, address string, account registry.Account, cmd *exec.Cmd) *served {
	b.Helper()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	s := &served{b: b, cmd: cmd, address: address, account: account}
	b.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for deadline := time.Now().Add(time.Minute); ; <-time.After(20 * time.Millisecond) {
		resp, err := http.Get("http://" + address + "/v2/")
		if err == nil {
			resp.Body.Close()
			return s
		}
		if time.Now().After(deadline) {
			b.Fatalf("%v does not answer: %v", cmd.Args, err)
		}
	}
}

func serveCapas(b *testing.B) *served {
	b.Helper()
	t := buildTimed(b)
	dir := filepath.Join(t.home, "capas", "registry")
	account, err := registry.OpenAccount(dir)
	if err != nil {
		b.Fatal(err)
	}
	mirror, address := freeAddress(b), freeAddress(b)
	first, err := registry.Join(b.Context(), registry.Config{Dir: dir, Mirror: mirror}) // makes the practice bases, which takes memory once
	if err != nil {
		b.Fatal(err)
	}
	if err := first.Leave(); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(t.program, "registry", "--set", "mirror="+mirror, "--set", "registry="+address)
	cmd.Env = append(os.Environ(), "HOME="+t.home, "XDG_DATA_HOME="+t.home, "XDG_STATE_HOME="+t.home)
	return serve(b, address, account, cmd)
}

// serveDistribution builds the registry's own program. That takes minutes the first time, and modules that capas has no use for:
// where they cannot be had the benchmark is skipped.
func serveDistribution(b *testing.B) *served {
	b.Helper()
	dir, account := b.TempDir(), registry.Account{User: "ana", Password: "secreta"}
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/distribution/distribution/v3").Output()
	if err != nil {
		b.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", dir+"/registry", "./cmd/registry")
	build.Dir = strings.TrimSpace(string(module))
	if out, err := build.CombinedOutput(); err != nil {
		b.Skipf("building distribution's registry: %v\n%s", err, out)
	}
	password, err := bcrypt.GenerateFromPassword([]byte(account.Password), bcrypt.MinCost)
	if err != nil {
		b.Fatal(err)
	}
	address := freeAddress(b)
	config := fmt.Sprintf(`{version: "0.1", log: {level: error, accesslog: {disabled: true}}, http: {addr: %q, secret: x},
		storage: {filesystem: {rootdirectory: %s/data}}, auth: {htpasswd: {realm: x, path: %s/htpasswd}}}`, address, dir, dir)
	err = errors.Join(os.WriteFile(dir+"/htpasswd", fmt.Appendf(nil, "%s:%s\n", account.User, password), 0o600), os.WriteFile(dir+"/config.yml", []byte(config), 0o600))
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(dir+"/registry", "serve", dir+"/config.yml")
	cmd.Env = append(os.Environ(), "OTEL_TRACES_EXPORTER=none")
	return serve(b, address, account, cmd)
}

func (s *served) push(l noise) {
	s.b.Helper()
	repo, err := name.NewRepository(s.address + "/ana/noise")
	if err != nil {
		s.b.Fatal(err)
	}
	began := time.Now()
	if err := remote.WriteLayer(repo, l, remote.WithAuth(&authn.Basic{Username: s.account.User, Password: s.account.Password})); err != nil {
		s.b.Fatalf("pushing to %v: %v", s.cmd.Args, err)
	}
	s.took += time.Since(began)
}

// stop ends the program and returns how many bytes it held at most.
func (s *served) stop() int64 {
	_ = s.cmd.Process.Signal(os.Interrupt)
	_ = s.cmd.Wait()
	peak := s.cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS == "linux" {
		peak *= 1024
	}
	return peak
}

// noise is a layer that nobody has to hold in memory: random bytes of a seed.
type noise struct {
	v1.Layer // that which is not asked when a layer is pushed
	seed     byte
	size     int64
	digest   v1.Hash
}

// next is another layer.
func (l noise) next(size int64) noise {
	l.seed, l.size = l.seed+1, size
	sum := sha256.New()
	io.Copy(sum, l.bytes())
	l.digest = v1.Hash{Algorithm: "sha256", Hex: fmt.Sprintf("%x", sum.Sum(nil))}
	return l
}

func (l noise) bytes() io.Reader { return io.LimitReader(rand.NewChaCha8([32]byte{l.seed}), l.size) }

// Digest implements v1.Layer, as the following do.
func (l noise) Digest() (v1.Hash, error) { return l.digest, nil }

func (l noise) Compressed() (io.ReadCloser, error) { return io.NopCloser(l.bytes()), nil }

func (l noise) Size() (int64, error) { return l.size, nil }

func (l noise) MediaType() (types.MediaType, error) { return types.DockerLayer, nil }
