package doctor

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"capas/internal/message"
	"capas/runner/engine"
	"capas/runner/progress"
	"capas/runner/registry"
	"capas/runner/render"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// well is a learner's machine on which there is nothing to do.
func well() Facts {
	return Facts{
		Engine: &Engine{
			Target: engine.Target{Name: "default", Host: "unix:///var/run/docker.sock", Rule: engine.Default},
			Facts: engine.Facts{
				Product: "Docker", Version: "28.5.2", System: "Debian GNU/Linux 13 (trixie)", OS: "linux", Arch: "amd64",
				API: "1.51", OldestAPI: "1.24", NewestAPI: "1.51", Driver: "overlay2", BuildKit: true, Data: "/var/lib/docker",
			},
			Access:   engine.Access{Group: "docker", Member: true},
			Contexts: []engine.Context{{Name: "default", Host: "unix:///var/run/docker.sock"}},
			Disk:     &Disk{Path: "/var/lib/docker", Free: 40e9, Total: 250e9},
		},
		Docker:   &Docker{Path: "/usr/bin/docker", Version: "28.5.2", Buildx: "v0.29.1"},
		Terminal: Terminal{Interactive: true, Kind: "xterm-256color", Columns: 80, Width: 80, Color: true, Background: "dark", Lang: "es", LangBy: "LANG", LangAsked: "es_ES.UTF-8", Locale: Locale{"LANG", "es_ES.UTF-8"}},
		Files: &Files{
			State:    Folder{Path: "/home/ana/.local/state/capas", Disk: &Disk{Free: 40e9}},
			Work:     Folder{Path: "/home/ana/capas", Disk: &Disk{Free: 40e9}},
			Registry: Folder{Path: "/home/ana/.local/share/capas/registry", Disk: &Disk{Free: 40e9}},
		},
	}
}

// cases are machines on which something is another way: each has its golden file.
var cases = map[string]func(f *Facts){
	"well": func(*Facts) {},
	"containerd-rootless": func(f *Facts) {
		f.Engine.Target = engine.Target{Name: "rootless", Host: "unix:///run/user/1000/docker.sock", Rule: engine.ConfigFile, Current: "rootless"}
		f.Engine.Facts.Driver, f.Engine.Facts.Containerd, f.Engine.Facts.Rootless = "overlayfs", true, true
		f.Engine.Access = engine.Access{Owner: true, Group: "ana", Member: true}
		f.Engine.Contexts = append(f.Engine.Contexts, engine.Context{Name: "rootless", Host: f.Engine.Target.Host})
		f.Engine.Neighbours = []engine.Neighbour{{Name: "Docker", Host: "unix:///var/run/docker.sock"}}
	},
	"podman": func(f *Facts) {
		f.Engine.Target = engine.Target{Name: "default", Host: "unix:///run/user/1000/podman/podman.sock", Rule: engine.EnvHost, Current: "colima"}
		f.Engine.Facts.Product, f.Engine.Facts.Version, f.Engine.Facts.Rootless, f.Engine.Facts.Driver = "Podman", "5.4.2", true, "overlay"
		f.Engine.Facts.BuildKit = false
	},
	"no-permission": func(f *Facts) {
		data := message.Data{"Address": "/var/run/docker.sock", "Group": "docker", "Command": "sudo usermod -aG docker $USER"}
		f.Engine.Trouble = &engine.Trouble{Kind: engine.NoPermission, Reason: message.New("engine.no-permission.reason", data), Remedy: message.New("engine.no-permission.join", data)}
		f.Engine.Access = engine.Access{Group: "docker"}
		f.Engine.Neighbours = []engine.Neighbour{{Name: "Podman", Host: "unix:///run/user/1000/podman/podman.sock"}}
	},
	"late": func(f *Facts) {
		f.Engine.Facts = engine.Facts{Product: "Podman", Version: "4.3.1", Late: true, API: "1.41"}
		f.Docker.Buildx = ""
		f.Engine.Disk = nil
	},
	"sudo": func(f *Facts) {
		f.User = User{Root: true, Sudo: true}
		f.Engine.Access = engine.Access{Root: true, Owner: true, Group: "docker"}
	},
	"root": func(f *Facts) {
		f.User = User{Root: true}
		f.Engine.Access = engine.Access{Root: true, Owner: true, Group: "docker"}
	},
	"full-disks": func(f *Facts) {
		f.Engine.Disk.Free = 20e6
		f.Files.State.Err, f.Files.State.Where = syscall.ENOSPC, f.Files.State.Path
		f.Files.Work.Disk.Free = 200e6
		f.Files.Registry.Disk.Free = 1e6
	},
	"no-docker":      func(f *Facts) { f.Docker = &Docker{} },
	"docker-offered": func(f *Facts) { f.Docker = &Docker{Offered: "/home/ana/.local/share/capas/bin"} },
	"docker-ours": func(f *Facts) {
		f.Docker = &Docker{Path: "/home/ana/.local/share/capas/bin/docker", Version: "28.5.2", Ours: true}
		f.Build = "1"
	},
	"docker-elsewhere": func(f *Facts) {
		f.Docker = &Docker{Elsewhere: "/home/ana/.rd/bin"}
		f.Engine.Disk = nil // a virtual machine
		f.Engine.Access = engine.Access{Owner: true, Group: "staff"}
	},
	"docker-is-podman": func(f *Facts) {
		f.Docker = &Docker{Path: "/usr/bin/docker", Version: "4.3.1", Podman: true}
	},
	"docker-broken": func(f *Facts) {
		f.Docker = &Docker{Path: "/usr/bin/docker", Err: errors.New("exec format\nerror")}
		f.Engine.Neighbours = []engine.Neighbour{{Name: "Colima", Host: "unix:///home/ana/.colima/default/docker.sock"}}
	},
	"pinned-and-open": func(f *Facts) {
		f.Engine.Target = engine.Target{Name: "aula", Host: "tcp://aula.example:2375", Rule: engine.EnvContext}
		f.Engine.Pinned, f.Engine.Facts.API = "1.30", "1.30"
		f.Engine.Remote, f.Engine.Disk, f.Engine.Access = true, nil, engine.Access{}
		f.Engine.Registry = &registry.UnreachableError{Err: errors.New("dial tcp 127.0.0.1:5018: connect: connection refused")}
		f.Build = "0"
	},
	"everybody": func(f *Facts) {
		f.Engine.Access.Everyone = true
		f.Docker.Buildx, f.Build = "", "1"
	},
	"windows-containers": func(f *Facts) {
		f.Engine.Facts.OS, f.Engine.Facts.Driver = "windows", "windowsfilter"
		f.Engine.Access, f.Engine.Disk = engine.Access{}, nil
	},
	"broken-configuration": func(f *Facts) {
		f.Engine.Target.Warning = message.Advice{
			Reason: message.New("engine.config.broken", message.Data{"Path": "/home/ana/.docker/config.json", "Error": "unexpected EOF"}),
			Remedy: message.New("engine.config.own", message.Data{"Command": `sudo chown -R "$USER" /home/ana/.docker`}),
		}
		f.Engine.Target.Rule, f.Engine.Target.Current = engine.EnvHost, "lab"
		f.Engine.Contexts = append(f.Engine.Contexts,
			engine.Context{Dir: "/home/ana/.docker/contexts/meta/0123456789abcdef0123", Err: errors.New("unexpected end of JSON input")},
			engine.Context{Name: "viejo", Dir: "/home/ana/.docker/contexts/meta/ffff", Err: errors.New("no endpoint")})
		f.Build = "quizá"
	},
	"terminal-poor": func(f *Facts) {
		f.Terminal.Columns, f.Terminal.Width, f.Terminal.Color, f.Terminal.NoColor = 32, 32, false, "NO_COLOR"
		f.Terminal.Kind, f.Terminal.Locale = "", Locale{"LC_ALL", "es_ES.ISO-8859-15@euro"}
		f.Terminal.LangBy, f.Terminal.LangAsked = "LC_ALL", "fr_FR"
	},
	"terminal-rich": func(f *Facts) {
		f.Terminal.Columns, f.Terminal.Width, f.Terminal.Background = 200, 100, "light"
		f.Terminal.Program, f.Terminal.Locale, f.Terminal.LangBy = "tmux", Locale{}, ""
	},
	"terminal-console": func(f *Facts) {
		f.Terminal.Kind, f.Terminal.Columns, f.Terminal.Background = "linux", 0, ""
		f.Docker.Version, f.Docker.Buildx = "20.10.24", ""
	},
	"terminal-plain": func(f *Facts) {
		f.Terminal.Plain, f.Terminal.PlainBy, f.Terminal.Color = true, "TERM=dumb", false
		f.Engine.Facts.BuildKit = false
		f.Docker.Buildx = ""
		f.Engine.Facts.Driver = "vfs"
	},
	"pipe": func(f *Facts) {
		f.Terminal = Terminal{Width: 80, Plain: true, Lang: "en", LangBy: "--lang", LangAsked: "en"}
		f.User = User{Root: true, Container: true}
	},
	"files-of-root": func(f *Facts) {
		f.Files.State.Err, f.Files.State.Where, f.Files.State.Foreign = fs.ErrPermission, f.Files.State.Path+"/progress.jsonl", true
		f.Files.Work.Err, f.Files.Work.Where, f.Files.Work.Foreign = fs.ErrPermission, "/home", true
	},
	"files-read-only": func(f *Facts) {
		f.Files.State.Err, f.Files.State.Where = syscall.EROFS, f.Files.State.Path
		f.Files.Work.Err, f.Files.Work.Where = fs.ErrPermission, f.Files.Work.Path
	},
	"journal-lines": func(f *Facts) {
		f.Files.Lines = []progress.Problem{{Path: "/home/ana/p.jsonl", Line: 3, Err: errors.New("x")}, {Path: "/home/ana/p.jsonl", Line: 9, Torn: true}}
	},
	"journal-unreadable": func(f *Facts) {
		f.Files.Journal = &progress.Error{Path: "/home/ana/p.jsonl", Err: fs.ErrPermission}
	},
	"all-hangs": func(f *Facts) { f.Engine, f.Docker, f.Files = nil, nil, nil },
}

func TestReports(t *testing.T) {
	t.Setenv("DOCKER_HOST", "") // the engine under test, on some machines
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			f := well()
			change(&f)
			r := judge(f)
			got := printed(r, "es", 80, false) + "\n" + strings.Repeat("=", 40) + "\n\n" + printed(r, "en", 40, true)
			file := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || got != string(want) {
				t.Errorf("%v; got\n%s", err, got)
			}
		})
	}
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil || len(files) != len(cases) {
		t.Errorf("%d golden files for %d cases, %v", len(files), len(cases), err)
	}
}

func printed(r Report, lang string, width int, plain bool) string {
	var out bytes.Buffer
	r.Print(&out, render.New(render.Style{Width: width, Plain: plain, Lang: lang}), say[lang])
	return out.String()
}

var say = map[string]*message.Printer{"es": message.For("es"), "en": message.For("en")}

// TestEveryFindingCanBeActedOn holds what is promised of each finding, on every machine above and in every language.
func TestEveryFindingCanBeActedOn(t *testing.T) {
	manual, err := os.ReadFile("../../cmd/capas/doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range cases {
		f := well()
		change(&f)
		r := judge(f)
		for _, finding := range r.Findings {
			if (finding.Level == Fine) != finding.Remedy.IsZero() {
				t.Errorf("%s: %s is %v, and its remedy %q", name, finding.ID, finding.Level, finding.Remedy.ID)
			}
			if !bytes.Contains(manual, []byte(`"`+finding.ID+`"`)) || !bytes.Contains(manual, []byte(`"`+finding.Part+`"`)) {
				t.Errorf("%s/%s is not in the manual", finding.Part, finding.ID)
			}
			for _, lang := range message.Languages {
				for _, text := range append([]message.Text{finding.Found, finding.Remedy}, finding.More...) {
					if said := say[lang].Say(text); strings.ContainsAny(said, "\n\x1b") || strings.Contains(said, "<no value>") {
						t.Errorf("%s: %s: %q", name, lang, said)
					}
				}
			}
		}
		if r.Asked() != (f.Engine != nil && f.Engine.Trouble == nil) {
			t.Errorf("%s: asked is %v", name, r.Asked())
		}
	}
}

// TestNarrowLines: only what is copied may be wider than the terminal.
func TestNarrowLines(t *testing.T) {
	for name, change := range cases {
		f := well()
		change(&f)
		for _, lang := range message.Languages {
			for line := range strings.Lines(printed(judge(f), lang, 40, true)) {
				line = strings.TrimRight(line, "\n")
				if ansi.StringWidth(line) > 40 && strings.Contains(strings.TrimSpace(line), " ") && !strings.HasPrefix(line, "  ") {
					t.Errorf("%s: %q", name, line)
				}
			}
		}
	}
}

func TestWorst(t *testing.T) {
	for want, names := range map[Level][]string{
		Fine:    {"well", "containerd-rootless", "pipe"},
		Warning: {"podman", "sudo", "root", "docker-is-podman", "terminal-poor", "pinned-and-open"},
		Problem: {"no-permission", "full-disks", "no-docker", "docker-elsewhere", "files-of-root", "all-hangs", "windows-containers", "everybody", "journal-unreadable"},
	} {
		for _, name := range names {
			f := well()
			cases[name](&f)
			if got := judge(f).Worst(); got != want {
				t.Errorf("%s is %v, want %v", name, got, want)
			}
		}
	}
	if len(slices.Collect(maps.Keys(cases))) == 0 {
		t.Fatal("no cases")
	}
}

func TestBuilder(t *testing.T) {
	for _, test := range []struct {
		command, buildx string
		wanted          bool // by the engine
		variable        string
		want            Builder
	}{
		{"28.5.2", "v0.29.1", true, "", BuildKit},
		{"28.5.2", "v0.29.1", false, "", BuildKit},
		{"28.5.2", "v0.29.1", true, "0", Classic},
		{"28.5.2", "v0.29.1", true, "false", Classic},
		{"28.5.2", "", true, "", Classic},
		{"28.5.2", "", true, "1", NoBuilder},
		{"28.5.2", "v0.29.1", true, "quizá", NoBuilder},
		{"20.10.24", "", false, "", Classic},
		{"20.10.24", "", true, "", BuildKit},
		{"20.10.24", "v0.8", false, "", Classic},
		{"20.10.24", "", false, "1", BuildKit},
		{"20.10.24", "", true, "0", Classic},
		{"", "v0.8", true, "", NoBuilder},
	} {
		f := well()
		f.Docker.Version, f.Docker.Buildx, f.Engine.Facts.BuildKit, f.Build = test.command, test.buildx, test.wanted, test.variable
		if got := f.builder(); got != test.want {
			t.Errorf("%+v: got %q", test, got)
		}
	}
}
