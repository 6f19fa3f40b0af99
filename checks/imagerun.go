package checks

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/image"
	"github.com/kballard/go-shellquote"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

const (
	defaultWithin = 10 * time.Second
	maxWithin     = 2 * time.Minute
)

// runCommand is what `docker run IMAGE …` is asked to do, and how long it may take.
type runCommand struct {
	Ref    string
	Args   []string // none: the image's own command
	Within time.Duration
}

func (c runCommand) String() string {
	return strings.TrimSpace("docker run " + c.Ref + " " + shellquote.Join(c.Args...))
}

func (c runCommand) data() message.Data {
	return message.Data{"Image": c.Ref, "Command": c.String(), "Within": c.Within.String()}
}

func parseRun(ref string, n *strictyaml.Node) ([]Check, error) {
	if _, err := n.Known("run", "cmd", "exit", "stdout", "stderr", "within"); err != nil {
		return nil, err
	}
	c := runCommand{Ref: ref, Within: defaultWithin}
	var err error
	if v := n.Get("cmd"); v != nil {
		if c.Args, err = parseArgs(v); err != nil {
			return nil, err
		}
	}
	if v := n.Get("within"); v != nil {
		if c.Within, err = parseWithin(v); err != nil {
			return nil, err
		}
	}
	exit := 0
	if v := n.Get("exit"); v != nil {
		if exit, err = parseExit(v); err != nil {
			return nil, err
		}
	}
	list := []Check{ImageRunExits{c, exit}}
	for _, stream := range []string{"stdout", "stderr"} {
		v := n.Get(stream)
		if v == nil {
			continue
		}
		patterns, err := parsePatterns(v)
		if err != nil {
			return nil, err
		}
		for _, p := range patterns {
			list = append(list, ImageRunPrints{c, stream, p})
		}
	}
	return list, nil
}

// parseArgs reads a command as a list of its words, or as they are typed in a shell.
func parseArgs(n *strictyaml.Node) ([]string, error) {
	args, err := n.Texts()
	if err == nil && n.Kind != strictyaml.List {
		if args, err = shellquote.Split(n.Value); err != nil {
			return nil, n.Errorf("the command %q cannot be split into words: %v", n.Value, err)
		}
	}
	if err == nil && (len(args) == 0 || args[0] == "") {
		return nil, n.Errorf("an empty command: write one, or leave cmd out for the image's own")
	}
	return args, err
}

func parseWithin(n *strictyaml.Node) (time.Duration, error) {
	text, err := n.Text()
	if err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > maxWithin {
		return 0, n.Errorf("within: %q: want a time up to %s, like 5s", text, maxWithin)
	}
	return d, nil
}

// parseExit reads an exit code, as a number or as text.
func parseExit(n *strictyaml.Node) (int, error) {
	code, err := strconv.ParseUint(n.Value, 10, 8)
	if err != nil || n.Kind != strictyaml.Text && n.Kind != strictyaml.Number {
		return 0, n.Errorf("exit: want a code from 0 to 255")
	}
	return int(code), nil
}

// onRun asks something of a run of the image: one run for all conditions on the same command.
func (c runCommand) onRun(ctx context.Context, f *Facts, want message.Text, ask func(runFact) Result) (Result, error) {
	r, err := f.onImage(ctx, c.Ref, want, func(img image.InspectResponse) (Result, error) {
		if len(c.Args) == 0 && len(configOf(img).Cmd)+len(configOf(img).Entrypoint) == 0 {
			return answer(false, message.New("checks.run.no-command", c.data()), message.New("checks.run.no-command-next", c.data())), nil
		}
		run, err := f.run(ctx, img, c)
		switch {
		case errors.Is(err, errForeign):
			return Result{Got: message.New("checks.unknown.foreign", c.data()), Next: message.New("checks.unknown.foreign-next", c.data())}, err
		case err != nil:
			return Result{}, err
		}
		return ask(run), nil
	})
	r.condition.slow = true
	return r, err
}

// ImageRunExits is that the image, run once without network and with little memory, ends in time and with this code. The
// command comes after the image's entrypoint, as in `docker run IMAGE COMMAND`; without one the image's own is run.
type ImageRunExits struct {
	runCommand
	Code int
}

// Eval runs the image and removes the container.
func (c ImageRunExits) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := c.data()
	data["Code"] = c.Code
	return c.onRun(ctx, f, message.New("checks.run.exit-want", data), func(run runFact) Result {
		if run.late {
			return answer(false, message.New("checks.run.late", data), message.New("checks.run.late-next", data))
		}
		got := c.data()
		got["Code"], got["Said"] = run.exit, excerpt(run.output["stderr"]+run.output["stdout"])
		return answer(run.exit == c.Code, exitText(got, run), message.New("checks.run.exit-next", data))
	})
}

func exitText(data message.Data, run runFact) message.Text {
	switch {
	case run.exit == 127:
		return message.New("checks.run.not-found", data)
	case data["Said"] == "":
		return message.New("checks.run.exit", data)
	}
	return message.New("checks.run.exit-said", data)
}

// ImageRunPrints is that the run writes something that matches a pattern.
type ImageRunPrints struct {
	runCommand
	Stream  string // stdout or stderr
	pattern Pattern
}

// Eval runs the image and reads what it wrote, up to 64 KiB.
func (c ImageRunPrints) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := c.data()
	data["Stream"], data["Pattern"] = c.Stream, c.pattern.String()
	return c.onRun(ctx, f, message.New("checks.run.prints-want", data), func(run runFact) Result {
		text := run.output[c.Stream]
		data["Said"] = excerpt(text)
		next := message.New("checks.run.prints-next", data)
		if len(c.Args) > 0 { // the image's own command has no part in it
			next = message.New("checks.run.prints-own-next", data)
		}
		if strings.TrimSpace(text) == "" {
			r := answer(false, message.New("checks.run.prints-nothing", data), next)
			r.Near = c.otherStream(run)
			return r
		}
		r := answer(c.pattern.in(text), message.New("checks.run.prints", data), next)
		if r.Verdict == Fail {
			r.Near = c.otherStream(run)
		}
		return r
	})
}

// otherStream says where the right text came out of the wrong stream.
func (c ImageRunPrints) otherStream(run runFact) message.Text {
	streams := []string{"stdout", "stderr"}
	other := streams[1-slices.Index(streams, c.Stream)]
	if !c.pattern.in(run.output[other]) {
		return message.Text{}
	}
	return message.New("checks.run.other-stream", message.Data{"Stream": c.Stream, "Other": other})
}
