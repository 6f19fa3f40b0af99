package lessons_test

import (
	"reflect"
	"strings"
	"testing"

	"capas/lessons"
)

func TestExpand(t *testing.T) {
	vars := lessons.Vars{
		"base":   {Online: "ubuntu:24.04", Offline: "${mirror}/base:1"},
		"mirror": {Value: "localhost:5000"},
		"name":   {Pick: []string{"web", "tienda"}},
		"user":   {Value: "ana"},
		"loop":   {Value: "<${loop}>"},
	}
	values := lessons.Values{"base": "${mirror}/base:1", "name": "tienda", "foreign": "no"}
	for _, tc := range []struct{ text, first, want string }{
		{"FROM ${base}", "FROM ubuntu:24.04", "FROM localhost:5000/base:1"},
		{"${user}/${name}:1", "ana/web:1", "ana/tienda:1"},
		{"ARG base\nFROM $${base}", "ARG base\nFROM ${base}", "ARG base\nFROM ${base}"},
		{"$HOME ${HOME} {{.Id}} ${foreign} $${foreign} $base", "$HOME ${HOME} {{.Id}} ${foreign} $${foreign} $base", "$HOME ${HOME} {{.Id}} ${foreign} $${foreign} $base"},
		{"$$${user}", "$${user}", "$${user}"},
		{"${loop}", "<${loop}>", "<${loop}>"},
		{"${ user } ${user", "${ user } ${user", "${ user } ${user"},
		{"", "", ""},
	} {
		if got := vars.Expand(tc.text, nil); got != tc.first {
			t.Errorf("first values: %q becomes %q, want %q", tc.text, got, tc.first)
		}
		if got := vars.Expand(tc.text, values); got != tc.want {
			t.Errorf("%q becomes %q, want %q", tc.text, got, tc.want)
		}
	}
}

func TestValidValue(t *testing.T) {
	for _, good := range []string{"a", "docker.io", "mi imagen", "niño"} {
		if err := lessons.ValidValue(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", "a\nb", "`ls`", "\x1b[2J", "a\u202eb", "a\tb", "\xff"} {
		if err := lessons.ValidValue(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

const sceneLesson = top + "```exercise x\ngoal: a\nscene:\n" +
	"  - pull: ${base}\n" +
	"  - absent: ${user}:1\n" +
	"  - tag: [\"${base}\", \"${user}:1\"]\n" +
	"  - build: {tag: \"${user}:2\", dockerfile: \"FROM ${base}\", files: {\"${user}.txt\": \"soy ${user}, no $${user}\"}}\n" +
	"  - run: {image: \"${base}\", name: \"de-${user}\", cmd: [echo, \"${user}\"]}\n" +
	"  - file: {path: \"${user}/a\", content: \"${user}\\n\"}\n" +
	"checks:\n  - image: ${user}/web:1\n    layers: 2\n  - file: a\nhints: b\nsolution: c\n```\n"

func TestSceneWithValues(t *testing.T) {
	l, err := lessons.Parse(caseFile, []byte(strings.Replace(sceneLesson, "layers: 2", `layers: "2"`, 1)), courseVars)
	if err != nil {
		t.Fatal(err)
	}
	got := l.Scene(l.Item("x").Exercise, lessons.Values{"user": "eva"})
	want := []lessons.SceneEntry{
		{Pull: "ubuntu:24.04"},
		{Absent: "eva:1"},
		{Tag: &lessons.SceneTag{From: "ubuntu:24.04", To: "eva:1"}},
		{Build: &lessons.SceneBuild{Tag: "eva:2", Dockerfile: "FROM ubuntu:24.04\n", Files: map[string]string{"eva.txt": "soy eva, no ${user}"}}},
		{Run: &lessons.SceneRun{Image: "ubuntu:24.04", Name: "de-eva", Cmd: []string{"echo", "eva"}}},
		{File: &lessons.SceneFile{Path: "eva/a", Content: "eva\n"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	list, err := l.Checks(l.Item("x").Exercise, lessons.Values{"user": "eva"})
	if err != nil || len(list) < 3 {
		t.Errorf("%d checks, %v", len(list), err)
	}
}

// TestWorkspace is a variable of every lesson, until one declares it.
func TestWorkspace(t *testing.T) {
	for front, want := range map[string]string{
		"":                              "cd ~/capas/x/hola",
		"vars: {workspace: ~/taller}\n": "cd ~/taller/hola",
	} {
		l, err := lessons.Parse("es/10-x.md", []byte("---\nid: x\ntitle: X\n"+front+"---\n## Paso\n"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Expand("cd ${workspace}/hola", nil); got != want {
			t.Errorf("%q: %q, want %q", front, got, want)
		}
	}
}

// TestNames follows a variable into what others stand for.
func TestNames(t *testing.T) {
	vars := lessons.Vars{"base": {Online: "ubuntu:24.04", Offline: "${mirror}/base:1"}}
	l, err := lessons.Parse("es/10-x.md", []byte("---\nid: x\ntitle: X\n---\n## Paso\n\nEscribe `docker pull ${base}` en ${workspace}.\n"), vars)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		values lessons.Values
		want   bool
	}{
		{"base", nil, true},
		{lessons.Workspace, nil, true},
		{lessons.Mirror, nil, false},
		{lessons.Mirror, lessons.Values{"base": "${mirror}/base:1"}, true},
		{lessons.Mirror, lessons.Values{"base": "localhost:5017/base:1"}, true},
		{lessons.Mirror, lessons.Values{"base": "localhost:50170/base:1"}, false},
		{lessons.Registry, lessons.Values{"base": "localhost:5017/base:1"}, false},
	} {
		if got := l.Names(tt.name, tt.values); got != tt.want {
			t.Errorf("%s with %v: %v, want %v", tt.name, tt.values, got, tt.want)
		}
	}
}
