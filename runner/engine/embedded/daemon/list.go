//go:build linux

package daemon

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/backend"
	containertypes "github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/container"
	"github.com/docker/docker/errdefs"
	"github.com/docker/docker/image"
)

// listFilters are those of `docker ps --filter`.
var listFilters = map[string]bool{
	"ancestor": true, "before": true, "exited": true, "expose": true, "health": true, "id": true, "isolation": true, "is-task": true,
	"label": true, "name": true, "network": true, "publish": true, "since": true, "status": true, "volume": true,
}

// absentFilters are those of what this engine has not.
var absentFilters = []string{"expose", "publish", "health", "isolation", "is-task"}

// Containers lists containers, the newest first.
func (d *daemon) Containers(ctx context.Context, options *containertypes.ListOptions) ([]*containertypes.Summary, error) {
	listed := []*containertypes.Summary{}
	selected, err := d.selector(ctx, options)
	if err != nil {
		return nil, err
	}
	all, err := selected.view.All()
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b container.Snapshot) int { return b.CreatedAt.Compare(a.CreatedAt) })
	for i := range all {
		if options.Limit > 0 && len(listed) == options.Limit {
			break
		}
		if !selected.has(&all[i]) {
			continue
		}
		summary, err := d.summary(ctx, &all[i], options.Size)
		if err != nil {
			return nil, err
		}
		listed = append(listed, summary)
	}
	return listed, nil
}

// summary is a row of the list. An image that lost the name by which the container was made is shown by its id.
func (d *daemon) summary(ctx context.Context, s *container.Snapshot, size bool) (*containertypes.Summary, error) {
	row := s.Summary
	if img, err := d.images.GetImage(ctx, s.Image, backend.GetImageOpts{}); err != nil || img.ID().String() != s.ImageID {
		row.Image = s.ImageID
	}
	if size {
		var err error
		if row.SizeRw, row.SizeRootFs, err = d.images.GetContainerLayerSize(ctx, s.ID); err != nil {
			return nil, err
		}
	}
	return &row, nil
}

// selector tells which containers a list wants.
type selector struct {
	view          *container.View
	args          filters.Args
	all           bool
	exited        []int
	before, since *container.Snapshot
	images        map[string]bool // nil for any
}

func (d *daemon) selector(ctx context.Context, options *containertypes.ListOptions) (*selector, error) {
	if err := options.Filters.Validate(listFilters); err != nil {
		return nil, err
	}
	for _, name := range absentFilters {
		if options.Filters.Contains(name) {
			return nil, absentHere("the filter " + name)
		}
	}
	s := &selector{view: d.replica.Snapshot(), args: options.Filters, all: options.All || options.Limit > 0 || options.Filters.Contains("status")}
	for _, state := range s.args.Get("status") {
		if err := containertypes.ValidateContainerState(state); err != nil {
			return nil, errdefs.InvalidParameter(fmt.Errorf("invalid filter 'status=%s': %w", state, err))
		}
	}
	for _, code := range s.args.Get("exited") {
		n, err := strconv.Atoi(code)
		if err != nil {
			return nil, errdefs.InvalidParameter(fmt.Errorf("invalid filter 'exited=%s': %w", code, err))
		}
		s.exited = append(s.exited, n)
	}
	var err error
	if s.before, err = d.named(s.view, "before", s.args); err != nil {
		return nil, err
	}
	if s.since, err = d.named(s.view, "since", s.args); err != nil {
		return nil, err
	}
	s.images = d.descendants(ctx, s.args)
	return s, nil
}

// named is the container that a filter names; nil where there is no such filter.
func (d *daemon) named(view *container.View, filter string, args filters.Args) (*container.Snapshot, error) {
	var found *container.Snapshot
	for _, name := range args.Get(filter) {
		c, err := d.find(name)
		if err != nil {
			return nil, err
		}
		if found, err = view.Get(c.ID); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// descendants are the images that an ancestor filter names, and those built on them; nil where there is no such filter.
func (d *daemon) descendants(ctx context.Context, args filters.Args) map[string]bool {
	if !args.Contains("ancestor") {
		return nil
	}
	found := map[string]bool{}
	for _, name := range args.Get("ancestor") {
		if img, err := d.images.GetImage(ctx, name, backend.GetImageOpts{}); err == nil {
			d.addDescendants(ctx, found, img.ID())
		}
	}
	return found
}

func (d *daemon) addDescendants(ctx context.Context, found map[string]bool, id image.ID) {
	if found[id.String()] {
		return
	}
	found[id.String()] = true
	children, _ := d.images.Children(ctx, id) // it never fails
	for _, child := range children {
		d.addDescendants(ctx, found, child)
	}
}

func (s *selector) has(c *container.Snapshot) bool {
	switch {
	case !c.Running && !s.all:
	case s.before != nil && !c.CreatedAt.Before(s.before.CreatedAt):
	case s.since != nil && !c.CreatedAt.After(s.since.CreatedAt):
	case len(s.exited) > 0 && (c.Running || c.StartedAt.IsZero() || !slices.Contains(s.exited, c.ExitCode)):
	case s.images != nil && !s.images[c.ImageID]:
	case !s.args.Match("id", c.ID):
	case !s.args.Match("name", c.Name) && !s.args.Match("name", strings.TrimPrefix(c.Name, "/")):
	case !s.args.MatchKVList("label", c.Labels):
	case !s.args.Match("status", c.State):
	case !s.hasVolume(c) || !s.hasNetwork(c):
	default:
		return true
	}
	return false
}

func (s *selector) hasVolume(c *container.Snapshot) bool {
	wanted := s.args.Get("volume")
	return len(wanted) == 0 || slices.ContainsFunc(c.Mounts, func(m containertypes.MountPoint) bool {
		return slices.Contains(wanted, m.Name) || slices.Contains(wanted, m.Source) || slices.Contains(wanted, m.Destination)
	})
}

func (s *selector) hasNetwork(c *container.Snapshot) bool {
	wanted := s.args.Get("network")
	return len(wanted) == 0 || slices.ContainsFunc(wanted, func(name string) bool {
		return c.NetworkSettings != nil && c.NetworkSettings.Networks[name] != nil
	})
}
