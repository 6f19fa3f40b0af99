// Package dockerflags is the table of docker's commands: their names and their flags.
//
// It knows nothing of what they do. A test of package lessons makes the table from the commands of docker/cli themselves.
package dockerflags

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

//go:embed flags.json
var table []byte

// Command is one command of docker.
type Command struct {
	Names    []string `json:"names"`              // "image ls", "image list", "images"; the first is its own
	Switches []string `json:"switches,omitempty"` // flags that are there or not, each with its names: "all,a"
	Values   []string `json:"values,omitempty"`   // flags that take a value
	ArgsEnd  bool     `json:"argsEnd,omitempty"`  // flags come before the first argument; after it everything is one
	AnyOrder bool     `json:"anyOrder,omitempty"` // the arguments are a list of things to do the same with
}

// Commands are all of them.
var Commands = sync.OnceValue(func() []Command {
	var list []Command
	if err := json.Unmarshal(table, &list); err != nil {
		panic(fmt.Sprintf("flags.json: %v", err)) // embedded, and tested
	}
	return list
})

// Named returns the command with one of its names, "build" as much as "image build"; false where there is none.
func Named(name string) (Command, bool) {
	i := slices.IndexFunc(Commands(), func(c Command) bool { return slices.Contains(c.Names, name) })
	if i < 0 {
		return Command{}, false
	}
	return Commands()[i], true
}
