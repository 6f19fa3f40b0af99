package runner

import (
	"context"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"github.com/docker/docker/client"

	"capas/internal/message"
	"capas/lessons"
	"capas/runner/progress"
)

// reach is how long a registry may take to answer before the image that needs none is used.
const reach = 2 * time.Second

// Values are what the lesson's variables stand for: what the learner set, what an earlier attempt at the lesson chose,
// or what is chosen now and kept from now on. Where the engine does not answer, images stand for the online ones and nothing is kept.
func (t *Tutor) Values(ctx context.Context, l *lessons.Lesson) lessons.Values {
	if v, ok := t.values[l.ID]; ok {
		return v
	}
	values := t.attempted(l)
	keep := true
	for name, v := range l.Vars {
		if _, ok := values[name]; ok {
			continue
		}
		switch {
		case len(v.Pick) > 0:
			values[name] = v.Pick[rand.IntN(len(v.Pick))]
		case v.Online != "":
			ref, ok := t.chooseImage(ctx, l.Vars.Expand(v.Online, t.Set), l.Vars.Expand(v.Offline, t.Set))
			values[name] = ref
			keep = keep && ok
		}
	}
	if l.Vars[lessons.Workspace].Value == lessons.UsualWorkspace(l.ID) {
		values[lessons.Workspace] = t.path(filepath.Join(t.Workspaces, l.ID))
	}
	maps.Copy(values, t.Set)
	if l.Names(lessons.Registry, values) || l.Names(lessons.User, values) || l.Names(lessons.Password, values) {
		maps.Copy(values, t.account(l.Vars, values))
		maps.Copy(values, t.Set)
	}
	if keep {
		if t.values == nil {
			t.values = map[string]lessons.Values{}
		}
		t.values[l.ID] = values
	}
	return values
}

// attempted are the values of the newest attempt at an exercise of the lesson.
func (t *Tutor) attempted(l *lessons.Lesson) lessons.Values {
	var newest *progress.Attempt
	for _, it := range l.Items() {
		a, err := t.Attempts.Load(t.Course.ID, it.ID)
		if err == nil && a != nil && (newest == nil || a.Began.After(newest.Began)) {
			newest = a
		}
	}
	if newest == nil || newest.Values == nil {
		return lessons.Values{}
	}
	return maps.Clone(newest.Values)
}

// reroll picks anew what was picked at random, another value where there is one: an exercise that is done again
// is not done by what is there already.
func (t *Tutor) reroll(ctx context.Context, l *lessons.Lesson) {
	values := t.Values(ctx, l)
	for name, v := range l.Vars {
		others := slices.DeleteFunc(slices.Clone(v.Pick), func(p string) bool { return p == values[name] })
		if _, set := t.Set[name]; !set && len(others) > 0 {
			values[name] = others[rand.IntN(len(others))]
		}
	}
}

// noteImages says which images stand in for those that cannot be had here.
func (t *Tutor) noteImages(ctx context.Context, l *lessons.Lesson) {
	values := t.Values(ctx, l)
	for _, name := range slices.Sorted(maps.Keys(l.Vars)) {
		v := l.Vars[name]
		if v.Online == "" || !l.Names(name, values) || values[name] != l.Vars.Expand(v.Offline, t.Set) {
			continue
		}
		t.print(t.Page.Note(t.Say.Sayf("runner.offline-image", message.Data{
			"Image": values[name], "Online": l.Vars.Expand(v.Online, t.Set), "Name": name,
		})))
	}
}

// chooseImage takes the one that the engine has, else the online one if a registry has it and answers soon, else the offline one.
func (t *Tutor) chooseImage(ctx context.Context, online, offline string) (ref string, ok bool) {
	cli, err := t.Engine.Client(ctx)
	if err != nil {
		return online, false
	}
	for _, ref := range []string{online, offline} {
		if _, err := cli.ImageInspect(ctx, ref); err == nil {
			return ref, true
		}
	}
	if !t.Offline && reachable(ctx, cli, online) {
		return online, true
	}
	return offline, ctx.Err() == nil
}

func reachable(ctx context.Context, cli *client.Client, ref string) bool {
	ctx, cancel := context.WithTimeout(ctx, reach)
	defer cancel()
	_, err := cli.DistributionInspect(ctx, ref, "")
	return err == nil
}
