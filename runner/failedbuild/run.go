package failedbuild

import (
	"context"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/docker/docker/api/types/image"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"mvdan.cc/sh/v3/syntax"

	"capas/checks"
	"capas/internal/message"
	"capas/internal/nearest"
)

// running is a RUN that failed, and what is known of that.
type running struct {
	*step
	x      *inquiry
	recipe *recipe
	run    *instructions.RunCommand
	code   int    // with which it ended; 0 where it did not start
	last   string // the last line that it wrote
	data   message.Data
}

var exitCode = regexp.MustCompile(`(?:returned a non-zero code|exit code): (\d+)`)

// ran says why a RUN of the classic builder failed. There is always something to say: on which line it was.
func (x *inquiry) ran(ctx context.Context, r *recipe, s *step) Explanation {
	c, ok := s.command.(*instructions.RunCommand)
	if !ok {
		return none
	}
	f := &running{step: s, x: x, recipe: r, run: c, data: r.data(s)}
	if m := exitCode.FindStringSubmatch(x.Error); m != nil {
		f.code, _ = strconv.Atoi(m[1])
	}
	for _, line := range x.Output {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "Removing intermediate container") {
			f.last = line
		}
	}
	f.data["Code"], f.data["Last"] = f.code, short(f.last)
	for _, look := range []func(context.Context) Explanation{
		f.noUser, f.noNetwork, f.asList, f.missingCommand, f.notExecutable, f.packages, f.missingPath, f.noPermission, f.syntax, f.killed, f.windows,
	} {
		if e := look(ctx); !e.isNone() {
			return e
		}
	}
	return f.ended(ctx)
}

// ended is for whatever else a command ends with.
func (f *running) ended(ctx context.Context) Explanation {
	if f.code == 0 {
		return none
	}
	e := Explanation{What: message.New("build.run", f.data), Next: message.New("build.run-next", f.data)}
	if f.last != "" {
		e.Found = message.New("build.run-last", f.data)
	}
	if _, base, ok := f.x.image(ctx, f.step); ok && f.run.PrependShell {
		f.data["Base"] = base
		e.Next = message.New("build.run-try", f.data)
	}
	return e
}

func (f *running) says(phrases ...string) bool { return f.x.saidAny(phrases...) }

var noNetworkPhrases = []string{
	"could not resolve", "temporary failure in name resolution", "bad address", "network is unreachable", "no such host",
	"unable to resolve host", "name or service not known", "temporary failure resolving", "dns lookup error", "getaddrinfo",
	"temporary error (try again later)", "connection timed out", "failed to establish a new connection",
}

func (f *running) noNetwork(ctx context.Context) Explanation {
	if !f.says(noNetworkPhrases...) {
		return none
	}
	e := Explanation{What: message.New("build.run-network", f.data), Next: message.New("build.run-network-next", f.data)}
	if f.last != "" {
		e.Found = message.New("build.run-last", f.data)
	}
	if f.recipe.call.flags.Lookup("network").Value.String() == "[none]" {
		e.Next = message.New("build.run-network-none", f.data)
	}
	return e
}

// asList knows a list that is none: the shell gets it with its bracket.
func (f *running) asList(context.Context) Explanation {
	_, rest := f.arguments()
	if !f.run.PrependShell || !regexp.MustCompile(`^\[ ?["'‘’“”]`).MatchString(rest) || strings.HasPrefix(rest, "[ ") && !strings.Contains(rest, ",") {
		return none
	}
	e := Explanation{What: message.New("build.list", f.data), Found: message.New("build.list-found"), Next: message.New("build.list-next", f.data)}
	list := strings.FieldsFunc(strings.Trim(rest, "[]"), func(r rune) bool { return strings.ContainsRune("'\",‘’“”", r) })
	list = slices.DeleteFunc(list, func(w string) bool { return strings.TrimSpace(w) == "" })
	if len(list) > 0 {
		f.data["Meant"] = short(`RUN ["` + strings.Join(list, `", "`) + `"]`)
		e.Next = message.New("build.write", f.data)
	}
	return e
}

var missingCommands = []*regexp.Regexp{
	regexp.MustCompile(`(?:^|[/ ])(?:ba|da|a)?sh: (?:line )?(?:\d+: )?([^\s:]+): (?:command )?not found`),
	regexp.MustCompile(`(?:^|[/ ])(?:ba|da|a)?sh: (?:line )?(?:\d+: )?([^\s:]*/[^\s:]+): (?:No such file or directory|cannot execute|bad interpreter)`),
	regexp.MustCompile(`exec: \\?"([^"\\]+)\\?": (?:executable file not found|stat \S+: no such file)`),
	regexp.MustCompile(`env: ['‘"]?([^\s'’":]+)['’"]?: No such file`),
}

// missingCommand knows what a shell or an engine says of a program that is not there.
func (f *running) missingCommand(ctx context.Context) Explanation {
	said := strings.Join(append(slices.Clone(f.x.Output), f.x.Error), "\n")
	for line := range strings.SplitSeq(said, "\n") {
		for _, pattern := range missingCommands {
			if m := pattern.FindStringSubmatch(line); m != nil && (f.code == 127 || f.code == 0 || strings.Contains(line, "executable file not found")) {
				return f.x.withoutCommand(ctx, f.recipe, f.step, strings.TrimRight(m[1], "\r"), true)
			}
		}
	}
	return none
}

// withoutCommand says of a program that is not there what is; sure where the engine has tried to run it.
func (x *inquiry) withoutCommand(ctx context.Context, r *recipe, s *step, name string, sure bool) Explanation {
	data := r.data(s)
	img, base, there := x.image(ctx, s)
	data["Name"], data["Base"] = short(name), base
	if strings.Contains(name, "/") {
		return x.withoutScript(ctx, r, s, name, data)
	}
	e := Explanation{What: message.New("build.command-missing", data), Next: message.New("build.command-missing-next", data)}
	if !sure {
		e.What = message.New("build.command-lacking", data)
	}
	switch {
	case name == "sudo":
		e.Found = message.New("build.no-sudo")
		data["Meant"] = short(strings.Replace(s.source(), "sudo ", "", 1))
		e.Next = message.New("build.write", data)
		return e
	case name == "docker":
		e.Found, e.Next = message.New("build.no-docker"), message.New("build.no-docker-next", data)
		return e
	case isManager(name):
		return x.otherManager(ctx, img, there, name, data, e)
	}
	if near := x.nearCommand(ctx, img, there, name); near != "" {
		data["Near"], data["Meant"] = near, short(replaceWord(s.source(), name, near))
		e.Near, e.Next = message.New("build.command-near", data), message.New("build.write", data)
		return e
	}
	if glued := gluedCommand(name); glued != "" {
		data["Meant"] = short(replaceWord(s.source(), name, glued))
		e.Near, e.Next = message.New("build.command-glued", data), message.New("build.write", data)
		return e
	}
	if manager := x.managerOf(ctx, img, there); manager.install != "" {
		data["Install"] = manager.install
		e.Next = message.New("build.command-install", data)
	}
	return e
}

func replaceWord(text, word, other string) string {
	at := regexp.MustCompile(`(^|[\s;&|("'])` + regexp.QuoteMeta(word) + `($|[\s;&|)"'])`).FindStringSubmatchIndex(text)
	if at == nil {
		return text
	}
	return text[:at[3]] + other + text[at[4]:]
}

// manager is a program that installs others.
type manager struct{ name, install string }

var managers = []manager{
	{"apk", "apk add --no-cache …"},
	{"apt-get", "apt-get update && apt-get install -y …"},
	{"apt", "apt-get update && apt-get install -y …"},
	{"dnf", "dnf install -y …"},
	{"microdnf", "microdnf install -y …"},
	{"yum", "yum install -y …"},
	{"zypper", "zypper install -y …"},
	{"pacman", "pacman -Sy --noconfirm …"},
}

func isManager(name string) bool {
	return slices.ContainsFunc(managers, func(m manager) bool { return m.name == name })
}

// managerOf is the one that an image has.
func (x *inquiry) managerOf(ctx context.Context, img image.InspectResponse, there bool) manager {
	if !there {
		return manager{}
	}
	for _, m := range managers {
		if x.hasCommand(ctx, img, m.name) {
			return m
		}
	}
	return manager{}
}

func (x *inquiry) otherManager(ctx context.Context, img image.InspectResponse, there bool, name string, data message.Data, e Explanation) Explanation {
	e.Found = message.New("build.manager-found", data)
	switch other := x.managerOf(ctx, img, there); {
	case other.name != "":
		data["Near"], data["Install"] = other.name, other.install
		e.Near, e.Next = message.New("build.manager-near", data), message.New("build.manager-write", data)
	default:
		e.Next = message.New("build.manager-next", data)
	}
	return e
}

// searched are the folders in which an image's shell looks for programs.
func searched(img image.InspectResponse) []string {
	if img.Config != nil {
		for _, env := range img.Config.Env {
			if dirs, ok := strings.CutPrefix(env, "PATH="); ok {
				return strings.Split(dirs, ":")
			}
		}
	}
	return strings.Fields("/usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin")
}

func (x *inquiry) hasCommand(ctx context.Context, img image.InspectResponse, name string) bool {
	for _, dir := range searched(img) {
		if mode, there, err := x.facts.FileMode(ctx, img, path.Join(dir, name)); err == nil && there && mode.IsRegular() {
			return true
		}
	}
	return false
}

// wellKnown are commands that nearly every image has: a large folder is listed in part.
var wellKnown = strings.Fields(`adduser addgroup apk apt apt-get awk bash basename cat chgrp chmod chown cp curl cut date dd df dirname
	du echo env expr false find free git grep groupadd gunzip gzip head hostname id install kill ln ls mkdir mktemp mount mv npm
	node pip pip3 printf ps pwd python python3 readlink rm rmdir sed sh sleep sort stat tail tar tee test touch tr true uname uniq
	unzip useradd wc wget which whoami xargs yes`)

// nearCommand is a program of the image with nearly that name.
func (x *inquiry) nearCommand(ctx context.Context, img image.InspectResponse, there bool, name string) string {
	if !there || len(name) < 2 {
		return ""
	}
	known := slices.Clone(wellKnown)
	for _, dir := range searched(img) {
		list, err := x.facts.Folder(ctx, img, dir)
		if err != nil {
			continue
		}
		for _, p := range list {
			known = append(known, path.Base(p))
		}
	}
	if near := nearest.Word(name, known); near != "" && near != name && x.hasCommand(ctx, img, near) {
		return near
	}
	return ""
}

// gluedCommand parts a well-known command from what was written on to it.
func gluedCommand(name string) string {
	for _, known := range slices.Backward(wellKnown) { // apt-get before apt
		if rest, ok := strings.CutPrefix(name, known); ok && len(known) > 2 && (strings.HasPrefix(rest, "-") || isManager(known) && isVerb(rest)) {
			return known + " " + rest
		}
	}
	return ""
}

func isVerb(word string) bool {
	return slices.Contains([]string{"install", "update", "upgrade", "add", "remove"}, word)
}

// withoutScript says why a program that was called by its path does not run: it is not there, or what should run it is not.
func (x *inquiry) withoutScript(ctx context.Context, r *recipe, s *step, name string, data message.Data) Explanation {
	at := s.absolute(name)
	file, by := r.hostFile(s, at)
	if file == "" {
		return x.withoutPath(ctx, r, s, name)
	}
	content, ok := readFile(under(r.place.root, file), checks.MaxFile)
	if !ok {
		return none
	}
	first, interpreter := interpreterOf(content)
	data["File"], data["ByLine"], data["First"], data["Interpreter"] = r.place.named(file), by.line, short(strings.TrimSpace(first)), short(interpreter)
	switch {
	case strings.HasSuffix(first, "\r"):
		data["Mend"] = `sed -i 's/\r$//' ` + quoted(r.place.named(file))
		return Explanation{
			What:  message.New("build.script-crlf", data),
			Found: message.New("build.script-crlf-found", data),
			Next:  message.New("build.script-crlf-next", data),
		}
	case interpreter != "":
		e := Explanation{What: message.New("build.script-interpreter", data), Next: message.New("build.script-interpreter-next", data)}
		if img, _, there := x.image(ctx, s); there && path.Base(interpreter) == "bash" && x.hasCommand(ctx, img, "sh") {
			e.Next = message.New("build.script-bash-next", data)
		}
		return e
	}
	return none
}

// interpreterOf is the first line of a script, and the program that it says should run the rest.
func interpreterOf(content string) (first, interpreter string) {
	first, _, _ = strings.Cut(content, "\n")
	words := strings.Fields(strings.TrimPrefix(first, "#!"))
	switch {
	case !strings.HasPrefix(first, "#!") || len(words) == 0:
		return first, ""
	case path.Base(words[0]) == "env" && len(words) > 1:
		return first, words[1]
	}
	return first, words[0]
}

// absolute is a path as the step sees it.
func (s *step) absolute(name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join("/", s.workdir, name)
}

// notExecutable knows a script that lacks the permission to be run.
func (f *running) notExecutable(context.Context) Explanation {
	unstarted := f.code == 0 || f.says("unable to start container process", "starting container process caused")
	if f.code != 126 && !(unstarted && f.says("permission denied")) {
		return none
	}
	m := regexp.MustCompile(`([^\s:"']*/[^\s:"']+)["']?: (?i:permission denied|cannot execute)`).FindStringSubmatch(strings.Join(append(slices.Clone(f.x.Output), f.x.Error), "\n"))
	if m == nil {
		return none
	}
	file, by := f.recipe.hostFile(f.step, f.absolute(m[1]))
	return f.recipe.notExecutable(f.step, m[1], file, by)
}

// notExecutable speaks of a script that lacks the permission to be run, and of the file of the folder that it is a copy of.
func (r *recipe) notExecutable(s *step, name, file string, by *step) Explanation {
	data := r.data(s)
	data["Name"] = short(name)
	e := Explanation{What: message.New("build.not-executable", data), Next: message.New("build.not-executable-run", data)}
	if file != "" {
		data["File"], data["ByLine"], data["Mend"] = r.place.named(file), by.line, "chmod +x "+quoted(r.place.named(file))
		e.Found, e.Next = message.New("build.not-executable-found", data), message.New("build.not-executable-next", data)
	}
	return e
}

var missingPackages = []*regexp.Regexp{
	regexp.MustCompile(`Unable to locate package (\S+)`),
	regexp.MustCompile(`Package '?([^\s']+)'? has no installation candidate`),
	regexp.MustCompile(`^\s*([^\s:]+) \(no such package\)`),
	regexp.MustCompile(`No match for argument: (\S+)`),
	regexp.MustCompile(`No matching distribution found for (\S+)`),
}

// packages knows what the programs say that install others.
func (f *running) packages(context.Context) Explanation {
	for _, line := range f.x.Output {
		for _, pattern := range missingPackages {
			m := pattern.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			f.data["Name"] = short(m[1])
			e := Explanation{What: message.New("build.no-package", f.data), Next: message.New("build.no-package-next", f.data)}
			if strings.Contains(line, "E: ") && !strings.Contains(f.text, "apt-get update") && !strings.Contains(f.text, "apt update") {
				e.Found, e.Next = message.New("build.no-lists"), message.New("build.no-lists-next", f.data)
			}
			return e
		}
	}
	if f.says("do you want to continue?") && !strings.Contains(f.text, " -y") {
		return Explanation{What: message.New("build.asks", f.data), Next: message.New("build.asks-next", f.data)}
	}
	return none
}

var missingPaths = []*regexp.Regexp{
	regexp.MustCompile(`['‘"]([^'’"]+)['’"]?: (?i:no such file or directory)`),
	regexp.MustCompile(`(?:can't cd to|can't open|cannot open|open|stat) ['"]?([^\s'":]+)['"]?:? ?(?i:no such file or directory)?`),
	regexp.MustCompile(`([^\s:'"]+): (?i:no such file or directory|nonexistent directory)`),
}

// missingPath knows what programs say of a path that is not there.
func (f *running) missingPath(ctx context.Context) Explanation {
	for _, line := range slices.Backward(f.x.Output) {
		lower := strings.ToLower(line)
		if !strings.Contains(lower, "no such file") && !strings.Contains(lower, "nonexistent") && !strings.Contains(lower, "can't cd") && !strings.Contains(lower, "can't open") {
			continue
		}
		for _, pattern := range missingPaths {
			if m := pattern.FindStringSubmatch(line); m != nil && strings.Contains(f.text, m[1]) {
				return f.x.withoutPath(ctx, f.recipe, f.step, m[1])
			}
		}
	}
	return none
}

// withoutPath says of a path that is not in the image what is near it.
func (x *inquiry) withoutPath(ctx context.Context, r *recipe, s *step, name string) Explanation {
	at := s.absolute(name)
	data := r.data(s)
	data["Name"], data["At"], data["Relative"] = short(name), at, !path.IsAbs(name)
	data["Workdir"] = path.Join("/", s.workdir)
	e := Explanation{What: message.New("build.path-missing", data), Next: message.New("build.path-missing-next", data)}
	near := x.nearPath(ctx, r, s, at)
	if folder := x.missingFolder(ctx, r, s, at); folder != "" && near == "" {
		data["At"] = folder
		e.What = message.New("build.path-no-folder", data)
	}
	switch left := s.leftBehind(); {
	case near != "":
		written := near
		if !path.IsAbs(name) && strings.HasPrefix(near, data["Workdir"].(string)+"/") {
			written = strings.TrimPrefix(near, data["Workdir"].(string)+"/")
		}
		data["Near"], data["Meant"] = near, short(strings.Replace(s.source(), name, written, 1))
		e.Near, e.Next = message.New("build.path-near", data), message.New("build.write", data)
	case strings.HasPrefix(name, path.Base(s.workdir)+"/"):
		data["Meant"] = short(strings.Replace(s.source(), name, strings.TrimPrefix(name, path.Base(s.workdir)+"/"), 1))
		e.Near, e.Next = message.New("build.path-doubled", data), message.New("build.write", data)
	case left != nil:
		data["CdLine"], data["CdSource"] = left.line, short(left.source())
		e.Near, e.Next = message.New("build.path-cd", data), message.New("build.path-cd-next", data)
	case s.spoken(r, at) != "":
		data["Near"] = s.spoken(r, at)
		data["Meant"] = short(strings.Replace(s.source(), name, s.spoken(r, at), 1))
		e.Near, e.Next = message.New("build.path-spoken", data), message.New("build.write", data)
	case r.inContext(at):
		data["File"] = r.place.named(path.Base(at))
		e.Near, e.Next = message.New("build.path-not-copied", data), message.New("build.path-not-copied-next", data)
	}
	return e
}

// spoken is a path that a RUN names, this one or one before, and that is near another one: it may have made it.
func (s *step) spoken(r *recipe, at string) string {
	var paths []string
	for _, other := range append(s.before(), s) {
		if other.word == "RUN" {
			paths = append(paths, other.made(r)...)
		}
	}
	return closest(at, paths)
}

func (r *recipe) inContext(at string) bool { return isFile(under(r.place.root, path.Base(at))) }

// leftBehind is a RUN just before that went into a folder, which the next one forgets.
func (s *step) leftBehind() *step {
	i := slices.Index(s.stage.steps, s)
	if i < 1 {
		return nil
	}
	before := s.stage.steps[i-1]
	if before.word == "RUN" && regexp.MustCompile(`(^|&& |; )cd \S+$`).MatchString(before.text) {
		return before
	}
	return nil
}

// nearPath looks beside where a path should be, in the image and in what the steps before have made.
func (x *inquiry) nearPath(ctx context.Context, r *recipe, s *step, at string) string {
	if near := closest(at, s.madeBefore(r)); near != "" {
		return near
	}
	img, _, there := x.image(ctx, s)
	if !there {
		return ""
	}
	// the first folder on the way that is there, and what it has beside the name that it lacks
	for folder, child := path.Dir(at), at; ; folder, child = path.Dir(folder), folder {
		list, err := x.facts.Folder(ctx, img, folder)
		if err == nil {
			return x.nearChild(ctx, img, list, child, at)
		}
		if folder == "/" {
			return ""
		}
	}
}

// topFolders are those that nearly every image has at its top, which is listed in part.
var topFolders = strings.Fields("/bin /dev /etc /home /lib /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /var")

// nearChild is the path in the image that goes through another child of a folder than the one that is missing.
func (x *inquiry) nearChild(ctx context.Context, img image.InspectResponse, list []string, child, at string) string {
	if path.Dir(child) == "/" {
		list = slices.Concat(list, topFolders)
	}
	near := closest(child, list)
	if near == "" {
		near = beginsAlike(child, list)
	}
	if near == "" {
		return ""
	}
	return x.within(ctx, img, near+strings.TrimPrefix(at, child))
}

// beginsAlike is the only path of a folder that begins as another and is not far from it: «passwd» for «pasword».
func beginsAlike(want string, have []string) string {
	const letters, most = 3, 3
	near := ""
	for _, h := range have {
		w, b := path.Base(want), path.Base(h)
		if len(w) <= letters || len(b) <= letters || w[:letters] != b[:letters] || levenshtein.Distance(w, b, nil) > most {
			continue
		}
		if near != "" {
			return ""
		}
		near = h
	}
	return near
}

// missingFolder is the first folder on the way to a path that the image has not; "" where only the last of it is missing, or where
// it is not known what the steps before have made.
func (x *inquiry) missingFolder(ctx context.Context, r *recipe, s *step, at string) string {
	img, _, there := x.image(ctx, s)
	if !there || !x.exact() && !s.changedOnlyBy("COPY") {
		return ""
	}
	made := s.madeBefore(r)
	missing := ""
	for folder := path.Dir(at); folder != "/"; folder = path.Dir(folder) {
		if _, there, err := x.facts.FileMode(ctx, img, folder); err != nil || there || leadsTo(folder, made) {
			break
		}
		missing = folder
	}
	return missing
}

// within is a path where it is there, else "".
func (x *inquiry) within(ctx context.Context, img image.InspectResponse, at string) string {
	if _, there, err := x.facts.FileMode(ctx, img, at); err != nil || !there {
		return ""
	}
	return at
}

// noPermission knows what a user may not do who is not root.
func (f *running) noPermission(context.Context) Explanation {
	if !f.says("permission denied", "are you root?", "operation not permitted", "eacces") || f.user == nil {
		return none
	}
	user, ok := f.recipe.word(f.user.command.(*instructions.UserCommand).User, f.user)
	if !ok || user == "root" || user == "0" || strings.HasPrefix(user, "0:") || strings.HasPrefix(user, "root:") {
		return none
	}
	f.data["User"], f.data["UserLine"] = user, f.user.line
	e := Explanation{
		What:  message.New("build.no-permission", f.data),
		Found: message.New("build.no-permission-found", f.data),
		Next:  message.New("build.no-permission-next", f.data),
	}
	return e
}

// noUser knows a USER that the image does not know: docker tells it at the first RUN that follows.
func (f *running) noUser(ctx context.Context) Explanation {
	if !f.says("unable to find user", "no matching entries in passwd", "unable to find group", "no matching entries in group") || f.user == nil {
		return none
	}
	return f.x.unknownUser(ctx, f.recipe, f.user)
}

// syntax knows what a shell says of what it cannot read.
func (f *running) syntax(context.Context) Explanation {
	if !f.run.PrependShell || !f.says("syntax error", "unterminated quoted string", "unexpected EOF", "unexpected end of file") {
		return none
	}
	_, script := f.arguments()
	e := Explanation{What: message.New("build.run-syntax", f.data), Next: message.New("build.run-syntax-next", f.data)}
	if f.last != "" {
		e.Found = message.New("build.run-last", f.data)
	}
	if quote := openQuote(script); quote != "" {
		f.data["Quote"] = quote
		e.Found = message.New("build.run-quote", f.data)
	}
	return e
}

// openQuote is the quote that a script opens and does not close.
func openQuote(script string) string {
	open := rune(0)
	escaped := false
	for _, r := range script {
		switch {
		case escaped:
			escaped = false
		case r == '\\' && open != '\'':
			escaped = true
		case open == 0 && (r == '\'' || r == '"'):
			open = r
		case r == open:
			open = 0
		}
	}
	if open == 0 {
		return ""
	}
	return string(open)
}

func (f *running) killed(context.Context) Explanation {
	if f.code != 137 {
		return none
	}
	return Explanation{What: message.New("build.run-killed", f.data), Found: message.New("build.run-killed-found"), Next: message.New("build.run-killed-next", f.data)}
}

// windows speaks of a script with the line ends of Windows, where something went wrong that nobody can see.
func (f *running) windows(context.Context) Explanation {
	for _, word := range strings.Fields(f.text) {
		file, by := f.recipe.hostFile(f.step, f.absolute(strings.Trim(word, `"'[],;`)))
		if file == "" || f.code == 0 {
			continue
		}
		if content, ok := readFile(under(f.recipe.place.root, file), checks.MaxFile); !ok || !strings.Contains(content, "\r\n") {
			continue
		}
		f.data["File"], f.data["ByLine"], f.data["Mend"] = f.recipe.place.named(file), by.line, `sed -i 's/\r$//' `+quoted(f.recipe.place.named(file))
		e := Explanation{What: message.New("build.run", f.data), Near: message.New("build.windows", f.data), Next: message.New("build.script-crlf-next", f.data)}
		if f.last != "" {
			e.Found = message.New("build.run-last", f.data)
		}
		return e
	}
	return none
}

// impossibleRun knows a RUN that no shell can read.
func (x *inquiry) impossibleRun(ctx context.Context, r *recipe, s *step) Explanation {
	c, ok := s.command.(*instructions.RunCommand)
	if !ok || len(s.node.Heredocs) > 0 || s.otherShell() {
		return none
	}
	f := &running{step: s, x: x, recipe: r, run: c, data: r.data(s)}
	if e := f.asList(ctx); !e.isNone() {
		return e
	}
	_, script := s.arguments()
	if !c.PrependShell || len(script) > maxScript {
		return none
	}
	_, err := syntax.NewParser().Parse(strings.NewReader(script), "")
	if quote := openQuote(script); quote != "" && err != nil && strings.Contains(err.Error(), "without closing quote") {
		f.data["Quote"] = quote
		return Explanation{What: message.New("build.run-syntax", f.data), Found: message.New("build.run-quote", f.data), Next: message.New("build.run-syntax-next", f.data)}
	}
	return none
}

// otherShell reports whether the stage says which shell it wants.
func (s *step) otherShell() bool {
	return slices.ContainsFunc(s.stage.steps, func(other *step) bool { return other.word == "SHELL" })
}
