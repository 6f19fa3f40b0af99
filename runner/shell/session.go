package shell

import "time"

// Options are what a shell is started with.
type Options struct {
	Shell Shell
	Dir   string            // where it begins
	Set   map[string]string // variables, in place of the learner's own
	Unset []string          // variables that it has not
	Words []string          // that the learner can type; one that means something already is called capas-WORD there
	Gone  string            // what the shell says when the lesson has died
}

func (o Options) names() []string {
	var list []string
	for name := range o.Set {
		list = append(list, name)
	}
	return append(list, o.Unset...)
}

// Typed is a line that the learner typed into the shell.
type Typed struct {
	Line         string // as far as the shell tells
	Dir          string // where it was typed
	Began, Ended time.Time
	Status       int // of its last command
}

// Event is why a shell is held, or that it has ended.
type Event struct {
	Typed Typed  // what was typed since the last event; zero where nothing was
	Word  string // that of ours which the learner typed; "" at a prompt
	Ended bool   // the shell has ended
}
