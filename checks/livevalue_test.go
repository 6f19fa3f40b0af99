package checks

import (
	"slices"
	"strings"
	"testing"
)

func TestLiveValue(t *testing.T) {
	e := exampleEngine()
	e.images[1].RepoDigests = []string{"localhost:5018/ana/hola@" + id("f"), "hola@" + id("d")}
	e.images[1].Size = 1_999_000 // as a store has it that keeps layers compressed
	for _, tt := range []struct {
		kind, best string
		also, not  []string
	}{
		{"layers", "3", nil, []string{"6"}},
		{"size", "4.2MB", []string{"4.2 MB", "4,2MB", "4MB", "4200005", "4200005 bytes", "2MB", "1.999MB"}, []string{"5MB", "4"}},
		{"id", strings.Repeat("a", 12), []string{id("a"), strings.Repeat("a", 64), "sha256:" + strings.Repeat("a", 12)}, []string{"a"}},
		{"digest", id("d"), []string{strings.Repeat("d", 64), strings.Repeat("d", 12), "hola@" + id("d")}, []string{id("f")}},
		{"tags", "hola:1, hola:latest", []string{"hola:latest,hola:1", "hola:latest hola:1", "1, latest", "latest,1"}, []string{"hola:1"}},
		{"config cmd", "ls /taller", []string{`["/bin/sh","-c","ls /taller"]`, `["/bin/sh", "-c", "ls /taller"]`, "/bin/sh -c ls /taller", "[/bin/sh -c ls /taller]"}, nil},
		{"config user", "app", nil, []string{"root"}},
		{"config workdir", "/taller", nil, nil},
		{"config stopsignal", "SIGQUIT", nil, nil},
		{"config ports", "80/tcp", []string{"80"}, nil},
		{"config volumes", "/datos", nil, nil},
		{"config env COLOR", "azul", []string{"COLOR=azul"}, nil},
		{"config label autora", "Ana", nil, nil},
	} {
		forms, err := LiveValue(t.Context(), NewFacts(e, Scope{}), tt.kind, "hola:1")
		if err != nil || forms[0] != tt.best {
			t.Errorf("%s: %v, %v, want %q first", tt.kind, forms, err, tt.best)
		}
		for _, want := range tt.also {
			if !slices.Contains(forms, want) {
				t.Errorf("%s: %q is not accepted: %q", tt.kind, want, forms)
			}
		}
		for _, not := range tt.not {
			if slices.Contains(forms, not) {
				t.Errorf("%s: %q is accepted", tt.kind, not)
			}
		}
	}
}

func TestLiveValueThatIsNotThereIsAnError(t *testing.T) {
	for _, tt := range []struct{ kind, ref, want string }{
		{"layers", "nadie:1", "no such image"},
		{"layers", "ajena:1", "only for another platform"},
		{"weight", "hola:1", `unknown value "weight" of an image`},
		{"", "hola:1", "unknown value"},
		{"digest", "hola:1", "neither pulled nor pushed"},
		{"config", "hola:1", "no field"},
		{"config shoes", "hola:1", `unknown field "shoes"`},
		{"config env", "hola:1", "want its name"},
		{"config env NADA", "hola:1", "env NADA is not set"},
	} {
		if forms, err := LiveValue(t.Context(), NewFacts(exampleEngine(), Scope{}), tt.kind, tt.ref); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s of %s: %v, %v", tt.kind, tt.ref, forms, err)
		}
	}
}

func TestOrdersOfManyStayFew(t *testing.T) {
	if got := len(orders(strings.Fields("a b c d e"))); got != 120 {
		t.Errorf("%d orders of five", got)
	}
	if got := len(orders(strings.Fields("a b c d e f g h"))); got != 2 {
		t.Errorf("%d orders of eight", got)
	}
}
