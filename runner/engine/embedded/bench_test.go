//go:build linux

package embedded_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"capas/internal/enginetest"
	"capas/runner/engine/embedded/embeddedtest"
)

// BenchmarkBesideDocker does the same on the engine inside capas and on the environment's, in turn. What it reports is the time on the
// former, and "×docker": that time as a multiple of the latter's.
func BenchmarkBesideDocker(b *testing.B) {
	theirs := enginetest.Client(b)
	theirBase := enginetest.Base(b)
	v := newVictim(b)
	ours := player{v.client, base, "capas-bench-"}
	docker := player{theirs, theirBase, enginetest.Name(b, "bench") + "-"}
	b.Cleanup(func() { _, _ = theirs.ImageRemove(context.Background(), docker.prefix+"cached", image.RemoveOptions{}) })
	for name, play := range map[string]func(player, context.Context, int) error{
		"build":       player.benchBuild,
		"cached":      player.benchCached,
		"run":         player.benchRun,
		"list-images": player.benchList,
	} {
		b.Run(name, func(b *testing.B) {
			var here, there time.Duration
			for n := 0; b.Loop(); n++ {
				here += timed(b, func() error { return play(ours, b.Context(), n) })
				b.StopTimer()
				there += timed(b, func() error { return play(docker, b.Context(), n) })
				b.StartTimer()
			}
			b.ReportMetric(here.Seconds()/there.Seconds(), "×docker")
		})
	}
	b.Run("memory", func(b *testing.B) {
		for b.Loop() {
		}
		b.ReportMetric(residentMB(b, status(b, v.home).PID), "MB")
		b.ReportMetric(residentMB(b, pidIn(b, "/var/run/docker.pid"))+residentMB(b, pidIn(b, "/var/run/docker/containerd/containerd.pid")), "MB-docker")
	})
}

// BenchmarkStart is from nothing to the first answer, with the state of an earlier engine.
func BenchmarkStart(b *testing.B) {
	h := embeddedtest.Home(b)
	for b.Loop() {
		m, err := h.Join(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if _, err := h.Stop(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := m.Leave(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// player does on one engine what is measured.
type player struct {
	client *client.Client
	base   string
	prefix string // of the names that it makes
}

func timed(b *testing.B, do func() error) time.Duration {
	b.Helper()
	began := time.Now()
	if err := do(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

func (p player) benchBuild(ctx context.Context, n int) error {
	tag := fmt.Sprintf("%s%d", p.prefix, n)
	err := buildOn(ctx, p.client, tag, fmt.Sprintf("FROM %s\nLABEL n=%d\nRUN mkdir -p /usr/src && touch /usr/src/hola.txt\n", p.base, time.Now().UnixNano()))
	if err != nil {
		return err
	}
	_, err = p.client.ImageRemove(ctx, tag, image.RemoveOptions{PruneChildren: true})
	return err
}

func (p player) benchCached(ctx context.Context, _ int) error {
	return buildOn(ctx, p.client, p.prefix+"cached", "FROM "+p.base+"\nRUN mkdir -p /usr/src && touch /usr/src/hola.txt\n")
}

func (p player) benchRun(ctx context.Context, _ int) error {
	made, err := p.client.ContainerCreate(ctx, &container.Config{Image: p.base, Cmd: []string{"ls", "/"}}, &container.HostConfig{AutoRemove: true}, nil, nil, "")
	if err != nil {
		return err
	}
	gone, failed := p.client.ContainerWait(ctx, made.ID, container.WaitConditionRemoved)
	if err := p.client.ContainerStart(ctx, made.ID, container.StartOptions{}); err != nil {
		return err
	}
	select {
	case <-gone:
		return nil
	case err := <-failed:
		return err
	}
}

func (p player) benchList(ctx context.Context, _ int) error {
	_, err := p.client.ImageList(ctx, image.ListOptions{})
	return err
}

// pidIn is the process in a file that it wrote; 0 where there is no such file, as where Docker's engine is another's.
func pidIn(b *testing.B, file string) int {
	b.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		b.Fatal(err)
	}
	return pid
}

// residentMB is what a process has in memory.
func residentMB(b *testing.B, pid int) float64 {
	b.Helper()
	if pid == 0 {
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(after)[0])
	if err != nil {
		b.Fatal(err)
	}
	return float64(kb) / 1024
}
