package lessons_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"capas/lessons"
)

// realistic is a lesson of five steps, each with prose, an exercise and a quiz: about 8 kB.
func realistic(id string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "---\nid: %s\ntitle: Una lección\nsummary: De qué está hecha una imagen\nminutes: 12\n---\nAl empezar.\n\n", id)
	for i := range 5 {
		fmt.Fprintf(&b, "## Paso %d\n\n%s\n", i, strings.Repeat("Una imagen es una pila de capas, y cada capa guarda `lo que cambia`.\n", 10))
		fmt.Fprintf(&b, "- uno\n- dos\n\n```sh\ndocker history ubuntu:24.04\n```\n\n")
		fmt.Fprintf(&b, "```exercise %s-e%d\ngoal: Pide la historia de `web:1`\nchecks:\n  - image: web:1\n    exists: true\n  - file: Dockerfile\nhints:\n  - Hay un subcomando.\n  - Se llama history.\nsolution: |\n  docker history web:1\n```\n\n", id, i)
		fmt.Fprintf(&b, "```quiz %s-q%d\n¿Por qué hay más filas que capas?\n\n- [x] Hay instrucciones que sólo configuran\n  > Así es.\n- [ ] Cuenta los contenedores\n  > No.\n\n> Mira RootFS.\n```\n\n", id, i)
	}
	return b.String()
}

func thousand() fstest.MapFS {
	files := fstest.MapFS{}
	var order strings.Builder
	for i := range 1000 {
		id := fmt.Sprintf("lesson-%d", i)
		fmt.Fprintf(&order, "  - %s\n", id)
		files[fmt.Sprintf("es/%04d-leccion.md", i)] = &fstest.MapFile{Data: []byte(realistic(id))}
	}
	files["course.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(courseYAML, "  - one\n  - two\n", order.String(), 1))}
	return files
}

func BenchmarkParse(b *testing.B) {
	src := []byte(realistic("x"))
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := lessons.Parse(caseFile, src, courseVars); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHeadings(b *testing.B) {
	c := open(b, thousand())
	b.ReportAllocs()
	for b.Loop() {
		if list, err := c.Headings("es"); err != nil || len(list) != 1000 {
			b.Fatal(len(list), err)
		}
	}
}

func BenchmarkLesson(b *testing.B) {
	c := open(b, thousand())
	for b.Loop() {
		if _, err := c.Lesson("es", "lesson-999"); err != nil {
			b.Fatal(err)
		}
	}
}

func TestAThousandLessons(t *testing.T) {
	c := open(t, thousand())
	list, err := c.Headings("es")
	if err != nil || len(list) != 1000 || len(list[999].Items) != 10 {
		t.Fatalf("%d lessons, %v", len(list), err)
	}
	if l, err := c.Lesson("es", "lesson-999"); err != nil || l.ID != "lesson-999" {
		t.Errorf("%v, %v", l, err)
	}
}
