//go:build linux

package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"

	"github.com/docker/docker/container"
	"github.com/docker/docker/errdefs"
	"github.com/docker/go-connections/nat"

	"capas/runner/engine/embedded/sandbox"
)

// forwarding carries what arrives at ports of this machine's loopback into a container's.
type forwarding struct{ listeners []net.Listener }

func (f *forwarding) close() {
	for _, l := range f.listeners {
		_ = l.Close()
	}
}

// publish opens the ports that a container publishes. Whoever comes from another machine reaches none of them.
func (n *networks) publish(c *container.Container, into *sandbox.Process) error {
	c.NetworkSettings.Ports = nat.PortMap{}
	if !c.HostConfig.NetworkMode.IsDefault() && !c.HostConfig.NetworkMode.IsBridge() {
		return nil
	}
	f := &forwarding{}
	for port := range c.Config.ExposedPorts {
		c.NetworkSettings.Ports[port] = nil
	}
	for port, bindings := range c.HostConfig.PortBindings {
		for _, wanted := range bindings {
			opened, err := f.open(port, wanted, into)
			if err != nil {
				f.close()
				return errdefs.System(err)
			}
			c.NetworkSettings.Ports[port] = append(c.NetworkSettings.Ports[port], opened)
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.published[c.ID] = f
	return nil
}

func (n *networks) unpublish(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if f := n.published[id]; f != nil {
		f.close()
		delete(n.published, id)
	}
}

// open listens for one port; which one it became stands in what it returns.
func (f *forwarding) open(port nat.Port, wanted nat.PortBinding, into *sandbox.Process) (nat.PortBinding, error) {
	if port.Proto() != "tcp" {
		return nat.PortBinding{}, absentHere("publishing a port of " + port.Proto())
	}
	host := "127.0.0.1"
	if ip := net.ParseIP(wanted.HostIP); ip != nil && ip.IsLoopback() {
		host = wanted.HostIP
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, wanted.HostPort))
	if err != nil {
		return nat.PortBinding{}, fmt.Errorf("failed to set up container networking: publishing port %s: %w", port.Port(), err)
	}
	f.listeners = append(f.listeners, l)
	go forward(l, "127.0.0.1:"+port.Port(), into)
	return nat.PortBinding{HostIP: host, HostPort: strconv.Itoa(l.Addr().(*net.TCPAddr).Port)}, nil
}

func forward(l net.Listener, address string, into *sandbox.Process) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer client.Close()
			server, err := into.Dial(context.Background(), "tcp", address)
			if err != nil {
				return
			}
			defer server.Close()
			join(client, server)
		}()
	}
}

// join copies both ways until both have said all.
func join(a, b net.Conn) {
	done := make(chan struct{})
	go func() { defer close(done); oneWay(a, b) }()
	oneWay(b, a)
	<-done
}

func oneWay(to, from net.Conn) {
	_, err := io.Copy(to, from)
	half, ok := to.(interface{ CloseWrite() error })
	if err != nil || !ok || errors.Is(half.CloseWrite(), net.ErrClosed) {
		_ = to.Close()
	}
}
