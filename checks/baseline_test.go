package checks

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
)

func TestBaselineIsTwoRequestsAndSurvivesJSON(t *testing.T) {
	e := exampleEngine()
	b, err := TakeBaseline(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if got := e.asked(); got["images"] != 1 || got["containers"] != 1 || len(got) != 2 {
		t.Errorf("asked %v", got)
	}
	if want := map[string]string{"111": "web", "222": "tarea"}; !reflect.DeepEqual(b.Containers, want) {
		t.Errorf("containers %v: a probe is none", b.Containers)
	}
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var back Baseline
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(&back, b) {
		t.Errorf("%v\ngot  %v\nwant %v", err, back, *b)
	}
}

func bare(names ...string) image.InspectResponse {
	return image.InspectResponse{ID: id("7"), RepoTags: names, Os: "linux", Architecture: "amd64"}
}

func TestDifference(t *testing.T) {
	before := func() *fakeEngine {
		e := &fakeEngine{}
		for i, names := range [][]string{{"base:1"}, {"hola:1", "hola:latest"}, {"<none>:<none>"}} {
			e.images = append(e.images, fakeImage{InspectResponse: image.InspectResponse{ID: id(string(rune('a' + i))), RepoTags: names}})
		}
		e.containers = []*fakeContainer{{Summary: container.Summary{ID: "1", Names: []string{"/uno"}}}}
		return e
	}
	add := func(e *fakeEngine, c string, names ...string) {
		e.images = append(e.images, fakeImage{InspectResponse: image.InspectResponse{ID: id(c), RepoTags: names}})
	}
	for name, tt := range map[string]struct {
		change func(*fakeEngine)
		es, en string
	}{
		"nothing": {func(*fakeEngine) {}, "", ""},
		"built": {
			func(e *fakeEngine) { add(e, "x", "mia:1") },
			"Desde que empezaste: 1 imagen nueva (mia:1).", "Since you began: 1 new image (mia:1).",
		},
		"built again under its name, and run": {
			func(e *fakeEngine) {
				e.images[0].RepoTags = nil
				add(e, "x", "base:1")
				e.containers = append(e.containers,
					&fakeContainer{Summary: container.Summary{ID: "2"}}, &fakeContainer{Summary: container.Summary{ID: "3"}},
					&fakeContainer{Summary: container.Summary{ID: "4", Labels: map[string]string{ProbeLabel: ""}}})
			},
			"Desde que empezaste: 1 imagen nueva (base:1), 1 que se quedó sin nombre, 2 contenedores nuevos.",
			"Since you began: 1 new image (base:1), 1 now without a name, 2 new containers.",
		},
		"many": {
			func(e *fakeEngine) {
				for _, c := range []string{"1", "2", "3", "4"} {
					add(e, c, "mia:"+c)
				}
			},
			"Desde que empezaste: 4 imágenes nuevas (mia:1, mia:2, mia:3, …).", "Since you began: 4 new images (mia:1, mia:2, mia:3, …).",
		},
		"without a name": {
			func(e *fakeEngine) { add(e, "x"); add(e, "y") },
			"Desde que empezaste: 2 imágenes nuevas.", "Since you began: 2 new images.",
		},
		"tagged": {
			func(e *fakeEngine) { e.images[0].RepoTags = []string{"base:1", "base:2"} },
			"Desde que empezaste: 1 nombre nuevo para una imagen que ya estaba (base:2).", "Since you began: 1 new name for an image that was there (base:2).",
		},
		"untagged": {
			func(e *fakeEngine) { e.images[1].RepoTags = []string{"hola:1"} },
			"Desde que empezaste: 1 nombre menos (hola:latest).", "Since you began: 1 name gone (hola:latest).",
		},
		"removed": {
			func(e *fakeEngine) { e.images, e.containers = e.images[:1], nil },
			"Desde que empezaste: 2 imágenes menos, 1 contenedor menos.", "Since you began: 2 images gone, 1 container gone.",
		},
		"a name moved": {
			func(e *fakeEngine) {
				e.images[0].RepoTags, e.images[1].RepoTags = []string{"base:1", "hola:1"}, []string{"hola:latest"}
			},
			"Desde que empezaste: 1 nombre nuevo para una imagen que ya estaba (hola:1), 1 nombre menos (hola:1).",
			"Since you began: 1 new name for an image that was there (hola:1), 1 name gone (hola:1).",
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := before()
			b, err := TakeBaseline(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			tt.change(e)
			text, err := NewFacts(e, Scope{Baseline: b}).Difference(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for lang, want := range map[string]string{"es": tt.es, "en": tt.en} {
				if got := message.For(lang).Say(text); got != want {
					t.Errorf("got  %q\nwant %q", got, want)
				}
			}
			for _, img := range e.images {
				for _, n := range shownNames(img.RepoTags) {
					if !b.saw(n) {
						t.Errorf("%s is there, and was not seen: %v", n, b.Since)
					}
				}
			}
		})
	}
}

func TestGoneCountsWhatWasSeenSince(t *testing.T) {
	e := exampleEngine()
	b := exampleBaseline()
	if _, err := NewFacts(e, Scope{Baseline: b}).Difference(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.images = e.images[:1]
	if got := Overall(ask(t, e, b, "- {image: hola, gone: true}")); got != Pass {
		t.Errorf("got %v", got)
	}
}
