package shell

import (
	_ "embed"
	"os"
	"path/filepath"
	"strings"

	"github.com/kballard/go-shellquote"
)

//go:embed hook/hook.bash
var hookBash string

//go:embed hook/hook.zsh
var hookZsh string

//go:embed hook/hook.fish
var hookFish string

// write puts what the shell reads into the folder of the keeper, and returns the arguments and the variables that make it do so.
func (s Shell) write(dir string, o Options) (args, env []string, err error) {
	files := map[string]string{"unhook.sh": o.unhook(posix), "unhook.fish": o.unhook(fish)}
	switch s.Name {
	case "bash":
		files["bashrc"] = hookBash
		args = []string{"--rcfile", filepath.Join(dir, "bashrc"), "-i"}
	case "zsh":
		files[".zshenv"] = hookZsh
		args = []string{"-i"}
		env = append(env, "ZDOTDIR="+dir)
		if own, ok := os.LookupEnv("ZDOTDIR"); ok {
			env = append(env, "CAPAS_ZDOTDIR="+own)
		}
	case "fish":
		files["hook.fish"] = hookFish
		args = []string{"-i", "-C", "source " + quoteFish(filepath.Join(dir, "hook.fish"))}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, nil, err
		}
	}
	return args, append(env, "CAPAS_HOOK="+dir, "CAPAS_WORDS="+strings.Join(o.Words, " ")), nil
}

// language is that of a kind of shell, as far as unhook speaks it.
type language struct {
	unset, export, is string // as they stand before a name, before one with a value, and between the two
	quote             func(string) string
}

var (
	posix = language{unset: "unset ", export: "export ", is: "=", quote: func(s string) string { return shellquote.Join(s) }}
	fish  = language{unset: "set -e ", export: "set -gx ", is: " ", quote: quoteFish}
)

// unhook is what a shell does whose capas is gone: its variables are again as they would be without, and it says so.
func (o Options) unhook(l language) string {
	var b strings.Builder
	for _, name := range o.names() {
		if was, ok := os.LookupEnv(name); ok {
			b.WriteString(l.export + name + l.is + l.quote(was) + "\n")
		} else {
			b.WriteString(l.unset + name + "\n")
		}
	}
	b.WriteString(`printf '\n%s\n' ` + l.quote(o.Gone) + "\n")
	return b.String()
}

func quoteFish(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
