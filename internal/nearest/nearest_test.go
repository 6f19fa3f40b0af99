package nearest_test

import (
	"testing"

	"capas/internal/nearest"
)

func TestWord(t *testing.T) {
	subjects := []string{"image", "images", "container", "file", "run"}
	for _, tc := range []struct {
		word  string
		known []string
		want  string
	}{
		{"imge", subjects, "image"},
		{"imagen", subjects, "image"},
		{"Image", subjects, "image"},
		{"contaner", subjects, "container"},
		{"cnotainer", subjects, "container"},
		{"fil", subjects, "file"},
		{"ran", subjects, "run"},
		{"image", subjects, "image"},
		{"layers", subjects, ""},
		{"xyz", subjects, ""},
		{"", subjects, ""},
		{"image", nil, ""},
		{"café", []string{"cafe"}, "cafe"},
		{"web:v1", []string{"web:v2", "db:v1"}, "web:v2"},
	} {
		if got := nearest.Word(tc.word, tc.known); got != tc.want {
			t.Errorf("Word(%q, %q) = %q, want %q", tc.word, tc.known, got, tc.want)
		}
	}
}
