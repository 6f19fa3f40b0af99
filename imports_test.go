// Package capas_test holds what is true of the repository as a whole.
package capas_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "capas"

// layers in which imports run one way: a package may import those further right. What stands under internal is below them all.
var layers = []string{"cmd", "runner", "lessons", "checks", "internal"}

// leaves are imported by others and import nothing of ours.
var leaves = []string{"content"}

// onlyIn are the libraries that sit behind packages of ours: prefix of an import path, and the folders that may import it.
var onlyIn = []struct {
	library string
	folders []string
}{
	{"github.com/charmbracelet/glamour", []string{"runner/render"}},
	{"github.com/AlecAivazis/survey/v2", []string{"runner"}},
	{"github.com/yuin/goldmark", []string{"lessons", "runner/render"}},
	{"github.com/docker/docker/client", []string{"checks", "runner", "internal/enginetest"}},
	{"github.com/docker/cli/cli/command", []string{"runner/dockercli"}},
}

// readByTests are libraries that a test may read to compare with, wherever it stands: nothing of them is in the program for it.
var readByTests = []string{"github.com/docker/cli/cli/command"}

func TestImportsRunOneWay(t *testing.T) {
	list, err := imports(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatal("found no imports")
	}
	for _, i := range list {
		if wrong := i.wrong(); wrong != "" {
			t.Errorf("%s: %s", i.place, wrong)
		}
	}
}

// anImport is one import of one file.
type anImport struct {
	place  string // file:line
	folder string // of the file
	path   string // what is imported
	test   bool   // by a test
}

// imports reads those of every Go file; folders that Go does not build are passed by.
func imports(files fs.FS) ([]anImport, error) {
	var list []anImport
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || len(name) > 1 && strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		of, err := importsOf(files, name)
		list = append(list, of...)
		return err
	})
	return list, err
}

func importsOf(files fs.FS, name string) ([]anImport, error) {
	src, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, src, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var list []anImport
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		list = append(list, anImport{
			place:  name + ":" + strconv.Itoa(set.Position(spec.Pos()).Line),
			folder: path.Dir(name), path: imported, test: strings.HasSuffix(name, "_test.go"),
		})
	}
	return list, nil
}

// wrong says what is wrong with an import, or nothing.
func (i anImport) wrong() string {
	ours, ok := strings.CutPrefix(i.path, module+"/")
	if !ok {
		return i.wrongLibrary()
	}
	from, to := slices.Index(layers, top(i.folder)), slices.Index(layers, top(ours))
	switch {
	case ours == "internal/enginetest":
		if !i.test {
			return i.folder + " imports " + ours + ", which is for tests"
		}
	case i.folder == "internal/enginetest" && (ours == "runner/box" || i.test):
	case i.folder == "." && i.test:
	case ours == i.folder: // a test from outside
	case slices.Contains(leaves, top(i.folder)):
		return i.folder + " imports " + ours + ": it is a leaf"
	case slices.Contains(leaves, top(ours)):
	case from < 0:
		return i.folder + " is no part of the layout: " + strings.Join(layers, " → ")
	case to < 0:
		return ours + " is no part of the layout: " + strings.Join(layers, " → ")
	case to < from:
		return i.folder + " imports " + ours + ": that arrow runs back (" + strings.Join(layers, " → ") + ")"
	}
	return ""
}

func (i anImport) wrongLibrary() string {
	for _, rule := range onlyIn {
		if i.path != rule.library && !strings.HasPrefix(i.path, rule.library+"/") {
			continue
		}
		if i.test && slices.Contains(readByTests, rule.library) {
			continue
		}
		if !slices.ContainsFunc(rule.folders, i.within) {
			return i.folder + " imports " + rule.library + ": only " + strings.Join(rule.folders, " and ") + " may"
		}
	}
	return ""
}

func (i anImport) within(folder string) bool {
	return i.folder == folder || strings.HasPrefix(i.folder, folder+"/")
}

func top(folder string) string {
	first, _, _ := strings.Cut(folder, "/")
	return first
}

// The test of the test: in a made-up tree every arrow back is caught, and every right one passes.
func TestImportsCatchesWhatRunsBack(t *testing.T) {
	for _, tc := range []struct {
		file, imports, want string
	}{
		{"cmd/capas/main.go", "capas/runner", ""},
		{"cmd/capas/main.go", "capas/content", ""},
		{"runner/step.go", "capas/checks", ""},
		{"runner/step.go", "capas/runner/render", ""},
		{"lessons/parse.go", "capas/checks", ""},
		{"checks/image.go", "capas/internal/message", ""},
		{"checks/image_test.go", "capas/internal/enginetest", ""},
		{"internal/enginetest/base.go", "capas/runner/box", ""},
		{"internal/strictyaml/parse.go", "capas/internal/nearest", ""},
		{"imports_test.go", "capas/cmd/capas", ""},
		{"content/content_test.go", "capas/content", ""},
		{"testdata/any.go", "capas/nowhere", ""},

		{"runner/step.go", "capas/cmd/capas", "runner imports cmd/capas: that arrow runs back"},
		{"lessons/parse.go", "capas/runner", "lessons imports runner: that arrow runs back"},
		{"lessons/parse_test.go", "capas/runner", "lessons imports runner: that arrow runs back"},
		{"checks/image.go", "capas/lessons", "checks imports lessons: that arrow runs back"},
		{"checks/layers/tar.go", "capas/runner/engine", "checks/layers imports runner/engine: that arrow runs back"},
		{"internal/message/say.go", "capas/checks", "internal/message imports checks: that arrow runs back"},
		{"internal/enginetest/base.go", "capas/checks", "internal/enginetest imports checks: that arrow runs back"},
		{"runner/box/box.go", "capas/internal/enginetest", "runner/box imports internal/enginetest, which is for tests"},
		{"content/content.go", "capas/lessons", "content imports lessons: it is a leaf"},
		{"content/content.go", "capas/internal/message", "content imports internal/message: it is a leaf"},
		{"util/text.go", "capas/checks", "util is no part of the layout"},
		{"runner/step.go", "capas/util", "util is no part of the layout"},

		{"runner/render/page.go", "github.com/charmbracelet/glamour/ansi", ""},
		{"runner/step.go", "github.com/charmbracelet/glamour", "runner imports github.com/charmbracelet/glamour: only runner/render may"},
		{"cmd/capas/ask.go", "github.com/AlecAivazis/survey/v2/terminal", "cmd/capas imports github.com/AlecAivazis/survey/v2: only runner may"},
		{"checks/text.go", "github.com/yuin/goldmark/ast", "checks imports github.com/yuin/goldmark: only lessons and runner/render may"},
		{"lessons/parse.go", "github.com/yuin/goldmark/text", ""},
		{"lessons/parse.go", "github.com/docker/docker/client", "lessons imports github.com/docker/docker/client: only checks and runner and internal/enginetest may"},
		{"runner/engine/dial.go", "github.com/docker/docker/client", ""},
		{"runner/dockercli/root.go", "github.com/docker/cli/cli/command/image", ""},
		{"lessons/flags_test.go", "github.com/docker/cli/cli/command/image", ""},
		{"lessons/flags.go", "github.com/docker/cli/cli/command/image", "lessons imports github.com/docker/cli/cli/command: only runner/dockercli may"},
		{"runner/engine/flags.go", "github.com/docker/cli/cli/command", "runner/engine imports github.com/docker/cli/cli/command: only runner/dockercli may"},
		{"runner/engine/target.go", "github.com/docker/cli/cli/config", ""},
	} {
		src := "package any\n\nimport _ " + strconv.Quote(tc.imports) + "\n"
		list, err := imports(fstest.MapFS{tc.file: {Data: []byte(src)}})
		if err != nil {
			t.Errorf("%s: %v", tc.file, err)
			continue
		}
		got := ""
		for _, i := range list {
			got += i.wrong()
		}
		if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
			t.Errorf("%s imports %s: %q, want %q", tc.file, tc.imports, got, tc.want)
		}
	}
}
