package checks

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	units "github.com/docker/go-units"

	"github.com/docker/docker/api/types/image"
)

// LiveValue is the answer that the engine gives now to a question about an image: kind is "layers", "size", "id", "digest",
// "tags" or "config" (with the field after it, "config cmd"; of a variable or a label with its name, "config env PATH").
// It returns every form that is accepted, the best first; the forms differ in more than case and outer blanks.
func LiveValue(ctx context.Context, f *Facts, kind, ref string) ([]string, error) {
	words := strings.Fields(kind)
	if len(words) == 0 || liveKinds[words[0]] == nil {
		return nil, fmt.Errorf("unknown value %q of an image: want one of %s", kind, strings.Join(slices.Sorted(maps.Keys(liveKinds)), ", "))
	}
	img, err := f.image(ctx, ref)
	switch {
	case err != nil:
		return nil, err
	case isForeign(img):
		return nil, fmt.Errorf("image %q: %w", ref, errForeign)
	}
	forms, err := liveKinds[words[0]](ctx, f, img, ref, words[1:])
	if err != nil {
		return nil, fmt.Errorf("%s of image %q: %w", kind, ref, err)
	}
	return unique(forms), nil
}

var liveKinds = map[string]func(ctx context.Context, f *Facts, img image.InspectResponse, ref string, field []string) ([]string, error){
	"layers": func(_ context.Context, _ *Facts, img image.InspectResponse, _ string, _ []string) ([]string, error) {
		return []string{strconv.Itoa(len(img.RootFS.Layers))}, nil
	},
	"size": liveSize,
	"id": func(_ context.Context, _ *Facts, img image.InspectResponse, _ string, _ []string) ([]string, error) {
		full := strings.TrimPrefix(img.ID, "sha256:")
		return []string{shortID(img.ID), img.ID, full, "sha256:" + shortID(img.ID)}, nil
	},
	"digest": func(_ context.Context, _ *Facts, img image.InspectResponse, ref string, _ []string) ([]string, error) {
		return digestForms(img.RepoDigests, splitReference(ref).repository())
	},
	"tags": func(_ context.Context, _ *Facts, img image.InspectResponse, _ string, _ []string) ([]string, error) {
		return tagForms(img.RepoTags)
	},
	"config": func(_ context.Context, _ *Facts, img image.InspectResponse, _ string, field []string) ([]string, error) {
		return liveConfig(img, field)
	},
}

// digestForms are what registries call an image: short or whole. Of a name, it is that of its repository.
func digestForms(digests []string, repository string) ([]string, error) {
	for _, d := range digests {
		name, digest, _ := strings.Cut(d, "@")
		if splitReference(name).repository() == repository {
			hex := strings.TrimPrefix(digest, "sha256:")
			return []string{digest, hex, shortID(digest), "sha256:" + shortID(digest), d}, nil
		}
	}
	return nil, fmt.Errorf("it was neither pulled nor pushed as %s, and has no digest there", repository)
}

func unique(forms []string) []string {
	var out []string
	for _, form := range forms {
		if !slices.Contains(out, form) {
			out = append(out, form)
		}
	}
	return out
}

// liveSize accepts the size as the sum of the layers, as `docker image inspect` has it and as `docker images` does: they differ
// where layers are kept compressed, and a learner reads any of them.
func liveSize(ctx context.Context, f *Facts, img image.InspectResponse, _ string, _ []string) ([]string, error) {
	sum, err := f.size(ctx, img)
	if err != nil {
		return nil, err
	}
	list, err := f.allImages(ctx)
	if err != nil {
		return nil, err
	}
	forms := sizeForms(sum)
	for _, other := range list {
		if other.ID == img.ID {
			forms = append(forms, sizeForms(other.Size)...)
		}
	}
	return append(forms, sizeForms(img.Size)...), nil
}

// sizeForms are a size as docker writes it, rounded more or less, with or without a blank, with a comma; and in bytes.
func sizeForms(n int64) []string {
	forms := []string{humanSize(n)}
	for _, digits := range []int{4, 3, 2, 1} {
		s := units.HumanSizeWithPrecision(float64(n), digits)
		if strings.Contains(s, "e+") { // 1e+02MB: too short for the number
			continue
		}
		i := strings.IndexFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
		apart := s[:i] + " " + s[i:]
		forms = append(forms, s, apart, strings.ReplaceAll(s, ".", ","), strings.ReplaceAll(apart, ".", ","))
	}
	bytes := strconv.FormatInt(n, 10)
	return append(forms, bytes, bytes+"B", bytes+" B", bytes+" bytes")
}

// tagForms are the names in every order, whole or only their tags, with commas or blanks between them. Of many names only the
// orders up and down are listed.
func tagForms(names []string) ([]string, error) {
	if len(names) == 0 {
		return nil, fmt.Errorf("it has no name")
	}
	slices.Sort(names)
	tags := make([]string, len(names))
	for i, name := range names {
		tags[i] = name[strings.LastIndexByte(name, ':')+1:]
	}
	return append(listed(names), listed(tags)...), nil
}

// listed is a list written in every order, with commas or blanks.
func listed(list []string) []string {
	var forms []string
	for _, order := range orders(list) {
		forms = append(forms, strings.Join(order, ", "), strings.Join(order, ","), strings.Join(order, " "))
	}
	return forms
}

func orders(list []string) [][]string {
	const most = 5
	if len(list) > most {
		down := slices.Clone(list)
		slices.Reverse(down)
		return [][]string{list, down}
	}
	if len(list) <= 1 {
		return [][]string{list}
	}
	var all [][]string
	for i := range list {
		for _, rest := range orders(slices.Concat(list[:i], list[i+1:])) {
			all = append(all, append([]string{list[i]}, rest...))
		}
	}
	return all
}

func liveConfig(img image.InspectResponse, field []string) ([]string, error) {
	c := configOf(img)
	if len(field) == 0 {
		return nil, fmt.Errorf("no field of the configuration: want cmd, entrypoint, user, workdir, stopsignal, ports, volumes, env NAME or label NAME")
	}
	switch field[0] {
	case "cmd":
		return commandForms(c.Cmd, c.Shell), nil
	case "entrypoint":
		return commandForms(c.Entrypoint, c.Shell), nil
	case "user":
		if c.User == "" {
			return []string{"root", "0", ""}, nil
		}
		return []string{c.User}, nil
	case "workdir":
		if c.WorkingDir == "" {
			return []string{"/", ""}, nil
		}
		return []string{c.WorkingDir}, nil
	case "stopsignal":
		return []string{c.StopSignal}, nil
	case "ports":
		return listForms(slices.Sorted(maps.Keys(c.ExposedPorts)), "/tcp"), nil
	case "volumes":
		return listForms(slices.Sorted(maps.Keys(c.Volumes)), ""), nil
	case "env", "label":
		return namedForms(field, map[string]map[string]string{"env": envOf(c.Env), "label": c.Labels}[field[0]])
	}
	return nil, fmt.Errorf("unknown field %q of the configuration", field[0])
}

// commandForms are a command as a Dockerfile, as `docker inspect` and as its Go template write it, and as it is typed.
func commandForms(args, shell []string) []string {
	forms := []string{commandText(args, shell), execForm(args), strings.ReplaceAll(execForm(args), `", "`, `","`)}
	words := strings.Join(args, " ")
	return append(forms, words, "["+words+"]")
}

// listForms are a list in every order; the suffix may be left out of each.
func listForms(list []string, suffix string) []string {
	short := make([]string, len(list))
	for i, s := range list {
		short[i] = strings.TrimSuffix(s, suffix)
	}
	return append(listed(list), listed(short)...)
}

func namedForms(field []string, values map[string]string) ([]string, error) {
	if len(field) < 2 {
		return nil, fmt.Errorf("%s: want its name after it", field[0])
	}
	value, ok := values[field[1]]
	if !ok {
		return nil, fmt.Errorf("%s %s is not set", field[0], field[1])
	}
	return []string{value, field[1] + "=" + value}, nil
}
