package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"capas/internal/message"
)

// manPages writes the pages, speaking Spanish, and returns where.
func manPages(t *testing.T) (dir string, pages []string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "man1")
	var out, errs bytes.Buffer
	env := func(name string) string { return map[string]string{"LANG": "es_ES.UTF-8"}[name] }
	if code := run(context.Background(), []string{"man", dir}, nil, &out, &errs, env); code != exitDone {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	if want := filepath.Join(dir, "capas.1"); !strings.Contains(out.String(), want) {
		t.Errorf("it says %q, and not %s", out.String(), want)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) < 10 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	return dir, pages
}

func TestManPagesSayWhatTheManualAndTheCommandsSay(t *testing.T) {
	dir, _ := manPages(t)
	for page, words := range map[string][]string{
		"capas.1":                 {"teaches Docker images in the terminal", "Waiting mode", "capas show LESSON [STEP]", "DOCKER_CONFIG", "wrong usage", "checks.want", "capas-check(1)"},
		"capas-check.1":           {"Ask Docker whether an exercise is done", "check [LESSON[/ITEM]]", "answer in JSON", "capas(1)"},
		"capas-completion-fish.1": {"capas completion fish | source"},
	} {
		text, err := os.ReadFile(filepath.Join(dir, page))
		if err != nil {
			t.Error(err)
			continue
		}
		plain := strings.NewReplacer(`\-`, "-", `\fB`, "", `\fP`, "", `\fR`, "", `\&`, "").Replace(string(text))
		for _, want := range words {
			if !strings.Contains(plain, want) {
				t.Errorf("%s does not say %q:\n%s", page, want, text)
			}
		}
	}
}

// The formatter that Debian's man uses finds nothing to warn of. Where it is missing nothing can be said of the pages.
func TestManPagesAreWellFormed(t *testing.T) {
	if _, err := exec.LookPath("groff"); err != nil {
		t.Skip("groff is missing")
	}
	_, pages := manPages(t)
	for _, page := range pages {
		cmd := exec.Command("groff", "-man", "-ww", "-K", "utf8", "-T", "utf8", "-P-cbou", "-rLL=80n", page)
		var warnings bytes.Buffer
		cmd.Stderr = &warnings
		shown, err := cmd.Output()
		if err != nil || warnings.Len() > 0 {
			t.Errorf("%s: %v\n%s", filepath.Base(page), err, warnings.String())
		}
		for line := range strings.Lines(string(shown)) {
			if plain := message.Clean(strings.TrimRight(line, "\n")); utf8.RuneCountInString(plain) > 80 {
				t.Errorf("%s: a line is wider than 80 columns. Break it in doc.go, the rest under where its meaning begins:\n%s", filepath.Base(page), plain)
			}
		}
	}
}

func TestAManFolderThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	env := func(string) string { return "" }
	code := run(context.Background(), []string{"man", file}, nil, &out, &errs, env)
	if code != exitUsage || !strings.Contains(errs.String(), "capas: error: No puedo escribir "+file) || !strings.Contains(errs.String(), "capas: hint: ") {
		t.Errorf("exit %d: %s", code, errs.String())
	}
}
