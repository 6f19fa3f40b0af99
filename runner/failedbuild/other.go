package failedbuild

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/docker/go-connections/nat"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/sys/signal"

	"capas/internal/message"
	"capas/internal/nearest"
)

// look is one thing that may be wrong with a step.
type look func(context.Context, *recipe, *step) Explanation

// stopped explains the step at which the classic builder stopped.
func (x *inquiry) stopped(ctx context.Context, r *recipe, s *step) Explanation {
	for _, look := range []look{x.needsBuildKit, x.fullDisk, x.impossible, x.classicCopy, x.ran, x.copied, x.baseMissing, x.userMissing} {
		if e := look(ctx, r, s); !e.isNone() {
			return e
		}
	}
	if x.Error == "" {
		return none
	}
	data := r.data(s)
	data["Error"] = short(x.Error)
	return Explanation{What: message.New("build.stopped", data), Found: message.New("build.stopped-found", data), Next: message.New("build.stopped-next", data)}
}

// impossible says why a step can work with no builder.
func (x *inquiry) impossible(ctx context.Context, r *recipe, s *step) Explanation {
	switch c := s.command.(type) {
	case *instructions.Stage:
		if e := x.baseUnset(r, s); !e.isNone() {
			return e
		}
		return x.baseInvalid(ctx, r, s)
	case *instructions.CopyCommand, *instructions.AddCommand:
		return x.impossibleCopy(ctx, r, s)
	case *instructions.RunCommand:
		return x.impossibleRun(ctx, r, s)
	case *instructions.ExposeCommand:
		return wrongPort(r, s, c)
	case *instructions.StopSignalCommand:
		return wrongSignal(r, s, c)
	}
	return none
}

// doubtful says what is strange about a step, where nobody knows whether it was that.
func (x *inquiry) doubtful(ctx context.Context, r *recipe, s *step) Explanation {
	if x.told() {
		return none
	}
	for _, look := range []look{x.suspect, x.userBeforeRun, x.classicCopy} {
		if e := look(ctx, r, s); !e.isNone() {
			return e
		}
	}
	if s.word == "FROM" {
		return x.baseMissing(ctx, r, s)
	}
	return none
}

// recent knows what only the newer versions of docker understand.
func (x *inquiry) recent(_ context.Context, r *recipe, s *step) Explanation {
	flags, _ := s.arguments()
	switch {
	case len(s.node.Heredocs) > 0:
		return x.onlyNew(r, s, "<<")
	case strings.Contains(flags, "--link"):
		return x.onlyNew(r, s, "--link")
	}
	return none
}

// onlyNew speaks of what the classic builder does not understand, nor do all versions of BuildKit.
func (x *inquiry) onlyNew(r *recipe, s *step, what string) Explanation {
	if x.classic() {
		return r.buildKitOnly(s, what)
	}
	data := r.data(s)
	data["Name"] = what
	return Explanation{What: message.New("build.recent", data), Next: message.New("build.recent-next", data)}
}

// refusal says what docker has against a Dockerfile that we can read, or against what was asked of it.
func (x *inquiry) refusal(r *recipe) Explanation {
	if r.target() == nil {
		return r.noTarget()
	}
	if m := regexp.MustCompile(`(?i)unknown flag: -*([a-z-]+)`).FindStringSubmatch(x.Error); m != nil {
		for _, s := range r.steps {
			if flags, _ := s.arguments(); strings.Contains(flags, "--"+m[1]) {
				return x.onlyNew(r, s, "--"+m[1])
			}
		}
	}
	if x.saidAny("parse error") {
		for _, s := range r.steps {
			if len(s.node.Heredocs) > 0 {
				return x.onlyNew(r, s, "<<")
			}
		}
	}
	return none
}

func (r *recipe) noTarget() Explanation {
	data := message.Data{"Command": r.call.name, "Target": r.call.target, "Dockerfile": r.place.shown}
	e := Explanation{What: message.New("build.no-target", data), Next: message.New("build.no-target-next", data)}
	names := r.stageNames(nil)
	if len(names) > 0 {
		data["Names"] = names
		e.Found = message.New("build.no-target-found", data)
	}
	if near := nearest.Word(r.call.target, names); near != "" {
		data["Retyped"] = r.call.retyped(r.call.target, near)
		e.Next = message.New("build.type", data)
	}
	return e
}

// needsBuildKit knows what the classic builder says of what it cannot do.
func (x *inquiry) needsBuildKit(_ context.Context, r *recipe, s *step) Explanation {
	if !x.saidAny("requires buildkit") {
		return none
	}
	flags, _ := s.arguments()
	for flag := range strings.FieldsSeq(flags) {
		name, _, _ := strings.Cut(flag, "=")
		if strings.Contains(x.Error, name) {
			return r.buildKitOnly(s, name)
		}
	}
	return r.buildKitOnly(s, s.word)
}

func (r *recipe) buildKitOnly(s *step, what string) Explanation {
	data := r.data(s)
	data["Name"] = what
	e := Explanation{What: message.New("build.buildkit", data), Next: message.New("build.buildkit-next", data)}
	switch what {
	case "--chmod":
		e.Next = message.New("build.buildkit-chmod", data)
	case "<<":
		e.Next = message.New("build.buildkit-heredoc", data)
	}
	return e
}

// fullDisk knows that nothing more fits.
func (x *inquiry) fullDisk(_ context.Context, r *recipe, s *step) Explanation {
	if !x.saidAny("no space left on device") {
		return none
	}
	data := r.data(s)
	return Explanation{What: message.New("build.full", data), Found: message.New("build.full-found"), Next: message.New("build.full-next", data)}
}

func wrongPort(r *recipe, s *step, c *instructions.ExposeCommand) Explanation {
	if e := inlineComment(r, s, c.Ports); !e.isNone() {
		return e
	}
	for _, port := range c.Ports {
		value, ok := r.word(port, s)
		if !ok {
			continue
		}
		if _, _, err := nat.ParsePortSpecs([]string{value}); err != nil {
			data := r.data(s)
			data["Port"] = short(port)
			return Explanation{What: message.New("build.port", data), Next: message.New("build.port-next", data)}
		}
	}
	return none
}

func wrongSignal(r *recipe, s *step, c *instructions.StopSignalCommand) Explanation {
	value, ok := r.word(c.Signal, s)
	if !ok {
		return none
	}
	if _, err := signal.ParseSignal(value); err == nil {
		return none
	}
	data := r.data(s)
	data["Signal"] = short(value)
	e := Explanation{What: message.New("build.signal", data), Next: message.New("build.signal-next", data)}
	if near := nearest.Word(strings.TrimPrefix(strings.ToUpper(value), "SIG"), signalNames()); near != "" {
		data["Near"], data["Meant"] = "SIG"+near, "STOPSIGNAL SIG"+near
		e.Near, e.Next = message.New("build.signal-near", data), message.New("build.write", data)
	}
	return e
}

func signalNames() []string {
	var names []string
	for name := range signal.SignalMap {
		if !strings.HasPrefix(name, "RT") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// userMissing knows the USER that docker could not find.
func (x *inquiry) userMissing(ctx context.Context, r *recipe, s *step) Explanation {
	if s.word != "USER" || !x.saidAny("unable to find user", "no matching entries") {
		return none
	}
	return x.unknownUser(ctx, r, s)
}

// userBeforeRun knows a USER whom the base does not know, where something is run as them and nothing before can have made them.
func (x *inquiry) userBeforeRun(ctx context.Context, r *recipe, s *step) Explanation {
	if s.word != "RUN" || s.user == nil || s.user.stage != s.stage || !s.user.changedOnlyBy() {
		return none
	}
	name, ok := x.userName(r, s.user)
	if !ok || regexp.MustCompile(`^\d*$`).MatchString(name) {
		return none
	}
	names := x.users(ctx, s)
	if len(names) == 0 || slices.Contains(names, name) {
		return none
	}
	return x.unknownUser(ctx, r, s.user)
}

// userName is the user of a USER, without the group.
func (x *inquiry) userName(r *recipe, s *step) (string, bool) {
	c, ok := s.command.(*instructions.UserCommand)
	if !ok {
		return "", false
	}
	value, ok := r.word(c.User, s)
	name, _, _ := strings.Cut(value, ":")
	return name, ok
}

// users are the names in the passwd of the image that a step begins from.
func (x *inquiry) users(ctx context.Context, s *step) []string {
	img, _, there := x.image(ctx, s)
	if !there {
		return nil
	}
	content, err := x.facts.FileContent(ctx, img, "/etc/passwd")
	if err != nil {
		return nil
	}
	var names []string
	for line := range strings.Lines(string(content)) {
		if name, _, ok := strings.Cut(line, ":"); ok && name != "" {
			names = append(names, name)
		}
	}
	return names
}

func (x *inquiry) unknownUser(ctx context.Context, r *recipe, s *step) Explanation {
	name, ok := x.userName(r, s)
	if !ok {
		return none
	}
	data := r.data(s)
	data["User"] = short(name)
	e := Explanation{What: message.New("build.user", data), Next: message.New("build.user-next", data)}
	if near := nearest.Word(name, x.users(ctx, s)); near != "" {
		data["Near"], data["Meant"] = near, short(strings.Replace(s.source(), name, near, 1))
		e.Near, e.Next = message.New("build.user-near", data), message.New("build.write", data)
	}
	return e
}
