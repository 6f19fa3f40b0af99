package scene

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/pkg/jsonmessage"

	"capas/lessons"
)

// pull asks for the practice base though it may be there: it may be that of an older capas. Where it cannot be renewed, that one
// serves.
func (s *Scene) pull(ctx context.Context, ref string) error {
	f, err := s.image(ctx, ref)
	if err != nil {
		return err
	}
	there := f.id != ""
	if s.Base != nil {
		if made, err := s.Base(ctx, ref); err == nil && made || err != nil && !there {
			return err
		}
	}
	if there {
		return nil
	}
	stream, err := s.Engine.ImagePull(ctx, ref, image.PullOptions{})
	if err != nil {
		return fmt.Errorf("pulling %q: %w", ref, err)
	}
	defer stream.Close()
	if err := outcome(stream); err != nil {
		return fmt.Errorf("pulling %q: %w", ref, err)
	}
	return nil
}

// build makes the image anew on Renew though its label may say that it is ours already: an image made from it has the label
// too. What did not change comes from the builder's cache, with the same id.
func (s *Scene) build(ctx context.Context, b *lessons.SceneBuild) error {
	f, err := s.image(ctx, b.Tag)
	switch {
	case err != nil:
		return err
	case f.id != "" && !f.ours:
		return &Foreign{Name: b.Tag}
	case f.id != "" && !s.Renew:
		return nil
	}
	files, err := buildContext(b)
	if err != nil {
		return err
	}
	answer, err := s.Engine.ImageBuild(ctx, files, build.ImageBuildOptions{
		Tags: []string{b.Tag}, Labels: map[string]string{Label: b.Tag}, Remove: true, ForceRemove: true,
	})
	if err != nil {
		return fmt.Errorf("building %q: %w", b.Tag, err)
	}
	defer answer.Body.Close()
	if err := outcome(answer.Body); err != nil {
		return fmt.Errorf("building %q: %w", b.Tag, err)
	}
	return nil
}

func buildContext(b *lessons.SceneBuild) (io.Reader, error) {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	files := maps.Clone(b.Files)
	if files == nil {
		files = map[string]string{}
	}
	files["Dockerfile"] = b.Dockerfile
	for _, name := range slices.Sorted(maps.Keys(files)) {
		content := files[name]
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
			return nil, fmt.Errorf("build context of %q: %w", b.Tag, err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			return nil, fmt.Errorf("build context of %q: %w", b.Tag, err)
		}
	}
	return &buf, w.Close()
}

// outcome reads a stream of progress to its end: it answered 200 long before it failed.
func outcome(stream io.Reader) error {
	return jsonmessage.DisplayJSONMessagesStream(stream, io.Discard, 0, false, nil)
}

func (s *Scene) tag(ctx context.Context, from, to string) error {
	source, err := s.image(ctx, from)
	if err != nil {
		return err
	}
	target, err := s.image(ctx, to)
	switch {
	case err != nil:
		return err
	case target.id != "" && target.id == source.id:
		return nil
	case target.id != "" && !target.ours:
		return &Foreign{Name: to}
	case target.id != "" && !s.Renew:
		return nil
	}
	if err := s.Engine.ImageTag(ctx, from, to); err != nil {
		return fmt.Errorf("tagging %q as %q: %w", from, to, err)
	}
	return nil
}

func (s *Scene) absent(ctx context.Context, ref string) error {
	f, err := s.image(ctx, ref)
	switch {
	case err != nil || f.id == "":
		return err
	case !f.ours:
		return &Foreign{Name: ref}
	}
	if _, err := s.Engine.ImageRemove(ctx, ref, image.RemoveOptions{Force: true}); err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("removing %q: %w", ref, err)
	}
	return nil
}
