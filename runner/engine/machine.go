package engine

import (
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"capas/internal/message"
)

// machine is what a remedy depends on.
type machine struct {
	os     string
	env    func(string) string
	exists func(path string) bool
	listed func(path string) (group string, member bool) // of the socket's group, and whether the user is listed in it
	other  func(besides string) (neighbour, bool)
}

func here(t Target) machine {
	m := machine{os: runtime.GOOS, env: t.env, exists: exists, listed: listed}
	if m.env == nil {
		m.env = os.Getenv
	}
	m.other = func(besides string) (neighbour, bool) { return answering(neighbours(m.env), besides) }
	return m
}

func exists(path string) bool {
	if _, err := exec.LookPath(path); err == nil {
		return true
	}
	_, err := os.Stat(path)
	return err == nil
}

// notRunning tells how the engine that owns the address is started, and which other one is there.
func (m machine) notRunning(t Target, data message.Data) (reason, remedy message.Text) {
	reason = message.New("engine.not-running.reason", data)
	if t.scheme() == "tcp" && !local(t.address()) {
		return message.New("engine.refused.reason", data), message.New("engine.refused.remedy", data)
	}
	remedy = m.start(t)
	if n, ok := m.other(t.address()); ok {
		remedy = message.New("engine.or-other", message.Data{"Remedy": remedy, "Other": n.name, "Command": n.use()})
	}
	return reason, remedy
}

func local(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// start is how the engine behind an address is started: known by its path, else the system's own.
func (m machine) start(t Target) message.Text {
	path := filepath.ToSlash(t.address())
	switch {
	case strings.Contains(path, "/.colima/"):
		return run("colima start")
	case strings.Contains(path, "/.orbstack/"):
		return run("orb start")
	case strings.Contains(path, "/.rd/"):
		return message.New("engine.open", message.Data{"Program": "Rancher Desktop"})
	case strings.Contains(path, "podman"):
		return run(m.onLinux("systemctl --user start podman.socket", "podman machine start"))
	case strings.HasPrefix(path, "/run/user/"):
		return run("systemctl --user start docker")
	case m.os == "darwin":
		return run("open -a Docker")
	case m.os == "windows", strings.Contains(path, "/.docker/"):
		return message.New("engine.open", message.Data{"Program": "Docker Desktop"})
	case m.exists("dockerd"), m.exists("/usr/sbin/dockerd"), m.exists("/usr/bin/dockerd"):
		return run(m.service("start"))
	case m.env("WSL_DISTRO_NAME") != "":
		return message.New("engine.open-wsl")
	}
	return message.New("engine.install")
}

func (m machine) onLinux(linux, other string) string {
	if m.os == "linux" {
		return linux
	}
	return other
}

// service is the command that starts or restarts the system's engine.
func (m machine) service(verb string) string {
	if m.exists("/run/systemd/system") {
		return "sudo systemctl " + verb + " docker"
	}
	return "sudo service docker " + verb
}

// restart is what helps an engine that hangs.
func (m machine) restart(t Target) message.Text {
	if t.scheme() == "tcp" && !local(t.address()) {
		return message.New("engine.no-answer.remote")
	}
	path := filepath.ToSlash(t.address())
	switch {
	case strings.Contains(path, "/.colima/"):
		return run("colima restart")
	case strings.HasPrefix(path, "/run/user/") && strings.HasSuffix(path, "/docker.sock"):
		return run("systemctl --user restart docker")
	case m.os == "linux" && t.scheme() == "unix" && !strings.Contains(path, "/."):
		return run(m.service("restart"))
	}
	return message.New("engine.no-answer.desktop")
}

// noPermission explains the group of the socket, and the way into it.
func (m machine) noPermission(t Target, data message.Data) (reason, remedy message.Text) {
	if m.os == "windows" {
		return message.New("engine.no-permission.windows", data), message.New("engine.no-permission.windows-remedy")
	}
	group, member := m.listed(t.address())
	data["Group"] = group
	reason = message.New("engine.no-permission.reason", data)
	switch {
	case m.os == "darwin":
		return reason, message.New("engine.no-permission.desktop")
	case member: // in the group by now, but not in this session
		return reason, message.New("engine.no-permission.member", data)
	}
	return reason, message.New("engine.no-permission.join", data)
}

func (t Target) sshDestination() string {
	u, err := url.Parse(t.Host)
	if err != nil {
		return t.address()
	}
	to := u.Hostname()
	if user := u.User.Username(); user != "" {
		to = user + "@" + to
	}
	if port := u.Port(); port != "" {
		to = "-p " + port + " " + to
	}
	return to
}

// neighbour is another engine that may live on this machine. It is told to the learner, and never used by itself.
type neighbour struct{ name, path string }

// use is how the learner turns to it; DOCKER_HOST wins over every context.
func (n neighbour) use() string { return export("DOCKER_HOST", "unix://"+n.path) }

func neighbours(env func(string) string) []neighbour {
	h := home(env)
	list := []neighbour{
		{"Docker", "/var/run/docker.sock"},
		{"Docker Desktop", filepath.Join(h, ".docker/desktop/docker.sock")},
		{"Docker Desktop", filepath.Join(h, ".docker/run/docker.sock")},
		{"Colima", filepath.Join(h, ".colima/default/docker.sock")},
		{"OrbStack", filepath.Join(h, ".orbstack/run/docker.sock")},
		{"Rancher Desktop", filepath.Join(h, ".rd/docker.sock")},
	}
	if dir := env("XDG_RUNTIME_DIR"); dir != "" {
		list = append(list,
			neighbour{"Docker (rootless)", filepath.Join(dir, "docker.sock")},
			neighbour{"Podman", filepath.Join(dir, "podman/podman.sock")})
	}
	return append(list, neighbour{"Podman", "/run/podman/podman.sock"})
}

// answering returns the first that takes a call.
func answering(list []neighbour, besides string) (neighbour, bool) {
	for _, n := range list {
		if n.path == besides {
			continue
		}
		if conn, err := net.DialTimeout("unix", n.path, 300*time.Millisecond); err == nil {
			_ = conn.Close()
			return n, true
		}
	}
	return neighbour{}, false
}
