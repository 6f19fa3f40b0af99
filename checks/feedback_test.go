package checks

import (
	"errors"
	"strings"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// TestFeedback asks the example engine for what is nearly there, and wants the sentences that help.
func TestFeedback(t *testing.T) {
	for name, tt := range map[string]struct {
		spec    string
		verdict Verdict
		want    []string // in Spanish or in English
	}{
		"another tag":      {"- image: hola:3", Fail, []string{"No hay ninguna imagen llamada `hola:3`", "Se pide la etiqueta `3`"}},
		"nothing near":     {"- image: otra:3", Fail, []string{"`docker images`", "read again the last thing docker said"}},
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
		"exec form":        {"- {image: base:1, config: {cmd: sh}}", Fail, []string{"sin corchetes, que pasa por `/bin/sh -c`"}},
		"shell form":       {"- {image: hola:1, config: {cmd: [ls, /taller]}}", Fail, []string{"in brackets and with double quotes"}},
		"capitals":         {"- {image: hola:1, config: {env: {color: azul}}}", Fail, []string{"Hay un ENV `COLOR`", "`ARG` sólo vale"}},
		"another value":    {"- {image: hola:1, config: {env: {COLOR: rojo}}}", Fail, []string{"`COLOR` vale `azul`"}},
		"root by default":  {"- {image: base:1, config: {user: root, workdir: /}}", Pass, nil},
		"no health check":  {"- {image: base:1, config: {healthcheck: false}}", Pass, nil},
		"signal":           {"- {image: hola:1, config: {stopsignal: QUIT}}", Pass, nil},
		"set to nothing":   {"- {image: hola:1, config: {env: [RARA]}}", Pass, nil},
		"in the wrong place": {"- {image: hola:1, files: {/taller/suelto: {exists: true}}}", Fail,
			[]string{"Lo que sí hay es `/suelto`", "Compara `/suelto` con `/taller/suelto`"}},
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
		"runs for ever":            {"- {image: hola:1, run: {cmd: sleep 1000, within: 1ms}}", Fail, []string{"no ha terminado en 1ms", "sin red y sin teclado"}},
		"for another machine":      {"- {image: hola:1, run: {cmd: ajeno}}", Unknown, []string{"sólo para otra plataforma"}},
		"no command":               {"- {image: sin:1, run: {exit: 0}}", Fail, []string{"no tiene CMD ni ENTRYPOINT"}},
		"the other stream":         {"- {image: hola:1, run: {cmd: ls /nada, exit: 2, stdout: 'No such file'}}", Fail, []string{"sale por stderr y se pide por stdout"}},
		"gone, but still there":    {"- {image: hola:1, gone: true}", Fail, []string{"sigue ahí"}},
		"one of the pair missing":  {"- same: ['hola:1', 'hola:9']", Fail, []string{"No hay ninguna imagen llamada `hola:9`", "Primero tiene que existir"}},
		"another name":             {"- container: {name: wev}", Fail, []string{"Hay un contenedor `web`, hecho con `hola:1`", "`--name`"}},
		"right name, other image":  {"- container: {name: web, image: 'hola:2'}", Fail, []string{"Hay un contenedor `web`, hecho con `hola:1`"}},
		"other image":              {"- container: {image: 'hola:2'}", Fail, []string{"Hay un contenedor `tarea`, hecho con `hola:1`", "con `--rm`"}},
		"no such name":             {"- container: {name: xyzzy}", Fail, []string{"llamado `xyzzy`"}},
		"by label":                 {"- container: {label: papel=servir}", Pass, nil},
		"another label":            {"- container: {label: papel=nada}", Fail, []string{"con la etiqueta `papel=nada`"}},
		"by label's name":          {"- {container: {label: papel}, state: running}", Pass, nil},
		"a probe is none":          {"- container: {name: sonda}", Fail, nil},
		"a probe does not count":   {"- {container: {image: 'hola:1'}, state: created, count: 0}", Pass, nil},
		"one for all conditions":   {"- {container: {image: 'hola:1'}, state: running, logs: listo}", Fail, []string{"no ha escrito nada, y se busca `listo`"}},
		"after a failed condition": {"- {container: {name: web}, state: exited, logs: listo}", Fail, []string{"Primero hace falta un contenedor que cumpla lo anterior"}},
		"too many":                 {"- {container: {image: 'hola:1'}, count: '< 2'}", Fail, []string{"menos de 2 contenedores", "`docker rm`", "hay 2 contenedores"}},
		"another path":             {"- {container: {name: tarea}, changed: /taller/nuevos}", Fail, []string{"lo que ha cambiado es `/taller/nuevo`"}},
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

func TestEngineWithoutAnything(t *testing.T) {
	results := ask(t, &fakeEngine{}, nil, "- image: hola:1\n- container: {image: hola:1}\n- {image: hola:1, exists: false}")
	if text := feedback(t, results); !strings.Contains(text, "no hay ningún contenedor, ni en marcha ni parado") {
		t.Errorf("nothing says so:\n%s", text)
	}
	checkFeedback(t, results)
}

func TestWithoutABaselineWhatIsNewCannotBeTold(t *testing.T) {
	for _, spec := range []string{"- {image: hola:1, fresh: true}", "- {image: vieja:1, gone: true}"} {
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
		if e.requests["containers"] > 0 && e.requests["container"] > 0 {
			e.containers = nil
		}
	}
	results := ask(t, e, nil, "- {container: {name: tarea}, exit: 0}")
	if got := Overall(results); got != Fail {
		t.Errorf("got %v\n%s", got, feedback(t, results))
	}
}
