// Package coursetest makes courses of any size for tests and benchmarks.
//
// It knows the form of a lesson as authors write it, and nothing of who reads it.
package coursetest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Write makes a course of lessons called lesson-0 and so on, each in Spanish and in English and of about 8 kB, and returns its folder.
// It is removed at the end of the test.
func Write(t testing.TB, lessons int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	course := "id: large\nversion: \"1\"\nlanguage: es\ntitle: {es: Un curso grande, en: A large course}\nlessons:\n"
	for n := range lessons {
		id := fmt.Sprintf("lesson-%d", n)
		course += "  - " + id + "\n"
		write(t, filepath.Join(dir, "es", fmt.Sprintf("%04d-leccion.md", n)), Lesson(id))
		write(t, filepath.Join(dir, "en", fmt.Sprintf("%04d-lesson.md", n)), Lesson(id))
	}
	write(t, filepath.Join(dir, "course.yaml"), course)
	return dir
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Lesson is one of five steps, each with prose, an exercise and a quiz: about 8 kB.
func Lesson(id string) string {
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
