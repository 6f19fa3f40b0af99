package shell

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"capas/internal/message"
)

// Shell is a program that can be the practice shell.
type Shell struct {
	Path string
	Name string // "bash", "zsh" or "fish"
}

// Names are the shells that are known.
var Names = []string{"bash", "zsh", "fish"}

// Unfit is why a shell cannot be the practice shell. It is no error of the learner's: there is the waiting mode.
type Unfit struct{ why message.Text }

func (u *Unfit) Error() string { return message.For("en").Say(u.why) }

// Text says it to the learner.
func (u *Unfit) Text() message.Text { return u.why }

// Find is the shell at a path, as the variable SHELL gives it. Its error is an *Unfit.
func Find(ctx context.Context, path string) (Shell, error) {
	s := Shell{Path: path, Name: strings.TrimSuffix(filepath.Base(path), ".exe")}
	switch {
	case runtime.GOOS == "windows":
		return s, &Unfit{message.New("shell.windows")}
	case path == "":
		return s, &Unfit{message.New("shell.none")}
	case !slices.Contains(Names, s.Name):
		return s, &Unfit{message.New("shell.unknown", message.Data{"Name": s.Name})}
	}
	if _, err := exec.LookPath(path); err != nil {
		return s, &Unfit{message.New("shell.missing", message.Data{"Path": path})}
	}
	if s.Name == "bash" && !newEnough(ctx, path) {
		return s, &Unfit{message.New("shell.old")}
	}
	return s, nil
}

// newEnough reports whether a bash tells before a command that it begins: PS0 came with 4.4.
func newEnough(ctx context.Context, path string) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--norc", "-c", `echo "${BASH_VERSINFO[0]} ${BASH_VERSINFO[1]}"`).Output()
	var major, minor int
	if _, scanned := fmt.Sscan(string(out), &major, &minor); err != nil || scanned != nil {
		return false
	}
	return major > 4 || major == 4 && minor >= 4
}
