//go:build !windows

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"

	"capas/internal/message"
	"capas/internal/tmuxtest"
)

// complete asks as the scripts of all four shells do, and returns what is offered and the directive.
func complete(t *testing.T, env map[string]string, words ...string) (offered []string, directive string) {
	t.Helper()
	var out, errs strings.Builder
	get := func(name string) string { return cmp.Or(env[name], map[string]string{"LANG": "es_ES.UTF-8"}[name]) }
	if code := run(context.Background(), append([]string{"__complete"}, words...), strings.NewReader(""), &out, &errs, get); code != exitDone {
		t.Errorf("%q: exit %d\n%s", words, code, errs.String())
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	return lines[:len(lines)-1], lines[len(lines)-1]
}

const (
	noFiles      = ":4"
	ordered      = ":36" // as they come, and no files
	orderedNoGap = ":38" // … and no blank after them
	folders      = ":16"
	files        = ":0"
)

func TestWhatIsOffered(t *testing.T) {
	const course = "--course=testdata/course"
	env := map[string]string{"DOCKER_CONFIG": t.TempDir()}
	makeContext(t, env["DOCKER_CONFIG"], "clase", "tcp://10.0.0.7:2375")
	for _, tc := range []struct {
		words     []string
		want      []string
		directive string
	}{
		{[]string{course, "show", ""}, []string{"small\tDe todo un poco", "slow\tCon calma"}, ordered},
		{[]string{"--lang", "en", course, "show", ""}, []string{"small\tA little of everything", "slow\tCon calma"}, ordered},
		{[]string{course, "show", "small", ""}, []string{"0\tDe todo un poco", "1\tUn fichero", "2\tUna imagen", "3\tPreguntas"}, ordered},
		{[]string{course, "learn", "small", ""}, []string{"0\tDe todo un poco", "1\tUn fichero", "2\tUna imagen", "3\tPreguntas"}, ordered},
		{[]string{course, "show", "small", "1", ""}, nil, noFiles},
		{[]string{course, "show", "nowhere", ""}, nil, ordered},
		{[]string{course, "quiz", ""}, []string{"small\tDe todo un poco", "slow\tCon calma"}, ordered},
		{[]string{course, "quiz", "small", ""}, nil, noFiles},
		{[]string{course, "check", ""}, []string{"small/\tDe todo un poco", "slow/\tCon calma"}, orderedNoGap},
		{[]string{course, "hint", "small/"}, []string{
			"small/note\tEscribe la palabra `verde` en el fichero `nota.txt`.",
			"small/image\tConstruye una imagen `hola-capa:1` con un fichero `/hecho`."}, ordered},
		{[]string{course, "--lang=en", "solution", "small/n"}, []string{
			"small/note\tWrite the word `green` into the file `nota.txt`.",
			"small/image\tBuild an image `hola-capa:1` with a file `/hecho`."}, ordered},
		{[]string{course, "skip", "nowhere/"}, nil, ordered},
		{[]string{course, "check", "small/note", ""}, nil, noFiles},
		{[]string{course, "reset", ""}, []string{"small\tDe todo un poco", "slow\tCon calma"}, ordered},
		{[]string{course, "reset", "small/"}, []string{
			"small/note\tEscribe la palabra `verde` en el fichero `nota.txt`.",
			"small/image\tConstruye una imagen `hola-capa:1` con un fichero `/hecho`.",
			"small/one\t¿Con qué se construye una imagen?", "small/all\t¿Qué se queda en una imagen?", "small/order\t¿En qué orden?",
			"small/answer\t¿Cómo se llama el fichero de la receta?", "small/command\t¿Con qué orden se ven las imágenes?",
			"small/live\t¿Cuántas capas tiene `ubuntu:24.04`?"}, ordered},
		{[]string{course, "reset", "small", ""}, nil, noFiles},
		{[]string{course, "list", ""}, nil, noFiles},
		{[]string{"progress", ""}, nil, noFiles},
		{[]string{"progress", "--export", ""}, nil, files},
		{[]string{"progress", "--export", "x", ""}, nil, noFiles},
		{[]string{"progress", "--merge", ""}, nil, files},
		{[]string{course, "--set", ""}, []string{"base=", "mirror=", "password=", "registry=", "user="}, orderedNoGap},
		{[]string{course, "--set", "base=u"}, nil, noFiles},
		{[]string{"--lang", ""}, []string{"es\tespañol", "en\tEnglish"}, ordered},
		{[]string{"check", "--context", ""}, []string{"default\tunix:///var/run/docker.sock", "clase\ttcp://10.0.0.7:2375"}, ordered},
		{[]string{"--host", ""}, nil, noFiles},
		{[]string{"--course", ""}, nil, folders},
		{[]string{"--workspace", ""}, nil, folders},
		{[]string{"man", ""}, nil, folders},
		{[]string{"completion", "p"}, []string{"powershell\tCompletar con el tabulador en powershell"}, noFiles},
		{[]string{"ski"}, []string{"skip\tSaltar un ejercicio por ahora"}, noFiles},
		{[]string{"help", "lis"}, []string{"list"}, ""},
		{[]string{"--pla"}, []string{"--plain\tlíneas sencillas: sin menús que se mueven, con palabras en lugar de signos"}, noFiles},
	} {
		got, directive := complete(t, env, tc.words...)
		if tc.directive == "" { // one of many
			if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, tc.want[0]+"\t") }) {
				t.Errorf("%q\noffers %q", tc.words, got)
			}
			continue
		}
		if !slices.Equal(got, tc.want) || directive != tc.directive {
			t.Errorf("%q\noffers %q %s\nwant   %q %s", tc.words, got, directive, tc.want, tc.directive)
		}
	}
}

// makeContext writes a docker context as «docker context create» does.
func makeContext(t *testing.T, dir, name, host string) {
	t.Helper()
	s := store.New(filepath.Join(dir, "contexts"), store.NewConfig(
		func() any { return &map[string]any{} },
		store.EndpointTypeGetter(docker.DockerEndpoint, func() any { return &docker.EndpointMeta{} }),
	))
	err := s.CreateOrUpdate(store.Metadata{Name: name, Endpoints: map[string]any{docker.DockerEndpoint: docker.EndpointMeta{Host: host}}})
	if err != nil {
		t.Fatal(err)
	}
}

// Every command that takes words offers them, and every option that takes a value: a new one must say what it is completed with.
func TestEveryArgumentIsCompleted(t *testing.T) {
	a := &app{say: message.For("en"), env: func(string) string { return "" }}
	root := a.root()
	if len(root.Commands()) < 9 {
		t.Fatal("found no commands")
	}
	for _, cmd := range root.Commands() {
		if takesWords := strings.Contains(cmd.Use, " "); takesWords && cmd.ValidArgsFunction == nil {
			t.Errorf("%s: no ValidArgsFunction", cmd.UseLine())
		}
	}
}

// What cannot be read offers nothing, and says nothing on either stream but what the shells' scripts drop.
func TestABrokenCourseOffersNothing(t *testing.T) {
	broken, missing := t.TempDir(), filepath.Join(t.TempDir(), "nowhere")
	write(t, filepath.Join(broken, "course.yaml"), "id: [\n")
	lesson := t.TempDir()
	write(t, filepath.Join(lesson, "course.yaml"), "id: c\nversion: \"1\"\nlanguage: es\ntitle: {es: C}\nlessons: [one]\n")
	write(t, filepath.Join(lesson, "es", "10-uno.md"), "---\nid: one\n")
	for _, dir := range []string{broken, missing, lesson} {
		for _, words := range [][]string{{"show", ""}, {"show", "one", ""}, {"check", ""}, {"check", "one/"}, {"--set", ""}} {
			if dir == lesson && words[0] == "--set" {
				continue // the variables of every lesson are known without it
			}
			if got, _ := complete(t, nil, append([]string{"--course", dir}, words...)...); len(got) > 0 {
				t.Errorf("%s: %q offers %q", dir, words, got)
			}
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestCompletionLeavesTheEngineAlone listens where the engine should be.
func TestCompletionLeavesTheEngineAlone(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	called := make(chan struct{})
	go func() {
		if c, err := l.Accept(); err == nil {
			_ = c.Close()
			close(called)
		}
	}()
	state := t.TempDir()
	env := map[string]string{"DOCKER_HOST": "tcp://" + l.Addr().String(), "XDG_STATE_HOME": state, "DOCKER_CONFIG": t.TempDir()}
	for _, words := range [][]string{{"show", ""}, {"learn", "build", ""}, {"check", ""}, {"check", "build/"}, {"--context", ""}, {"--set", ""}} {
		if got, _ := complete(t, env, words...); len(got) == 0 {
			t.Errorf("%q offers nothing", words)
		}
	}
	_ = l.Close()
	select {
	case <-called:
		t.Error("the engine was asked")
	default:
	}
	if made, err := os.ReadDir(state); err != nil || len(made) > 0 {
		t.Errorf("in the folder of progress: %v, %v", made, err)
	}
}

// aShell is how a shell is started with our completion and nothing else of anybody's.
type aShell struct {
	name    string
	command string // in DIR
	rc      string // the file of that name, in DIR
	text    string
	tabs    int // how often Tab is pressed until what begins alike is listed
}

// bashCompletion are the places of the package that cobra's script for bash needs.
var bashCompletion = []string{
	"/usr/share/bash-completion/bash_completion",
	"/opt/homebrew/etc/profile.d/bash_completion.sh", "/usr/local/etc/profile.d/bash_completion.sh",
}

func shells(t *testing.T) []aShell {
	var package_ string
	for _, path := range bashCompletion {
		if _, err := os.Stat(path); err == nil {
			package_ = path
		}
	}
	return []aShell{
		{"bash", "bash --noprofile --rcfile DIR/rc -i", "rc", "PS1='$ '\n. " + package_ + "\n. <(capas completion bash)\n", 3},
		{"zsh", "env ZDOTDIR=DIR zsh -i", ".zshrc", "PS1='$ '\nautoload -U compinit; compinit -D\nsource <(capas completion zsh)\n", 2},
		{"fish", "fish --no-config -C 'source DIR/rc'", "rc", "function fish_prompt; echo -n '$ '; end\ncapas completion fish | source\n", 2},
	}
}

// inShells runs a story in each shell. Bash and its package are set up for the tests, and are missed where CI is set; zsh and fish,
// which not every contributor has, are tried where they are.
func inShells(t *testing.T, story func(t *testing.T, w typist)) {
	for _, shell := range shells(t) {
		t.Run(shell.name, func(t *testing.T) {
			_, err := exec.LookPath(shell.name)
			missing := err != nil || strings.Contains(shell.text, "\n. \n")
			switch {
			case missing && shell.name == "bash" && os.Getenv("CI") != "":
				t.Fatal("bash or its package bash-completion is missing")
			case missing:
				t.Skip(shell.name + " is missing")
			}
			t.Parallel()
			dir := t.TempDir()
			write(t, filepath.Join(dir, shell.rc), shell.text)
			// Without this fish begins by making completions of all the manual pages of the machine, which takes minutes, beside the test.
			if err := os.MkdirAll(filepath.Join(dir, ".local", "share", "fish", "generated_completions"), 0o700); err != nil {
				t.Fatal(err)
			}
			makeContext(t, filepath.Join(dir, ".docker"), "clase", "tcp://10.0.0.7:2375")
			if err := os.CopyFS(filepath.Join(dir, "curso"), os.DirFS("testdata/course")); err != nil {
				t.Fatal(err)
			}
			env := []string{"HOME=" + dir, "LANG=es_ES.UTF-8", "LC_CTYPE=C.UTF-8", "TERM=xterm-256color", "DOCKER_HOST=unix:///nowhere"}
			w := typist{tmuxtest.Open(t, 100, 30, env, "cd "+dir+" && exec "+strings.ReplaceAll(shell.command, "DIR", dir)), dir, shell.tabs}
			w.Prompt("$")
			story(t, w)
		})
	}
}

// typist types in a shell.
type typist struct {
	*tmuxtest.Screen
	dir  string
	tabs int
}

// TestTab is somebody who presses the key.
func TestTab(t *testing.T) {
	inShells(t, func(t *testing.T, w typist) {
		w.tab("capas ski", "capas skip ")
		w.tab("capas list --js", "capas list --json ")
		w.tab("capas --context cl", "capas --context clase ")
		w.tab("capas --context=cl", "capas --context=clase ")
		w.tab("capas --course cur", "capas --course curso/")
		w.tab("capas --course curso --set b", "capas --course curso --set base=")
		w.tab("capas --course curso show sm", "capas --course curso show small ")
		w.tab("capas --course curso check sm", "capas --course curso check small/")
		w.tab("capas --course curso check small/n", "capas --course curso check small/note ")

		w.list("capas --course curso show ", "small", "De todo un poco", "slow", "Con calma")
		w.list("capas --course curso --lang en show ", "small", "A little of everything", "slow")
		w.list("capas --course curso show small ", "0", "De todo un poco", "1", "Un fichero", "2", "Una imagen", "3", "Preguntas")
		w.list("capas --course curso check small/", "small/note", "Escribe la palabra `verde` en el fichero `nota.txt`.", "small/image", "Construye")

		w.hostile(t)
		w.broken(t)
	})
}

// hostile is a course whose words are orders to a shell: they are shown, and not obeyed.
func (w typist) hostile(t *testing.T) {
	write(t, filepath.Join(w.dir, "malo", "course.yaml"), "id: c\nversion: \"1\"\nlanguage: es\ntitle: {es: C}\nlessons: [one, other]\n")
	orders := "$(touch $HOME/hecho) `touch $HOME/hecho`; touch $HOME/hecho | & > < ' : * ? [a] {b,c} ~ ! % \\\\ fin"
	for n, id := range []string{"one", "other"} {
		title, _ := json.Marshal(strconv.Itoa(n) + orders)
		write(t, filepath.Join(w.dir, "malo", "es", strconv.Itoa(n)+"0-x.md"), "---\nid: "+id+"\ntitle: "+string(title)+"\n---\n## Paso\n")
	}
	w.list("capas --course malo show o", "one", "0$(touch $HOME/hecho)", "other", "1$(touch")
	w.tab("capas --course malo show on", "capas --course malo show one ")
	if _, err := os.Stat(filepath.Join(w.dir, "hecho")); err == nil {
		t.Error("the shell obeyed a title")
	}
}

// broken is a course of which nothing can be offered: nothing is printed into the line that is being typed either.
func (w typist) broken(t *testing.T) {
	write(t, filepath.Join(w.dir, "roto", "course.yaml"), "id: [\n")
	w.tab("capas --course roto show s", "capas --course roto show s")
	w.tab("capas --course roto check small/", "capas --course roto check small/")
	if seen := w.All(); strings.Contains(seen, "error") || strings.Contains(seen, "hint") {
		t.Errorf("the screen shows\n%s", seen)
	}
}

// list types a line and Tab as often as the shell wants it, until words stand on the screen in this order.
func (w typist) list(line string, words ...string) {
	w.Keys("C-l")
	w.Keys("-l", "--", line)
	w.Keys(slices.Repeat([]string{"Tab"}, w.tabs)...)
	w.Eventually("waiting for "+strings.Join(words, " … "), func(seen string) bool {
		_, rest, typed := strings.Cut(strings.Join(strings.Fields(seen), " "), strings.TrimSpace(line))
		for _, word := range words {
			var found bool
			if _, rest, found = strings.Cut(rest, word); !found {
				return false
			}
		}
		return typed
	})
	w.leave()
}

// tab types a line and Tab, and then a full stop where the shell left off.
func (w typist) tab(line, want string) {
	w.Keys("-l", "--", line)
	w.Keys("Tab")
	w.Until("$ " + want)
	w.Keys("-l", "--", ".")
	w.Until("$ " + want + ".")
	w.leave()
}

// leave asks for a new line, and again where the shell was still busy with its list.
func (w typist) leave() {
	w.Eventually("waiting for an empty line", func(seen string) bool {
		lines := strings.Split(strings.TrimRight(seen, "\n "), "\n")
		if lines[len(lines)-1] == "$" {
			return true
		}
		w.Keys("C-c")
		return false
	})
}
