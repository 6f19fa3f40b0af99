package checks

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

// containerCondition is what can be true of one container.
type containerCondition interface {
	text() message.Text // after a container in a sentence: "in the state `running`"
	ask(ctx context.Context, f *Facts, c container.Summary) (Result, error)
}

var containerParts = []struct {
	key   string
	parse func(n *strictyaml.Node) ([]containerCondition, error)
}{
	{"state", parseState},
	{"exit", parseContainerExit},
	{"logs", parseLogs},
	{"changed", parseChanged},
}

var containerStates = []string{"created", "running", "paused", "restarting", "removing", "exited", "dead"}

func parseState(n *strictyaml.Node) ([]containerCondition, error) {
	text, err := n.Text()
	if err == nil && !slices.Contains(containerStates, text) {
		err = n.Errorf("unknown state %q: want one of %s", text, strings.Join(containerStates, ", "))
	}
	return []containerCondition{containerState(text)}, err
}

// containerState is the state that `docker ps -a` shows.
type containerState string

func (s containerState) text() message.Text {
	return message.New("checks.container.state-text", message.Data{"State": string(s)})
}

func (s containerState) ask(ctx context.Context, f *Facts, c container.Summary) (Result, error) {
	got := message.New("checks.container.state", message.Data{"Name": containerName(c), "State": c.State})
	r := answer(c.State == string(s), got, stateNext(string(s), c.State, containerName(c)))
	if r.Verdict == Pass {
		return r, nil
	}
	found, err := s.stateClue(ctx, f, c)
	r.tell(found)
	return r, err
}

func parseContainerExit(n *strictyaml.Node) ([]containerCondition, error) {
	code, err := parseExit(n)
	return []containerCondition{containerExit(code)}, err
}

// containerExit is that the container has ended, with this code.
type containerExit int

func (e containerExit) text() message.Text {
	return message.New("checks.container.exit-text", message.Data{"Code": int(e)})
}

func (e containerExit) ask(ctx context.Context, f *Facts, c container.Summary) (Result, error) {
	full, err := f.container(ctx, c.ID)
	if err != nil {
		return Result{}, err
	}
	data := message.Data{"Name": containerName(c), "State": full.State.Status, "Code": full.State.ExitCode}
	if full.State.Status != "exited" {
		return answer(false, message.New("checks.container.not-ended", data), stateNext("exited", full.State.Status, containerName(c))), nil
	}
	r := answer(full.State.ExitCode == int(e), message.New("checks.container.exit", data), message.New("checks.container.exit-next", data))
	if r.Verdict == Fail {
		r.Near = exitNear(full.State.ExitCode)
	}
	return r, nil
}

func parseLogs(n *strictyaml.Node) ([]containerCondition, error) {
	patterns, err := parsePatterns(n)
	var list []containerCondition
	for _, p := range patterns {
		list = append(list, containerLogs{p})
	}
	return list, err
}

// containerLogs is that something in what the container wrote matches a pattern.
type containerLogs struct{ pattern Pattern }

func (l containerLogs) text() message.Text {
	return message.New("checks.container.logs-text", message.Data{"Pattern": l.pattern.String()})
}

func (l containerLogs) ask(ctx context.Context, f *Facts, c container.Summary) (Result, error) {
	full, err := f.container(ctx, c.ID)
	if err != nil {
		return Result{}, err
	}
	text, err := f.logText(ctx, full)
	if err != nil {
		return Result{}, err
	}
	data := message.Data{"Name": containerName(c), "Pattern": l.pattern.String(), "Said": excerpt(text)}
	next := message.New("checks.container.logs-next", data)
	switch {
	case l.pattern.in(text):
		return answer(true, message.New("checks.container.logs", data), message.Text{}), nil
	case strings.TrimSpace(text) == "":
		return answer(false, message.New("checks.container.logs-empty", data), next), nil
	}
	r := answer(false, message.New("checks.container.logs-lack", data), next)
	if foldContains(text, l.pattern.text) {
		r.Near = message.New("near.letter-case")
	}
	return r, nil
}

func parseChanged(n *strictyaml.Node) ([]containerCondition, error) {
	paths, err := n.Texts()
	var list []containerCondition
	for _, p := range paths {
		if !path.IsAbs(p) || path.Clean(p) != p {
			return nil, n.Errorf("%q is no path in a container: want it from / on, with no / at its end", p)
		}
		list = append(list, containerChanged(p))
	}
	return list, err
}

// containerChanged is that `docker diff` names a path: added, changed or deleted in the container.
type containerChanged string

func (p containerChanged) text() message.Text {
	return message.New("checks.container.changed-text", message.Data{"Path": string(p)})
}

func (p containerChanged) ask(ctx context.Context, f *Facts, c container.Summary) (Result, error) {
	paths, err := f.changes(ctx, c.ID)
	if err != nil {
		return Result{}, err
	}
	data := message.Data{"Name": containerName(c), "Path": string(p)}
	if slices.Contains(paths, string(p)) {
		return answer(true, message.New("checks.container.changed", data), message.Text{}), nil
	}
	r := answer(false, message.New("checks.container.unchanged", data), message.New("checks.container.changed-next", data))
	if near := nearPath(string(p), paths); near != "" {
		r.Near = message.New("checks.container.changed-near", message.Data{"Near": near})
		return r, nil
	}
	other, err := f.whoChanged(ctx, string(p))
	if other != "" {
		r.Near = message.New("near.changed-other", message.Data{"Name": other})
	}
	return r, err
}
