package checks

import (
	"context"
	"errors"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/image"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

// configParts are the fields of an image's configuration, by the words of DESIGN and of `docker inspect`.
var configParts = []struct {
	key   string
	parse func(ref string, n *strictyaml.Node) ([]Check, error)
}{
	{"cmd", parseCommand("CMD")},
	{"entrypoint", parseCommand("ENTRYPOINT")},
	{"env", parseEnv},
	{"user", parseSetting("USER")},
	{"workdir", parseSetting("WORKDIR")},
	{"labels", parseLabels},
	{"ports", parsePorts},
	{"volumes", parseVolumes},
	{"healthcheck", parseHealthcheck},
	{"stopsignal", parseSetting("STOPSIGNAL")},
}

func parseConfig(ref string, n *strictyaml.Node) ([]Check, error) {
	var known []string
	for _, part := range configParts {
		known = append(known, part.key)
	}
	if _, err := n.Known("config", known...); err != nil {
		return nil, err
	}
	var list []Check
	for _, part := range configParts {
		v := n.Get(part.key)
		if v == nil {
			continue
		}
		more, err := part.parse(ref, v)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

// onConfig asks something of the configuration of an image that is there.
func (f *Facts) onConfig(ctx context.Context, ref string, want message.Text, ask func(*dockerspec.DockerOCIImageConfig) Result) (Result, error) {
	return f.onImage(ctx, ref, want, func(img image.InspectResponse) (Result, error) {
		return ask(configOf(img)), nil
	})
}

// configOf is the image's configuration, an empty one where the engine leaves it out.
func configOf(img image.InspectResponse) *dockerspec.DockerOCIImageConfig {
	if img.Config == nil {
		return &dockerspec.DockerOCIImageConfig{}
	}
	return img.Config
}

// settingText says what an instruction of the Dockerfile has set, or that it has set nothing.
func settingText(ref, instruction, value string) message.Text {
	data := message.Data{"Image": ref, "Instruction": instruction, "Value": value}
	if value == "" {
		return message.New("checks.config.unset", data)
	}
	return message.New("checks.config.set", data)
}

func parseSetting(word string) func(string, *strictyaml.Node) ([]Check, error) {
	return func(ref string, n *strictyaml.Node) ([]Check, error) {
		value, err := n.Text()
		if err == nil && value == "" {
			err = n.Errorf("an empty %s: write what it should be", word)
		}
		return []Check{ImageSetting{ref, word, value}}, err
	}
}

// ImageSetting is the user, the working directory or the stop signal of an image. No user, root and 0 are one; so are no
// working directory and /, and a user's name and number where the image's /etc/passwd says so.
type ImageSetting struct{ Ref, Instruction, Value string }

// Eval compares the value.
func (c ImageSetting) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := message.Data{"Image": c.Ref, "Instruction": c.Instruction, "Value": c.Value}
	return f.onImage(ctx, c.Ref, message.New("checks.config.want", data), func(img image.InspectResponse) (Result, error) {
		config := configOf(img)
		got := map[string]string{"USER": config.User, "WORKDIR": config.WorkingDir, "STOPSIGNAL": config.StopSignal}[c.Instruction]
		holds := c.plain(got) == c.plain(c.Value)
		if !holds && c.Instruction == "USER" {
			var err error
			if holds, err = f.isSameUser(ctx, img, got, c.Value); err != nil {
				return Result{}, err
			}
		}
		r := answer(holds, settingText(c.Ref, c.Instruction, got), message.New("checks.config.next", data))
		if holds {
			return r, nil
		}
		found, err := c.settingClue(ctx, f, img, got)
		r.tell(found)
		return r, err
	})
}

// plain is one spelling for values that mean the same.
func (c ImageSetting) plain(value string) string {
	switch {
	case c.Instruction == "WORKDIR":
		return path.Join("/", value)
	case c.Instruction == "USER" && (value == "" || value == "0"):
		return "root"
	case c.Instruction == "STOPSIGNAL" && value != "":
		return strings.TrimPrefix(strings.ToUpper(value), "SIG")
	}
	return value
}

func parseEnv(ref string, n *strictyaml.Node) ([]Check, error) {
	var list []Check
	if n.Kind == strictyaml.List {
		names, err := n.Texts()
		for _, name := range names {
			list = append(list, ImageEnv{Ref: ref, Name: name, Any: true})
		}
		return list, err
	}
	values, err := parseValues(n)
	for _, v := range values {
		list = append(list, ImageEnv{Ref: ref, Name: v.name, Value: v.value})
	}
	return list, err
}

type nameValue struct{ name, value string }

func parseValues(n *strictyaml.Node) ([]nameValue, error) {
	fields, err := n.Map()
	var list []nameValue
	for _, f := range fields {
		value, err := f.Value.Text()
		if err != nil {
			return nil, err
		}
		list = append(list, nameValue{f.Key.Value, value})
	}
	return list, err
}

// ImageEnv is that a variable is set in the image, to exactly this value or, of a list of names, to any.
type ImageEnv struct {
	Ref, Name, Value string
	Any              bool
}

// Eval looks the variable up.
func (c ImageEnv) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := message.Data{"Image": c.Ref, "Name": c.Name, "Value": c.Value}
	want := message.New("checks.config.env-want", data)
	if c.Any {
		want = message.New("checks.config.env-any-want", data)
	}
	return f.onImage(ctx, c.Ref, want, func(img image.InspectResponse) (Result, error) {
		env := envOf(configOf(img).Env)
		got, set := env[c.Name]
		next := message.New("checks.config.env-next", message.Data{"Setting": c.setting()})
		if !set {
			r := answer(false, message.New("checks.config.env-unset", data), next)
			near, err := c.envNear(ctx, f, img, slices.Sorted(maps.Keys(env)))
			r.Near = near
			return r, err
		}
		r := answer(c.Any || got == c.Value, message.New("checks.config.env-set", message.Data{"Name": c.Name, "Value": got}), next)
		if r.Verdict == Fail {
			r.Near = valueNear(got, c.Value)
		}
		return r, nil
	})
}

// setting is the variable as it is written after ENV.
func (c ImageEnv) setting() string {
	switch {
	case c.Any:
		return c.Name + "=…"
	case strings.ContainsAny(c.Value, " \t\"'$\\"):
		return c.Name + "=" + strconv.Quote(c.Value)
	}
	return c.Name + "=" + c.Value
}

func envOf(list []string) map[string]string {
	env := map[string]string{}
	for _, e := range list {
		name, value, _ := strings.Cut(e, "=")
		env[name] = value
	}
	return env
}

func parseLabels(ref string, n *strictyaml.Node) ([]Check, error) {
	values, err := parseValues(n)
	var list []Check
	for _, v := range values {
		list = append(list, ImageLabel{ref, v.name, v.value})
	}
	return list, err
}

// ImageLabel is that a label of the image has exactly this value.
type ImageLabel struct{ Ref, Name, Value string }

// Eval looks the label up.
func (c ImageLabel) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := message.Data{"Image": c.Ref, "Name": c.Name, "Value": c.Value}
	return f.onConfig(ctx, c.Ref, message.New("checks.config.label-want", data), func(config *dockerspec.DockerOCIImageConfig) Result {
		got, set := config.Labels[c.Name]
		next := message.New("checks.config.label-next", data)
		if !set {
			r := answer(false, message.New("checks.config.label-unset", data), next)
			r.Near = nameNear("LABEL", c.Name, slices.Sorted(maps.Keys(config.Labels)))
			return r
		}
		r := answer(got == c.Value, message.New("checks.config.label-set", message.Data{"Image": c.Ref, "Name": c.Name, "Value": got}), next)
		r.Near = valueNear(got, c.Value)
		return r
	})
}

func parsePorts(ref string, n *strictyaml.Node) ([]Check, error) {
	texts, err := n.Texts()
	var list []Check
	for _, text := range texts {
		number, protocol, given := strings.Cut(text, "/")
		if !given {
			protocol = "tcp"
		}
		if p, err := strconv.ParseUint(number, 10, 16); err != nil || p == 0 || !slices.Contains([]string{"tcp", "udp", "sctp"}, protocol) {
			return nil, n.Errorf("%q is no port: write it like 80, 80/tcp or 53/udp, in quotes", text)
		}
		list = append(list, ImageDeclares{ref, "EXPOSE", number + "/" + protocol})
	}
	return list, err
}

func parseVolumes(ref string, n *strictyaml.Node) ([]Check, error) {
	paths, err := n.Texts()
	var list []Check
	for _, p := range paths {
		if !path.IsAbs(p) {
			return nil, n.Errorf("%q is no volume of an image: want a path from / on", p)
		}
		list = append(list, ImageDeclares{ref, "VOLUME", path.Clean(p)})
	}
	return list, err
}

// ImageDeclares is that the image declares a port (EXPOSE; tcp where nothing else is said) or a volume.
type ImageDeclares struct{ Ref, Instruction, Value string }

// Eval looks it up among those that the image declares.
func (c ImageDeclares) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := message.Data{"Image": c.Ref, "Instruction": c.Instruction, "Value": c.Value}
	return f.onConfig(ctx, c.Ref, message.New("checks.config.declares-want", data), func(config *dockerspec.DockerOCIImageConfig) Result {
		declared := config.ExposedPorts
		if c.Instruction == "VOLUME" {
			declared = config.Volumes
		}
		got := slices.Sorted(maps.Keys(declared))
		r := answer(slices.Contains(got, c.Value), declaredText(c, got), message.New("checks.config.declares-next", data))
		if r.Verdict == Fail && c.Instruction == "EXPOSE" {
			r.Near = portNear(c.Value, got)
		}
		return r
	})
}

func declaredText(c ImageDeclares, got []string) message.Text {
	data := message.Data{"Image": c.Ref, "Instruction": c.Instruction, "Values": quoted(got)}
	if len(got) == 0 {
		return message.New("checks.config.unset", data)
	}
	return message.New("checks.config.declares", data)
}

func parseHealthcheck(ref string, n *strictyaml.Node) ([]Check, error) {
	if n.Kind == strictyaml.Bool && n.Value == "false" {
		return []Check{ImageHealthcheck{Ref: ref}}, nil
	}
	text, err := n.Text()
	if err == nil && text == "" {
		err = n.Errorf("an empty healthcheck: write a part of its command, or false for none")
	}
	return []Check{ImageHealthcheck{ref, text}}, err
}

// ImageHealthcheck is that the image's health check has this text in its command; with no text, that there is no health check.
type ImageHealthcheck struct{ Ref, Text string }

// Eval looks into the test command.
func (c ImageHealthcheck) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := message.Data{"Image": c.Ref, "Instruction": "HEALTHCHECK", "Value": c.Text}
	want := message.New("checks.config.contains-want", data)
	if c.Text == "" {
		want = message.New("checks.config.none-want", data)
	}
	return f.onImage(ctx, c.Ref, want, func(img image.InspectResponse) (Result, error) {
		switch lost, err := f.lostHealthcheck(ctx, img); {
		case err != nil:
			return Result{}, err
		case lost != "":
			said := message.New("checks.unknown.healthcheck", message.Data{"Image": c.Ref, "Instruction": lost})
			return Result{Got: said, Next: message.New("checks.unknown.unsupported-next")}, errHealthcheck
		}
		got := healthTest(configOf(img).Healthcheck)
		holds := c.Text != "" && strings.Contains(got, c.Text) || c.Text == "" && got == ""
		next := message.New("checks.config.contains-next", data)
		if c.Text == "" {
			next = message.New("checks.config.none-next", data)
		}
		return answer(holds, settingText(c.Ref, "HEALTHCHECK", got), next), nil
	})
}

var errHealthcheck = errors.New("the engine keeps no health checks")

// lostHealthcheck is the instruction that the image was built with and that the engine did not keep, if any: Podman builds images
// in a format that has no place for it, and does not say of others that they have one.
func (f *Facts) lostHealthcheck(ctx context.Context, img image.InspectResponse) (string, error) {
	if configOf(img).Healthcheck != nil {
		return "", nil
	}
	rows, err := f.history(ctx, img)
	for _, row := range rowTexts(rows) {
		if strings.HasPrefix(row, "HEALTHCHECK ") && row != "HEALTHCHECK NONE" {
			return row, err
		}
		if row == "HEALTHCHECK NONE" {
			break
		}
	}
	return "", err
}

func healthTest(h *dockerspec.HealthcheckConfig) string {
	if h == nil || len(h.Test) == 0 || h.Test[0] == "NONE" {
		return ""
	}
	return strings.Join(h.Test[1:], " ")
}
