package box

import (
	"archive/tar"
	"bytes"
	"fmt"
)

// Utilities are the names by which the program is found in /bin, beside "sh".
var Utilities = []string{
	"base64", "cat", "chmod", "chown", "cp", "echo", "env", "false", "find", "grep", "gunzip", "gzip", "head", "id", "ls", "mkdir", "mktemp",
	"mv", "printenv", "printf", "pwd", "rm", "sha256sum", "shasum", "sleep", "sort", "tail", "tar", "test", "touch", "true", "wc", "whoami",
	"xargs",
}

// directories of the base, each after its parent.
var directories = []struct {
	path string
	mode int64
}{
	{"bin", 0o755}, {"dev", 0o755}, {"etc", 0o755}, {"home", 0o755}, {"proc", 0o555}, {"root", 0o700}, {"sys", 0o555}, {"tmp", 0o1777},
	{"usr", 0o755}, {"usr/bin", 0o755}, {"usr/local", 0o755}, {"usr/local/bin", 0o755}, {"usr/src", 0o755},
	{"var", 0o755}, {"var/log", 0o755}, {"var/tmp", 0o1777}, {"var/www", 0o755},
}

var files = []struct{ path, content string }{
	{"etc/os-release", osRelease("1")},
	{"etc/passwd", "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/bin/false\nnobody:x:65534:65534:nobody:/:/bin/false\n"},
	{"etc/group", "root:x:0:\nwww-data:x:33:\nnogroup:x:65534:\n"},
}

func osRelease(version string) string {
	return fmt.Sprintf("NAME=\"capas base\"\nID=capas\nVERSION_ID=%q\nPRETTY_NAME=\"capas base %s\"\n", version, version)
}

// newLayer is the base's file system: the program once, and a hard link for every other name, so that each can be copied out alone.
func newLayer(program []byte) ([]byte, error) {
	var headers []*tar.Header
	content := map[string][]byte{"bin/sh": program}
	for _, d := range directories {
		headers = append(headers, &tar.Header{Typeflag: tar.TypeDir, Name: d.path + "/", Mode: d.mode})
	}
	for _, f := range files {
		headers = append(headers, &tar.Header{Typeflag: tar.TypeReg, Name: f.path, Mode: 0o644, Size: int64(len(f.content))})
		content[f.path] = []byte(f.content)
	}
	headers = append(headers, &tar.Header{Typeflag: tar.TypeReg, Name: "bin/sh", Mode: 0o755, Size: int64(len(program))})
	for _, name := range Utilities {
		headers = append(headers, &tar.Header{Typeflag: tar.TypeLink, Name: "bin/" + name, Linkname: "bin/sh", Mode: 0o755})
	}
	var buf bytes.Buffer
	tw := tar.NewWriter(&buf)
	for _, h := range headers {
		h.ModTime, h.Format = created, tar.FormatUSTAR
		if err := tw.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := tw.Write(content[h.Name]); err != nil {
			return nil, err
		}
	}
	err := tw.Close()
	return buf.Bytes(), err
}
