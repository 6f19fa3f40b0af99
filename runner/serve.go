package runner

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	dockerregistry "github.com/docker/docker/api/types/registry"

	"capas/internal/message"
	"capas/lessons"
	"capas/runner/engine"
	"capas/runner/progress"
	"capas/runner/registry"
)

// serve sees to it that the mirror and the registry answer, from now on until Close, if a lesson names them and they are this
// machine's. That they do not is told, and the lesson goes on.
func (t *Tutor) serve(ctx context.Context, l *lessons.Lesson) {
	if t.member != nil || t.Registry == "" {
		return
	}
	values := t.Values(ctx, l)
	if !l.Names(lessons.Mirror, values) && !l.Names(lessons.Registry, values) {
		return
	}
	if err := t.join(ctx, l.Vars, values); err != nil && ctx.Err() == nil {
		t.warn(err)
	}
}

// join serves both where both are this machine's: every lesson wants the same, and so does every other capas.
func (t *Tutor) join(ctx context.Context, vars lessons.Vars, values lessons.Values) error {
	c := registry.Config{Dir: t.Registry}
	if at := vars.Expand("${mirror}", values); registry.Local(at) {
		c.Mirror = at
	}
	if at := vars.Expand("${registry}", values); registry.Local(at) {
		c.Registry = at
	}
	if c.Mirror == "" && c.Registry == "" {
		return nil
	}
	var err error
	if c.Account, err = registry.OpenAccount(c.Dir); err == nil {
		t.member, err = registry.Join(ctx, c)
	}
	if pathErr := new(fs.PathError); errors.As(err, &pathErr) {
		return &unkeptError{c.Dir, err}
	}
	return err
}

// unkeptError says that what is served cannot be kept.
type unkeptError struct {
	dir string
	err error
}

func (e *unkeptError) Error() string { return "serving from " + e.dir + ": " + e.err.Error() }

func (e *unkeptError) Unwrap() error { return e.err }

// Advice implements message.Adviser.
func (e *unkeptError) Advice() message.Advice {
	data := message.Data{"Path": e.dir, "Why": (&progress.Error{Err: e.err}).Why()}
	return message.Advice{Reason: message.New("runner.unkept", data), Remedy: message.New("runner.unkept-remedy", data)}
}

// unserved says that nobody but this program, which is about to end, serves what the exercise pulls from or pushes to.
func (t *Tutor) unserved(a *Attempt) message.Text {
	solution := a.Lesson.Expand(a.Item.Exercise.Solution, a.Values)
	if t.member == nil || !t.member.First || !slices.ContainsFunc(strings.Fields(solution), travels) {
		return message.Text{}
	}
	for _, name := range []string{"${registry}", "${mirror}"} {
		if at := a.Lesson.Expand(name, a.Values); registry.Local(at) && strings.Contains(solution, at) {
			return message.New("runner.unserved", message.Data{"Address": at})
		}
	}
	return message.Text{}
}

// travels knows the words by which a registry is asked.
func travels(word string) bool { return word == "pull" || word == "push" || word == "login" }

// Serve answers at the addresses of the mirror and the registry until the context ends.
func (t *Tutor) Serve(ctx context.Context) error {
	vars := t.Course.Vars
	if err := t.join(ctx, vars, t.Set); err != nil {
		return err
	}
	values := maps.Clone(t.Set)
	maps.Copy(values, t.account(vars, t.Set))
	data := message.Data{}
	for _, name := range []string{lessons.Mirror, lessons.Registry, lessons.User, lessons.Password} {
		data[name] = vars.Expand("${"+name+"}", values)
	}
	if t.member == nil {
		return refuse(message.New("runner.not-served", data), message.New("runner.not-served-remedy"))
	}
	t.print(t.Page.Line(t.Say.Sayf("runner.serving", data)))
	<-ctx.Done()
	return nil
}

// Close ends what the tutor keeps running, and its connections.
func (t *Tutor) Close() {
	t.Engine.Close()
	t.Leave()
}

// Leave ends serving what a lesson needed.
func (t *Tutor) Leave() {
	if t.member == nil {
		return
	}
	if err := t.member.Leave(); err != nil {
		t.warn(err)
	}
	t.member = nil
}

// account are the variables of the learner's account in the registry: the one that is made here or, elsewhere, words that stand
// for it.
func (t *Tutor) account(vars lessons.Vars, values lessons.Values) lessons.Values {
	if t.Registry == "" || !registry.Local(vars.Expand("${registry}", values)) {
		return lessons.Values{
			lessons.User:     t.Say.Sayf("runner.your-user"),
			lessons.Password: t.Say.Sayf("runner.your-password"),
		}
	}
	a, err := registry.OpenAccount(t.Registry)
	if err != nil {
		t.warn(err)
		return nil
	}
	return lessons.Values{lessons.User: a.User, lessons.Password: a.Password}
}

// registries are those of one attempt, as the checks ask them. It may be used beside the tutor.
type registries struct {
	engine.Credentials
	own     string // the one that is served here
	account dockerregistry.AuthConfig
}

func (t *Tutor) registries(l *lessons.Lesson, values lessons.Values) registries {
	r := registries{Credentials: t.Logins}
	if at := l.Expand("${registry}", values); registry.Local(at) {
		r.own = at
		r.account = dockerregistry.AuthConfig{Username: values[lessons.User], Password: values[lessons.Password]}
	}
	return r
}

// Reader is the learner, or whose account it is where it is known.
func (r registries) Reader(host string) (dockerregistry.AuthConfig, error) {
	if host == r.own && r.account.Password != "" {
		return r.account, nil
	}
	return r.Login(host)
}
