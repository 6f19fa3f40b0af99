package checks

import (
	"context"
	"strings"

	"capas/internal/message"
	"capas/internal/strictyaml"
)

// parseFile reads the checks of one file or folder of the workspace:
//
//	file: web/index.html      # a path that ends in / is a folder
//	exists: true              # the default; false: it must not be there
//	contains: [Hola, "<h1>"]  # a text, or several that must all be there; lines end in \n
//	matches: "^FROM .*"       # a regular expression, or several; ^ and $ are those of a line
func parseFile(n *strictyaml.Node) ([]Check, error) {
	if _, err := n.Known("file check", "file", "exists", "contains", "matches"); err != nil {
		return nil, err
	}
	p, err := parseWorkspacePath(n.Get("file"))
	if err != nil {
		return nil, err
	}
	exists := true
	if e := n.Get("exists"); e != nil {
		if exists, err = e.Bool(); err != nil {
			return nil, err
		}
	}
	content, err := parseContent(n, p)
	switch {
	case err != nil:
		return nil, err
	case !exists && len(content) > 0:
		return nil, n.Get("exists").Errorf("exists: false beside a condition on what %s holds: take one away", p)
	case !exists:
		return []Check{workspaceFileAbsent{p}}, nil
	}
	return append([]Check{workspaceFileExists{p}}, content...), nil
}

func parseContent(n *strictyaml.Node, p workspacePath) ([]Check, error) {
	contains, matches := n.Get("contains"), n.Get("matches")
	var list []Check
	for _, v := range []*strictyaml.Node{contains, matches} {
		if v != nil && p.folder {
			return nil, v.Errorf("%s is a folder (it ends in /), and only a file holds text", p)
		}
	}
	if contains != nil {
		texts, err := contains.Texts()
		if err != nil {
			return nil, err
		}
		for _, text := range texts {
			if strings.TrimSpace(text) == "" {
				return nil, contains.Errorf("contains: blanks alone are in nearly every file: write a text")
			}
			list = append(list, workspaceFileContains{p, text})
		}
	}
	if matches != nil {
		patterns, err := parsePatterns(matches)
		if err != nil {
			return nil, err
		}
		for _, pattern := range patterns {
			list = append(list, workspaceFileMatches{p, pattern})
		}
	}
	return list, nil
}

// workspaceFileExists is that a file, or a folder, is there.
type workspaceFileExists struct{ path workspacePath }

func (c workspaceFileExists) Eval(_ context.Context, f *Facts) (Result, error) {
	return c.in(f.scope.Workspace)
}

func (c workspaceFileExists) in(dir string) (Result, error) {
	data := pathData(c.path)
	want := message.New("file.want-file", data)
	if c.path.folder {
		want = message.New("file.want-folder", data)
	}
	root, err := openWorkspace(dir)
	if err != nil {
		return unreadablePath(want, c.path, err)
	}
	defer root.Close()
	there, err := lookAt(root, c.path.name)
	switch {
	case err != nil:
		return unreadablePath(want, c.path, err)
	case there == folderThere && c.path.folder, there == fileThere && !c.path.folder:
		return Result{Verdict: Pass, Want: want, Got: message.New("file.there", data)}, nil
	}
	return missingPath(want, root, c.path, there), nil
}

// workspaceFileAbsent is that nothing is there.
type workspaceFileAbsent struct{ path workspacePath }

func (c workspaceFileAbsent) Eval(_ context.Context, f *Facts) (Result, error) {
	return c.in(f.scope.Workspace)
}

func (c workspaceFileAbsent) in(dir string) (Result, error) {
	data := pathData(c.path)
	want := message.New("file.want-absent", data)
	root, err := openWorkspace(dir)
	if err != nil {
		return unreadablePath(want, c.path, err)
	}
	defer root.Close()
	there, err := lookAt(root, c.path.name)
	switch {
	case err != nil:
		return unreadablePath(want, c.path, err)
	case there == nothingThere:
		return Result{Verdict: Pass, Want: want, Got: message.New("file.missing", data)}, nil
	case there == folderThere:
		return Result{Verdict: Fail, Want: want, Got: message.New("file.there", data), Next: message.New("file.remove-folder", data)}, nil
	}
	return Result{Verdict: Fail, Want: want, Got: message.New("file.there", data), Next: message.New("file.remove", data)}, nil
}

// workspaceFileContains is that a text is in a file.
type workspaceFileContains struct {
	path workspacePath
	text string
}

func (c workspaceFileContains) Eval(_ context.Context, f *Facts) (Result, error) {
	return c.in(f.scope.Workspace)
}

func (c workspaceFileContains) in(dir string) (Result, error) {
	data := pathData(c.path)
	data["Text"] = strings.TrimSpace(c.text)
	want := message.New("file.want-contains", data)
	content, blocked, err := contentOf(dir, c.path, maxFileSize)
	switch {
	case err != nil:
		return unreadablePath(want, c.path, err)
	case blocked:
		return Result{Verdict: Fail, Want: want, Got: message.New("file.missing", data), Blocked: true}, nil
	case strings.Contains(content, c.text):
		return Result{Verdict: Pass, Want: want, Got: message.New("file.contains", data)}, nil
	}
	r := Result{Verdict: Fail, Want: want, Got: gotContent(content, message.New("file.contains-not", data), data), Next: message.New("file.contains-next", data)}
	if line := lineOf(strings.ToLower(content), strings.ToLower(c.text)); line > 0 {
		r.Near = message.New("file.contains-case", message.Data{"Line": line})
	}
	return r, nil
}

// workspaceFileMatches is that a pattern is found in a file.
type workspaceFileMatches struct {
	path    workspacePath
	pattern Pattern
}

func (c workspaceFileMatches) Eval(_ context.Context, f *Facts) (Result, error) {
	return c.in(f.scope.Workspace)
}

func (c workspaceFileMatches) in(dir string) (Result, error) {
	data := pathData(c.path)
	data["Text"] = c.pattern.String()
	want := message.New("file.want-matches", data)
	content, blocked, err := contentOf(dir, c.path, maxFileSize)
	switch {
	case err != nil:
		return unreadablePath(want, c.path, err)
	case blocked:
		return Result{Verdict: Fail, Want: want, Got: message.New("file.missing", data), Blocked: true}, nil
	case c.pattern.in(content):
		return Result{Verdict: Pass, Want: want, Got: message.New("file.matches", data)}, nil
	}
	return Result{Verdict: Fail, Want: want, Got: gotContent(content, message.New("file.matches-not", data), data), Next: message.New("file.matches-next", data)}, nil
}

func gotContent(content string, otherwise message.Text, data message.Data) message.Text {
	if strings.TrimSpace(content) == "" {
		return message.New("file.empty", data)
	}
	return otherwise
}

func lineOf(content, text string) int {
	i := strings.Index(content, text)
	if i < 0 {
		return 0
	}
	return 1 + strings.Count(content[:i], "\n")
}

// contentOf reads a file; it is blocked where there is none, which workspaceFileExists tells.
func contentOf(dir string, p workspacePath, limit int) (content string, blocked bool, err error) {
	root, err := openWorkspace(dir)
	if err != nil {
		return "", false, err
	}
	defer root.Close()
	there, err := lookAt(root, p.name)
	if err != nil || there != fileThere {
		return "", err == nil, err
	}
	content, err = readWorkspaceFile(root, p.name, limit)
	return content, false, err
}
