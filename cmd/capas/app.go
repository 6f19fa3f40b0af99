package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/adrg/xdg"

	"capas/content"
	"capas/internal/message"
	"capas/lessons"
	"capas/runner"
	"capas/runner/engine"
	"capas/runner/progress"
	"capas/runner/prompt"
	"capas/runner/render"
)

// app is one run of the program: its streams, its flags and the tutor that they make.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	env            func(string) string // without what the practice shell adds, where this runs in one
	say            *message.Printer
	tutor          *runner.Tutor

	lang, background, engine, host, context, workspace, course string
	set                                                        []string
	config                                                     config
	plain, json, offline, wait                                 bool
	practising                                                 bool   // this runs in the practice shell of another capas
	kept                                                       string // the folder that a keeper made for us; "" where none keeps us
	langBy, plainBy                                            string // what said so: the flag, or the configuration's path
}

// open makes the tutor of this run. The engine is not looked for before something asks it.
func (a *app) open() (*runner.Tutor, error) {
	course, err := lessons.Open(a.files())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, a.mistyped(message.New("cmd.no-course", message.Data{"Dir": a.course}), message.New("cmd.no-course-remedy"))
	}
	if err != nil {
		return nil, err
	}
	set, err := a.values(course)
	if err != nil {
		return nil, err
	}
	journal, err := progress.Open(a.stateDir())
	if err != nil {
		return nil, err
	}
	link, err := a.link()
	if err != nil {
		return nil, err
	}
	screen := a.terminal()
	menus := a.menus(screen)
	a.tutor = &runner.Tutor{
		Course:     course,
		Lang:       a.say.Lang(),
		Say:        a.say,
		Page:       render.New(screen.style(a.say.Lang())),
		Out:        a.stdout,
		Noise:      a.stderr,
		Ask:        a.asker(screen, menus),
		Journal:    journal,
		Attempts:   progress.Attempts{Dir: a.stateDir()},
		Workspaces: a.workspaces(),
		Registry:   a.registryDir(),
		Offline:    a.offline,
		Home:       shellHome(),
		Set:        set,
		Command:    command(),
		Engine:     link,
		Logins:     engine.Credentials{Env: a.env},
		Watched:    a.practising,
	}
	if menus != nil {
		a.tutor.Pager = menus
	}
	return a.tutor, nil
}

// link is the way to the engine that this run's flags and configuration choose.
func (a *app) link() (*runner.Link, error) {
	home, err := a.engineHome()
	return &runner.Link{
		Options: engine.Options{Host: a.host, Context: a.context, Env: a.env},
		Choice:  engine.Choice(a.engine), Home: home,
		Taken: func() { fmt.Fprintln(a.stderr, a.say.Sayf("runner.inside-taken")) },
	}, err
}

// command is how this program is called: by its name where the shell finds it by that, as it was now where not.
func command() string {
	name := filepath.Base(os.Args[0])
	if found, err := exec.LookPath(name); err == nil {
		if self, err := os.Executable(); err == nil && same(found, self) {
			return name
		}
	}
	return os.Args[0]
}

func same(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

func (a *app) close() {
	if a.tutor != nil {
		a.tutor.Close()
	}
}

func (a *app) files() fs.FS {
	if a.course != "" {
		return os.DirFS(a.course)
	}
	return content.DockerImages
}

// values are those of the configuration, as far as the course has such variables, and those of «--set name=value».
func (a *app) values(course *lessons.Course) (lessons.Values, error) {
	values := lessons.Values{}
	for name, value := range a.config.set {
		switch {
		case a.declared(course, name):
			values[name] = value
		case a.course == "":
			return nil, a.mistyped(message.New("cmd.config-name", message.Data{"Name": name, "Path": configFile(a.env)}), message.New("cmd.set-example"))
		}
	}
	for _, s := range a.set {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return nil, a.mistyped(message.New("cmd.set-form", message.Data{"Given": s}), message.New("cmd.set-example"))
		}
		if err := lessons.ValidValue(value); err != nil {
			return nil, a.mistyped(message.New("cmd.set-value", message.Data{"Name": name}), message.New("cmd.set-example"))
		}
		if !a.declared(course, name) {
			return nil, a.mistyped(message.New("cmd.set-name", message.Data{"Name": name}), message.New("cmd.set-example"))
		}
		values[name] = value
	}
	return values, nil
}

// declared reports whether the course or one of its lessons has a variable.
func (a *app) declared(course *lessons.Course, name string) bool {
	if _, ok := course.Vars[name]; ok {
		return true
	}
	return slices.ContainsFunc(course.Order, func(id string) bool {
		l, err := course.Lesson(a.say.Lang(), id)
		if err != nil {
			return false // told when the lesson is read
		}
		_, ok := l.Vars[name]
		return ok
	})
}

func (a *app) mistyped(reason, remedy message.Text) error {
	return runner.NewMistyped(reason, remedy)
}

// stateDir is where progress is kept: XDG_STATE_HOME of this run's environment, else the system's own place.
func (a *app) stateDir() string {
	if dir := a.env("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "capas")
	}
	return progress.StateDir()
}

// dataDir is where what the learner made is kept: XDG_DATA_HOME of this run's environment, else the system's own place.
func (a *app) dataDir() string {
	if dir := a.env("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "capas")
	}
	return filepath.Join(xdg.DataHome, "capas")
}

// registryDir is where what was pushed is kept.
func (a *app) registryDir() string { return filepath.Join(a.dataDir(), "registry") }

// workspaces is a folder with a short name and no dot: it is typed by hand, and a Docker from a snap sees no hidden folders.
func (a *app) workspaces() string {
	for _, dir := range []string{a.workspace, a.env("CAPAS_WORKSPACE")} {
		if dir == "" {
			continue
		}
		if abs, err := filepath.Abs(dir); err == nil {
			return abs
		}
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = "."
	}
	return filepath.Join(home, "capas")
}

// shellHome is the folder that shells know as ~. That of Windows does not.
func shellHome() string {
	home, err := os.UserHomeDir()
	if err != nil || runtime.GOOS == "windows" {
		return ""
	}
	return home
}

func (a *app) asker(s screen, menus *prompt.Menus) prompt.Asker {
	switch {
	case !s.interactive:
		return nil
	case s.plain:
		return prompt.NewLines(a.stdin, a.stdout, a.say)
	}
	return menus
}

// answer prints what a command found: as JSON with «--json», else by show.
func (a *app) answer(value any, show func()) error {
	if !a.json {
		show()
		return nil
	}
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the answer: %w", err)
	}
	_, err = fmt.Fprintln(a.stdout, string(text))
	return err
}
