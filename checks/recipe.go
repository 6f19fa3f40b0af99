package checks

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/kballard/go-shellquote"

	"capas/internal/message"
)

// recipe is a Dockerfile of the workspace.
type recipe struct {
	path  string
	saved time.Time
	*dockerfile
}

// allRecipes are the Dockerfiles of the workspace that docker can read, the last saved first. Of a workspace that cannot be looked
// at there are none: who asks for them looks for a clue only.
func (f *Facts) allRecipes(ctx context.Context) ([]recipe, error) {
	return f.recipes.get(ctx, "", func(context.Context) ([]recipe, error) { return findRecipes(f.scope.Workspace), nil })
}

func findRecipes(workspace string) []recipe {
	root, err := openWorkspace(workspace)
	if err != nil {
		return nil
	}
	defer root.Close()
	var list []recipe
	for _, name := range walk(root.FS(), false) {
		if path.Base(name) != "Dockerfile" {
			continue
		}
		info, err := root.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		content, err := readWorkspaceFile(root, name, maxDockerfileSize)
		if err != nil {
			continue
		}
		if d, problem := readDockerfile(content); problem == nil {
			list = append(list, recipe{name, info.ModTime(), d})
		}
	}
	slices.SortStableFunc(list, func(a, b recipe) int { return b.saved.Compare(a.saved) })
	return list
}

// made reports whether the newest rows of a history are what the last stage says.
func (r recipe) made(rows []string) bool { return areRows(r.lastStage(), rows) }

// lastStage are the lines behind the last FROM.
func (r recipe) lastStage() []dockerfileLine {
	var own []dockerfileLine
	for _, line := range r.lines {
		if own = append(own, line); line.word == "FROM" {
			own = nil
		}
	}
	return own
}

// areRows reports whether the newest rows of a history can come from these lines.
func areRows(lines []dockerfileLine, rows []string) bool {
	if len(lines) > len(rows) {
		return false
	}
	for i, line := range lines {
		if !line.isRow(rows[len(lines)-1-i]) {
			return false
		}
	}
	return true
}

// unreachedStep is the line of a Dockerfile at which a build of it stopped that came as far as this image; "" where the image is not
// the beginning of what one of them says, or all of it.
func (f *Facts) unreachedStep(ctx context.Context, half image.Summary) (string, error) {
	recipes, err := f.allRecipes(ctx)
	isLater := func(r recipe) bool { return half.Created < r.saved.Unix() }
	recipes = slices.DeleteFunc(slices.Clone(recipes), isLater) // a copy: others read the list too
	if err != nil || len(recipes) == 0 {
		return "", err
	}
	rows, err := f.history(ctx, image.InspectResponse{ID: half.ID})
	if err != nil {
		return "", err
	}
	said := rowTexts(rows)
	isWhole := func(r recipe) bool { return len(r.lastStage()) > 0 && r.made(said) }
	if slices.ContainsFunc(recipes, isWhole) {
		return "", nil
	}
	for _, r := range recipes {
		if step := r.stepAfter(said); step != "" {
			return step, nil
		}
	}
	return "", nil
}

// stepAfter is the first line of the last stage that is not in a history which ends with those before it; "" where not even the first
// of them is in it.
func (r recipe) stepAfter(rows []string) string {
	lines := r.lastStage()
	for n := len(lines) - 1; n > 0; n-- {
		if areRows(lines[:n], rows) {
			return lines[n].word + " " + lines[n].text
		}
	}
	return ""
}

// isRow reports whether a row of a history can come from a line of a Dockerfile. What cannot be told from the row, which names
// contents and not files and has no variables any more, is taken to be the same.
func (l dockerfileLine) isRow(row string) bool {
	word, text, _ := strings.Cut(row, " ")
	if word != l.word {
		return false
	}
	written := withoutFlags(l.text)
	switch {
	case strings.Contains(written, "$"), strings.Contains(written, "<<"), word == "HEALTHCHECK":
		return true
	case word == "COPY", word == "ADD":
		return sameDestination(written, text)
	case word == "WORKDIR":
		return strings.HasSuffix(path.Clean(text), path.Clean("/"+squeezed(written)))
	case word == "VOLUME", word == "RUN":
		return strings.Trim(squeezed(written), "[]") == strings.Trim(squeezed(text), "[]")
	}
	return squeezed(written) == squeezed(text)
}

func withoutFlags(text string) string {
	for strings.HasPrefix(text, "--") {
		_, text, _ = strings.Cut(text, " ")
	}
	return text
}

// squeezed leaves out what builders write in ways of their own.
func squeezed(text string) string {
	return strings.NewReplacer(`"`, "", "'", "", ",", "", " ", "", "=", "", "/tcp", "").Replace(text)
}

func sameDestination(written, row string) bool {
	last := func(s string) string {
		fields := strings.Fields(s)
		return strings.Trim(fields[len(fields)-1], `"],`)
	}
	if strings.TrimSpace(row) == "" || strings.TrimSpace(written) == "" {
		return true
	}
	to := last(written)
	return !path.IsAbs(to) || path.Clean(to) == path.Clean(last(row))
}

// unbuiltClue speaks of the Dockerfile that was saved after an image was made and says something else than what it was made from:
// it was not built since. One that begins from base, where that is given, did not make it in any case.
func (f *Facts) unbuiltClue(ctx context.Context, ref string, img image.InspectResponse, base string) (clue, error) {
	recipes, err := f.allRecipes(ctx)
	made, unknown := time.Parse(time.RFC3339Nano, img.Created)
	if err != nil || unknown != nil || len(recipes) == 0 || !recipes[0].saved.After(made) {
		return clue{}, err
	}
	rows, err := f.history(ctx, img)
	if err != nil {
		return clue{}, err
	}
	said := rowTexts(rows)
	madeIt := func(r recipe) bool { return r.made(said) && !r.isFrom(base) }
	if slices.ContainsFunc(recipes, madeIt) {
		return clue{}, nil
	}
	newer, err := f.madeSince(ctx, recipes[0].saved, img.ID)
	isNamed := func(img image.Summary) bool { return len(img.RepoTags) > 0 }
	if err != nil || slices.ContainsFunc(newer, isNamed) {
		return clue{}, err
	}
	if len(newer) > 0 {
		return f.unnamedClue(ctx, ref)
	}
	if found, err := f.stoppedClue(ctx, ref, recipes[0].saved); err != nil || !found.near.IsZero() {
		return found, err
	}
	data := message.Data{"Image": ref, "Path": recipes[0].path, "Folder": shellquote.Join(path.Dir(recipes[0].path))}
	return clue{near: message.New("near.unbuilt", data), next: message.New("near.unbuilt-next", data)}, nil
}

func (r recipe) isFrom(base string) bool {
	return base != "" && isSameBase(splitReference(base), splitReference(r.shipped()[0].base))
}

// madeSince are the other images of this attempt that are no older than a recipe, as far as seconds tell: they may have been made
// from it, and those without a name are perhaps as far as it got.
func (f *Facts) madeSince(ctx context.Context, saved time.Time, than string) ([]image.Summary, error) {
	list, err := f.allImages(ctx)
	isOther := func(img image.Summary) bool { return img.ID == than || f.isOld(img.ID) || img.Created < saved.Unix() }
	return slices.DeleteFunc(slices.Clone(list), isOther), err // a copy: others read the list too
}

// stoppedClue speaks of a build that stopped at its first instruction, after a recipe was saved: no image is left of it.
func (f *Facts) stoppedClue(ctx context.Context, ref string, saved time.Time) (clue, error) {
	step, failed, err := f.buildStep(ctx, func(c container.Summary) bool { return c.Created >= saved.Unix() })
	if !failed {
		return clue{}, err
	}
	data := message.Data{"Image": ref, "Step": step}
	return clue{near: message.New("near.stopped", data), next: message.New("checks.image.stopped-next", data)}, err
}

// unsavedClue says that no Dockerfile was saved since the attempt began.
func (f *Facts) unsavedClue(ctx context.Context) (message.Text, error) {
	recipes, err := f.allRecipes(ctx)
	if err != nil || len(recipes) == 0 || !recipes[0].saved.Before(f.scope.Baseline.Time) {
		return message.Text{}, err
	}
	return message.New("near.unsaved"), nil
}
