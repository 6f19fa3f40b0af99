package checks

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
)

func TestStepReadsAsInADockerfile(t *testing.T) {
	for command, want := range map[string]string{
		"touch x && ls": "RUN touch x && ls",
		"#(nop) COPY file:0123456789abcdef0123 in /srv/ ": "COPY … /srv/",
		"#(nop) ADD multi:0123456789abcdef0123 in /srv/ ": "ADD … /srv/",
		"#(nop) COPY --chown=1:1 dir:0123456789abc in / ": "COPY --chown=1:1 … /",
		`#(nop)  CMD ["/bin/sh" "-c" "ls /"]`:             "CMD ls /",
		"#(nop) WORKDIR /srv":                             "WORKDIR /srv",
	} {
		if got := stepText(command); got != want {
			t.Errorf("%s: got %q, want %q", command, got, want)
		}
	}
}

// A build that stops at its first step leaves no image, not even half of one: only the container of the classic builder.
func TestABuildThatStoppedAtItsFirstStepLeavesAContainer(t *testing.T) {
	made := time.Now().Add(-time.Hour)
	old := bareImage("a", "pan:1")
	old.Created, old.RootFS.Layers = made.Format(time.RFC3339Nano), []string{"uno"}
	old.history = []image.HistoryResponseItem{{CreatedBy: "/bin/sh -c touch /harina"}}
	e := &fakeEngine{images: []fakeImage{old, bareImage("b", "base:1")}}
	b, err := TakeBaseline(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte("FROM base:1\nRUN nadie\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	e.containers = []*fakeContainer{{exit: 127, Summary: container.Summary{
		ID: "111", Names: []string{"/happy_name"}, Image: id("b"), ImageID: id("b"), Command: "/bin/sh -c nadie", State: "exited", Created: time.Now().Unix() + 1,
	}}}
	f := NewFacts(e, Scope{Baseline: b, Workspace: dir})
	defer f.Close()
	results := Evaluate(t.Context(), f, mustParse(t, "- {image: pan:1, layers: 2}"))
	said := feedback(t, results)
	for _, want := range []string{message.For("es").Sayf("near.stopped", message.Data{"Image": "pan:1", "Step": "RUN nadie"}), "`-t pan:1`"} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing says %q:\n%s", want, said)
		}
	}
}
