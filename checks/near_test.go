package checks

import "testing"

// TestNearImageTellsWhatDiffers is about the kinds of misses; their sentences are in testdata/nearmiss.
func TestNearImageTellsWhatDiffers(t *testing.T) {
	for _, tc := range []struct {
		name, want string
		have       []string
		says, of   string
	}{
		{"another tag", "web:v1", []string{"web:v2"}, "near.tag", "web:v2"},
		{"the tag forgotten", "hola:1", []string{"hola:latest"}, "near.forgotten-tag", "hola:latest"},
		{"a tag where none is wanted", "hola", []string{"hola:1"}, "near.unwanted-tag", "hola:1"},
		{"latest misspelled", "hola:latest", []string{"hola:lastest"}, "near.tag", "hola:lastest"},
		{"the nearest of several tags", "web:prueba", []string{"web:1", "web:preuba", "web:2"}, "near.tag", "web:preuba"},
		{"letters of the name", "hola:1", []string{"hloa:1"}, "near.spelling", "hloa:1"},
		{"capitals in the tag", "web:v1", []string{"web:V1"}, "near.case", "web:V1"},
		{"a user in front", "web:1", []string{"ana/web:1"}, "near.place-added", "ana/web:1"},
		{"a registry in front", "web:1", []string{"localhost:5000/web:1"}, "near.place-added", "localhost:5000/web:1"},
		{"the registry forgotten", "localhost:5000/ana/web:1", []string{"web:1"}, "near.place-forgotten", "web:1"},
		{"another user", "ana/web:1", []string{"anna/web:1"}, "near.place", "anna/web:1"},
		{"localhost in front, where that is a registry", "web:1", []string{"localhost/web:1"}, "near.place-added", "localhost/web:1"},
		{"Podman's localhost is no difference", "web:1", []string{"localhost/web:latest"}, "near.forgotten-tag", "localhost/web:latest"},
		{"the full name of an official image is no difference", "alpine:3.20", []string{"docker.io/library/alpine:3.19"}, "near.tag", "docker.io/library/alpine:3.19"},
		{"a dash for the colon", "web:1", []string{"web-1:latest"}, "near.separator", "web-1:latest"},
		{"a slash for the colon", "web:1", []string{"web/1:latest"}, "near.separator", "web/1:latest"},
		{"a colon for the dash", "web-1", []string{"web:1"}, "near.colon", "web:1"},
		{"name and tag swapped", "web:prod", []string{"prod:web"}, "near.swapped", "prod:web"},
		{"only the tag", "web:v1", []string{"v1:latest"}, "near.tag-as-name", "v1:latest"},
		{"the digest of another content", "alpine@sha256:0123", []string{"alpine:3.20"}, "near.digest", "alpine:3.20"},
		{"two differences at once", "hola:1", []string{"hloa:latest"}, "near.several", "hloa:latest"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := nearImage(tc.want, images(tc.have)).text()
			if text.ID != tc.says || text.Data["Have"] != tc.of {
				t.Errorf("says %s of %v, want %s of %s", text.ID, text.Data["Have"], tc.says, tc.of)
			}
		})
	}
}

func TestNearImageNamesTheMostUsefulOne(t *testing.T) {
	for _, tc := range []struct {
		want string
		have []string
		near string
	}{
		{"web:v1", []string{"web:latest", "web:v2", "web:V1"}, "web:V1"},
		{"web:1", []string{"web:latest", "web-1:latest"}, "web-1:latest"},
		{"web:1", []string{"web:2", "web:latest"}, "web:latest"},
		{"hola:2", []string{"hola:1", "hloa:2"}, "hloa:2"},
		{"hola", []string{"hole:latest", "hola:1"}, "hola:1"},
		{"web:1", []string{"web:2", "ana/web:1"}, "ana/web:1"},
		{"web:1", []string{"ana/web:2", "web:3"}, "web:3"},
		{"web:1", []string{"web:3", "web:2"}, "web:3"},
		{"web:1", []string{"web:1", "<none>:<none>", "", "nginx:1"}, ""},
		{"docker.io/library/web:1", []string{"web:1"}, ""},
		{"web:1", nil, ""},
	} {
		got, _ := nearImage(tc.want, images(tc.have)).text().Data["Have"].(string)
		if got != tc.near {
			t.Errorf("near %s of %q: %q, want %q", tc.want, tc.have, got, tc.near)
		}
	}
}

func images(names []string) []named {
	var list []named
	for _, n := range names {
		list = append(list, named{name: n})
	}
	return list
}

func TestNearPath(t *testing.T) {
	for _, tc := range []struct {
		name, want string
		have       []string
		near       string
	}{
		{"capitals", "Dockerfile", []string{"dockerfle", "dockerfile"}, "dockerfile"},
		{"a letter", "index.html", []string{"a.txt", "indx.html"}, "indx.html"},
		{"a letter of the folder", "/app/index.html", []string{"/ap/index.html"}, "/ap/index.html"},
		{"one folder down", "Dockerfile", []string{"web/Dockerfile"}, "web/Dockerfile"},
		{"one folder up", "web/Dockerfile", []string{"Dockerfile"}, "Dockerfile"},
		{"an extension too many", "Dockerfile", []string{"Dockerfile.txt"}, "Dockerfile.txt"},
		{"an extension too few", "notes.txt", []string{"notes"}, "notes"},
		{"another folder", "/usr/share/nginx/html/index.html", []string{"/var/www/index.html"}, "/var/www/index.html"},
		{"the path itself", "a/b", []string{"a/b", "./a/b"}, ""},
		{"two names off", "aaaa/bbbb", []string{"aaab/bbba"}, ""},
		{"nothing near", "index.html", []string{"main.go"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := nearPath(tc.want, tc.have); got != tc.near {
				t.Errorf("near %s of %q: %q, want %q", tc.want, tc.have, got, tc.near)
			}
		})
	}
}
