package lessons_test

import (
	"strings"
	"testing"

	"capas/internal/message"
	"capas/lessons"
)

func TestSameCommand(t *testing.T) {
	for _, tc := range []struct{ want, got string }{
		{"docker ps", "  docker   ps "},
		{"docker ps", `docker "ps"`},
		{"docker images", "docker image ls"},
		{"docker images", "docker image list"},
		{"docker rmi web:1", "docker image rm web:1"},
		{"docker rmi web:1", "docker image remove web:1"},
		{"docker rmi a b", "docker rmi b a"},
		{"docker build -t web .", "docker image build --tag=web ."},
		{"docker build -t web .", "docker build . --tag web"},
		{"docker build -t web .", "docker build -tweb ./"},
		{"docker build -t web .", "docker build -t=web ."},
		{"docker build -t web -- .", "docker build -t web ."},
		{"docker ps -a", "docker container ls --all"},
		{"docker ps -a", "docker ps --all=true"},
		{"docker ps -aq", "docker ps -q -a"},
		{"docker run -it ubuntu sh", "docker run -i -t ubuntu sh"},
		{"docker run -it ubuntu sh", "docker container run --tty --interactive ubuntu sh"},
		{"docker run --rm -itv a:b ubuntu", "docker run -it --volume a:b --rm ubuntu"},
		{"docker run --net host a", "docker run --network=host a"},
		{"docker run -e A=1 -e B=2 a", "docker run -e B=2 -e A=1 a"},
		{`docker ps --format '{{.ID}}'`, `docker ps --format "{{.ID}}"`},
		{`docker ps --format '{{.ID}}'`, `docker ps --format {{.ID}}`},
		{`docker run a echo "a b"`, `docker run a echo a\ b`},
		{"docker images -q | wc -l", "docker image ls --quiet|wc -l"},
		{"docker build -t a . && docker run a", "docker build . -t a&&docker container run a"},
		{"docker rm $(docker ps -aq)", "docker rm  $( docker ps -aq )"},
		{"mkdir web\ncd web", "mkdir web; cd web"},
		{"docker build -t web . # comment", "docker build -t web ."},
		{"docker 'unclosed", " docker 'unclosed"},
		{"docker build --tga x .", `docker build "--tga" x .`},
	} {
		if !lessons.SameCommand(tc.want, tc.got) || !lessons.SameCommand(tc.got, tc.want) {
			t.Errorf("%q and %q are not the same", tc.want, tc.got)
		}
		if d := lessons.CommandDifference(tc.want, tc.got); !d.IsZero() {
			t.Errorf("%q and %q differ by %s", tc.want, tc.got, d.ID)
		}
	}
}

func TestCommandDifference(t *testing.T) {
	for _, tc := range []struct{ want, got, es, en string }{
		{"docker build -t web .", "docker build -t web", "Falta el punto del final: el contexto de construcción.", "The dot at the end is missing: the build context."},
		{"docker build -t web .", "docker build .", "Falta una opción: `--tag (-t)`.", "An option is missing: `--tag (-t)`."},
		{"docker build -t web .", "docker build --tga web .", "¿Querías escribir `--tag`?", "Did you mean `--tag`?"},
		{"docker build -t web .", "docker build --t web .", "`docker build` no tiene la opción `--t`. ¿Querías escribir `-t`?", "Did you mean `-t`?"},
		{"docker build -t web .", "docker build -y web .", "`docker build` no tiene la opción `-y`. Con `docker build --help`", "has no option `-y`"},
		{"docker build -t web .", "docker build . -t", "A la opción `-t` le falta su valor.", "The option `-t` lacks its value."},
		{"docker build -t web .", "docker build -t wbe .", "El valor de `--tag (-t)` no es `wbe`.", "is not `wbe`"},
		{"docker build -t web .", "docker build -t web --no-cache .", "Sobra la opción `--no-cache`.", "`--no-cache` is one too many."},
		{"docker build -t web .", "docker bulid -t web .", "`docker bulid` no existe. ¿Querías escribir `docker build`?", "Did you mean `docker build`?"},
		{"docker build -t web .", "dokcer build -t web .", "¿Querías escribir `docker`?", "Did you mean `docker`?"},
		{"docker build -t web .", "build -t web .", "`build` es una orden de docker: delante va la palabra `docker`.", "the word `docker` goes before it"},
		{"docker build -t web .", "docker run web", "`docker run` no es lo que hace falta aquí.", "`docker run` is not what is needed here."},
		{"docker build -t web .", "docker", "Falta decirle a docker qué ha de hacer.", "what docker should do"},
		{"docker images", "docker image", "`docker image` reúne varias órdenes: falta decir cuál.", "holds several commands"},
		{"docker images", "docker image lst", "`docker image lst` no existe. ¿Querías escribir `docker image list`?", "`docker image list`"},
		{"docker images", "docker image xxxxxx", "`docker image xxxxxx` no es lo que hace falta aquí.", ""},
		{"docker images", "docker zzzzzzzz", "`docker zzzzzzzz` no es lo que hace falta aquí.", ""},
		{"docker images", "ls", "`ls` no es docker", "`ls` is not docker"},
		{"docker images", "", "No has escrito nada.", "You have written nothing."},
		{"docker images", "docker 'images", "La orden está a medias", "stops half way"},
		{"docker images", "docker images | wc -l", "Aquí basta una sola orden", "One command is enough"},
		{"docker run -it ubuntu", "docker run ubuntu -it", "`-it` está detrás de `ubuntu`, y ahí ya no es una opción de docker", "`-it` stands after `ubuntu`"},
		{"docker run -e A=1 -e B=2 a", "docker run -e A=1 a", "no está las veces que hace falta", "not there as often"},
		{"docker pull alpine:3.20", "docker pull alpine 3.20", "Entre `alpine` y `3.20` van dos puntos, sin espacio.", "A colon goes between `alpine` and `3.20`"},
		{"docker tag web:1 web:2", "docker tag web:2 web:1", "Están todas las palabras, pero no en su orden.", "not in their order"},
		{"docker tag web:1 web:2", "docker tag web:1", "Falta una palabra al final.", "A word is missing at the end."},
		{"docker tag web:1 web:2", "docker tag", "Faltan 2 palabras al final.", "2 words are missing at the end."},
		{"docker tag web:1 web:2", "docker tag web:1 web:3", "`web:3` no es lo que se pide.", "`web:3` is not what is asked for."},
		{"docker rmi web", "docker rmi web web:latest", "Sobra `web:latest`.", "`web:latest` is one too many."},
		{"docker rmi web", "docker rmi web:latest", "`web:latest` no es lo que se pide.", ""},
		{"docker rmi 'a*'", "docker rmi a*", "no hace lo mismo", ""},
		{"docker login localhost:5000", "docker login localhost", "`localhost` no es lo que se pide.", ""},
		{"docker login localhost:5000", "docker login", "Falta una palabra al final.", ""},
		{"docker login", "docker login -x", "Sobra `-x`.", ""},
		{"docker images | wc -l", "docker images", "no hace lo mismo", "does not do the same"},
	} {
		text := lessons.CommandDifference(tc.want, tc.got)
		if got := message.For("es").Say(text); !strings.Contains(got, tc.es) || got == "" {
			t.Errorf("%q for %q:\n got %s\nwant %s", tc.got, tc.want, got, tc.es)
		}
		if got := message.For("en").Say(text); !strings.Contains(got, tc.en) || got == "" {
			t.Errorf("%q for %q:\n got %s\nwant %s", tc.got, tc.want, got, tc.en)
		}
	}
}

func TestSameAnswer(t *testing.T) {
	for _, tc := range []struct {
		want, got string
		same      bool
	}{
		{"Capas", "capas", true},
		{"construcción", " CONSTRUCCION ", true},
		{"caché de capas", "cache  de\tcapas", true},
		{"e\u0301l", "él", true},
		{"la capa", "lacapa", false},
		{"3", "4", false},
		{"capa", "", false},
		{"ß", "SS", true},
	} {
		if got := lessons.SameAnswer(tc.want, tc.got); got != tc.same || lessons.SameAnswer(tc.got, tc.want) != tc.same {
			t.Errorf("%q and %q the same: %v, want %v", tc.want, tc.got, got, tc.same)
		}
	}
}

func FuzzSameCommand(f *testing.F) {
	for _, seed := range []string{
		"docker build -t web .", "docker run -it --rm a sh -c 'b c'", "docker ps -aq=true --format {{.ID}}", "a | b && ! c > d &",
		"docker -- -", "docker image -- ls", "docker run -é a", "docker rm $(docker ps -q) ${x:-y}", "x='1' docker ps", "\\", "'", "docker stop -t",
	} {
		f.Add(seed, "docker build . --tag=web")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if !lessons.SameCommand(a, a) {
			t.Errorf("%q is not the same as itself", a)
		}
		same := lessons.SameCommand(a, b)
		if lessons.SameCommand(b, a) != same {
			t.Errorf("%q and %q are the same one way only", a, b)
		}
		if d := lessons.CommandDifference(a, b); d.IsZero() != same {
			t.Errorf("%q and %q: same %v, difference %q", a, b, same, d.ID)
		}
		if d := lessons.CommandDifference(b, a); !d.IsZero() {
			message.For("es").Say(d)
		}
		if !lessons.SameAnswer(a, a) || lessons.SameAnswer(a, b) != lessons.SameAnswer(b, a) {
			t.Errorf("answers %q and %q", a, b)
		}
	})
}
