package registry_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"capas/runner/registry"
)

// BenchmarkBases is what the first start ever costs, from an empty folder to a base that was pulled from the mirror and is whole.
// «×again» is how many times as long that takes as every later start, run in turn with it.
func BenchmarkBases(b *testing.B) {
	var first, again time.Duration
	for b.Loop() {
		c := empty(b)
		first += pulled(b, c)
		again += pulled(b, c)
	}
	b.ReportMetric(float64(first)/float64(again), "×again")
	b.ReportMetric(float64(first.Milliseconds())/float64(b.N), "ms/first")
	b.ReportMetric(float64(again.Milliseconds())/float64(b.N), "ms/again")
}

// pulled is how long it takes until a base has come from the mirror.
func pulled(b *testing.B, c registry.Config) time.Duration {
	b.Helper()
	began := time.Now()
	m, err := registry.Join(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	ref, err := name.ParseReference(c.Mirror + "/base:1")
	if err != nil {
		b.Fatal(err)
	}
	if err := download(ref); err != nil {
		b.Fatal(err)
	}
	took := time.Since(began)
	if err := m.Leave(); err != nil {
		b.Fatal(err)
	}
	return took
}

// download reads all that an engine would; what is not as its digest says is an error.
func download(ref name.Reference) error {
	img, err := remote.Image(ref)
	if err != nil {
		return err
	}
	layers, err := img.Layers()
	if err != nil {
		return err
	}
	for _, l := range layers {
		packed, err := l.Compressed()
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, packed)
		if err = errors.Join(err, packed.Close()); err != nil {
			return err
		}
	}
	_, err = img.RawConfigFile()
	return err
}

// BenchmarkStart is how long the mirror and the registry take until both answer. «×net/http» is how many times as long that is as for
// two servers of the standard library that answer nothing, run in turn with it.
func BenchmarkStart(b *testing.B) {
	c := fresh(b)
	var ours, bare time.Duration
	for b.Loop() {
		began := time.Now()
		m, err := registry.Join(b.Context(), c)
		if err != nil {
			b.Fatal(err)
		}
		answers(b, c.Mirror)
		answers(b, c.Registry)
		ours += time.Since(began)
		if err := m.Leave(); err != nil {
			b.Fatal(err)
		}
		bare += startBare(b)
	}
	b.ReportMetric(float64(ours)/float64(bare), "×net/http")
	b.ReportMetric(float64(ours.Microseconds())/1000/float64(b.N), "ms/start")
}

func startBare(b *testing.B) time.Duration {
	b.Helper()
	began := time.Now()
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		s := &http.Server{}
		go s.Serve(l)
		answers(b, l.Addr().String())
		defer s.Close()
	}
	return time.Since(began)
}

func answers(b *testing.B, address string) {
	b.Helper()
	if status("GET", "http://"+address+"/v2/") == 0 {
		b.Fatalf("%s does not answer", address)
	}
}
