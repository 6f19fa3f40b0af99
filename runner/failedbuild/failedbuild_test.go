package failedbuild

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"capas/internal/message"
)

// workspace makes a folder with files; a name that ends in a slash is a folder.
func workspace(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(full, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// said is an explanation as it is told, its parts on lines of their own.
func said(lang string, e Explanation) string {
	say := message.For(lang)
	var lines []string
	for _, text := range []message.Text{e.What, e.Found, e.Near, e.Next} {
		if !text.IsZero() {
			lines = append(lines, say.Say(text))
		}
	}
	return strings.Join(lines, "\n")
}

func TestNothingToSay(t *testing.T) {
	good := map[string]string{"Dockerfile": "FROM base:1\nCOPY a /\n", "a": "x", "hola/Dockerfile": "FROM base:1\n"}
	for _, command := range []string{
		"", "ls", "docker run x", "docker build 'unclosed", "docker build .", "docker build -t $NAME .", "docker build hola", "cd hola && docker build .",
		"docker build $FOLDER", "docker build -f $FILE .", "docker build https://example.com/x.git", "docker build -", "docker build - < Dockerfile",
		"docker build -t hola:1 --push .", "sudo -E docker build --network none .", "docker -H unix:///x image build -qt a:1 .", "docker buildx build --load .",
		"docker build $(cat flags) .", "docker build --no-cache --pull --build-arg A=1 --label a=b -t a -t b:2 -f Dockerfile .", "podman build nada",
	} {
		if e, ok := Explain(t.Context(), Build{Command: command, Dir: workspace(t, good)}); ok {
			t.Errorf("%s: %s", command, said("en", e))
		}
	}
}
