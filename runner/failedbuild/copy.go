package failedbuild

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"capas/internal/message"
	"capas/internal/nearest"
)

// copying is a COPY or an ADD.
type copying struct {
	*step
	recipe  *recipe
	sources []string
	to      string
}

// copying is the COPY or ADD that a step is; nil where it is none.
func (r *recipe) copying(s *step) *copying {
	switch c := s.command.(type) {
	case *instructions.CopyCommand:
		return &copying{s, r, c.SourcePaths, c.DestPath}
	case *instructions.AddCommand:
		return &copying{s, r, c.SourcePaths, c.DestPath}
	}
	return nil
}

// impossibleCopy says why a COPY or an ADD cannot work.
func (x *inquiry) impossibleCopy(ctx context.Context, r *recipe, s *step) Explanation {
	c := r.copying(s)
	if c == nil {
		return none
	}
	if e := inlineComment(r, s, append(c.sources, c.to)); !e.isNone() {
		return e
	}
	if e := x.otherStage(ctx, c); !e.isNone() {
		return e
	}
	if c.from() != "" {
		return none
	}
	for _, src := range c.sources {
		if e := x.source(c, src); !e.isNone() {
			return e
		}
	}
	return none
}

// classicCopy says why the classic builder does not copy, where BuildKit does, at least some of its versions.
func (x *inquiry) classicCopy(_ context.Context, r *recipe, s *step) Explanation {
	c := r.copying(s)
	if c == nil || c.from() != "" || x.buildKit() && !x.saidAny("must be a directory") {
		return none
	}
	if e := c.asList(); !e.isNone() {
		return e
	}
	for _, src := range c.sources {
		if e := c.noMatch(src); x.classic() && !e.isNone() {
			return e
		}
	}
	return c.destination()
}

var malformedList = regexp.MustCompile(`^\[.*\]?$`)

// asList knows a list that is none for want of double quotes or of commas.
func (c *copying) asList() Explanation {
	_, words := c.arguments()
	if !malformedList.MatchString(words) || c.node.Attributes["json"] {
		return none
	}
	data := c.recipe.data(c.step)
	e := Explanation{What: message.New("build.list", data), Found: message.New("build.list-found"), Next: message.New("build.list-next", data)}
	if list := strings.FieldsFunc(strings.Trim(words, "[]"), func(r rune) bool { return strings.ContainsRune("'\", ", r) }); len(list) > 1 {
		data["Meant"] = c.word + ` ["` + strings.Join(list, `", "`) + `"]`
		e.Next = message.New("build.write", data)
	}
	return e
}

// arguments are the flags and the rest of an instruction's text.
func (s *step) arguments() (flags, rest string) {
	rest = s.text
	for strings.HasPrefix(rest, "--") {
		flag, after, _ := strings.Cut(rest, " ")
		flags, rest = flags+flag+" ", after
	}
	return flags, rest
}

// inlineComment knows a # that begins no comment, for it is not at the beginning of the line.
func inlineComment(r *recipe, s *step, words []string) Explanation {
	if !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "#") }) || !strings.Contains(s.text, " #") {
		return none
	}
	data := r.data(s)
	before, _, _ := strings.Cut(s.source(), " #")
	data["Meant"] = before
	return Explanation{
		What:  message.New("build.inline-comment", data),
		Found: message.New("build.inline-comment-found", data),
		Next:  message.New("build.write", data),
	}
}

// otherStage knows a --from that names no stage.
func (x *inquiry) otherStage(ctx context.Context, c *copying) Explanation {
	name := c.from()
	if name == "" || strings.Contains(name, "$") {
		return none
	}
	data := c.recipe.data(c.step)
	data["Name"] = name
	if st := c.recipe.stageCalled(name); st != nil {
		if !x.classic() || slices.Index(c.recipe.stages, st) < slices.Index(c.recipe.stages, c.stage) {
			return none
		}
		data["FromLine"], data["Own"] = st.from.line, st == c.stage
		return Explanation{What: message.New("build.stage-later", data), Next: message.New("build.stage-later-next", data)}
	}
	e := Explanation{What: message.New("build.stage-unknown", data), Next: message.New("build.stage-unknown-next", data)}
	names := c.recipe.stageNames(c.stage)
	switch near := nearest.Word(name, names); {
	case near != "" && !x.hasImage(ctx, name):
		data["Near"], data["Meant"] = near, strings.Replace(c.source(), "--from="+name, "--from="+near, 1)
		e.Near, e.Next = message.New("build.stage-near", data), message.New("build.write", data)
		return e
	case !x.told():
		return none // it may be an image of a registry
	case len(names) > 0:
		data["Names"] = names
		e.Found = message.New("build.stage-names", data)
		return e
	}
	return e
}

// source says why one source cannot be copied from the folder that is built.
func (x *inquiry) source(c *copying, written string) Explanation {
	src, ok := c.recipe.word(written, c.step)
	if !ok || c.word == "ADD" && isRemote(src) {
		return none
	}
	src = filepath.ToSlash(src)
	clean := path.Clean("/" + src)[1:] // what both builders make of /x, and BuildKit of ../x
	data := c.recipe.data(c.step)
	data["File"], data["Clean"] = short(written), clean
	outside := !filepath.IsLocal(filepath.FromSlash(path.Clean(strings.TrimPrefix(src, "/")))) && path.Clean(src) != "."
	if clean == "" && !outside {
		return none
	}
	if outside && (x.saidAny("forbidden path", "outside the build context", "outside of the build context") || !x.inContext(c, clean)) {
		return c.outside(src, data)
	}
	if found := c.onDisk(clean); len(found) > 0 {
		return c.ignored(found, data, x.classic())
	}
	if strings.ContainsAny(clean, "*?[") {
		return none
	}
	return c.missing(src, clean, data)
}

// onDisk are the paths of the folder that a source stands for, whether .dockerignore has them or not.
func (c *copying) onDisk(clean string) []string {
	root := c.recipe.place.root
	if _, err := os.Lstat(filepath.Join(root, filepath.FromSlash(clean))); err == nil {
		if exact(root, clean) {
			return []string{clean}
		}
		return nil
	}
	if !strings.ContainsAny(clean, "*?[") {
		return nil
	}
	found, err := fs.Glob(os.DirFS(root), clean)
	if err != nil {
		return nil
	}
	return found
}

// exact reports whether a path is written with the capitals that it has: some machines forgive that, and docker does not.
func exact(root, clean string) bool {
	dir := root
	for name := range strings.SplitSeq(clean, "/") {
		list := entries(dir)
		if len(list) < maxEntries && !slices.ContainsFunc(list, func(e fs.DirEntry) bool { return e.Name() == name }) {
			return false
		}
		dir = filepath.Join(dir, name)
	}
	return true
}

func (x *inquiry) inContext(c *copying, clean string) bool { return len(c.onDisk(clean)) > 0 }

func (c *copying) outside(src string, data message.Data) Explanation {
	e := Explanation{What: message.New("build.copy-outside", data), Next: message.New("build.copy-outside-next", data)}
	there := filepath.Join(c.recipe.place.root, filepath.FromSlash(src))
	if _, err := os.Stat(there); err == nil {
		data["From"] = path.Join(filepath.ToSlash(c.recipe.place.word), src)
		data["Move"] = "cp " + recursive(there) + quoted(data["From"].(string)) + " " + quoted(c.recipe.place.named(".")+"/")
		data["Meant"] = c.rewritten(data["File"].(string), path.Base(src))
		e.Found, e.Next = message.New("build.copy-outside-found", data), message.New("build.copy-bring-next", data)
	}
	return e
}

func recursive(name string) string {
	if isDir(name) {
		return "-r "
	}
	return ""
}

// rewritten is the instruction with another source.
func (c *copying) rewritten(src, other string) string {
	return short(strings.Replace(c.step.source(), src, other, 1))
}

// ignored says which line of .dockerignore leaves out all that a source stands for.
func (c *copying) ignored(found []string, data message.Data, classic bool) Explanation {
	ignores := c.recipe.ignores(classic)
	var line ignoreLine
	for _, path := range found {
		if line = ignores.leavingOut(path); line.number == 0 {
			return none
		}
	}
	data["IgnoreFile"], data["IgnoreLine"], data["Pattern"], data["Ignored"] = ignores.file, line.number, short(line.written), found[len(found)-1]
	return Explanation{
		What:  message.New("build.copy-ignored", data),
		Found: message.New("build.copy-ignored-found", data),
		Next:  message.New("build.copy-ignored-next", data),
	}
}

// noMatch knows a pattern that no file of the folder has.
func (c *copying) noMatch(written string) Explanation {
	src, ok := c.recipe.word(written, c.step)
	pattern := path.Clean("/" + src)[1:]
	if !ok || !strings.ContainsAny(pattern, "*?[") || len(c.onDisk(pattern)) > 0 {
		return none
	}
	data := c.recipe.data(c.step)
	data["File"] = short(written)
	e := Explanation{What: message.New("build.copy-no-match", data), Next: message.New("build.copy-no-match-next", data)}
	base := path.Base(pattern)
	for _, name := range walk(c.recipe.place.root, false) {
		if ok, _ := path.Match(base, path.Base(name)); ok {
			data["Near"], data["Meant"] = name, c.rewritten(data["File"].(string), path.Join(path.Dir(name), base))
			e.Near, e.Next = message.New("build.copy-near", data), message.New("build.write", data)
			return e
		}
	}
	return e
}

// missing says of a source that is not there what is there instead.
func (c *copying) missing(src, clean string, data message.Data) Explanation {
	p := c.recipe.place
	e := Explanation{What: message.New("build.copy-missing", data), Next: message.New("build.copy-missing-next", data)}
	if near := c.fromWhereTyped(src); near != "" {
		data["Near"], data["Meant"] = near, c.rewritten(data["File"].(string), near)
		e.Found, e.Next = message.New("build.copy-relative", data), message.New("build.write", data)
		return e
	}
	if path.IsAbs(src) {
		return c.ofTheMachine(e, src, data)
	}
	have := slices.DeleteFunc(append(walk(p.root, false), walk(p.root, true)...), func(name string) bool { return slices.Contains(c.sources, name) })
	if near := closest(clean, have); near != "" {
		data["Near"], data["Meant"] = near, c.rewritten(data["File"].(string), near)
		e.Near, e.Next = message.New("build.copy-near", data), message.New("build.write", data)
		if strings.EqualFold(near, clean) {
			e.Near = message.New("build.copy-near-case", data)
		}
		return e
	}
	if above := filepath.Join(p.root, "..", filepath.FromSlash(clean)); isFile(above) || isDir(above) {
		from := path.Join(filepath.ToSlash(p.word), "..", clean)
		data["From"], data["Meant"] = from, c.step.source()
		data["Move"] = "cp " + recursive(above) + quoted(from) + " " + quoted(p.named(clean))
		e.Found, e.Next = message.New("build.copy-parent", data), message.New("build.copy-move-next", data)
	}
	return e
}

// fromWhereTyped is a source in the folder that was written as it is named from where the build was typed: it must be named as
// it is from the folder.
func (c *copying) fromWhereTyped(src string) string {
	there := under(c.recipe.call.dir, src)
	if _, err := os.Stat(there); err != nil {
		return ""
	}
	rel, err := filepath.Rel(c.recipe.place.root, there)
	if err != nil || !filepath.IsLocal(rel) || rel == "." {
		return ""
	}
	return filepath.ToSlash(rel)
}

// ofTheMachine speaks of a path that begins at the top of the machine.
func (c *copying) ofTheMachine(e Explanation, src string, data message.Data) Explanation {
	if _, err := os.Stat(filepath.FromSlash(src)); err != nil {
		return e
	}
	data["Move"] = "cp " + recursive(src) + quoted(src) + " " + quoted(c.recipe.place.named(".")+"/")
	data["From"], data["Meant"] = src, c.rewritten(data["File"].(string), path.Base(src))
	e.Found, e.Next = message.New("build.copy-absolute", data), message.New("build.copy-bring-next", data)
	return e
}

// destination knows several sources that go to what is no folder.
func (c *copying) destination() Explanation {
	to, ok := c.recipe.word(c.to, c.step)
	if !ok || strings.HasSuffix(to, "/") || to == "." || strings.HasSuffix(to, "/.") {
		return none
	}
	count := 0
	for _, written := range c.sources {
		src, ok := c.recipe.word(written, c.step)
		if !ok {
			return none
		}
		count += max(1, len(c.onDisk(path.Clean("/" + src)[1:])))
	}
	if count < 2 {
		return none
	}
	data := c.recipe.data(c.step)
	data["To"], data["Meant"] = short(c.to), short(strings.TrimSuffix(c.step.source(), c.to)+c.to+"/")
	return Explanation{
		What:  message.New("build.copy-many", data),
		Found: message.New("build.copy-many-found", data),
		Next:  message.New("build.write", data),
	}
}

// copied knows a COPY that stopped for want of something in another stage.
func (x *inquiry) copied(ctx context.Context, r *recipe, s *step) Explanation {
	c := r.copying(s)
	if c == nil || c.from() == "" || !x.saidAny("no such file", "does not exist", "not found") {
		return none
	}
	data := r.data(s)
	data["Name"], data["File"] = c.from(), shownWords(c.sources)
	e := Explanation{What: message.New("build.stage-lacks", data), Next: message.New("build.stage-lacks-next", data)}
	st := r.stageCalled(c.from())
	if st == nil {
		return e
	}
	if near := closest(c.sources[0], st.made(r)); near != "" {
		data["Near"], data["Meant"] = near, c.rewritten(c.sources[0], near)
		e.Near, e.Next = message.New("build.stage-lacks-near", data), message.New("build.write", data)
	}
	return e
}

var pathInRun = regexp.MustCompile(`(?:^|[\s"'=(>\[])(/[^\s"'\],;:&|()<>$]+)`)

// made are paths in the image that the steps of a stage, and of those before it, speak of.
func (st *stage) made(r *recipe) []string {
	var paths []string
	if st.after != nil {
		paths = st.after.made(r)
	}
	for _, s := range st.steps {
		paths = append(paths, s.made(r)...)
	}
	return paths
}

// made are paths in the image that a step makes, or may make.
func (s *step) made(r *recipe) []string {
	switch c := s.command.(type) {
	case *instructions.WorkdirCommand:
		if path.IsAbs(c.Path) {
			return []string{path.Clean(c.Path)}
		}
	case *instructions.RunCommand:
		var paths []string
		for _, m := range pathInRun.FindAllStringSubmatch(s.text, -1) {
			paths = append(paths, path.Clean(m[1]))
		}
		return paths
	}
	c := r.copying(s)
	if c == nil {
		return nil
	}
	var paths []string
	for _, src := range c.sources {
		paths = append(paths, c.placesOf(src)...)
	}
	return paths
}

// madeBefore are paths in the image that the steps before have made for certain.
func (s *step) madeBefore(r *recipe) []string {
	var paths []string
	for _, before := range s.before() {
		if before.word != "RUN" {
			paths = append(paths, before.made(r)...)
		}
	}
	return paths
}

// leadsTo reports whether a path is one of others, or a folder on the way to one.
func leadsTo(at string, others []string) bool {
	return slices.ContainsFunc(others, func(o string) bool { return o == at || strings.HasPrefix(o, at+"/") })
}

// maxPlaces is how many paths one COPY is asked for.
const maxPlaces = 200

// placesOf are the paths in the image to which a COPY brings a source.
func (c *copying) placesOf(src string) []string {
	to, ok := c.recipe.word(c.to, c.step)
	if !ok {
		return nil
	}
	folder := strings.HasSuffix(to, "/") || to == "." || len(c.sources) > 1
	if !path.IsAbs(to) {
		if c.workdir == "" {
			to = path.Join("/", to)
		} else {
			to = path.Join(c.workdir, to)
		}
	}
	name := path.Clean("/" + src)[1:]
	if c.from() != "" || !isDir(filepath.Join(c.recipe.place.root, filepath.FromSlash(name))) {
		if folder {
			return []string{path.Join(to, path.Base(name))}
		}
		return []string{path.Clean(to)}
	}
	var paths []string
	for _, below := range walk(filepath.Join(c.recipe.place.root, filepath.FromSlash(name)), false) {
		if paths = append(paths, path.Join(to, below)); len(paths) == maxPlaces {
			break
		}
	}
	return paths
}

// hostFile is the file of the folder that a COPY of the stage, before a step, brings to a path in the image; "" where none does.
func (r *recipe) hostFile(s *step, at string) (name string, by *step) {
	for _, before := range s.before() {
		if name := r.broughtBy(before, at); name != "" {
			return name, before
		}
	}
	return "", nil
}

func (r *recipe) broughtBy(s *step, at string) string {
	c := r.copying(s)
	if c == nil || c.from() != "" {
		return ""
	}
	for _, src := range c.sources {
		name := path.Clean("/" + src)[1:]
		root := filepath.Join(r.place.root, filepath.FromSlash(name))
		places := c.placesOf(src)
		if !isDir(root) {
			if slices.Contains(places, at) {
				return name
			}
			continue
		}
		for i, below := range walk(root, false) {
			if i < len(places) && places[i] == at {
				return path.Join(name, below)
			}
		}
	}
	return ""
}
