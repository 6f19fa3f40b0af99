// Package box makes the practice base: a Linux image from nothing, of one static program that is a shell and its core utilities.
//
// It knows no lesson, and of an engine only how to look at an image and load one.
package box

import (
	"bytes"
	"compress/gzip"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"capas/internal/message"
)

// Name is the base's name in the mirror.
const Name = "base:1"

// Label marks the base; its value says which one it is.
const Label = "capas.base"

// Engine is the part of the Docker client that the box uses.
type Engine interface {
	ServerVersion(ctx context.Context) (types.Version, error)
	ImageInspect(ctx context.Context, ref string, opts ...client.ImageInspectOption) (image.InspectResponse, error)
	ImageLoad(ctx context.Context, archive io.Reader, opts ...client.ImageLoadOption) (image.LoadResponse, error)
}

// NotBuiltError says that this copy of capas was built without the program for an architecture.
type NotBuiltError struct{ Arch string }

func (e *NotBuiltError) Error() string {
	return fmt.Sprintf("no program for linux/%s in this build (make build puts it there)", e.Arch)
}

// Advice implements message.Adviser.
func (e *NotBuiltError) Advice() message.Advice {
	return message.Advice{
		Reason: message.New("box.not-built", message.Data{"Arch": e.Arch}),
		Remedy: message.New("box.not-built-hint"),
	}
}

// ForeignError says that the name of the base belongs to an image that is not ours.
type ForeignError struct{ Ref string }

func (e *ForeignError) Error() string {
	return fmt.Sprintf("image %q is there and was not made by capas; it keeps its name", e.Ref)
}

// Advice implements message.Adviser.
func (e *ForeignError) Advice() message.Advice {
	data := message.Data{"Image": e.Ref}
	return message.Advice{Reason: message.New("box.foreign", data), Remedy: message.New("box.foreign-hint", data)}
}

//go:embed bin
var programs embed.FS

// Program is the embedded program for an architecture, "amd64" or "arm64". Where there is none the error is a *NotBuiltError.
func Program(arch string) ([]byte, error) {
	packed, err := programs.ReadFile("bin/box-linux-" + arch + ".gz")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &NotBuiltError{arch}
	}
	if err != nil {
		return nil, err
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpacking the program for %s: %w", arch, err)
	}
	return io.ReadAll(r)
}

// Ensure sees to it that ref is the base, for the engine's architecture. Where it is already, nothing is done;
// where the name is another image's, the error is a *ForeignError and the engine stays as it was.
func Ensure(ctx context.Context, e Engine, ref string) error {
	arch, err := Arch(ctx, e)
	if err != nil {
		return err
	}
	program, err := Program(arch)
	if err != nil {
		return err
	}
	return EnsureOf(ctx, e, ref, Config{Arch: arch, Program: program})
}

// EnsureOf is Ensure with a program that the caller brings.
func EnsureOf(ctx context.Context, e Engine, ref string, c Config) error {
	img, err := newImage(c)
	if err != nil {
		return err
	}
	there, err := e.ImageInspect(ctx, ref)
	switch {
	case errdefs.IsNotFound(err):
	case err != nil:
		return fmt.Errorf("inspecting image %q: %w", ref, err)
	case !made(there):
		return &ForeignError{ref}
	case there.Config.Labels[Label] == img.version:
		return nil
	}
	return img.load(ctx, e, ref)
}

// made tells a base of ours from an image that was built on one: that has the label too, but layers of its own.
func made(img image.InspectResponse) bool {
	return img.Config != nil && img.Config.Labels[Label] != "" && len(img.RootFS.Layers) == 1
}

// Arch is the architecture of the engine's machine, as Go names it.
func Arch(ctx context.Context, e Engine) (string, error) {
	v, err := e.ServerVersion(ctx)
	if err != nil {
		return "", fmt.Errorf("asking the engine for its version: %w", err)
	}
	return v.Arch, nil
}
