package doctor

import (
	"strconv"

	"capas/internal/message"
	"capas/runner/engine"
)

// Builder is what «docker build» builds with.
type Builder string

// The builders.
const (
	NoBuilder Builder = ""         // it cannot be told, or none would
	BuildKit  Builder = "buildkit" // by the buildx component, or by what old commands have within
	Classic   Builder = "classic"
)

// builder decides as the docker command does: DOCKER_BUILDKIT, then whether the component is there and the engine wants it.
func (f Facts) builder() Builder {
	d := f.Docker
	if f.Engine == nil || f.Engine.Trouble != nil || d == nil || d.Version == "" || d.Podman {
		return NoBuilder
	}
	if d.Ours {
		return Classic
	}
	forced, err := strconv.ParseBool(f.Build)
	switch {
	case f.Build != "" && err != nil:
		return NoBuilder
	case f.Build != "" && !forced:
		return Classic
	case !d.modern() && (forced || f.Engine.Facts.BuildKit):
		return BuildKit
	case !d.modern():
		return Classic
	case d.Buildx != "":
		return BuildKit
	case forced:
		return NoBuilder
	}
	return Classic
}

func isBool(text string) bool {
	_, err := strconv.ParseBool(text)
	return err == nil
}

func judgeBuilder(f Facts) []Finding {
	d := f.Docker
	if d == nil || d.Version == "" || d.Podman || !d.Ours && f.Build != "" && !isBool(f.Build) {
		return nil // told with the command
	}
	data := message.Data{"Value": f.Build, "Version": d.Buildx, "Command": engine.Unset("DOCKER_BUILDKIT")}
	switch b := f.builder(); {
	case b == NoBuilder:
		return []Finding{problem(OfEngine, "builder", message.New("doctor.builder.no-buildx"), message.New("doctor.builder.unset", data))}
	case b == BuildKit && f.Engine.Facts.Product == podman:
		return []Finding{warning(OfEngine, "builder", message.New("doctor.builder.podman"), typing(engine.Export("DOCKER_BUILDKIT", "0")))}
	case b == BuildKit && d.Buildx == "":
		return []Finding{fine(OfEngine, "builder", message.New("doctor.builder.buildkit"))}
	case b == BuildKit:
		return []Finding{fine(OfEngine, "builder", message.New("doctor.builder.buildx", data))}
	case d.Ours && b == Classic:
		return []Finding{fine(OfEngine, "builder", message.New("doctor.builder.classic"))}
	case f.Build != "":
		return []Finding{fine(OfEngine, "builder", message.New("doctor.builder.classic-chosen", data))}
	case d.modern():
		return []Finding{fine(OfEngine, "builder", message.New("doctor.builder.classic"), message.New("doctor.builder.notice"))}
	}
	return []Finding{fine(OfEngine, "builder", message.New("doctor.builder.classic"))}
}
