package lessons

import (
	"io/fs"
	"regexp"

	"github.com/distribution/reference"

	"capas/internal/strictyaml"
)

func (r *reading) scene(n *strictyaml.Node) []SceneEntry {
	if n == nil {
		return nil
	}
	items, err := n.List()
	r.add(err)
	var scene []SceneEntry
	for _, item := range items {
		if r.known(item, "a scene entry", "pull", "build", "tag", "run", "absent", "file") && r.alone(item, "a scene entry") {
			scene = append(scene, r.sceneEntry(item.Fields[0]))
		}
	}
	return scene
}

func (r *reading) sceneEntry(f strictyaml.Field) SceneEntry {
	switch f.Key.Value {
	case "pull":
		return SceneEntry{Pull: r.image(f.Value)}
	case "absent":
		return SceneEntry{Absent: r.image(f.Value)}
	case "tag":
		return SceneEntry{Tag: r.sceneTag(f.Value)}
	case "build":
		return SceneEntry{Build: r.sceneBuild(f.Value)}
	case "run":
		return SceneEntry{Run: r.sceneRun(f.Value)}
	}
	return SceneEntry{File: r.sceneFile(f.Value)}
}

func (r *reading) sceneTag(n *strictyaml.Node) *SceneTag {
	items, err := n.List()
	if err == nil && len(items) != 2 {
		err = n.Errorf("want two names: [the image, its second name], found %d", len(items))
	}
	if err != nil {
		r.add(err)
		return nil
	}
	return &SceneTag{From: r.image(items[0]), To: r.name(items[1])}
}

func (r *reading) sceneBuild(n *strictyaml.Node) *SceneBuild {
	if !r.known(n, "build", "tag", "dockerfile", "files") || !r.has(n, "build", "tag", "dockerfile") {
		return nil
	}
	build := &SceneBuild{Tag: r.name(n.Get("tag")), Dockerfile: r.words(n.Get("dockerfile")) + "\n"}
	files := n.Get("files")
	if files == nil {
		return build
	}
	fields, err := files.Map()
	r.add(err)
	build.Files = map[string]string{}
	for _, f := range fields {
		build.Files[r.path(f.Key)] = r.content(f.Value)
	}
	return build
}

var containerName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]+$`)

func (r *reading) sceneRun(n *strictyaml.Node) *SceneRun {
	if !r.known(n, "run", "image", "name", "cmd") || !r.has(n, "run", "image", "name") {
		return nil
	}
	run := &SceneRun{Image: r.image(n.Get("image")), Name: r.words(n.Get("name"))}
	if run.Name != "" && !containerName.MatchString(r.first(run.Name)) {
		r.add(n.Get("name").Errorf("%q is no name of a container: letters, digits, _ . and -", run.Name))
	}
	if cmd := n.Get("cmd"); cmd != nil {
		items, err := cmd.List()
		r.add(err)
		for _, item := range items {
			run.Cmd = append(run.Cmd, r.content(item))
		}
	}
	return run
}

func (r *reading) sceneFile(n *strictyaml.Node) *SceneFile {
	if !r.known(n, "file", "path", "content") || !r.has(n, "file", "path", "content") {
		return nil
	}
	return &SceneFile{Path: r.path(n.Get("path")), Content: r.content(n.Get("content"))}
}

// path is that of a file below a folder.
func (r *reading) path(n *strictyaml.Node) string {
	s := r.words(n)
	if p := r.first(s); p != "" && (!fs.ValidPath(p) || p == ".") {
		r.add(n.Errorf("%q: want a path within the folder, as in «site/index.html»", s))
	}
	return s
}

// image is a reference of an image.
func (r *reading) image(n *strictyaml.Node) string {
	s := r.words(n)
	if s == "" {
		return s
	}
	if _, err := reference.ParseAnyReference(r.first(s)); err != nil {
		r.add(n.Errorf("%q is no name of an image: %v", s, err))
	}
	return s
}

// name is a reference that an image can be given: without a digest.
func (r *reading) name(n *strictyaml.Node) string {
	s := r.image(n)
	if named, err := reference.ParseNormalizedNamed(r.first(s)); err == nil {
		if _, ok := named.(reference.Digested); ok {
			r.add(n.Errorf("%q: a name with a digest cannot be given to an image", s))
		}
	}
	return s
}
