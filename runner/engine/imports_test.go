package engine

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// light are the packages of docker/cli that bring neither its commands nor exporters of telemetry along.
var light = []string{
	"github.com/docker/cli/cli/config",
	"github.com/docker/cli/cli/context",
	"github.com/docker/cli/cli/context/docker", // with cli/connhelper, for ssh
	"github.com/docker/cli/cli/context/store",
	"github.com/docker/cli/opts",
}

func TestOnlyLightPackagesOfDockersCommand(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("found no files", err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(path, "github.com/docker/cli/") && !slices.Contains(light, path) {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}
