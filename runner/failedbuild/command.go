package failedbuild

import (
	"errors"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/spf13/pflag"

	"capas/internal/dockerflags"
	"capas/internal/message"
	"capas/internal/nearest"
)

// call is a build as it was typed. Words that only the shell knew stand in it as secrets.
type call struct {
	before, line, after string // as it was typed, and what stands on the same line

	dir  string // where it was typed, cd followed
	name string // "docker build"
	rest []string

	flags     *pflag.FlagSet
	tags      tagList
	file      string
	target    string
	buildArgs []string
	wrong     error // what docker says to the flags
}

// buildNames are the commands that build, by the words after docker.
var buildNames = []string{"build", "image build", "builder build", "buildx build", "buildx b"}

// readCall reads the words after docker; nil where they build nothing.
func readCall(words []string) *call {
	words = withoutGlobalFlags(words)
	for _, name := range buildNames {
		n := strings.Count(name, " ") + 1
		if len(words) < n || strings.Join(words[:n], " ") != name {
			continue
		}
		c := &call{name: "docker " + name, rest: words[n:]}
		c.parse()
		return c
	}
	return nil
}

// globalValues are the flags of docker itself that take a value.
var globalValues = strings.Fields("-H --host -c --context --config -l --log-level --tlscacert --tlscert --tlskey")

func withoutGlobalFlags(words []string) []string {
	for len(words) > 0 && strings.HasPrefix(words[0], "-") {
		n := 1
		if slices.Contains(globalValues, words[0]) {
			n = 2
		}
		words = words[min(n, len(words)):]
	}
	return words
}

// Flags that the build command of the plugin buildx has and the one of docker/cli has not. On many machines «docker build» is the plugin's.
var (
	pluginSwitches = strings.Fields("load push debug,D check")
	pluginValues   = strings.Fields("allow annotation attest build-context builder cache-to call metadata-file no-cache-filter policy print provenance sbom")
)

func (c *call) parse() {
	c.flags = pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	c.flags.SetOutput(io.Discard)
	c.flags.Usage = func() {}
	c.flags.VarP(&c.tags, "tag", "t", "")
	c.flags.StringVarP(&c.file, "file", "f", "", "")
	c.flags.StringVar(&c.target, "target", "", "")
	c.flags.StringArrayVar(&c.buildArgs, "build-arg", nil, "")
	table, _ := dockerflags.Named("build")
	c.declare(slices.Concat(table.Switches, pluginSwitches), true)
	c.declare(slices.Concat(table.Values, pluginValues), false)
	c.wrong = c.flags.Parse(c.rest)
}

// declare adds flags that nothing is asked of.
func (c *call) declare(flags []string, switches bool) {
	for _, names := range flags {
		name, letter, _ := strings.Cut(names, ",")
		switch {
		case len(letter) > 1 || c.flags.Lookup(name) != nil || letter != "" && c.flags.ShorthandLookup(letter) != nil:
		case switches:
			c.flags.BoolP(name, letter, false, "")
		default:
			c.flags.StringArrayP(name, letter, nil, "")
		}
	}
}

// tagList are names for the image. Docker looks at each when it reads it.
type tagList []string

func (l *tagList) String() string { return strings.Join(*l, ",") }

func (l *tagList) Type() string { return "list" }

// Set is what pflag asks.
func (l *tagList) Set(name string) error {
	*l = append(*l, name)
	if !known(name) {
		return nil
	}
	_, err := reference.ParseNormalizedNamed(name)
	return err
}

// refused says what the docker command has against what was typed, before it asks the engine anything.
func (c *call) refused() Explanation {
	if e := c.oneDash(); !e.isNone() {
		return e
	}
	var (
		unknown *pflag.NotExistError
		bare    *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
	)
	switch {
	case errors.As(c.wrong, &unknown):
		return c.unknownFlag(unknown)
	case errors.As(c.wrong, &bare):
		return c.bareFlag(bare)
	case errors.As(c.wrong, &invalid) && invalid.GetFlag().Name == "tag":
		return c.invalidTag(invalid.GetValue())
	case c.wrong != nil:
		return none
	}
	switch args := c.flags.Args(); {
	case slices.ContainsFunc(c.rest, isOpen):
		return none
	case len(args) == 0:
		return c.noContext()
	case len(args) > 1:
		return c.manyContexts(args)
	}
	return none
}

// isOpen reports whether the shell may have made several words of one, or none.
func isOpen(word string) bool { return !known(word) && !strings.HasPrefix(word, secret+`"`) }

// retyped is the whole line as it was typed, with one word changed; of those that are alike the first one.
func (c *call) retyped(word, other string) string { return c.change(word, other, false) }

// refolded is retyped of the folder, which comes last where the image has the same name.
func (c *call) refolded(folder string) string { return c.change(c.flags.Arg(0), folder, true) }

func (c *call) change(word, other string, last bool) string {
	whole := regexp.MustCompile(`(^|[\s"'=])` + regexp.QuoteMeta(word) + `($|[\s"'=])`)
	line := c.line
	for from := 0; from < len(c.line); {
		at := whole.FindStringSubmatchIndex(c.line[from:])
		if at == nil {
			break
		}
		line = c.line[:from+at[3]] + other + c.line[from+at[4]:]
		if from += at[4]; !last {
			break
		}
	}
	return c.before + line + c.after
}

// longer is the whole line as it was typed, with another word at the end of the build.
func (c *call) longer(word string) string { return c.before + c.line + " " + word + c.after }

// oneDash knows «-tag», which docker reads as «-t ag».
func (c *call) oneDash() Explanation {
	for _, word := range c.rest {
		name, _, _ := strings.Cut(word, "=")
		if len(name) < 3 || name[0] != '-' || name[1] == '-' || c.flags.Lookup(name[1:]) == nil {
			continue
		}
		data := message.Data{"Command": c.name, "Flag": name, "Retyped": c.retyped(name, "-"+name)}
		return Explanation{
			What:  message.New("build.one-dash", data),
			Found: message.New("build.one-dash-found", data),
			Next:  message.New("build.type", data),
		}
	}
	return none
}

func (c *call) unknownFlag(err *pflag.NotExistError) Explanation {
	flag := "--" + err.GetSpecifiedName()
	if err.GetSpecifiedShortnames() != "" {
		flag = "-" + err.GetSpecifiedName()
	}
	data := message.Data{"Command": c.name, "Flag": flag}
	e := Explanation{What: message.New("build.unknown-flag", data), Next: message.New("build.unknown-flag-next", data)}
	var names []string
	c.flags.VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	if near := nearest.Word(flag, names); near != "" && len(flag) > 2 {
		data["Near"], data["Retyped"] = near, c.retyped(flag, near)
		e.Near, e.Next = message.New("build.unknown-flag-near", data), message.New("build.type", data)
	}
	return e
}

func (c *call) bareFlag(err *pflag.ValueRequiredError) Explanation {
	flag := "--" + err.GetSpecifiedName()
	if err.GetSpecifiedShortnames() != "" {
		flag = "-" + err.GetSpecifiedName()
	}
	data := message.Data{"Command": c.name, "Flag": flag}
	e := Explanation{What: message.New("build.bare-flag", data), Next: message.New("build.bare-flag-next", data)}
	switch err.GetFlag().Name {
	case "tag":
		e.Next = message.New("build.bare-tag-next", data)
	case "file":
		e.Next = message.New("build.bare-file-next", data)
	}
	return e
}

// isFolder reports whether a word is a folder from where the build was typed.
func (c *call) isFolder(word string) bool { return known(word) && isDir(under(c.dir, word)) }

// noContext knows who forgot the dot, and who gave the folder to another flag.
func (c *call) noContext() Explanation {
	data := message.Data{"Command": c.name}
	e := Explanation{What: message.New("build.no-context", data), Next: message.New("build.no-context-next", data)}
	if name, glued := c.gluedDot(); glued {
		data["Retyped"] = c.retyped(name, strings.TrimSuffix(name, ".")+" .")
		e.Found, e.Next = message.New("build.no-context-glued", data), message.New("build.type", data)
		return e
	}
	switch folder := c.folderToBuild(); {
	case folder == "":
		return e
	case folder == ".":
		data["Folder"] = folder
		e.Found = message.New("build.no-context-here", data)
	default:
		data["Folder"] = folder
		e.Found = message.New("build.no-context-there", data)
	}
	data["Retyped"] = c.longer(quoted(data["Folder"].(string)))
	e.Next = message.New("build.type", data)
	return e
}

// gluedDot is a name to which the dot was written.
func (c *call) gluedDot() (string, bool) {
	if len(c.tags) == 0 {
		return "", false
	}
	name := c.tags[len(c.tags)-1]
	return name, strings.HasSuffix(name, ".") && isName(strings.TrimSuffix(name, "."))
}

// folderToBuild is the folder with a Dockerfile that is nearest, the one where the build was typed first; "" where there is none.
func (c *call) folderToBuild() string {
	if c.file != "" || hasDockerfile(c.dir) {
		return "."
	}
	if found := foldersWithDockerfile(c.dir); len(found) == 1 {
		return found[0]
	}
	return ""
}

func (c *call) manyContexts(args []string) Explanation {
	data := message.Data{"Command": c.name, "Args": shownWords(args)}
	e := Explanation{
		What:  message.New("build.many-contexts", data),
		Found: message.New("build.many-contexts-found", data),
		Next:  message.New("build.many-contexts-next", data),
	}
	i := slices.IndexFunc(args, func(a string) bool { return !c.isFolder(a) })
	switch {
	case i < 0 || len(args) != 2 || !known(args[i]):
	case len(c.tags) == 0 && isName(args[i]):
		data["Word"], data["Retyped"] = args[i], c.retyped(args[i], "-t "+args[i])
		e.Near, e.Next = message.New("build.many-contexts-name", data), message.New("build.type", data)
	case len(c.tags) > 0 && !c.isFolder(args[i]):
		c.splitName(&e, args[i])
	}
	return e
}

// splitName knows who put a blank into the name: «-t hola :1 .», «-t hola 1 .».
func (c *call) splitName(e *Explanation, word string) {
	tag := c.tags[len(c.tags)-1]
	joined := strings.TrimSuffix(tag, ":") + ":" + strings.TrimPrefix(word, ":")
	if !known(tag) || !isName(joined) || !strings.Contains(c.line, tag+" "+word) {
		return
	}
	data := message.Data{"Command": c.name, "Name": joined, "Retyped": c.before + strings.Replace(c.line, tag+" "+word, joined, 1) + c.after}
	e.Near, e.Next = message.New("build.many-contexts-split", data), message.New("build.type", data)
}

func isName(word string) bool {
	_, err := reference.ParseNormalizedNamed(word)
	return err == nil && known(word)
}

// invalidTag says which rule of names one breaks.
func (c *call) invalidTag(name string) Explanation {
	data := message.Data{"Command": c.name, "Name": name}
	e := Explanation{What: message.New("build.name", data), Next: message.New("build.name-next", data)}
	meant := ""
	switch lower := strings.ToLower(name); {
	case name == "":
		e.What, e.Next = message.New("build.bare-flag", message.Data{"Flag": "-t"}), message.New("build.bare-tag-next", data)
	case strings.HasPrefix(name, "-"):
		e.What = message.New("build.name-flag", data)
		e.Next = message.New("build.bare-tag-next", data)
	case (name[0] == '.' || name[0] == '/') && c.isFolder(name):
		e.What, e.Next = message.New("build.name-folder", data), message.New("build.name-folder-next", data)
	case strings.ContainsAny(name, " \t"):
		e.Found, meant = message.New("build.name-blank"), strings.Join(strings.Fields(lower), "-")
	case lower != name && isName(lower):
		e.Found, meant = message.New("build.name-capitals"), lower
	case strings.HasSuffix(name, ":"):
		e.Found, meant = message.New("build.name-no-tag"), strings.TrimSuffix(name, ":")
	case strings.Count(name, ":") > 1:
		e.Found, meant = message.New("build.name-colons"), afterFirst(name, ":", "-")
	case strings.HasPrefix(name, ":"):
		e.Found = message.New("build.name-only-tag")
	case strings.Contains(name, "@"):
		e.Found, meant = message.New("build.name-at"), strings.Replace(name, "@", ":", 1)
	case !isASCII(name):
		e.Found = message.New("build.name-letters")
	case strings.HasPrefix(name, "/") || strings.HasSuffix(name, "/") || strings.Contains(name, "//"):
		e.Found, meant = message.New("build.name-slash"), filepath.ToSlash(filepath.Clean(strings.Trim(name, "/")))
	}
	if isName(meant) && strings.Contains(c.line, name) {
		data["Near"], data["Retyped"] = meant, c.retyped(name, meant)
		e.Next = message.New("build.type", data)
	}
	return e
}

// afterFirst replaces what comes again of a sign.
func afterFirst(s, sign, by string) string {
	before, after, _ := strings.Cut(s, sign)
	return before + sign + strings.ReplaceAll(after, sign, by)
}

func isASCII(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 }) }

// quoted is a word as it is typed in a shell.
func quoted(word string) string {
	if word != "" && !regexp.MustCompile(`[^\p{L}\p{N}_./:@%+,=-]`).MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// shownWords are words as a sentence lists them.
func shownWords(words []string) string {
	shown := make([]string, len(words))
	for i, w := range words {
		shown[i] = "`" + strings.TrimPrefix(w, secret) + "`"
	}
	return strings.Join(shown, ", ")
}
