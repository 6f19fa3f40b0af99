package doctor

import (
	"capas/internal/message"
	"capas/runner/engine"
)

// JSON is the report as «--json» prints it; cmd/capas/doc.go documents it.
func (r Report) JSON(say *message.Printer) any {
	out := reportJSON{Verdict: r.Worst(), Asked: r.Asked(), Findings: []findingJSON{}, Facts: factsJSON{
		Engine: r.Facts.engineJSON(), Docker: r.Facts.Docker.json(), Terminal: r.Facts.Terminal.json(),
	}}
	if f := r.Facts.Files; f != nil {
		out.Facts.State, out.Facts.Workspace, out.Facts.Pushed = f.State.json(), f.Work.json(), f.Registry.json()
	}
	for _, f := range r.Findings {
		more := []string{}
		for _, m := range f.More {
			more = append(more, say.Say(m))
		}
		out.Findings = append(out.Findings, findingJSON{f.Part, f.ID, f.Level, say.Say(f.Found), say.Say(f.Remedy), more})
	}
	return out
}

type reportJSON struct {
	Verdict  Level         `json:"verdict"`
	Asked    bool          `json:"asked"`
	Findings []findingJSON `json:"findings"`
	Facts    factsJSON     `json:"facts"`
}

type findingJSON struct {
	Part   Part     `json:"part"`
	ID     string   `json:"id"`
	Level  Level    `json:"level"`
	Found  string   `json:"found"`
	Remedy string   `json:"remedy"`
	More   []string `json:"more"`
}

type factsJSON struct {
	Engine    *engineJSON  `json:"engine"`
	Docker    *dockerJSON  `json:"docker"`
	Terminal  terminalJSON `json:"terminal"`
	State     *folderJSON  `json:"state"`
	Workspace *folderJSON  `json:"workspace"`
	Pushed    *folderJSON  `json:"pushed"`
}

type engineJSON struct {
	Context    string          `json:"context"`
	Host       string          `json:"host"`
	Rule       engine.Rule     `json:"rule"`
	Trouble    string          `json:"trouble"`
	Product    string          `json:"product"`
	Version    string          `json:"version"`
	Platform   string          `json:"platform"`
	System     string          `json:"system"`
	OS         string          `json:"os"`
	Arch       string          `json:"arch"`
	API        string          `json:"api"`
	OldestAPI  string          `json:"api_oldest"`
	NewestAPI  string          `json:"api_newest"`
	Driver     string          `json:"driver"`
	Containerd bool            `json:"containerd"`
	Builder    Builder         `json:"builder"`
	Rootless   bool            `json:"rootless"`
	Remote     bool            `json:"remote"`
	Data       string          `json:"data"`
	Free       *uint64         `json:"free"`
	Contexts   []contextJSON   `json:"contexts"`
	Others     []neighbourJSON `json:"others"`
}

type contextJSON struct {
	Name  string `json:"name"`
	Host  string `json:"host"`
	Error string `json:"error"`
}

type neighbourJSON struct {
	Name    string `json:"name"`
	Host    string `json:"host"`
	Command string `json:"command"`
}

func (f Facts) engineJSON() *engineJSON {
	e := f.Engine
	if e == nil {
		return nil
	}
	out := &engineJSON{
		Context: e.Target.Name, Host: e.Target.Host, Rule: e.Target.Rule, Remote: e.Remote,
		Product: e.Facts.Product, Version: e.Facts.Version, Platform: e.Facts.Platform, System: e.Facts.System,
		OS: e.Facts.OS, Arch: e.Facts.Arch, API: e.Facts.API, OldestAPI: e.Facts.OldestAPI, NewestAPI: e.Facts.NewestAPI,
		Driver: e.Facts.Driver, Containerd: e.Facts.Containerd, Builder: f.builder(), Rootless: e.Facts.Rootless, Data: e.Facts.Data,
		Contexts: []contextJSON{}, Others: []neighbourJSON{},
	}
	if e.Trouble != nil {
		out.Trouble = e.Trouble.Kind.String()
	}
	if e.Disk != nil {
		out.Free = &e.Disk.Free
	}
	for _, c := range e.Contexts {
		out.Contexts = append(out.Contexts, contextJSON{c.Name, c.Host, line(c.Err)})
	}
	for _, n := range e.Neighbours {
		out.Others = append(out.Others, neighbourJSON{n.Name, n.Host, e.Target.TurnTo(n)})
	}
	return out
}

type dockerJSON struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Podman  bool   `json:"podman"`
	Buildx  string `json:"buildx"`
	Ours    bool   `json:"ours"`
}

func (d *Docker) json() *dockerJSON {
	if d == nil {
		return nil
	}
	return &dockerJSON{d.Path, d.Version, d.Podman, d.Buildx, d.Ours}
}

type terminalJSON struct {
	Interactive bool   `json:"interactive"`
	Kind        string `json:"kind"`
	Program     string `json:"program"`
	Columns     int    `json:"columns"`
	Width       int    `json:"width"`
	Color       bool   `json:"color"`
	Background  string `json:"background"`
	Plain       bool   `json:"plain"`
	UTF8        bool   `json:"utf8"`
	Lang        string `json:"lang"`
	LangBy      string `json:"lang_by"`
}

func (t Terminal) json() terminalJSON {
	return terminalJSON{t.Interactive, t.Kind, t.Program, t.Columns, t.Width, t.Color, t.Background, t.Plain, t.Locale.UTF8(), t.Lang, t.LangBy}
}

type folderJSON struct {
	Path     string  `json:"path"`
	Writable bool    `json:"writable"`
	Free     *uint64 `json:"free"`
}

func (f Folder) json() *folderJSON {
	out := &folderJSON{Path: f.Path, Writable: f.Err == nil}
	if f.Disk != nil {
		out.Free = &f.Disk.Free
	}
	return out
}
