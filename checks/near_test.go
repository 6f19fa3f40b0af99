package checks

import (
	"testing"

	"capas/internal/message"
)

func TestNearImageSaysWhatIsThereAndWhatDiffers(t *testing.T) {
	for _, tc := range []struct {
		name, want string
		have       []string
		es, en     string
	}{
		{
			"another tag", "web:v1", []string{"web:v2"},
			"Hay una imagen `web:v2`: el nombre está bien, pero su etiqueta es `v2` y no `v1`.",
			"There is an image `web:v2`: the name is right, but its tag is `v2` and not `v1`.",
		},
		{
			"the tag forgotten", "hola:1", []string{"hola:latest"},
			"Hay una imagen `hola:latest`: sin etiqueta, docker pone `latest`. Se pide la etiqueta `1`.",
			"There is an image `hola:latest`: without a tag, docker puts `latest`. The tag `1` is wanted.",
		},
		{
			"a tag where none is wanted", "hola", []string{"hola:1"},
			"Hay una imagen `hola:1`: el nombre está bien, pero se pide `hola:latest`, la etiqueta que docker pone cuando no escribes ninguna.",
			"There is an image `hola:1`: the name is right, but `hola:latest` is wanted, the tag that docker puts when you write none.",
		},
		{
			"latest misspelled", "hola:latest", []string{"hola:lastest"},
			"Hay una imagen `hola:lastest`: el nombre está bien, pero su etiqueta es `lastest` y no `latest`.",
			"There is an image `hola:lastest`: the name is right, but its tag is `lastest` and not `latest`.",
		},
		{
			"the nearest of several tags", "web:prueba", []string{"web:1", "web:preuba", "web:2"},
			"Hay una imagen `web:preuba`: el nombre está bien, pero su etiqueta es `preuba` y no `prueba`.",
			"There is an image `web:preuba`: the name is right, but its tag is `preuba` and not `prueba`.",
		},
		{
			"letters of the name", "hola:1", []string{"hloa:1"},
			"Hay una imagen `hloa:1`: se parece mucho, pero el nombre no es `hola`. Mira bien sus letras.",
			"There is an image `hloa:1`: very like it, but the name is not `hola`. Look closely at its letters.",
		},
		{
			"capitals in the tag", "web:v1", []string{"web:V1"},
			"Hay una imagen `web:V1`: docker distingue mayúsculas de minúsculas, y `web:V1` no es `web:v1`.",
			"There is an image `web:V1`: docker tells capitals from small letters, and `web:V1` is not `web:v1`.",
		},
		{
			"a user in front", "web:1", []string{"ana/web:1"},
			"Hay una imagen `ana/web:1`: el nombre y la etiqueta están bien, pero lleva delante `ana/` y para docker es otro nombre.",
			"There is an image `ana/web:1`: the name and the tag are right, but it has `ana/` in front, and for docker that is another name.",
		},
		{
			"a registry in front", "web:1", []string{"localhost:5000/web:1"},
			"Hay una imagen `localhost:5000/web:1`: el nombre y la etiqueta están bien, pero lleva delante `localhost:5000/` y para docker es otro nombre.",
			"There is an image `localhost:5000/web:1`: the name and the tag are right, but it has `localhost:5000/` in front, and for docker that is another name.",
		},
		{
			"the registry forgotten", "localhost:5000/ana/web:1", []string{"web:1"},
			"Hay una imagen `web:1`: el nombre y la etiqueta están bien, pero le falta delante `localhost:5000/ana/`.",
			"There is an image `web:1`: the name and the tag are right, but `localhost:5000/ana/` is missing in front of it.",
		},
		{
			"another user", "ana/web:1", []string{"anna/web:1"},
			"Hay una imagen `anna/web:1`: lleva delante `anna/`, y se pide `ana/`.",
			"There is an image `anna/web:1`: it has `anna/` in front, and `ana/` is wanted.",
		},
		{
			"localhost in front, where that is a registry", "web:1", []string{"localhost/web:1"},
			"Hay una imagen `localhost/web:1`: el nombre y la etiqueta están bien, pero lleva delante `localhost/` y para docker es otro nombre.",
			"There is an image `localhost/web:1`: the name and the tag are right, but it has `localhost/` in front, and for docker that is another name.",
		},
		{
			"Podman's localhost is no difference", "web:1", []string{"localhost/web:latest"},
			"Hay una imagen `localhost/web:latest`: sin etiqueta, docker pone `latest`. Se pide la etiqueta `1`.",
			"There is an image `localhost/web:latest`: without a tag, docker puts `latest`. The tag `1` is wanted.",
		},
		{
			"the full name of an official image is no difference", "alpine:3.20", []string{"docker.io/library/alpine:3.19"},
			"Hay una imagen `docker.io/library/alpine:3.19`: el nombre está bien, pero su etiqueta es `3.19` y no `3.20`.",
			"There is an image `docker.io/library/alpine:3.19`: the name is right, but its tag is `3.19` and not `3.20`.",
		},
		{
			"a dash for the colon", "web:1", []string{"web-1:latest"},
			"Hay una imagen `web-1:latest`: entre el nombre y la etiqueta van dos puntos, así: `web:1`.",
			"There is an image `web-1:latest`: a colon goes between the name and the tag, like this: `web:1`.",
		},
		{
			"a slash for the colon", "web:1", []string{"web/1:latest"},
			"Hay una imagen `web/1:latest`: entre el nombre y la etiqueta van dos puntos, así: `web:1`.",
			"There is an image `web/1:latest`: a colon goes between the name and the tag, like this: `web:1`.",
		},
		{
			"a colon for the dash", "web-1", []string{"web:1"},
			"Hay una imagen `web:1`: con los dos puntos, `1` es su etiqueta. Aquí se pide todo seguido: `web-1`.",
			"There is an image `web:1`: with the colon, `1` is its tag. Here it is all one name: `web-1`.",
		},
		{
			"name and tag swapped", "web:prod", []string{"prod:web"},
			"Hay una imagen `prod:web`: tiene el nombre y la etiqueta al revés. Primero va el nombre: `web:prod`.",
			"There is an image `prod:web`: its name and its tag have changed places. The name goes first: `web:prod`.",
		},
		{
			"only the tag", "web:v1", []string{"v1:latest"},
			"Hay una imagen `v1:latest`: ahí `v1` es el nombre. Ha de ser la etiqueta, detrás del nombre y de dos puntos: `web:v1`.",
			"There is an image `v1:latest`: there `v1` is the name. It should be the tag, after the name and a colon: `web:v1`.",
		},
		{
			"the digest of another content", "alpine@sha256:0123", []string{"alpine:3.20"},
			"Hay una imagen `alpine:3.20`, pero su contenido no es el de ese digest.",
			"There is an image `alpine:3.20`, but its content is not the one of that digest.",
		},
		{
			"two differences at once", "hola:1", []string{"hloa:latest"},
			"Lo más parecido que hay es la imagen `hloa:latest`, y se pide `hola:1`.",
			"The most similar image there is `hloa:latest`, and `hola:1` is wanted.",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := nearImage(tc.want, images(tc.have)).text()
			if got := message.For("es").Say(text); got != tc.es {
				t.Errorf("es:\n got %s\nwant %s", got, tc.es)
			}
			if got := message.For("en").Say(text); got != tc.en {
				t.Errorf("en:\n got %s\nwant %s", got, tc.en)
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
