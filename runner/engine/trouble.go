package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/kballard/go-shellquote"

	"capas/internal/message"
	"capas/internal/nearest"
)

// Kind is what stands between the learner and the engine.
type Kind int

// The kinds of trouble.
const (
	Other        Kind = iota // the engine answered with an error of its own
	NotRunning               // nothing listens
	NotInstalled             // nothing listens, and there is no engine on this machine that could
	NoPermission             // the socket is there, and not for this user
	NoAnswer                 // it takes the call and says nothing
	Unreachable              // the machine does not take the call
	NoSuchHost               // there is no machine of that name
	NotAnEngine              // something else answers there
	TLS                      // certificates are missing, or not agreed on
	SSH                      // ssh does not get through
	BadHost                  // the address cannot be one
	BadContext               // the docker context is missing or broken
	Passing                  // it answers now
)

var kindNames = [...]string{
	"other", "not running", "not installed", "no permission", "no answer", "unreachable", "no such host",
	"not an engine", "tls", "ssh", "bad host", "bad context", "passing",
}

func (k Kind) String() string { return kindNames[k] }

// Trouble is why an engine could not be asked, in two lines for the learner.
type Trouble struct {
	Kind   Kind
	Reason message.Text // what is wrong
	Remedy message.Text // the one thing to do next
	Err    error        // what the system said
}

func (t *Trouble) Error() string {
	if t.Err == nil {
		return fmt.Sprintf("docker engine: %v", t.Kind)
	}
	return fmt.Sprintf("docker engine: %v: %v", t.Kind, t.Err)
}

func (t *Trouble) Unwrap() error { return t.Err }

// said is an error within a line.
func said(err error) string {
	if err == nil {
		return "?"
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}

// run is the remedy that is a command and nothing else.
func run(command string) message.Text {
	return message.New("engine.run", message.Data{"Command": command})
}

// Text names the rule to the learner.
func (r Rule) Text() message.Text {
	switch r {
	case FlagContext, FlagHost:
		return message.New("engine.rule.flag", message.Data{"Name": string(r)})
	case EnvHost, EnvContext:
		return message.New("engine.rule.variable", message.Data{"Name": string(r)})
	case ConfigFile:
		return message.New("engine.rule.config")
	case Inside:
		return message.New("engine.rule.inside")
	}
	return message.New("engine.rule.default")
}

// undo is how the learner takes back what chose the engine.
func (r Rule) undo() message.Text {
	switch r {
	case FlagContext, FlagHost:
		return message.New("engine.undo.flag", message.Data{"Name": string(r)})
	case EnvHost, EnvContext:
		return message.New("engine.undo.variable", message.Data{"Command": Unset(string(r))})
	}
	switch r {
	case ConfigFile:
		return run("docker context use default")
	case Inside:
		return run("capas engine status")
	}
	return run("docker version")
}

func bothFlags() *Trouble {
	return &Trouble{
		Kind:   BadContext,
		Reason: message.New("engine.both-flags.reason"),
		Remedy: message.New("engine.both-flags.remedy"),
		Err:    fmt.Errorf("both --host and --context are given"),
	}
}

func badHost(rule Rule, host string, err error) *Trouble {
	data := message.Data{"Host": host, "Rule": rule.Text(), "Error": said(err)}
	return &Trouble{Kind: BadHost, Reason: message.New("engine.bad-host.reason", data), Remedy: rule.undo(), Err: err}
}

// badCertificates is about TLS files; where is their folder or the context that they belong to.
func badCertificates(where string, err error) *Trouble {
	data := message.Data{"Where": where, "Error": said(err)}
	return &Trouble{
		Kind:   TLS,
		Reason: message.New("engine.certificates.reason", data),
		Remedy: message.New("engine.certificates.remedy", data),
		Err:    err,
	}
}

func badHeaders(err error) *Trouble {
	return &Trouble{
		Kind:   Other,
		Reason: message.New("engine.headers.reason", message.Data{"Error": said(err)}),
		Remedy: message.New("engine.undo.variable", message.Data{"Command": Unset("DOCKER_CUSTOM_HEADERS")}),
		Err:    err,
	}
}

// brokenConfig is about docker's own configuration, without which docker goes on, and we do.
func brokenConfig(path string, err error) message.Advice {
	data := message.Data{"Path": path, "Error": said(err), "Command": shellquote.Join("mv", path, path+".bak")}
	if errors.Is(err, fs.ErrPermission) { // left by a «sudo docker» that kept the learner's home
		data["Command"] = `sudo chown -R "$USER" ` + shellquote.Join(filepath.Dir(path))
		return message.Advice{Reason: message.New("engine.config.broken", data), Remedy: message.New("engine.config.own", data)}
	}
	return message.Advice{Reason: message.New("engine.config.broken", data), Remedy: message.New("engine.config.aside", data)}
}

func brokenContext(t Target, err error) *Trouble {
	data := message.Data{"Name": t.Name, "Rule": t.Rule.Text(), "Error": said(err)}
	return &Trouble{Kind: BadContext, Reason: message.New("engine.context.broken", data), Remedy: t.Rule.undo(), Err: err}
}

func unknownContext(t Target, names []string, err error) *Trouble {
	names = append(names, defaultName)
	data := message.Data{"Name": t.Name, "Rule": t.Rule.Text(), "Known": strings.Join(names, ", ")}
	trouble := &Trouble{Kind: BadContext, Reason: message.New("engine.context.missing", data), Remedy: t.Rule.undo(), Err: err}
	if meant := nearest.Word(t.Name, names); meant != "" {
		trouble.Remedy = message.New("engine.context.meant", message.Data{"Name": meant, "Command": t.Rule.set(meant)})
	}
	return trouble
}

// set is how the learner says the same with the name that was meant.
func (r Rule) set(name string) string {
	switch r {
	case FlagContext:
		return "--context " + name
	case EnvContext:
		return Export(string(r), name)
	}
	return "docker context use " + name
}

// Advice implements message.Adviser.
func (t *Trouble) Advice() message.Advice { return message.Advice{Reason: t.Reason, Remedy: t.Remedy} }
