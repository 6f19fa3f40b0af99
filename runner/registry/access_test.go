package registry_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"capas/runner/registry"
)

// request is one to the registry's API; its path is what follows "/v2/".
type request struct{ method, path, mediaType, body string }

func (r request) String() string { return r.method + " " + r.path }

// send asks at an address as somebody, or as nobody.
func (r request) send(t testing.TB, at string, as registry.Account) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), r.method, "http://"+at+"/v2/"+r.path, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", r.mediaType)
	if as != (registry.Account{}) {
		req.SetBasicAuth(as.User, as.Password)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	return resp
}

const (
	blob     = "una capa"
	manifest = `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`
)

func sum(content string) string { return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(content))) }

// begun is the path of an upload that the account has begun.
func begun(t testing.TB, c registry.Config) string {
	t.Helper()
	resp := request{method: "POST", path: "ana/web/blobs/uploads/"}.send(t, c.Registry, c.Account)
	at, err := resp.Location()
	if err != nil {
		t.Fatalf("%s: %v", resp.Status, err)
	}
	return strings.TrimPrefix(at.RequestURI(), "/v2/")
}

// writes are the requests by which the API changes something, in an order in which each of them can be done.
func writes(t testing.TB, c registry.Config) []request {
	t.Helper()
	const index = "application/vnd.oci.image.index.v1+json"
	return []request{
		{"POST", "ana/web/blobs/uploads/", "", ""},
		{"PATCH", begun(t, c), "application/octet-stream", blob},
		{"PUT", begun(t, c) + "&digest=" + sum(blob), "application/octet-stream", blob},
		{"DELETE", begun(t, c), "", ""},
		{"POST", "ana/otra/blobs/uploads/?mount=" + sum(blob) + "&from=ana/web", "", ""},
		{"PUT", "ana/web/manifests/1", index, manifest},
		{"PUT", "ana/web/manifests/" + sum(manifest), index, manifest},
		{"DELETE", "ana/web/manifests/1", "", ""},
		{"DELETE", "ana/web/manifests/" + sum(manifest), "", ""},
		{"DELETE", "ana/web/blobs/" + sum(blob), "", ""},
	}
}

// reads are those that only ask.
var reads = []request{
	{method: "GET", path: ""},
	{method: "GET", path: "_catalog"},
	{method: "GET", path: "ana/web/tags/list"},
	{method: "GET", path: "ana/web/manifests/1"},
	{method: "HEAD", path: "ana/web/manifests/1"},
	{method: "GET", path: "ana/web/blobs/" + sum(blob)},
	{method: "HEAD", path: "ana/web/blobs/" + sum(blob)},
	{method: "GET", path: "ana/web/blobs/uploads/x"},
}

// files are those of a folder with their sizes.
func files(dir string) map[string]int64 {
	all := map[string]int64{}
	walk(os.DirFS(dir), func(path string, size int64) { all[path] = size })
	return all
}

func TestNobodyWithoutCredentialsReadsOrWrites(t *testing.T) {
	c := fresh(t)
	join(t, c)
	all := writes(t, c)
	before := files(c.Dir)
	for who, as := range map[string]registry.Account{
		"nobody":         {},
		"wrong password": {User: c.Account.User, Password: "otra"},
		"no password":    {User: c.Account.User},
		"somebody else":  {User: "luz", Password: c.Account.Password},
	} {
		for _, r := range append(reads, all...) {
			if got := r.send(t, c.Registry, as); got.StatusCode != http.StatusUnauthorized || got.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s, %v: %s, want 401 and how to log in", who, r, got.Status)
			}
		}
	}
	if after := files(c.Dir); !maps.Equal(before, after) {
		t.Errorf("files changed from\n%v\nto\n%v", before, after)
	}
	for _, r := range all {
		if got := r.send(t, c.Registry, c.Account); got.StatusCode >= 300 {
			t.Errorf("with the account, %v: %s", r, got.Status)
		}
	}
}

func TestMirrorTakesNothingFromAnybody(t *testing.T) {
	c := fresh(t)
	join(t, c)
	all := writes(t, c)
	for _, r := range all[:len(all):len(all)] {
		all = append(all, request{r.method, strings.Replace(r.path, "ana/web", "base", 1), r.mediaType, r.body})
	}
	before := files(c.Dir)
	for who, as := range map[string]registry.Account{"nobody": {}, "the account": c.Account} {
		for _, r := range all {
			if got := r.send(t, c.Mirror, as); got.StatusCode != http.StatusForbidden {
				t.Errorf("%s, %v: %s, want 403", who, r, got.Status)
			}
		}
	}
	if after := files(c.Dir); !maps.Equal(before, after) {
		t.Errorf("files changed from\n%v\nto\n%v", before, after)
	}
}

func TestOtherMachinesReachNothing(t *testing.T) {
	c := fresh(t)
	join(t, c)
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, served := range []string{c.Mirror, c.Registry} {
		if status("GET", "http://"+served+"/v2/") == 0 {
			t.Fatalf("%s does not answer here either", served)
		}
		_, port, _ := net.SplitHostPort(served)
		for _, a := range addresses {
			ip, _, err := net.ParseCIDR(a.String())
			if err != nil || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
				continue
			}
			if got := status("GET", "http://"+net.JoinHostPort(ip.String(), port)+"/v2/"); got != 0 {
				t.Errorf("%s answers %d at %s", served, got, ip)
			}
		}
	}
}
