package observer

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/docker/docker/api/types/filters"
)

// version is what may stand before the path of a request: «/v1.41».
var version = regexp.MustCompile(`^/v\d+(\.\d+)*(/|$)`)

// unversioned is the path of a request without the API's version.
func unversioned(path string) string {
	if m := version.FindString(path); m != "" {
		return "/" + strings.TrimPrefix(path, m)
	}
	return path
}

// recognise says in docker's words what a request asks for: what is asked of, and which images.
func recognise(method, path string, query url.Values) (verb string, images []string) {
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch first {
	case "images":
		return ofImages(method, rest, query)
	case "containers":
		return ofContainers(method, rest), nil
	case "build":
		return ofBuild(rest, query)
	case "session":
		return "build", nil
	case "commit":
		return "commit", named(query.Get("repo"), query.Get("tag"))
	case "auth":
		return "login", nil
	case "exec":
		return "exec", nil
	case "volumes", "networks":
		return ofOthers(strings.TrimSuffix(first, "s"), method, rest), nil
	}
	return whole[method+" "+path], nil
}

// whole are the requests that their path alone tells.
var whole = map[string]string{
	"GET /events": "events", "GET /system/df": "system df",
}

func ofImages(method, rest string, query url.Values) (string, []string) {
	switch method + " " + rest {
	case "GET json":
		return "images", references(query)
	case "GET search":
		return "search", nil
	case "GET get":
		return "save", query["names"]
	case "POST load":
		return "load", nil
	case "POST prune":
		return "prune", nil
	case "POST create":
		if query.Get("fromSrc") != "" {
			return "import", named(query.Get("repo"), query.Get("tag"))
		}
		return "pull", named(query.Get("fromImage"), query.Get("tag"))
	}
	if method == http.MethodDelete {
		return "rm", []string{rest}
	}
	return ofImage(method, rest, query)
}

// ofImage is about one image, whose name may have slashes: «localhost:5018/ana/hola/history».
func ofImage(method, rest string, query url.Values) (string, []string) {
	at := strings.LastIndexByte(rest, '/')
	if at < 0 {
		return "", nil
	}
	name := rest[:at]
	switch method + " " + rest[at+1:] {
	case "GET history":
		return "history", []string{name}
	case "GET json":
		return "inspect", []string{name}
	case "GET get":
		return "save", []string{name}
	case "POST tag":
		return "tag", append([]string{name}, named(query.Get("repo"), query.Get("tag"))...)
	case "POST push":
		return "push", named(name, query.Get("tag"))
	}
	return "", nil
}

// named is a name with its tag or digest; none where there is no name.
func named(name, tag string) []string {
	switch {
	case name == "":
		return nil
	case tag == "":
		return []string{name}
	case strings.Contains(tag, ":"):
		return []string{name + "@" + tag}
	}
	return []string{name + ":" + tag}
}

// references are what a list of images was narrowed down to.
func references(query url.Values) []string {
	args, err := filters.FromJSON(query.Get("filters"))
	if err != nil {
		return nil
	}
	return args.Get("reference")
}

func ofBuild(rest string, query url.Values) (string, []string) {
	switch rest {
	case "":
		return "build", query["t"]
	case "prune":
		return "builder prune", nil
	}
	return "", nil
}

// ofContainer are the commands by the last part of the path of a request about one container.
var ofContainer = map[string]string{
	"GET json": "container inspect", "GET logs": "logs", "GET changes": "diff", "GET export": "export", "GET stats": "stats", "GET top": "top",
	"GET archive": "cp", "PUT archive": "cp",
	"POST start": "start", "POST stop": "stop", "POST kill": "kill", "POST restart": "restart", "POST pause": "pause", "POST unpause": "unpause",
	"POST rename": "rename", "POST update": "update", "POST attach": "attach", "POST wait": "wait", "POST exec": "exec",
}

func ofContainers(method, rest string) string {
	switch method + " " + rest {
	case "GET json":
		return "ps"
	case "POST create":
		return "create"
	case "POST prune":
		return "container prune"
	}
	if method == http.MethodDelete {
		return "container rm"
	}
	return ofContainer[method+" "+rest[strings.LastIndexByte(rest, '/')+1:]]
}

// ofOthers are the commands on volumes and networks.
func ofOthers(what, method, rest string) string {
	switch {
	case method == http.MethodDelete:
		return what + " rm"
	case method == http.MethodPost && rest == "create":
		return what + " create"
	case method == http.MethodPost && rest == "prune":
		return what + " prune"
	case method == http.MethodGet && rest == "":
		return what + " ls"
	case method == http.MethodGet:
		return what + " inspect"
	}
	return ""
}
