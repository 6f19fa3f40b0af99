package checks

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"

	"capas/internal/strictyaml"
)

func labelled(img fakeImage, labels map[string]string) fakeImage {
	img.Config = config(func(c *dockerspec.DockerOCIImageConfig) { c.Labels = labels })
	return img
}

// TestImages changes an engine that held two images with names and one without, and wants the sentences that help.
func TestImages(t *testing.T) {
	add := func(images ...fakeImage) func(*fakeEngine) {
		return func(e *fakeEngine) { e.images = append(e.images, images...) }
	}
	for name, tt := range map[string]struct {
		change  func(*fakeEngine)
		spec    string
		verdict Verdict
		want    []string // in Spanish or in English
		never   string
	}{
		"none new without a name": {nil, "- {images: {dangling: true}, count: 0}", Pass, []string{"No hay ninguna imagen así"}, ""},
		"the learner's own does not count": {nil, "- images: {dangling: true}", Fail,
			[]string{"al menos 1 imagen sin nombre desde que empezaste", "Hay 1 imagen sin nombre que ya estaba así al empezar, `cccccccccccc`: no cuenta", "Construye otra vez con el mismo `-t`"}, ""},
		"one lost its name": {func(e *fakeEngine) { e.images[1].RepoTags = nil; add(bareImage("d", "pan:1.1"))(e) },
			"- {images: {dangling: true}, count: 1}", Pass, []string{"Hay 1 imagen así: `bbbbbbbbbbbb`"}, "cccccccccccc"},
		"one more than wanted": {add(bareImage("d"), bareImage("e")), "- {images: {dangling: true}, count: 1}", Fail,
			[]string{"Hay 2 imágenes así: `dddddddddddd`, `eeeeeeeeeeee`", "Quita las que sobran", "leave it as it is"}, ""},
		"one where none should be": {add(bareImage("d")), "- {images: {dangling: true}, count: 0}", Fail,
			[]string{"Que no haya ninguna imagen sin nombre", "Quítala con `docker image rm dddddddddddd`"}, "rm cccccccccccc"},
		"none with that label": {nil, "- {images: {dangling: true, label: capas.scene}, gone: true}", Fail, []string{"tampoco la ha habido"}, ""},
		"a container uses it": {func(e *fakeEngine) {
			add(bareImage("d"))(e)
			e.containers = append(e.containers, &fakeContainer{Summary: container.Summary{ID: "1", Names: []string{"/tarea"}, ImageID: id("d")}})
		}, "- {images: {dangling: true}, count: 0}", Fail, []string{"la usa el contenedor `tarea`", "Borra primero el contenedor con `docker rm tarea`"}, ""},
		"as older engines say it": {add(bareImage("d", "<none>:<none>")), "- {images: {dangling: true}, count: 1}", Pass, nil, ""},
		"any tag":                 {nil, "- {images: {reference: pan}, count: 2}", Pass, nil, ""},
		"one tag":                 {nil, "- {images: {reference: 'p?n:1.[0-9]'}, count: 2}", Pass, []string{"`pan:1.0`, `pan:1.1`"}, ""},
		"the full name":           {nil, "- {images: {reference: 'docker.io/library/pan:*'}, count: 2}", Pass, nil, ""},
		"by Podman":               {add(bareImage("d", "localhost/pan:2.0")), "- {images: {reference: 'pan:*'}, count: 3}", Pass, nil, ""},
		"two names of one": {func(e *fakeEngine) { e.images[0].RepoTags = append(e.images[0].RepoTags, "pan:2.0") }, "- {images: {reference: 'pan:*'}, count: 3}", Fail,
			[]string{"son de una misma imagen, `aaaaaaaaaaaa`, que cuenta como una: `pan:1.0`, `pan:2.0`", "`docker tag` sólo pone nombres"}, ""},
		"a name misspelled": {add(bareImage("d", "pam:2.0")), "- {images: {reference: 'pan:*'}, count: 3}", Fail,
			[]string{"Hay una imagen `pam:2.0`", "Repite la orden con el nombre exacto: `pan:2.0`"}, ""},
		"a user in front": {add(bareImage("d", "ana/pan:2.0")), "- {images: {reference: pan}, count: 3}", Fail, []string{"le sobra delante `ana/`"}, ""},
		"a tag of another form": {add(bareImage("d", "pan:2.0")), "- images: {reference: 'pan:v*'}", Fail,
			[]string{"su etiqueta, `2.0`, no es como `v*`", "Repite la orden con una etiqueta como `v*`"}, ""},
		"a tag forgotten":    {add(bareImage("d", "pan:latest")), "- images: {reference: 'pan:2.0'}", Fail, []string{"no es como `2.0`"}, ""},
		"built without -t":   {add(bareImage("d")), "- images: {reference: 'sopa:*'}", Fail, []string{"Hay una imagen nueva sin nombre, `dddddddddddd`", "`docker tag dddddddddddd`"}, ""},
		"old names are none": {nil, "- images: {reference: 'pam:*'}", Fail, []string{"Haz o descarga las que faltan"}, "pan:1.0"},
		"by label":           {add(labelled(bareImage("d", "x:1"), map[string]string{"autora": "Ana"})), "- {images: {label: autora}, count: 1}", Pass, nil, ""},
		"named and labelled": {add(labelled(bareImage("d"), map[string]string{"autora": "Ana"})), "- {images: {label: autora, dangling: false}, count: 0}", Pass, nil, ""},
		"a label misspelled": {add(bareImage("e", "y:1"), labelled(bareImage("d", "x:1"), map[string]string{"otra": "1", "Autora": "Ana"})), "- images: {label: autora=Ana}", Fail,
			[]string{"La imagen `x:1` tiene la etiqueta (LABEL) `Autora=Ana`, y se pide `autora=Ana`", "`LABEL autora=\"Ana\"`"}, ""},
		"a label with another value": {add(labelled(bareImage("d", "x:1"), map[string]string{"autora": "Eva"})), "- images: {label: autora=Ana}", Fail, []string{"`autora=Eva`"}, ""},
		"a label's name misspelled":  {add(labelled(bareImage("d", "x:1"), map[string]string{"autor": "Ana"})), "- images: {label: autora}", Fail, []string{"tiene la etiqueta (LABEL) `autor`, y se pide `autora`"}, ""},
		"a label forgotten":          {add(bareImage("d", "x:1")), "- images: {label: autora=Ana}", Fail, []string{"`x:1` no tiene la etiqueta (LABEL) `autora=Ana`"}, ""},
		"old images lack no label":   {nil, "- images: {label: autora=Ana}", Fail, []string{"No hay ninguna imagen así"}, "pan:1.0"},
		"those of the exercise do":   {nil, "- {images: {reference: 'pan:*', label: autora}, count: 2}", Fail, []string{"`pan:1.0` no tiene la etiqueta"}, ""},
		"many":                       {add(bareImage("d", "pan:1"), bareImage("e", "pan:2"), bareImage("f", "pan:3")), "- {images: {reference: pan}, count: '< 3'}", Fail, []string{"menos de 3 imágenes", "Hay 5 imágenes así: `pan:1.0`, `pan:1.1`, `pan:1`, …"}, ""},
		"gone":                       {func(e *fakeEngine) { e.images = e.images[2:] }, "- {images: {reference: 'pan:*'}, gone: true}", Pass, []string{"ya no queda ninguna"}, ""},
		"not all are gone":           {func(e *fakeEngine) { e.images = e.images[1:] }, "- {images: {reference: 'pan:*'}, gone: true}", Fail, []string{"Todavía hay 1 imagen así: `pan:1.1`"}, ""},
		"never there":                {nil, "- {images: {dangling: true}, gone: true}", Fail, []string{"tampoco la ha habido", "déjala como está"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := &fakeEngine{images: []fakeImage{bareImage("a", "pan:1.0"), bareImage("b", "pan:1.1"), bareImage("c")}}
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
			if Overall(results) != tt.verdict || tt.never != "" && strings.Contains(text, tt.never) {
				t.Errorf("got %v, or it says %q:\n%s", Overall(results), tt.never, text)
			}
		})
	}
}

// TestImagesGoneRemembers lets images come and go, with a look in between, and keeps the baseline as a learner's attempt does.
func TestImagesGoneRemembers(t *testing.T) {
	for name, tt := range map[string]struct {
		before, between, after []fakeImage
		spec                   string
		want                   Verdict
	}{
		"without a name":          {nil, []fakeImage{bareImage("d")}, nil, "dangling: true", Pass},
		"that lost its name":      {[]fakeImage{bareImage("d", "pan:1")}, []fakeImage{bareImage("d")}, nil, "dangling: true", Pass},
		"that got a name":         {nil, []fakeImage{bareImage("d")}, []fakeImage{bareImage("d", "pan:1")}, "dangling: true", Pass},
		"of before":               {[]fakeImage{bareImage("d")}, nil, nil, "dangling: true", Fail},
		"of a scene":              {[]fakeImage{labelled(bareImage("d"), map[string]string{SceneLabel: "pan:1"})}, nil, nil, "dangling: true", Pass},
		"of a scene, still there": {[]fakeImage{labelled(bareImage("d"), map[string]string{SceneLabel: "pan:1"})}, nil, []fakeImage{labelled(bareImage("d"), map[string]string{SceneLabel: "pan:1"})}, "dangling: true", Fail},
		"of before, with a label": {[]fakeImage{labelled(bareImage("d"), map[string]string{"a": "1"})}, nil, nil, "dangling: true, label: a", Pass},
		"with a label":            {nil, []fakeImage{labelled(bareImage("d", "pan:1"), map[string]string{"a": "1"})}, nil, "label: a=1", Pass},
		"with another label":      {nil, []fakeImage{labelled(bareImage("d", "pan:1"), map[string]string{"a": "2"})}, nil, "label: a=1", Fail},
		"with a name":             {nil, []fakeImage{bareImage("d", "pan:1")}, nil, "reference: pan", Pass},
		"with a name of before":   {[]fakeImage{bareImage("d", "pan:1")}, nil, nil, "reference: pan", Pass},
		"named and labelled":      {nil, []fakeImage{labelled(bareImage("d"), map[string]string{"a": "1"})}, nil, "dangling: false, label: a", Fail},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := TakeBaseline(t.Context(), &fakeEngine{images: tt.before})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := NewFacts(&fakeEngine{images: tt.between}, Scope{Baseline: b}).Difference(t.Context()); err != nil {
				t.Fatal(err)
			}
			kept, err := json.Marshal(b)
			if err != nil {
				t.Fatal(err)
			}
			var back Baseline
			if err := json.Unmarshal(kept, &back); err != nil {
				t.Fatal(err)
			}
			results := ask(t, &fakeEngine{images: tt.after}, &back, "- {images: {"+tt.spec+"}, gone: true}")
			if got := Overall(results); got != tt.want {
				t.Errorf("got %v\nbaseline %s\n%s", got, kept, feedback(t, results))
			}
		})
	}
}

func TestBaselineNotesOnlyWhatIsNew(t *testing.T) {
	e := &fakeEngine{images: []fakeImage{bareImage("a", "pan:1"), bareImage("b")}}
	b, err := TakeBaseline(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, img := range []image.Summary{{ID: id("a"), RepoTags: []string{"pan:1", "pan:2"}}, {ID: id("b")}, {ID: id("c")}} {
			b.note(img)
		}
	}
	got, err := json.Marshal(b.Since)
	if want := `{"` + id("a") + `":["pan:2"],"` + id("c") + `":[""]}`; err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

func TestNamesAreNoPatterns(t *testing.T) {
	n, err := strictyaml.Parse([]byte("- images: {reference: 'hola:*'}\n- images: {reference: 'pan:1'}\n- images: {dangling: true}\n- image: sopa"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := Names(n), []string{"pan:1", "sopa"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
