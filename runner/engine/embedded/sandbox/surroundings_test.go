//go:build linux

package sandbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"capas/runner/engine/embedded/sandbox"
)

// say runs one script as the container's first program.
func say(t *testing.T, spec sandbox.Spec, script string) string {
	t.Helper()
	spec.Args, spec.Env = []string{"sh", "-c", script}, append(spec.Env, pathVar)
	out, _ := run(t, spec)
	return strings.TrimSuffix(out, "\n")
}

func TestWhatAProgramSees(t *testing.T) {
	root := newRoot(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("of the machine\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, tc := range []struct {
		name, script, want string
		spec               sandbox.Spec
	}{
		{"environment", "echo $A", "x y", sandbox.Spec{Command: sandbox.Command{Env: []string{"A=x y"}}}},
		{"nothing of the engine's environment", "exec /attempt environment", pathVar + "\nPWD=/", sandbox.Spec{}},
		{"a folder that is made", "pwd", "/a/b", sandbox.Spec{Command: sandbox.Command{Dir: "/a/b"}}},
		{"host name", "cat /proc/sys/kernel/hostname", "box", sandbox.Spec{Hostname: "box"}},
		{"itself as the first", "echo $$", "1", sandbox.Spec{}},
		{"an empty input", "cat; echo $?", "0", sandbox.Spec{}},
		{"its own loopback interface", "cat /sys/class/net/lo/flags; ls /sys/class/net", "0x9\nlo", sandbox.Spec{}},
		{"ports for everybody", "cat /proc/sys/net/ipv4/ip_unprivileged_port_start", "0", sandbox.Spec{}},
		{"a bound file", "cat /new/file", "of the machine", sandbox.Spec{Mounts: []sandbox.Mount{{Source: file, Target: "/new/file"}}}},
		{"a bound folder", "echo hola > /v/new; cat /v/new", "hola", sandbox.Spec{Mounts: []sandbox.Mount{{Source: folder, Target: "/v"}}}},
		{"a folder to read", "cat /v/new; echo no > /v/new; cat /v/new", "hola\nhola",
			sandbox.Spec{Mounts: []sandbox.Mount{{Source: folder, Target: "/v", ReadOnly: true}}}},
		{"memory", "/attempt mount-of /t", "tmpfs /t tmpfs rw,nosuid,nodev,noexec,relatime,size=1024k",
			sandbox.Spec{Mounts: []sandbox.Mount{{Target: "/t", Options: "size=1m"}}}},
		{"a root to read", "touch /x || echo no; touch /dev/shm/x && echo yes", "no\nyes", sandbox.Spec{ReadOnly: true}},
		{"devices", "for d in null zero full random urandom tty; do test -c /dev/$d && echo $d; done; echo x > /dev/null && cat /dev/null",
			"null\nzero\nfull\nrandom\nurandom\ntty", sandbox.Spec{}},
		{"links to its streams", "echo x > /dev/stdout; echo y > /dev/fd/1", "x\ny", sandbox.Spec{}},
		{"hidden parts of /proc", "cat /proc/keys /proc/timer_list; ls /sys/firmware", "", sandbox.Spec{}},
		{"parts of /proc to read", "/attempt mount-of /proc/sys", "proc /proc/sys proc ro,nosuid,nodev,noexec,relatime", sandbox.Spec{}},
		{"memory to share", "/attempt mount-of /dev/shm", "shm /dev/shm tmpfs rw,nosuid,nodev,noexec,relatime,size=2048k", sandbox.Spec{ShmSize: 2 << 20}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.spec.Root = root
			tc.spec.Mounts = append(tc.spec.Mounts, tool(t))
			if got := say(t, tc.spec, tc.script); !matches(got, tc.want) {
				t.Errorf("%s: %q, want %q", tc.script, got, tc.want)
			}
		})
	}
}

// matches lets the options of a tmpfs go on with what differs between users.
func matches(got, want string) bool {
	return got == want || strings.Contains(want, " tmpfs ") && strings.HasPrefix(got, want)
}

func TestProgramHasNoMoreThanItsStreams(t *testing.T) {
	root := newRoot(t)
	const streams = "0\n1\n2"
	if got := attempt(t, root, "open"); got != streams {
		t.Errorf("the first program has %q open", got)
	}
	p := start(t, sandbox.Spec{Root: root, Command: waiting(), Mounts: []sandbox.Mount{tool(t)}})
	if got, _ := output(t, execIn(t, p, command("/attempt", "open"))); got != streams+"\n" {
		t.Errorf("a later program has %q open", got)
	}
}

func TestUsersAndCapabilities(t *testing.T) {
	root, tools := newRoot(t), []sandbox.Mount{tool(t)}
	const docker = "00000000a80425fb"
	ordinary := sandbox.User{UID: 1000, GID: 1001, Groups: []uint32{5, 6}}
	for _, tc := range []struct {
		field, want string
		change      func(*sandbox.Command)
	}{
		{"CapEff", docker, func(*sandbox.Command) {}},
		{"CapPrm", docker, func(*sandbox.Command) {}},
		{"CapBnd", docker, func(*sandbox.Command) {}},
		{"CapInh", "0000000000000000", func(*sandbox.Command) {}},
		{"CapAmb", "0000000000000000", func(*sandbox.Command) {}},
		{"CapEff", "0000000000000001", func(c *sandbox.Command) { c.Capabilities = []string{"CAP_CHOWN"} }},
		{"CapBnd", "0000000000000000", func(c *sandbox.Command) { c.Capabilities = []string{} }},
		{"NoNewPrivs", "1", func(c *sandbox.Command) { c.NoNewPrivileges = true }},
		{"Uid", "1000 1000 1000 1000", func(c *sandbox.Command) { c.User = ordinary }},
		{"Gid", "1001 1001 1001 1001", func(c *sandbox.Command) { c.User = ordinary }},
		{"Groups", "5 6", func(c *sandbox.Command) { c.User = ordinary }},
		{"Groups", "", func(*sandbox.Command) {}},
		{"CapEff", "0000000000000000", func(c *sandbox.Command) { c.User = ordinary }},
		{"CapBnd", docker, func(c *sandbox.Command) { c.User = ordinary }},
	} {
		c := command("/attempt", "status", tc.field)
		tc.change(&c)
		if c.User.UID != 0 && sandbox.SingleUser() {
			continue
		}
		out, _ := run(t, sandbox.Spec{Root: root, Command: c, Mounts: tools})
		if out != tc.want+"\n" {
			t.Errorf("first %s: %q, want %q (%+v)", tc.field, out, tc.want, c)
		}
		p := start(t, sandbox.Spec{Root: root, Command: waiting(), Mounts: tools})
		if out, _ := output(t, execIn(t, p, c)); out != tc.want+"\n" {
			t.Errorf("later %s: %q, want %q (%+v)", tc.field, out, tc.want, c)
		}
	}
}
