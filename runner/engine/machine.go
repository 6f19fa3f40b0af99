package engine

import (
	"context"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"capas/internal/message"
)

// machine is what a remedy depends on.
type machine struct {
	os     string
	env    func(string) string
	exists func(path string) bool
	listed func(path string) (group string, member bool) // of the socket's group, and whether the user is listed in it
	other  func(besides Target) []Neighbour
	doctor bool // capas doctor asks: nothing points back to it
}

func here(t Target) machine {
	return machine{
		os: runtime.GOOS, env: t.environment(), exists: exists, listed: listed,
		other: func(besides Target) []Neighbour { return besides.Neighbours(context.Background()) },
	}
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
	if t.Remote() {
		return message.New("engine.refused.reason", data), message.New("engine.refused.remedy", data)
	}
	remedy = m.start(t)
	if others := m.other(t); len(others) > 0 {
		remedy = message.New("engine.or-other", message.Data{"Remedy": remedy, "Other": others[0].Name, "Command": t.TurnTo(others[0])})
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
	case t.Rule == Inside:
		return run("capas engine status")
	case strings.Contains(path, "/.colima/"):
		return run("colima start")
	case strings.Contains(path, "/.orbstack/"):
		return run("orb start")
	case strings.Contains(path, "/.rd/"):
		return message.New("engine.open", message.Data{"Program": "Rancher Desktop"})
	case strings.Contains(path, "podman"):
		return run(m.podman("start", path))
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

// podman is the command that starts or restarts a Podman that listens at a path: root's own, or that of a user.
func (m machine) podman(verb, path string) string {
	switch {
	case m.os != "linux":
		return "podman machine " + map[string]string{"start": "start", "restart": "stop; podman machine start"}[verb]
	case strings.HasPrefix(path, "/run/podman/"):
		return "sudo systemctl " + verb + " podman.socket"
	}
	return "systemctl --user " + verb + " podman.socket"
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
	if t.Remote() {
		return message.New("engine.no-answer.remote")
	}
	path := filepath.ToSlash(t.address())
	switch {
	case strings.Contains(path, "/.colima/"):
		return run("colima restart")
	case strings.Contains(path, "podman"):
		return run(m.podman("restart", path))
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
		data["Command"] = "newgrp " + group
		return reason, message.New("engine.no-permission.member", data)
	}
	data["Command"] = "sudo usermod -aG " + group + " $USER"
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
