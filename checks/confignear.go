package checks

import (
	"context"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/image"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"

	"capas/internal/message"
	"capas/internal/nearest"
)

// valueNear says how a value differs from the one wanted where it does not show at first sight.
func valueNear(got, want string) message.Text {
	data := message.Data{"Want": want}
	switch {
	case got == want || got == "":
		return message.Text{}
	case strings.Trim(got, `"'`) == want:
		return message.New("near.quotes")
	case strings.TrimSpace(strings.TrimPrefix(got, "=")) == want:
		return message.New("near.blanks")
	case strings.EqualFold(got, want):
		return message.New("near.capitals", data)
	}
	return message.Text{}
}

// nameNear is the name, of those that are there, that was probably meant.
func nameNear(instruction, want string, have []string) message.Text {
	have = slices.DeleteFunc(slices.Clone(have), func(h string) bool { return h == want })
	near := nearest.Word(want, have)
	data := message.Data{"Line": instruction + " " + near}
	switch {
	case near == "":
		return message.Text{}
	case strings.EqualFold(near, want):
		return message.New("near.name-case", data)
	}
	return message.New("near.name", data)
}

// envNear says where a variable is that the image has not got: under nearly its name, or where it does not last.
func (c ImageEnv) envNear(ctx context.Context, f *Facts, img image.InspectResponse, names []string) (message.Text, error) {
	if near := nameNear("ENV", c.Name, names); !near.IsZero() {
		return near, nil
	}
	rows, err := f.history(ctx, img)
	name := regexp.QuoteMeta(c.Name)
	for _, row := range rowTexts(rows) {
		data := message.Data{"Row": row}
		switch {
		case regexp.MustCompile("^ARG " + name + "(=|$)").MatchString(row):
			return message.New("near.env-arg", data), err
		case regexp.MustCompile(`^RUN (.*\W)?` + name + "=").MatchString(row):
			return message.New("near.env-run", data), err
		}
	}
	return message.Text{}, err
}

// settingClue says what is behind a user or a working directory that is another one than it should be.
func (c ImageSetting) settingClue(ctx context.Context, f *Facts, img image.InspectResponse, got string) (clue, error) {
	rows, err := f.history(ctx, img)
	if err != nil {
		return clue{}, err
	}
	if found := overriddenClue(rowTexts(rows), c.Ref, c.Instruction, c.Value); !found.near.IsZero() {
		return found, nil
	}
	switch c.Instruction {
	case "USER":
		near, err := c.userNear(ctx, f, img, got)
		return clue{near: near}, err
	case "WORKDIR":
		return clue{near: c.workdirNear(rowTexts(rows), got)}, nil
	}
	return clue{near: valueNear(got, c.Value)}, nil
}

func (c ImageSetting) workdirNear(rows []string, got string) message.Text {
	is, want := path.Clean("/"+got), path.Clean("/"+c.Value)
	moved := slices.IndexFunc(rows, changesFolder.MatchString)
	switch {
	case is == "/" && moved >= 0:
		return message.New("near.workdir-cd", message.Data{"Row": rows[moved]})
	case len(is) > len(want) && strings.HasSuffix(is, want):
		return message.New("near.workdir-relative", message.Data{"Got": got})
	}
	return valueNear(got, c.Value)
}

var changesFolder = regexp.MustCompile(`^RUN (.*[\s;&|])?cd\s`)

// overriddenClue speaks of a row that says what is wanted where one after it says something else.
func overriddenClue(rows []string, ref, instruction, value string) clue {
	says := func(row string) bool { return squeezed(row) == squeezed(instruction+value) }
	if !slices.ContainsFunc(rows, says) {
		return clue{}
	}
	data := message.Data{"Instruction": instruction, "Image": ref}
	return clue{near: message.New("near.overridden", data), next: message.New("near.overridden-next", data)}
}

// userNear says that root is the user where none is named, and which number a name has where the other is a number.
func (c ImageSetting) userNear(ctx context.Context, f *Facts, img image.InspectResponse, got string) (message.Text, error) {
	user, _, grouped := strings.Cut(got, ":")
	switch {
	case got == "":
		return message.New("near.user-root"), nil
	case grouped && user == c.Value:
		return message.New("near.user-group", message.Data{"Got": got, "Value": c.Value}), nil
	case isNumber(got) == isNumber(c.Value):
		return valueNear(got, c.Value), nil
	}
	name := c.Value
	if isNumber(name) {
		name = got
	}
	id, known, err := f.accountID(ctx, img, "/etc/passwd", name)
	if err != nil || !known {
		return message.Text{}, err
	}
	return message.New("near.user-number", message.Data{"Name": name, "Number": strconv.Itoa(id)}), nil
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

// near says where the words of a command are right and only their form is not, or their place.
func (c ImageCommand) near(config *dockerspec.DockerOCIImageConfig) message.Text {
	got, other := config.Cmd, config.Entrypoint
	data := message.Data{"Instruction": c.Instruction, "Other": "ENTRYPOINT"}
	if c.Instruction == "ENTRYPOINT" {
		got, other, data["Other"] = other, got, "CMD"
	}
	inShell := isShellForm(got, config.Shell)
	switch {
	case slices.Equal(other, c.wanted(config.Shell)):
		return message.New("near.command-other", data)
	case c.Shell && !inShell && strings.Join(got, " ") == c.Args[0]:
		return message.New("near.command-exec", data)
	case c.Shell || len(got) == 0:
		return message.Text{}
	case inShell && got[len(got)-1] == strings.Join(c.Args, " "):
		return message.New("near.command-shell", data)
	case inShell && strings.HasPrefix(got[len(got)-1], "["):
		return message.New("near.command-quotes", data)
	case len(c.Args) > 1 && len(got) == 1 && got[0] == strings.Join(c.Args, " "):
		return message.New("near.command-one-word", data)
	}
	return message.Text{}
}

// portNear says that the port is there with another protocol.
func portNear(want string, have []string) message.Text {
	number, _, _ := strings.Cut(want, "/")
	for _, h := range have {
		if n, protocol, _ := strings.Cut(h, "/"); n == number {
			return message.New("near.protocol", message.Data{"Number": number, "Protocol": protocol})
		}
	}
	return message.Text{}
}
