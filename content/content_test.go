package content_test

import (
	"io/fs"
	"strings"
	"testing"

	"capas/content"
)

func TestDockerImages(t *testing.T) {
	for _, pattern := range []string{"course.yaml", "es/*.md"} {
		files, err := fs.Glob(content.DockerImages, pattern)
		if err != nil || len(files) == 0 {
			t.Errorf("%s: found no files (%v)", pattern, err)
		}
		for _, name := range files {
			text, err := fs.ReadFile(content.DockerImages, name)
			if err != nil || strings.TrimSpace(string(text)) == "" {
				t.Errorf("%s is empty (%v)", name, err)
			}
		}
	}
}
