package checks

import (
	"context"
	"slices"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"capas/internal/message"
	"capas/internal/nearest"
)

// containerNames are the names under which checks ask for a container that is there.
func containerNames(list []Check) map[string]bool {
	names := map[string]bool{}
	for _, c := range list {
		if c, ok := c.(ContainerExists); ok {
			names[c.Name] = true
		}
	}
	return names
}

// missing tells of the container that was probably meant, and what about it is not as wanted.
func (c ContainerExists) missing(ctx context.Context, f *Facts, all []container.Summary) (Result, error) {
	r := Result{Verdict: Fail, Got: message.New("checks.container.missing")}
	r.Next = message.New("checks.container.missing-next", message.Data{"Image": c.Image, "Name": c.Name, "Label": c.Label})
	free := c.free(f, all)
	meant := c.meant(f, free)
	switch {
	case len(all) == 0:
		r.Got = message.New("checks.container.none")
		return r, nil
	case meant == nil && len(free) < len(all):
		return r, nil
	case meant == nil:
		r.Got = message.New("checks.container.none-new")
		return r, nil
	}
	found, err := c.wrong(ctx, f, *meant)
	r.tell(found)
	return r, err
}

// wrong says what is not as wanted of a container: its image, its label or its name, the first that is not.
func (c ContainerExists) wrong(ctx context.Context, f *Facts, meant container.Summary) (clue, error) {
	data := message.Data{"Name": containerName(meant), "Label": c.Label, "Want": c.Image}
	ofImage, err := f.isOf(ctx, c.Image)
	if err != nil {
		return clue{}, err
	}
	switch of, err := ofImage(meant); {
	case err != nil:
		return clue{}, err
	case !of:
		near, err := c.imageNear(ctx, f, meant)
		return clue{near: near, next: c.again(meant)}, err
	case c.Label != "" && !hasLabel(meant.Labels, c.Label):
		return clue{near: labelNear(c.Label, meant), next: c.again(meant)}, nil
	}
	image, err := f.madeFrom(ctx, meant)
	data["Image"] = image
	found := clue{near: message.New("near.container-name", data)}
	if !f.isOldContainer(meant.ID) {
		found.next = message.New("near.container-name-next", message.Data{"Name": containerName(meant), "Want": c.Name})
	}
	return found, err
}

// imageNear speaks of a container of another image, or of one that had the name before it was built again.
func (c ContainerExists) imageNear(ctx context.Context, f *Facts, meant container.Summary) (message.Text, error) {
	full, err := f.container(ctx, meant.ID)
	if err != nil {
		return message.Text{}, err
	}
	if familiar(full.Config.Image) == familiar(c.Image) {
		return message.New("near.container-older", message.Data{"Name": containerName(meant), "Image": c.Image}), nil
	}
	image, err := f.madeFrom(ctx, meant)
	return message.New("near.container-image", message.Data{"Name": containerName(meant), "Image": image}), err
}

func labelNear(want string, meant container.Summary) message.Text {
	data := message.Data{"Name": containerName(meant)}
	if near := nearLabel(want, meant.Labels); near != "" {
		data["Have"] = near
		return message.New("near.container-label", data)
	}
	return message.New("near.container-unlabelled", data)
}

// again is how a container comes to be in place of one that cannot be changed. One that has the name keeps others from it.
func (c ContainerExists) again(meant container.Summary) message.Text {
	if c.Name == "" || containerName(meant) != c.Name {
		return message.New("near.container-create-next", message.Data{"Image": c.Image, "Name": c.Name, "Label": c.Label})
	}
	force := ""
	if meant.State == "running" || meant.State == "paused" || meant.State == "restarting" {
		force = "-f "
	}
	return message.New("near.container-again-next", message.Data{"Image": c.Image, "Name": c.Name, "Label": c.Label, "Force": force})
}

// free are the containers that no other check asks for by their name: those are where they belong.
func (c ContainerExists) free(f *Facts, all []container.Summary) []container.Summary {
	return slices.DeleteFunc(slices.Clone(all), func(other container.Summary) bool {
		name := containerName(other)
		return name != c.Name && f.taken[name]
	})
}

// meant is the container that was probably meant: the one of that name, of a name spelled nearly so, or the newest of those made
// in this attempt; nil where there is none.
func (c ContainerExists) meant(f *Facts, all []container.Summary) *container.Summary {
	if c.Name != "" {
		near := nearName(c.Name, all)
		if i := slices.IndexFunc(all, func(other container.Summary) bool { return containerName(other) == near }); i >= 0 {
			return &all[i]
		}
	}
	made := slices.DeleteFunc(slices.Clone(all), func(other container.Summary) bool { return f.isOldContainer(other.ID) })
	if len(made) == 0 {
		return nil
	}
	newest := slices.MinFunc(made, newestFirst)
	return &newest
}

// nearName is the name itself where a container has it, and something else about that one is not as wanted.
func nearName(name string, all []container.Summary) string {
	var names []string
	for _, c := range all {
		names = append(names, containerName(c))
	}
	if slices.Contains(names, name) {
		return name
	}
	return nearest.Word(name, names)
}

// exitNear says what an exit code that docker or a shell gives stands for.
func exitNear(code int) message.Text {
	switch code {
	case 126:
		return message.New("near.exit-126")
	case 127:
		return message.New("near.exit-127")
	case 130:
		return message.New("near.exit-130")
	case 137:
		return message.New("near.exit-137")
	case 143:
		return message.New("near.exit-143")
	}
	return message.Text{}
}

// stateClue says why a container does not run.
func (s containerState) stateClue(ctx context.Context, f *Facts, c container.Summary) (clue, error) {
	if s != "running" || c.State != "exited" && c.State != "created" {
		return clue{}, nil
	}
	full, err := f.container(ctx, c.ID)
	if err != nil {
		return clue{}, err
	}
	code := full.State.ExitCode
	switch {
	case c.State == "exited":
		return clue{near: message.New("near.state-exited", message.Data{"Code": code})}, nil
	case code != 0: // docker tried to start it
		return clue{near: exitNear(code), next: message.New("near.state-broken-next", message.Data{"Name": containerName(c)})}, nil
	}
	return clue{near: message.New("near.state-created")}, nil
}

// whoChanged is the container of this attempt in which a path has changed, "" where there is none.
func (f *Facts) whoChanged(ctx context.Context, p string) (string, error) {
	const most = 5
	all, err := f.allContainers(ctx)
	for _, c := range all[:min(len(all), most)] {
		if f.isOldContainer(c.ID) {
			continue
		}
		paths, err := f.changes(ctx, c.ID)
		switch {
		case errdefs.IsNotFound(err):
		case err != nil:
			return "", err
		case slices.Contains(paths, p):
			return containerName(c), nil
		}
	}
	return "", err
}

// stateNext is how a container comes from the state that it is in to another one.
func stateNext(want, is, name string) message.Text {
	data := message.Data{"Name": name}
	switch {
	case is == "paused":
		return message.New("near.state-unpause-next", data)
	case want == "running":
		return message.New("checks.container.run-next", data)
	case want == "exited" && is == "created":
		return message.New("near.state-start-next", data)
	case want == "exited":
		return message.New("checks.container.stop-next", data)
	case want == "paused" && is == "running":
		return message.New("near.state-pause-next", data)
	}
	return message.New("checks.container.state-next")
}
