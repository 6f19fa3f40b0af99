package checks

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/image"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

var owner = regexp.MustCompile(`^[\w.-]+(:[\w.-]+)?$`)

func parseFileOwner(p imagePath, n *strictyaml.Node) ([]Check, error) {
	text, err := n.Text()
	if err == nil && !owner.MatchString(text) {
		err = n.Errorf("%q is no owner: write it like app, app:app, \"1000\" or \"1000:1000\"", text)
	}
	return []Check{ImageFileOwner{p, text}}, err
}

// ImageFileOwner is whose a file or folder of the image is: a user, or user:group, by number or by a name that the image's own
// /etc/passwd and /etc/group know.
type ImageFileOwner struct {
	imagePath
	Owner string
}

// Eval reads the owner's numbers, and the image's names for them where the condition has names.
func (c ImageFileOwner) Eval(ctx context.Context, f *Facts) (Result, error) {
	data := message.Data{"Image": c.Ref, "Path": c.Path, "Owner": c.Owner}
	return c.onFile(ctx, f, message.New("checks.path.owner-want", data), true, func(img image.InspectResponse, file fileFact) (Result, error) {
		owner, err := f.ownerOf(ctx, img, file)
		if err != nil {
			return Result{}, err
		}
		accounts := c.accounts(owner)
		got := message.New("checks.path.owner", message.Data{"Image": c.Ref, "Path": c.Path, "Owner": ownerText(accounts)})
		for _, a := range accounts {
			id, known, err := f.accountID(ctx, img, a.table, a.name)
			switch {
			case err != nil:
				return Result{}, err
			case !known:
				return c.stranger(a.name), nil
			case id != a.id:
				return c.another(ctx, f, got, data)
			}
		}
		return answer(true, got, message.Text{}), nil
	})
}

// OneUserLabel is that of an engine that has no user but root: nothing in its images belongs to anybody else.
const OneUserLabel = "capas.users=1"

// another is the result for what belongs to somebody else, which on an engine without other users says nothing about the image.
func (c ImageFileOwner) another(ctx context.Context, f *Facts, got message.Text, data message.Data) (Result, error) {
	info, err := f.engine.Info(ctx)
	switch {
	case err != nil:
		return Result{}, fmt.Errorf("asking the engine about itself: %w", err)
	case slices.Contains(info.Labels, OneUserLabel):
		return Result{Verdict: Unknown, Got: message.New("checks.path.owner-alone"), Next: message.New("checks.path.owner-alone-next")}, nil
	}
	return answer(false, got, message.New("checks.path.owner-next", data)), nil
}

// account is a user or a group: the name wanted, where such names are looked up, and the number found.
type account struct {
	name, table string
	id          int
}

// accounts are the user, and the group where one is asked for.
func (c ImageFileOwner) accounts(owner ownership) []account {
	user, group, both := strings.Cut(c.Owner, ":")
	list := []account{{user, "/etc/passwd", owner.uid}}
	if both {
		list = append(list, account{group, "/etc/group", owner.gid})
	}
	return list
}

func ownerText(list []account) string {
	var names []string
	for _, a := range list {
		names = append(names, accountName(a.id))
	}
	return strings.Join(names, ":")
}

// accountName is the number of a user or group, but for the one whose name is the same everywhere.
func accountName(id int) string {
	if id == 0 {
		return "root"
	}
	return strconv.Itoa(id)
}

// stranger is the result where the image does not know the name.
func (c ImageFileOwner) stranger(name string) Result {
	data := message.Data{"Image": c.Ref, "Name": name}
	return answer(false, message.New("checks.path.stranger", data), message.New("checks.path.stranger-next", data))
}

// accountID is the number of a user or a group, looked up in /etc/passwd or /etc/group. A number is known as it is; so is root.
func (f *Facts) accountID(ctx context.Context, img image.InspectResponse, table, name string) (id int, known bool, err error) {
	if n, err := strconv.Atoi(name); err == nil {
		return n, true, nil
	}
	if name == "root" {
		return 0, true, nil
	}
	file, err := f.behindLink(ctx, img, table, true)
	if err != nil {
		return 0, false, err
	}
	for line := range strings.Lines(string(file.content)) {
		fields := strings.Split(strings.TrimSpace(line), ":") // name:x:id:…
		if len(fields) < 3 || fields[0] != name {
			continue
		}
		if n, err := strconv.Atoi(fields[2]); err == nil {
			return n, true, nil
		}
	}
	return 0, false, nil
}

// isSameUser reports whether two users, by name or number, are one to the image.
func (f *Facts) isSameUser(ctx context.Context, img image.InspectResponse, a, b string) (bool, error) {
	first, known, err := f.accountID(ctx, img, "/etc/passwd", a)
	if err != nil || !known {
		return false, err
	}
	second, known, err := f.accountID(ctx, img, "/etc/passwd", b)
	return known && first == second, err
}
