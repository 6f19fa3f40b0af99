//go:build !windows

package checks

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"capas/internal/enginetest"
)

// crowdEngine puts images and containers of a label of its own on the real engine. They are removed again, however long it takes:
// longer than enginetest waits for what a test makes.
func crowdEngine(b *testing.B, c *client.Client, images, containers int) {
	b.Helper()
	name, label := enginetest.Name(b, "ajena"), enginetest.Labels(b)
	mine := filters.NewArgs()
	for k, v := range label {
		mine.Add("label", k+"="+v)
	}
	b.Cleanup(func() { clearCrowd(b, c, mine) })
	resp, err := c.ImageLoad(b.Context(), manyImages(b, name, label, images))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		b.Fatal(err)
	}
	_ = resp.Body.Close()
	for n := range containers {
		config := &container.Config{Image: fmt.Sprintf("%s:%d", name, n%images), Cmd: []string{"-"}, Labels: label}
		if _, err := c.ContainerCreate(b.Context(), config, nil, nil, nil, fmt.Sprintf("%s-%d", name, n)); err != nil {
			b.Fatal(err)
		}
	}
}

// manyImages is what «docker load» takes for images that have one layer in common and differ in a label.
func manyImages(t testing.TB, name string, label map[string]string, count int) io.Reader {
	t.Helper()
	var layer, all bytes.Buffer
	put(tar.NewWriter(&layer), "hecho", fakeFile{mode: 0o644})
	layer.Write(make([]byte, 1024)) // the end of a tar
	w := tar.NewWriter(&all)
	put(w, "layer.tar", fakeFile{mode: 0o644, content: layer.String()})
	type entry struct {
		Config           string
		RepoTags, Layers []string
	}
	var manifest []entry
	for n := range count {
		img := dockerspec.DockerOCIImage{Image: ocispec.Image{
			Platform: ocispec.Platform{OS: "linux", Architecture: "amd64"},
			RootFS:   ocispec.RootFS{Type: "layers", DiffIDs: []digest.Digest{digest.FromBytes(layer.Bytes())}},
		}}
		img.Config.Labels = map[string]string{"number": fmt.Sprint(n)}
		for k, v := range label {
			img.Config.Labels[k] = v
		}
		text, err := json.Marshal(img)
		if err != nil {
			t.Fatal(err)
		}
		file := digest.FromBytes(text).Encoded() + ".json"
		put(w, file, fakeFile{mode: 0o644, content: string(text)})
		manifest = append(manifest, entry{file, []string{fmt.Sprintf("%s:%d", name, n)}, []string{"layer.tar"}})
	}
	text, err := json.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	put(w, "manifest.json", fakeFile{mode: 0o644, content: string(text)})
	_ = w.Close()
	return &all
}

func clearCrowd(t testing.TB, c *client.Client, mine filters.Args) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Minute)
	defer cancel()
	containers, err := c.ContainerList(ctx, container.ListOptions{All: true, Filters: mine})
	if err != nil {
		t.Error(err)
	}
	for _, one := range containers {
		if err := c.ContainerRemove(ctx, one.ID, container.RemoveOptions{Force: true}); err != nil {
			t.Error(err)
		}
	}
	images, err := c.ImageList(ctx, image.ListOptions{Filters: mine})
	if err != nil {
		t.Error(err)
	}
	for _, one := range images {
		if _, err := c.ImageRemove(ctx, one.ID, image.RemoveOptions{Force: true}); err != nil {
			t.Error(err)
		}
	}
}

// BenchmarkThirtyChecks asks thirty things of the examples on two engines in turn: one that is nearly empty, and one with 2,000
// images and 500 containers of somebody else's, both behind real sockets. «×crowd» is how many times as long it takes on the second,
// «+requests» how many requests more: 1 and 0 where nobody pays for what is not asked about.
//
// Where an image is missing both lists are read for what was meant, and what changed since the attempt began is in them too: that
// takes its time, and no more requests.
func BenchmarkThirtyChecks(b *testing.B) {
	passing := thirtyChecks(b)
	missing := append(mustParse(b, "- image: hola:3"), passing...)
	for _, tc := range []struct {
		name  string
		list  []Check
		want  Verdict
		since bool
	}{
		{"all hold", passing, Pass, false},
		{"an image is missing", missing, Fail, false},
		{"and what changed", passing, Pass, true},
	} {
		b.Run(tc.name, func(b *testing.B) {
			few, many := &lap{on: crowd(b, 20, 5)}, &lap{on: crowd(b, 2000, 500)}
			for b.Loop() {
				few.run(b, tc.list, tc.want, tc.since)
				many.run(b, tc.list, tc.want, tc.since)
			}
			n := float64(b.N)
			b.ReportMetric(float64(many.took)/float64(few.took), "×crowd")
			b.ReportMetric(float64(many.requests-few.requests)/n, "+requests")
			b.ReportMetric(float64(many.requests)/n, "requests/op")
			b.ReportMetric(float64(many.bytes)/n/1000, "kB/op")
		})
	}
}

// lap adds up what evaluations take.
type lap struct {
	on              *crowded
	took            time.Duration
	requests, bytes int64
}

func (l *lap) run(b *testing.B, list []Check, want Verdict, since bool) {
	began := time.Now()
	requests, size := l.on.look(b, list, want, since)
	l.took += time.Since(began)
	l.requests, l.bytes = l.requests+requests, l.bytes+size
}

// BenchmarkThirtyChecksOnAnEngine asks the same of a real engine, before and after a crowd of 2,000 images and 500 containers was put
// on it: «×crowd» is the ratio of the fastest looks, «×since» how many times as long it takes to say what changed as well. To make
// the crowd and to remove it takes some two minutes.
//
// Seen on 20.10 and two cores that had other work, where a look at 72 checks takes 0.3 to 0.55 s: ×crowd 1.6 and 2.28, ×since 1.44, with
// as many requests as before. Request by request, the fastest of twelve on an engine that nobody else used, the crowd costs a search of
// containers by image 4 ms (1.5 before); no other request grows, and what ×crowd says beyond that is the other work. A search by name
// took 6 ms (2.4 before): a container is asked for itself by its name.
//
// What is listed grows by 0.14 ms an image and 0.13 ms a container. An engine cannot be asked for less: it filters
// by the time when an image was built, which is neither when it was pulled nor when it was named, and keeps the last 256 events alone.
// Listed beside the checks and not after them, a look gains a tenth: not worth a second way to ask. Who waits for a learner looks once
// and again after what the engine tells of: where nothing changes nothing is listed.
func BenchmarkThirtyChecksOnAnEngine(b *testing.B) {
	e := realExample(b)
	list := mustParse(b, e.names.Replace(thirtySpec()))
	before := e.fastest(b, list, false)
	crowdEngine(b, e.Client, 2000, 500)
	for b.Loop() {
		e.evaluate(b, list, false)
	}
	after := e.fastest(b, list, false)
	b.ReportMetric(float64(after)/float64(before), "×crowd")
	b.ReportMetric(float64(e.fastest(b, list, true))/float64(after), "×since")
	b.ReportMetric(float64(len(list)), "checks")
}

// fastest is how long the fastest of some looks takes.
func (e example) fastest(b *testing.B, list []Check, since bool) time.Duration {
	best := time.Hour
	for range 10 {
		began := time.Now()
		e.evaluate(b, list, since)
		best = min(best, time.Since(began))
	}
	return best
}

func (e example) evaluate(b *testing.B, list []Check, since bool) {
	b.Helper()
	f := NewFacts(e, Scope{Baseline: e.baseline})
	results := Evaluate(b.Context(), f, list)
	if since {
		if _, err := f.Difference(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Close(); err != nil || Overall(results) != Pass {
		b.Fatalf("%v\n%s", err, feedback(b, results))
	}
}
