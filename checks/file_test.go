package checks

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

// evalIn parses one entry and asks its checks about a workspace.
func evalIn(t *testing.T, dir, entry string, parse func(*strictyaml.Node) ([]Check, error)) ([]Result, error) {
	t.Helper()
	n, err := strictyaml.Parse([]byte(entry))
	if err != nil {
		t.Fatal(err)
	}
	list, err := parse(n)
	if err != nil {
		t.Fatalf("%s: %v", entry, err)
	}
	var results []Result
	var failures []error
	for _, c := range list {
		r, err := c.Eval(context.Background(), NewFacts(nil, Scope{Workspace: dir}))
		if err != nil && (r.Verdict != Unknown || r.Got.IsZero() || r.Next.IsZero()) {
			t.Errorf("%s: error %v with the result %+v", entry, err, r)
		}
		if (r.Verdict == Pass) == !r.Next.IsZero() && !r.Blocked {
			t.Errorf("%s: %v with next %q", entry, r.Verdict, r.Next.ID)
		}
		results, failures = append(results, r), append(failures, err)
	}
	return results, errors.Join(failures...)
}

// said is what results say in one language, a line each part.
func said(lang string, results []Result) string {
	p := message.For(lang)
	var lines []string
	for _, r := range results {
		for _, text := range []message.Text{r.Want, r.Got, r.Near, r.Next} {
			if !text.IsZero() {
				lines = append(lines, p.Say(text))
			}
		}
	}
	return strings.Join(lines, "\n")
}

func verdicts(results []Result) string {
	var words []string
	for _, r := range results {
		word := r.Verdict.String()
		if r.Blocked {
			word += "(blocked)"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func workspace(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if strings.HasSuffix(name, "/") {
			must(t, os.MkdirAll(path, 0o755))
			continue
		}
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFile(t *testing.T) {
	for _, tc := range []struct {
		name     string
		files    map[string]string
		entry    string
		verdicts string
		es, en   string // a part of what is said
	}{
		{"a file", map[string]string{"a.txt": ""}, "file: a.txt", "pass", "`a.txt` está ahí.", "`a.txt` is there."},
		{"a folder", map[string]string{"web/": ""}, "file: web/", "pass", "`web/` está ahí.", "`web/` is there."},
		{"nothing", nil, "file: a.txt", "fail", "Crea `a.txt` en tu carpeta de trabajo.", "Create `a.txt` in your work folder."},
		{"no folder", nil, "file: mi web/", "fail", "Crea la carpeta con `mkdir 'mi web'`.", "Create the folder with `mkdir 'mi web'`."},
		{"a folder for a file", map[string]string{"web/": ""}, "file: web", "fail", "`web` es una carpeta, y se pide un fichero.", "`web` is a folder, and a file is wanted."},
		{"a file for a folder", map[string]string{"web": ""}, "file: web/", "fail", "`web` es un fichero, y se pide una carpeta.", "`web` is a file, and a folder is wanted."},
		{"a file on the way", map[string]string{"web": ""}, "file: web/index.html", "fail", "`web/index.html` no está.", "`web/index.html` is not there."},

		{"a letter off", map[string]string{"indx.html": ""}, "file: index.html", "fail", "Lo más parecido que hay es `indx.html`.\nSi es ese, ponlo en su sitio con `mv indx.html index.html`.", "The most similar thing there is `indx.html`."},
		{"capitals", map[string]string{"readme.md": ""}, "file: README.md", "fail", "Hay `readme.md`: las mayúsculas y las minúsculas cuentan.", "There is `readme.md`: capitals and small letters count."},
		{"an extension", map[string]string{"Dockerfile.txt": ""}, "file: Dockerfile", "fail", "Hay `Dockerfile.txt`: el nombre es casi ese, pero la extensión no.", "There is `Dockerfile.txt`: nearly that name, but not its extension."},
		{"one folder in", map[string]string{"web/a.txt": ""}, "file: a.txt", "fail", "Está en `web/a.txt`, una carpeta más adentro.", "It is at `web/a.txt`, one folder further in."},
		{"one folder out", map[string]string{"a.txt": "", "web/": ""}, "file: web/a.txt", "fail", "Está en `a.txt`, una carpeta más afuera.", "It is at `a.txt`, one folder further out."},
		{"a folder misspelled", map[string]string{"carpteta/": "", "carpeto": ""}, "file: carpeta/", "fail", "Lo más parecido que hay es `carpteta/`.", "The most similar thing there is `carpteta/`."},
		{"in a folder misspelled", map[string]string{"a/holaa/b": ""}, "file: a/hola/b", "fail", "con `mv a/holaa a/hola`.", "with `mv a/holaa a/hola`."},
		{"for a folder that is missing", map[string]string{"a.txt": ""}, "file: mi web/a.txt", "fail", "con `mkdir -p 'mi web' && mv a.txt 'mi web/a.txt'`.", "with `mkdir -p 'mi web' && mv a.txt 'mi web/a.txt'`."},
		{"in a folder of another name", map[string]string{"otra/a.txt": ""}, "file: web/a.txt", "fail", "con `mkdir -p web && mv otra/a.txt web/a.txt`.", "`mkdir -p web && mv otra/a.txt web/a.txt`."},

		{"absent", nil, "file: a.txt\nexists: false", "pass", "Nada en `a.txt`.", "Nothing at `a.txt`."},
		{"not absent", map[string]string{"a.txt": ""}, "file: a.txt\nexists: false", "fail", "Quítalo con `rm a.txt`.", "Remove it with `rm a.txt`."},
		{"a folder not absent", map[string]string{"web/": ""}, "file: web\nexists: false", "fail", "Quítala con `rm -r web`", "Remove it with `rm -r web`"},

		{"contains", map[string]string{"a": "Hola,\r\nmundo"}, "file: a\ncontains: \"Hola,\\nmundo\"", "pass pass", "está en `a`", "is in `a`"},
		{"contains several", map[string]string{"a": "uno dos"}, "file: a\ncontains: [uno, tres]", "pass pass fail", "En `a` no aparece `tres`.", "`tres` is nowhere in `a`."},
		{"contains in other capitals", map[string]string{"a": "x\nHOLA"}, "file: a\ncontains: hola", "pass fail", "En la línea 2 está casi igual", "Line 2 is nearly the same"},
		{"contains nothing", map[string]string{"a": "\n"}, "file: a\ncontains: hola", "pass fail", "`a` está vacío.", "`a` is empty."},
		{"contains of no file", nil, "file: a\ncontains: hola", "fail fail(blocked)", "`a` no está.", "`a` is not there."},
		{"matches a line", map[string]string{"a": "x\nFROM y\n"}, "file: a\nmatches: ^FROM .$", "pass pass", "sigue el patrón", "follows the pattern"},
		{"matches not", map[string]string{"a": "x"}, "file: a\nmatches: ^y", "pass fail", "Nada en `a` sigue el patrón `^y`.", "Nothing in `a` follows the pattern `^y`."},
		{"matches of no file", nil, "file: a\nmatches: b", "fail fail(blocked)", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			results, err := evalIn(t, workspace(t, tc.files), tc.entry, parseFile)
			if err != nil || verdicts(results) != tc.verdicts {
				t.Fatalf("%s, error %v; want %s", verdicts(results), err, tc.verdicts)
			}
			if got := said("es", results); !strings.Contains(got, tc.es) {
				t.Errorf("es: %s\nwant %s", got, tc.es)
			}
			if got := said("en", results); !strings.Contains(got, tc.en) {
				t.Errorf("en: %s\nwant %s", got, tc.en)
			}
		})
	}
}

func TestFileLinksStayWithinTheWorkspace(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege there")
	}
	outside := workspace(t, map[string]string{"secret": "hola"})
	dir := workspace(t, map[string]string{"real": "hola"})
	for name, target := range map[string]string{
		"in": "real", "out": filepath.Join(outside, "secret"), "nowhere": "gone", "folder": outside, "circle": "circle",
	} {
		must(t, os.Symlink(target, filepath.Join(dir, name)))
	}
	for _, tc := range []struct{ entry, verdicts, es string }{
		{"file: in\ncontains: hola", "pass pass", "está en `in`"},
		{"file: out\ncontains: hola", "fail fail(blocked)", "`out` es un enlace que lleva fuera de tu carpeta de trabajo."},
		{"file: folder/secret\ncontains: hola", "fail fail(blocked)", "lleva fuera"},
		{"file: nowhere", "fail", "`nowhere` es un enlace a algo que no existe."},
		{"file: circle", "fail", "`circle` no es un fichero corriente."},
	} {
		results, err := evalIn(t, dir, tc.entry, parseFile)
		if err != nil || verdicts(results) != tc.verdicts || !strings.Contains(said("es", results), tc.es) {
			t.Errorf("%s: %s, error %v\n%s", tc.entry, verdicts(results), err, said("es", results))
		}
	}
}

func TestFileThatCannotBeReadIsUnknown(t *testing.T) {
	dir := workspace(t, map[string]string{"large": strings.Repeat("x", maxFileSize+1)})
	for _, tc := range []struct{ dir, entry, es string }{
		{dir, "file: large\ncontains: y", "`large` pasa de 1024 KiB"},
		{"", "file: a", "No encuentro la carpeta de trabajo"},
		{filepath.Join(dir, "gone"), "file: a", "No encuentro la carpeta de trabajo"},
	} {
		results, err := evalIn(t, tc.dir, tc.entry, parseFile)
		if last := results[len(results)-1]; err == nil || last.Verdict != Unknown || last.Err == nil {
			t.Errorf("%s: %s, error %v", tc.entry, verdicts(results), err)
		}
		if got := said("es", results); !strings.Contains(got, tc.es) {
			t.Errorf("%s: %s", tc.entry, got)
		}
	}
}

func TestNoPermissionIsUnknown(t *testing.T) {
	p := workspacePath{name: "a"}
	r, err := unreadablePath(message.New("file.want-file", pathData(p)), p, &fs.PathError{Op: "open", Path: "a", Err: fs.ErrPermission})
	if !errors.Is(err, fs.ErrPermission) || r.Verdict != Unknown || !strings.Contains(message.For("es").Say(r.Next), "`chmod u+r a`") {
		t.Errorf("%+v, %v", r, err)
	}
	if os.Getuid() <= 0 {
		return // root reads everything, and Windows has no such bits
	}
	dir := workspace(t, map[string]string{"a": "x"})
	must(t, os.Chmod(filepath.Join(dir, "a"), 0))
	if results, err := evalIn(t, dir, "file: a\ncontains: x", parseFile); err == nil || verdicts(results) != "pass unknown" {
		t.Errorf("%s, %v", verdicts(results), err)
	}
}

func TestFileErrorsSayWhatIsWrongAndWhere(t *testing.T) {
	for _, tc := range []struct{ entry, want string }{
		{"file: ../a", `1:7: path "../a": it must name something within the workspace`},
		{"file: a/../../b", `1:7: path "a/../../b": it must name something within the workspace`},
		{"file: /etc/passwd", `1:7: path "/etc/passwd": it must be relative`},
		{"file: ~/a", `1:7: path "~/a": it must be relative`},
		{"file: 'C:\\a'", "write / between its names"},
		{"file: C:/a", "it must be relative"},
		{"file: .", "it must name something within"},
		{"file: \"\"", "it must name something within"},
		{"file: \"a\\nb\"", "control characters"},
		{"file: 1", "put it in quotes"},
		{"file: a\nexists: no", "want true or false"},
		{"file: a\ncontain: b", `2:1: unknown key "contain" in file check (did you mean "contains"?)`},
		{"file: a\ncontains: ''", "write a text"},
		{"file: a\ncontains: []", "at least one item"},
		{"file: a\nmatches: '('", "cannot be read"},
		{"file: a/\ncontains: b", "2:11: a/ is a folder"},
		{"file: a\nexists: false\ncontains: b", "take one away"},
	} {
		n, err := strictyaml.Parse([]byte(tc.entry))
		must(t, err)
		list, err := parseFile(n)
		var place *strictyaml.Error
		if list != nil || !errors.As(err, &place) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", tc.entry, err, tc.want)
		}
	}
}

func TestWalkIsBounded(t *testing.T) {
	files := map[string]string{"1/2/3/4/5": "", "1/2/3/four": ""}
	found := walk(os.DirFS(workspace(t, files)), false)
	if len(found) != 1 || found[0] != "1/2/3/four" {
		t.Errorf("found %q, want what is at most four names deep", found)
	}
	wide := fstest.MapFS{}
	for i := range maxWalkCount + 1 {
		wide[strconv.Itoa(i)] = &fstest.MapFile{}
	}
	if n := len(walk(wide, false)); n != maxWalkCount {
		t.Errorf("%d entries of a wide folder, want %d", n, maxWalkCount)
	}
}
