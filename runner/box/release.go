package box

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Release is a version of the base as a registry keeps it: an image for each platform, under tags.
type Release struct {
	Tags      []string // the version first
	Platforms []Platform
}

// Platform is a release for one architecture, as Go names it.
type Platform struct {
	Arch   string
	Config []byte   // an OCI image configuration
	Layers [][]byte // tar archives, from the bottom up
}

// architectures are those that a base can be made for.
var architectures = []string{"amd64", "arm64"}

// Releases are the base that Ensure makes, "1", and a second one on top of it, "2", which shares its layer and is what
// "latest" stands for. Architectures that this copy of capas has no program for are left out; with none, the error is
// a *NotBuiltError.
func Releases() ([]Release, error) {
	first, second := Release{Tags: []string{"1"}}, Release{Tags: []string{"2", "latest"}}
	var missing error
	for _, arch := range architectures {
		program, err := Program(arch)
		if notBuilt := new(NotBuiltError); errors.As(err, &notBuilt) {
			missing = err
			continue
		} else if err != nil {
			return nil, err
		}
		one, two, err := platforms(Config{Arch: arch, Program: program})
		if err != nil {
			return nil, err
		}
		first.Platforms = append(first.Platforms, one)
		second.Platforms = append(second.Platforms, two)
	}
	if len(first.Platforms) == 0 {
		return nil, missing
	}
	return []Release{first, second}, nil
}

// Version changes when a release does.
func Version() string {
	all := fmt.Append(nil, created, directories, files, Utilities)
	for _, arch := range architectures {
		packed, _ := programs.ReadFile("bin/box-linux-" + arch + ".gz") // one that is not there is a version too
		all = append(all, packed...)
	}
	return digest(all)
}

func platforms(c Config) (one, two Platform, err error) {
	img, err := newImage(c)
	if err != nil {
		return one, two, err
	}
	one = Platform{c.Arch, img.config, [][]byte{img.layer}}
	two, err = one.update()
	return one, two, err
}

// update is the platform with one layer more: the name of the second version.
func (p Platform) update() (Platform, error) {
	layer, err := oneFile("etc/os-release", osRelease("2"))
	if err != nil {
		return Platform{}, err
	}
	var config map[string]any
	if err := json.Unmarshal(p.Config, &config); err != nil {
		return Platform{}, err
	}
	config["rootfs"].(map[string]any)["diff_ids"] = []string{"sha256:" + digest(p.Layers[0]), "sha256:" + digest(layer)}
	config["history"] = append(config["history"].([]any), ocispec.History{
		Created: &created, CreatedBy: "/bin/sh -c #(nop) COPY file:os-release in /etc/os-release ",
	})
	data, err := json.Marshal(config)
	return Platform{p.Arch, data, append(p.Layers[:1:1], layer)}, err
}

func oneFile(path, content string) ([]byte, error) {
	var buf bytes.Buffer
	tw := tar.NewWriter(&buf)
	h := &tar.Header{Typeflag: tar.TypeReg, Name: path, Mode: 0o644, Size: int64(len(content)), ModTime: created, Format: tar.FormatUSTAR}
	if err := tw.WriteHeader(h); err != nil {
		return nil, err
	}
	if _, err := tw.Write([]byte(content)); err != nil {
		return nil, err
	}
	err := tw.Close()
	return buf.Bytes(), err
}
