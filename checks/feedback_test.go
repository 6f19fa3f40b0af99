package checks

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// TestFeedback asks the example engine for what is nearly there, and wants the sentences that help.
func TestFeedback(t *testing.T) {
	for name, tt := range map[string]struct {
		spec    string
		verdict Verdict
		want    []string // in Spanish or in English
	}{
		"another tag":      {"- image: hola:3", Fail, []string{"No hay ninguna imagen llamada `hola:3`", "docker pone `latest`"}},
		"nothing near":     {"- image: otra:3", Fail, []string{"hay una imagen con otro nombre: `hola:1`", "`docker tag hola:1 otra:3`"}},
		"in the beginning": {"- image: aaaa", Fail, []string{"No hay ninguna imagen llamada `aaaa`"}}, // an id begins so
		"by whole id":      {"- image: " + id("a"), Pass, nil},
		"by full name":     {"- image: docker.io/library/hola", Pass, nil},
		"waiting for it":   {"- {image: hola:3, layers: 3, config: {user: app}}", Fail, []string{"Primero tiene que existir la imagen `hola:3`"}},
		"too few layers":   {"- {image: hola:1, layers: '> 3'}", Fail, []string{"más de 3 capas", "tiene 3 capas", "`ENV` o `CMD` no"}},
		"one layer":        {"- {image: base:1, layers: 2}", Fail, []string{"exactly 2 layers", "has 1 layer."}},
		"another base":     {"- {image: hola:2, from: 'hola:1'}", Fail, []string{"comparte 1 capa con `hola:1`"}},
		"base not there":   {"- {image: hola:1, from: 'nadie:1'}", Unknown, []string{"no está en Docker", "`docker pull nadie:1`"}},
		"foreign":          {"- {image: ajena:1, layers: 1}", Unknown, []string{"sólo para otra plataforma"}},
		"foreign base":     {"- {image: hola:1, from: ajena:1}", Unknown, []string{"only for another platform"}},
		"exec form":        {"- {image: base:1, config: {cmd: sh}}", Fail, []string{"Sin corchetes pasan por `/bin/sh -c`"}},
		"shell form":       {"- {image: hola:1, config: {cmd: [ls, /taller]}}", Fail, []string{"in brackets and with double quotes"}},
		"capitals":         {"- {image: hola:1, config: {env: {color: azul}}}", Fail, []string{"Está `ENV COLOR`", "`ENV color=azul`"}},
		"another value":    {"- {image: hola:1, config: {env: {COLOR: rojo}}}", Fail, []string{"`COLOR` vale `azul`"}},
		"root by default":  {"- {image: base:1, config: {user: root, workdir: /}}", Pass, nil},
		"no health check":  {"- {image: base:1, config: {healthcheck: false}}", Pass, nil},
		"signal":           {"- {image: hola:1, config: {stopsignal: QUIT}}", Pass, nil},
		"user by number":   {"- {image: hola:1, config: {user: '1000'}}", Pass, nil},
		"set to nothing":   {"- {image: hola:1, config: {env: [RARA]}}", Pass, nil},
		"in the wrong place": {"- {image: hola:1, files: {/taller/suelto: {exists: true}}}", Fail,
			[]string{"Lo que sí hay es `/suelto`", "tiene que ser `/taller/suelto`"}},
		"in the working directory": {"- {image: hola:1, files: {/listo: {exists: true}}}", Fail, []string{"`/taller/listo`"}},
		"capitals of a file":       {"- {image: hola:1, files: {/taller/Listo: {exists: true}}}", Fail, []string{"Lo que sí hay es `/taller/listo`"}},
		"no folder":                {"- {image: hola:1, files: {/web/index.html: {exists: true}}}", Fail, []string{"tampoco su carpeta, `/web`"}},
		"no file for its mode":     {"- {image: hola:1, files: {/nada: {mode: '0644'}}}", Fail, []string{"no hay nada en `/nada`"}},
		"not there, as wanted":     {"- {image: hola:1, files: {/nada: {exists: false}}}", Pass, nil},
		"there, not wanted":        {"- {image: hola:1, files: {/suelto: {exists: false}}}", Fail, []string{"`.dockerignore`"}},
		"link":                     {"- {image: hola:1, files: {/taller/atajo: {type: symlink, contains: azul, mode: '0640', owner: '1000'}}}", Pass, nil},
		"link to nowhere":          {"- {image: hola:1, files: {/taller/roto: {mode: '0644'}}}", Fail, []string{"es un enlace a `/nada`, y ahí no hay nada"}},
		"large file":               {"- {image: hola:1, files: {/taller/mucho: {contains: x}}}", Unknown, []string{"se lee como mucho 1 MiB"}},
		"folder for a file":        {"- {image: hola:1, files: {/taller: {contains: x}}}", Fail, []string{"es una carpeta"}},
		"size of a folder":         {"- {image: hola:1, files: {/taller: {size: '> 0'}}}", Fail, []string{"es una carpeta"}},
		"empty file":               {"- {image: hola:1, files: {/taller/listo: {contains: x}}}", Fail, []string{"está vacío"}},
		"nobody's name":            {"- {image: hola:1, files: {/taller: {owner: eva}}}", Fail, []string{"no hay nadie que se llame `eva`"}},
		"nobody's group":           {"- {image: hola:1, files: {/taller/color: {owner: 'app:eva'}}}", Fail, []string{"no hay nadie que se llame `eva`"}},
		"another group":            {"- {image: hola:1, files: {/taller/color: {owner: 'app:root'}}}", Fail, []string{"es de `1000:1000`"}},
		"root's":                   {"- {image: hola:1, files: {/taller: {owner: 'root:root'}}}", Pass, nil},
		"no such program":          {"- {image: hola:1, run: {cmd: nadie}}", Fail, []string{"código 127", "is not in the image"}},
		"expected to be missing":   {"- {image: hola:1, run: {cmd: nadie, exit: 127}}", Pass, nil},
		"runs for ever":            {"- {image: hola:1, run: {cmd: sleep 1000, within: 1ms}}", Fail, []string{"No ha terminado en 1ms", "sin red y sin teclado"}},
		"for another machine":      {"- {image: hola:1, run: {cmd: ajeno}}", Unknown, []string{"sólo para otra plataforma"}},
		"no command":               {"- {image: sin:1, run: {exit: 0}}", Fail, []string{"no tiene CMD ni ENTRYPOINT"}},
		"the other stream":         {"- {image: hola:1, run: {cmd: ls /nada, exit: 2, stdout: 'No such file'}}", Fail, []string{"sale por stderr y se pide por stdout"}},
		"gone, but still there":    {"- {image: hola:1, gone: true}", Fail, []string{"sigue ahí"}},
		"one of the pair missing":  {"- same: ['hola:1', 'hola:9']", Fail, []string{"No hay ninguna imagen llamada `hola:9`", "Primero tiene que existir"}},
		"another name":             {"- container: {name: wev}", Fail, []string{"Hay uno hecho con `hola:1`, pero se llama `web`", "`docker rename web wev`"}},
		"right name, other image":  {"- container: {name: web, image: 'hola:2'}", Fail, []string{"Hay un contenedor `web`, pero está hecho con `hola:1`", "`docker rm -f web`"}},
		"no image for it":          {"- container: {image: 'hola:3'}", Fail, []string{"No hay ninguna imagen llamada `hola:3`", "docker pone `latest`"}},
		"other image":              {"- container: {image: 'hola:2'}", Fail, []string{"Hay un contenedor `tarea`, pero está hecho con `hola:1`", "la imagen `hola:2`"}},
		"no such name":             {"- container: {name: xyzzy}", Fail, []string{"llamado `xyzzy`"}},
		"by label":                 {"- container: {label: papel=servir}", Pass, nil},
		"another label":            {"- container: {label: papel=nada}", Fail, []string{"con la etiqueta `papel=nada`"}},
		"by label's name":          {"- {container: {label: papel}, state: running}", Pass, nil},
		"a probe is none":          {"- container: {name: sonda}", Fail, nil},
		"a probe does not count":   {"- {container: {image: 'hola:1'}, state: created, count: 0}", Pass, nil},
		"one for all conditions":   {"- {container: {image: 'hola:1'}, state: running, logs: listo}", Fail, []string{"`web` no ha escrito nada"}},
		"after a failed condition": {"- {container: {name: web}, state: exited, logs: listo}", Fail, []string{"Primero hace falta un contenedor que cumpla lo anterior"}},
		"too many":                 {"- {container: {image: 'hola:1'}, count: '< 2'}", Fail, []string{"menos de 2 contenedores", "`docker rm`", "hay 2 contenedores"}},
		"another path":             {"- {container: {name: tarea}, changed: /taller/nuevos}", Fail, []string{"Lo que ha cambiado es `/taller/nuevo`"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := exampleEngine()
			e.images = append(e.images, fakeImage{InspectResponse: bare("sin:1")})
			results := ask(t, e, exampleBaseline(), tt.spec)
			text := feedback(t, results)
			if got := Overall(results); got != tt.verdict {
				t.Errorf("got %v\n%s", got, text)
			}
			checkFeedback(t, results)
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("nothing says %q:\n%s", want, text)
				}
			}
			if left := ownProbes(e); len(left) > 0 {
				t.Errorf("%v are left", left)
			}
		})
	}
}

// TestFeedbackTellsWhatWasJustDone changes what the example engine held when the attempt began, and wants the sentences that help.
func TestFeedbackTellsWhatWasJustDone(t *testing.T) {
	start := func() *fakeEngine {
		return &fakeEngine{images: []fakeImage{bareImage("a", "pan:1.0", "pan:estable"), bareImage("b", "pan:1.1", "pan:latest")}}
	}
	add := func(e *fakeEngine, img fakeImage) { e.images = append(e.images, img) }
	container := func(e *fakeEngine, name, of, command string) {
		e.containers = append(e.containers, &fakeContainer{Summary: container.Summary{
			ID: name, Names: []string{"/" + name}, Image: of, ImageID: of, Command: command, State: "exited", Created: int64(len(e.containers)),
		}, exit: 1})
	}
	for name, tt := range map[string]struct {
		before, change func(*fakeEngine)
		spec           string
		want           []string
		never          string
	}{
		"a new name before older ones": {
			change: func(e *fakeEngine) { add(e, bareImage("c", "pan:v2.0")) },
			spec:   "- image: pan:2.0",
			want:   []string{"Hay una imagen `pan:v2.0`", "Repite la orden con el nombre exacto: `pan:2.0`"},
		},
		"a name that moved is new": {
			change: func(e *fakeEngine) { e.images[1].RepoTags = []string{"pan:1.1"}; add(e, bareImage("c", "pan:latest")) },
			spec:   "- image: pan:2.0",
			want:   []string{"Hay una imagen `pan:latest`: sin etiqueta, docker pone `latest`"},
		},
		"an image of another kind": {
			change: func(e *fakeEngine) { add(e, bareImage("c")); add(e, bareImage("d", "pam:3")) },
			spec:   "- image: pan:2.0",
			want:   []string{"Hay una imagen nueva sin nombre"},
		},
		"nothing was done": {
			spec:  "- image: pan:2.0",
			want:  []string{"`pan:latest`, que ya estaba al empezar", "Mira con `docker images`"},
			never: "docker pone `latest`",
		},
		"built without a name": {
			change: func(e *fakeEngine) { add(e, bareImage("c")) },
			spec:   "- image: pan:2.0",
			want:   []string{"Hay una imagen nueva sin nombre, `cccccccccccc`", "`docker tag cccccccccccc pan:2.0`"},
		},
		"a build that stopped": {
			change: func(e *fakeEngine) { add(e, bareImage("c")); container(e, "resto", id("c"), "/bin/sh -c 'touch /x'") },
			spec:   "- image: pan:2.0",
			want:   []string{"terminó en un error, en `RUN touch /x`", "construye otra vez con `-t pan:2.0`"},
		},
		"a build that goes on": {
			change: func(e *fakeEngine) {
				add(e, bareImage("c"))
				container(e, "ahora", id("c"), "/bin/sh -c 'touch /x'")
				e.containers[0].State = "running"
			},
			spec:  "- image: pan:2.0",
			want:  []string{"Parece que ahora mismo se está construyendo una imagen, todavía sin nombre: va por `RUN touch /x`. | Espera a que docker termine"},
			never: "terminó en un error",
		},
		"a step of a build that has just ended well": {
			change: func(e *fakeEngine) {
				add(e, bareImage("c"))
				container(e, "ahora", id("c"), "/bin/sh -c 'touch /x'")
				e.containers[0].exit = 0
			},
			spec:  "- image: pan:2.0",
			want:  []string{"Parece que ahora mismo se está construyendo una imagen, todavía sin nombre: va por `RUN touch /x`. | Espera a que docker termine"},
			never: "terminó en un error",
		},
		"the name taken away": {
			change: func(e *fakeEngine) { e.images[0].RepoTags = []string{"pan:1.0"} },
			spec:   "- image: pan:estable",
			want:   []string{"ya la ha habido", "Haz que vuelva a haber"},
			never:  "Hay una imagen `pan:1.0`",
		},
		"the name of another image taken": {
			change: func(e *fakeEngine) {
				e.images[0].RepoTags = append(e.images[0].RepoTags, "pan:1.1")
				e.images[1].RepoTags = []string{"pan:latest"}
			},
			spec: "- different: [pan:1.0, pan:estable]",
			want: []string{"El nombre `pan:1.1` era de otra imagen, `bbbbbbbbbbbb`", "`docker tag bbbbbbbbbbbb pan:1.1`"},
		},
		"of two names that moved the one that matters": {
			change: func(e *fakeEngine) {
				e.images[1].RepoTags = nil
				add(e, bareImage("c", "pan:latest", "pan:1.1", "pan:2.0"))
			},
			spec: "- different: [pan:1.1, pan:2.0]",
			want: []string{"`docker tag bbbbbbbbbbbb pan:1.1`"},
		},
		"a name and no new image": {
			change: func(e *fakeEngine) { e.images[1].RepoTags = append(e.images[1].RepoTags, "pan:2.0") },
			spec:   "- different: [pan:1.1, pan:2.0]",
			want:   []string{"`pan:2.0` es sólo un nombre más", "`docker build -t pan:2.0`"},
		},
		"the second name misspelled": {
			change: func(e *fakeEngine) { e.images[1].RepoTags = append(e.images[1].RepoTags, "pan:Estable") },
			spec:   "- same: [pan:1.1, pan:estable]",
			want:   []string{"Son dos imágenes", "Hay una imagen `pan:Estable`", "Repite la orden con el nombre exacto: `pan:estable`"},
		},
		"the second name left where it was": {
			spec: "- same: [pan:1.1, pan:estable]",
			want: []string{"Son dos imágenes", "`docker tag pan:1.1 pan:estable`"},
		},
		"one image from the beginning": {
			spec: "- different: [pan:1.0, pan:estable]",
			want: []string{"tiene que llevar a otra imagen"},
		},
		"built under another name": {
			change: func(e *fakeEngine) { add(e, bareImage("c", "pan:1.2")) },
			spec:   "- {image: 'pan:1.1', fresh: true, layers: 9}",
			want:   []string{"es la misma que había", "Hay una imagen `pan:1.2`", "tiene que ser nueva"},
			never:  "tiene 0 capas",
		},
		"only a new container is near": {
			before: func(e *fakeEngine) { container(e, "ajeno", id("a"), "sh") },
			change: func(e *fakeEngine) { container(e, "mio", id("a"), "sh") },
			spec:   "- container: {image: 'pan:1.1'}",
			want:   []string{"Hay un contenedor `mio`, pero está hecho con `pan:1.0`"},
		},
		"no new container": {
			before: func(e *fakeEngine) { container(e, "ajeno", id("a"), "sh") },
			spec:   "- container: {image: 'pan:1.1'}",
			want:   []string{"no hay ningún contenedor nuevo", "sin `--rm`"},
			never:  "ajeno",
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := start()
			if tt.before != nil {
				tt.before(e)
			}
			b, err := TakeBaseline(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			if tt.change != nil {
				tt.change(e)
			}
			results := ask(t, e, b, tt.spec)
			checkFeedback(t, results)
			text := feedback(t, results)
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("nothing says %q:\n%s", want, text)
				}
			}
			if Overall(results) != Fail || tt.never != "" && strings.Contains(text, tt.never) {
				t.Errorf("passed, or says %q:\n%s", tt.never, text)
			}
		})
	}
}

func bareImage(c string, names ...string) fakeImage {
	img := bare(names...)
	img.ID = id(c)
	return fakeImage{InspectResponse: img}
}

func TestAMissingImageIsToldOnce(t *testing.T) {
	results := ask(t, exampleEngine(), nil, "- container: {image: 'docker.io/library/hola:3'}\n- {image: hola:3, layers: 3}\n- same: ['hola:1', 'hola:3']\n- image: hola:4")
	checkFeedback(t, results)
	var told []string
	for _, r := range results {
		if r.Verdict == Fail && !r.Blocked {
			told = append(told, r.missing)
		}
	}
	if want := []string{"hola:3", "hola:4"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q\n%s", told, want, feedback(t, results))
	}
}

func TestEngineWithoutAnything(t *testing.T) {
	results := ask(t, &fakeEngine{}, nil, "- image: hola:1\n- container: {name: web}\n- {image: hola:1, exists: false}")
	if text := feedback(t, results); !strings.Contains(text, "no hay ningún contenedor, ni en marcha ni parado") {
		t.Errorf("nothing says so:\n%s", text)
	}
	checkFeedback(t, results)
}

func TestWithoutABaselineWhatIsNewCannotBeTold(t *testing.T) {
	for _, spec := range []string{"- {image: hola:1, fresh: true}", "- {image: vieja:1, gone: true}", "- images: {dangling: true}", "- {images: {label: a}, gone: true}"} {
		results := ask(t, exampleEngine(), nil, spec)
		if last := results[len(results)-1]; !errors.Is(last.Err, errNoBaseline) || last.Verdict != Unknown {
			t.Errorf("%s: %v", spec, last)
		}
		checkFeedback(t, results)
	}
}

func TestContainerOfAnImageThatIsNoMore(t *testing.T) {
	e := exampleEngine()
	e.containers[0].ImageID, e.containers[0].from = id("f"), "perdida:1"
	for _, listed := range []string{"perdida:1", id("f")} {
		e.containers[0].Image = listed
		if got := Overall(ask(t, e, nil, "- container: {image: 'perdida:1', name: web}")); got != Pass {
			t.Errorf("of an image that was removed, listed as %s: %v", listed, got)
		}
	}
	e.containers[0].from = "hola:1" // the name is another image's by now: the engine lists the id of the one it was
	if got := Overall(ask(t, e, nil, "- container: {image: 'hola:1', name: web}")); got != Fail {
		t.Errorf("of what had the name before: %v", got)
	}
}

func TestSameImageInAStoreOfContainerd(t *testing.T) {
	a := exampleEngine().images[1].InspectResponse
	b := a
	a.Created, b.Created = "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"
	b.ID = id("9")
	if sameImage(a, b) {
		t.Error("two ids of a store where the id is of the content")
	}
	a.Descriptor, b.Descriptor = &ocispec.Descriptor{}, &ocispec.Descriptor{}
	if !sameImage(a, b) {
		t.Error("built twice from the cache alone")
	}
	b.Created = "2026-01-02T00:00:00Z"
	if sameImage(a, b) {
		t.Error("built at two times")
	}
}

func TestControlSequencesNeverReachTheTerminal(t *testing.T) {
	e := exampleEngine()
	e.images[1].Config.Labels["autora"] = "\x1b]0;owned\x07Ana\x1b[31m"
	e.containers[1].log = "\x1b[2J\x1b]52;c;aGk=\x07nada"
	results := ask(t, e, nil, "- {image: hola:1, config: {labels: {autora: Eva}}}\n- {container: {name: tarea}, logs: listo}")
	if text := feedback(t, results); strings.ContainsAny(text, "\x1b\x07") {
		t.Errorf("raw: %q", text)
	}
}

func TestContainerThatDisappearsMeanwhile(t *testing.T) {
	e := exampleEngine()
	e.hook = func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.requests["container"] > 1 {
			e.containers = nil
		}
	}
	results := ask(t, e, nil, "- {container: {name: tarea}, exit: 0}")
	if got := Overall(results); got != Fail {
		t.Errorf("got %v\n%s", got, feedback(t, results))
	}
}

// TestAnEngineWithOneUserTellsNoOwners: that everything is root's there is no fault of the learner's.
func TestAnEngineWithOneUserTellsNoOwners(t *testing.T) {
	const spec = "- {image: hola:1, files: {/taller/listo: {owner: app}}}"
	for _, tt := range []struct {
		labels []string
		want   Verdict
		says   string
	}{
		{nil, Fail, "Pon `--chown=app`"},
		{[]string{OneUserLabel}, Unknown, "funciona aquí con un solo usuario"},
	} {
		e := exampleEngine()
		e.labels = tt.labels
		results := ask(t, e, exampleBaseline(), spec)
		if text := feedback(t, results); Overall(results) != tt.want || !strings.Contains(text, tt.says) {
			t.Errorf("with labels %q: %v\n%s", tt.labels, Overall(results), text)
		}
	}
}
