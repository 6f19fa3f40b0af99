package observer

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

// BenchmarkThroughput sends a load through the socket and, in turn, without it. What it reports is the time of the former, and
// "×bare": that time as a multiple of the latter's.
func BenchmarkThroughput(b *testing.B) {
	const size = 64 << 20
	var s sink
	s.looked = 1 << 62 // never
	for name, ask := range map[string]func(*http.Client) (*http.Response, error){
		"load": func(c *http.Client) (*http.Response, error) {
			return c.Post("http://docker/images/load", "application/x-tar", &zeros{size})
		},
		"save": func(c *http.Client) (*http.Response, error) {
			return c.Get(fmt.Sprintf("http://docker/images/x/get?size=%d", size))
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(size)
			compare(b, loading(&s), ask, func(observed, bare time.Duration) {
				b.ReportMetric(observed.Seconds()/bare.Seconds(), "×bare")
			})
		})
	}
}

// BenchmarkRequest is a question and its answer on a connection that is kept, and one on a connection of its own, as each docker command
// makes it. "µs-added" is what the socket adds.
func BenchmarkRequest(b *testing.B) {
	answer := func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `[{"Id":"sha256:00"}]`) }
	for name, fresh := range map[string]bool{"kept": false, "fresh": true} {
		b.Run(name, func(b *testing.B) {
			ask := func(c *http.Client) (*http.Response, error) {
				c.Transport.(*http.Transport).DisableKeepAlives = fresh
				return c.Get("http://docker/images/x/history")
			}
			compare(b, answer, ask, func(observed, bare time.Duration) {
				b.ReportMetric(float64((observed-bare).Microseconds())/float64(b.N), "µs-added")
			})
		})
	}
}

// compare asks an engine through the socket and without it, in turn, and reports the time that each took in all.
func compare(b *testing.B, engine http.HandlerFunc, ask func(*http.Client) (*http.Response, error), report func(observed, bare time.Duration)) {
	direct := fake(b, engine)
	path, _ := observe(b, to(direct))
	through, without := client(b, path), client(b, direct)
	timed := func(c *http.Client) time.Duration {
		began := time.Now()
		resp, err := ask(c)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			b.Fatal(err)
		}
		resp.Body.Close()
		return time.Since(began)
	}
	timed(through)
	timed(without)
	var observed, bare time.Duration
	for b.Loop() {
		observed += timed(through)
		b.StopTimer()
		bare += timed(without)
		b.StartTimer()
	}
	report(observed, bare)
}
