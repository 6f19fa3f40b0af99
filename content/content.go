// Package content holds the built-in course: lessons as data, embedded in the program.
//
// It does not know what a lesson is, nor that Docker exists: it hands out a folder, and whoever reads courses reads this one
// as it would any other.
package content

import (
	"embed"
	"io/fs"
)

//go:embed docker-images
var files embed.FS

// DockerImages is the folder of the course about Docker images, with course.yaml at its top.
var DockerImages = folder("docker-images")

// folder panics where the name is not among the embedded ones, which only a change of this file can bring about.
func folder(name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic(err)
	}
	return sub
}
