package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"

	"capas/internal/message"
	"capas/internal/strictyaml"
	"capas/lessons"
)

// config is what the learner, or whoever set the machine up, has written down to hold every time. Flags go before it.
type config struct {
	lang, background, engine, workspace string
	plain, offline, wait                bool
	set                                 lessons.Values
}

// configFile is XDG_CONFIG_HOME's of this run's environment, else the one in the system's own place.
func configFile(env func(string) string) string {
	dir := env("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) {
		dir = xdg.ConfigHome
	}
	return filepath.Join(dir, "capas", "config.yaml")
}

// badConfig is what is wrong with the file.
type badConfig struct {
	path string
	err  error
}

func (e *badConfig) Error() string { return e.path + ":" + e.err.Error() }

func (e *badConfig) Unwrap() error { return e.err }

// Advice implements message.Adviser.
func (e *badConfig) Advice() message.Advice {
	return message.Advice{
		Reason: message.New("cmd.config", message.Data{"Error": e.Error()}),
		Remedy: message.New("cmd.config-remedy", message.Data{"Path": e.path}),
	}
}

// readConfig reads the file, where there is one.
func readConfig(path string) (config, error) {
	src, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return config{}, nil
	}
	if err != nil {
		return config{}, err
	}
	n, err := strictyaml.Parse(src)
	if err != nil {
		return config{}, &badConfig{path, err}
	}
	c, err := parseConfig(n)
	if err != nil {
		return config{}, &badConfig{path, err}
	}
	return c, nil
}

func parseConfig(n *strictyaml.Node) (c config, err error) {
	if n.Kind == strictyaml.Null { // nothing but comments
		return c, nil
	}
	fields, err := n.Known("the configuration", "lang", "plain", "background", "engine", "offline", "wait", "workspace", "set")
	if err != nil {
		return c, err
	}
	for _, f := range fields {
		switch f.Key.Value {
		case "lang":
			c.lang, err = f.Value.Text()
		case "plain":
			c.plain, err = f.Value.Bool()
		case "background":
			c.background, err = f.Value.Text()
		case "engine":
			c.engine, err = f.Value.Text()
		case "offline":
			c.offline, err = f.Value.Bool()
		case "wait":
			c.wait, err = f.Value.Bool()
		case "workspace":
			c.workspace, err = f.Value.Text()
		case "set":
			c.set, err = parseSet(f.Value)
		}
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

func parseSet(n *strictyaml.Node) (lessons.Values, error) {
	fields, err := n.Map()
	if err != nil {
		return nil, err
	}
	values := lessons.Values{}
	for _, f := range fields {
		value, err := f.Value.Text()
		if err != nil {
			return nil, err
		}
		if err := lessons.ValidValue(value); err != nil {
			return nil, f.Value.Errorf("%v", err)
		}
		values[f.Key.Value] = value
	}
	return values, nil
}

// obey takes from the configuration what no flag says otherwise. What it sets for variables of other courses waits for those.
func (a *app) obey(c config) {
	a.langBy, a.plainBy = "--lang", "--plain"
	if a.lang == "" {
		a.lang, a.langBy = c.lang, configFile(a.env)
	}
	if !a.plain {
		a.plain, a.plainBy = c.plain, configFile(a.env)
	}
	if a.background == "" && a.env("CAPAS_BACKGROUND") == "" {
		a.background = c.background
	}
	if a.engine == "" && a.host == "" && a.context == "" {
		a.engine = c.engine
	}
	if a.course == "" {
		a.course = a.env("CAPAS_COURSE")
	}
	if a.workspace == "" && a.env("CAPAS_WORKSPACE") == "" {
		a.workspace = fromHome(c.workspace)
	}
	a.offline = a.offline || c.offline
	a.wait = a.wait || c.wait
}

// fromHome is a path whose ~ is the learner's home.
func fromHome(path string) string {
	rest, ok := cutHome(path)
	if !ok {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return filepath.Join(home, rest)
}

func cutHome(path string) (string, bool) {
	if path == "~" {
		return "", true
	}
	if len(path) > 1 && path[0] == '~' && os.IsPathSeparator(path[1]) {
		return path[2:], true
	}
	return "", false
}
