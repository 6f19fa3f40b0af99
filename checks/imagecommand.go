package checks

import (
	"context"
	"slices"

	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

func parseCommand(word string) func(string, *strictyaml.Node) ([]Check, error) {
	return func(ref string, n *strictyaml.Node) ([]Check, error) {
		args, err := n.Texts()
		if err == nil && slices.Contains(args[:1], "") {
			err = n.Errorf("an empty %s: write the command", word)
		}
		return []Check{ImageCommand{ref, word, args, n.Kind != strictyaml.List}}, err
	}
}

// ImageCommand is the command (CMD) or the entrypoint of an image. A list is the exec form and compared word for word; a text
// is the shell form, which the builder puts behind /bin/sh -c.
type ImageCommand struct {
	Ref, Instruction string // CMD or ENTRYPOINT
	Args             []string
	Shell            bool // Args is one text, in shell form
}

// Eval compares the command.
func (c ImageCommand) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := message.Data{"Image": c.Ref, "Instruction": c.Instruction, "Value": c.String()}
	return f.onImage(ctx, c.Ref, message.New("checks.config.want", data), func(img image.InspectResponse) (Result, error) {
		config := configOf(img)
		got := config.Cmd
		if c.Instruction == "ENTRYPOINT" {
			got = config.Entrypoint
		}
		r := answer(slices.Equal(got, c.wanted(config.Shell)), settingText(c.Ref, c.Instruction, commandText(got, config.Shell)), message.New("checks.config.next", data))
		if r.Verdict == Pass {
			return r, nil
		}
		if r.Near = c.near(config); !r.Near.IsZero() {
			return r, nil
		}
		rows, err := f.history(ctx, img)
		r.tell(overriddenClue(rowTexts(rows), c.Ref, c.Instruction, c.String()))
		return r, err
	})
}

func (c ImageCommand) String() string {
	if c.Shell {
		return c.Args[0]
	}
	return execForm(c.Args)
}

func (c ImageCommand) wanted(shell []string) []string {
	if c.Shell {
		return append(shellOr(shell), c.Args[0])
	}
	return c.Args
}

func shellOr(shell []string) []string {
	if len(shell) == 0 {
		return []string{"/bin/sh", "-c"}
	}
	return slices.Clone(shell)
}

func isShellForm(args, shell []string) bool {
	shell = shellOr(shell)
	return len(args) == len(shell)+1 && slices.Equal(args[:len(shell)], shell)
}

// commandText is a command as a Dockerfile writes it.
func commandText(args, shell []string) string {
	switch {
	case len(args) == 0:
		return ""
	case isShellForm(args, shell):
		return args[len(args)-1]
	}
	return execForm(args)
}
