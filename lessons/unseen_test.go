package lessons

import (
	"testing"

	"capas/internal/strictyaml"
)

func TestUnseenNamesAQuiz(t *testing.T) {
	n, err := strictyaml.Parse([]byte("- asked: history\n  unseen: rows\n- asked: pull\n  unseen: layres\n"))
	if err != nil {
		t.Fatal(err)
	}
	k := &lint{}
	k.unseen(&Lesson{File: "es/20-capas.md"}, n, []string{"rows", "layers"})
	if len(k.list) != 1 || k.list[0].Error() != `es/20-capas.md:4:11: unseen: no quiz of the lesson has the id "layres" (did you mean "layers"?)` {
		t.Errorf("%v", k.list)
	}
}
